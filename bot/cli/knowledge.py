"""Commands about what the bot knows and understands: intents/ and responses/."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import opened
from bot.cli.exits import FAILED, WRONG_USE, stop
from bot.places import INTENTS, RESPONSES

Intents = Annotated[Path, typer.Option("--intents", help="Folder of the intents' TOML files.")]
Responses = Annotated[Path, typer.Option("--responses", help="Folder of the responses and phrases.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


def check(intents: Intents = INTENTS, responses: Responses = RESPONSES) -> None:
    """Check intents/ and responses/: broken, unreachable, overlapping, over Zalo's length.

    Exit code 1 when there is an error; warnings alone give 0.
    """
    from rich.console import Console

    from bot.language.check import check as find

    findings = find(intents, responses, opened.shelf())
    out = Console(highlight=False)
    for finding in findings:
        out.print(str(finding), markup=False, soft_wrap=True)
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    out.print(f"{errors} errors, {warnings} warnings", markup=False)
    if errors:
        raise typer.Exit(FAILED)


def evaluate(
    file: Annotated[Path, typer.Argument(help="TSV with the columns id, text, label, codes (or id, text, codes).")],
    as_json: AsJson = False,
    intents: Intents = INTENTS,
    responses: Responses = RESPONSES,
) -> None:
    """Judge the understanding on labelled messages.

    Each text is judged as a fresh group message by an official. `label` is an intent id, `other-error` (a request that
    the guide does not cover) or `none` (the bot stays silent).
    """
    from rich.progress import track

    from bot.cli.tables import print_report
    from bot.language.evaluate import EvaluationError, judge, judge_codes, read_rows, report

    knowledge = opened.knowledge(intents, responses)
    try:
        rows = read_rows(file, knowledge.intents)
    except (EvaluationError, OSError) as error:
        stop(f"{file}: {error}", WRONG_USE)
    understand = opened.shelf().matcher(knowledge, is_urgent=True).understand if rows[0].label is not None else None
    shown = track(rows, description="Judging", transient=True, disable=as_json or not sys.stderr.isatty())
    found = report([judge(understand, row) if understand else judge_codes(row) for row in shown])
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        print_report(found)


def explain(
    text: Annotated[str, typer.Argument(help="A message, as an official would write it.")],
    as_json: AsJson = False,
    intents: Intents = INTENTS,
    responses: Responses = RESPONSES,
) -> None:
    """Show why the bot understands a message as it does: patterns, scores, margins, why silent."""
    from dataclasses import asdict

    from bot.cli.tables import print_explanation
    from bot.language.explain import explain as why

    found = why(opened.shelf().matcher(opened.knowledge(intents, responses), is_urgent=True), text)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False, default=list) + "\n")
    else:
        print_explanation(found)


def export_knowledge(
    to: Annotated[Path, typer.Option("--to", help="Folder to write to; unchanged files are left out.")] = INTENTS,
) -> None:
    """Write what people taught on the pages into the files of intents/ and responses/, for review in git."""
    from bot.language.written import NoPlace, write_taught
    from bot.store.teaching import read_taught

    taught = opened.in_store(read_taught)
    try:
        written = write_taught(INTENTS, RESPONSES, to, taught)
    except (NoPlace, OSError) as error:
        stop(str(error), FAILED)
    for path, count in written.items():
        typer.echo(f"{path}: {count} examples")
    typer.echo(f"{sum(written.values())} examples written")
