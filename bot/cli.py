"""The command line. Exit codes: 0 it worked, 1 it found something wrong or failed, 2 wrong use or wrong settings.

Imports stand inside the commands, so that `--help` is there at once.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from bot.language.knowledge import Knowledge
    from bot.language.shelf import Shelf
    from bot.settings import Settings
    from bot.store.connection import Client
    from bot.store.keys import Keys

Part = Literal["all", "web", "worker"]
DeadLettersDo = Literal["list", "retry", "drop"]
T = TypeVar("T")
ROOT: Final = Path(__file__).parent.parent
FAILED: Final = 1
WRONG_USE: Final = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Support-group bot on a Zalo Official Account. Settings come from the environment; see the README.",
)

Intents = Annotated[Path, typer.Option("--intents", help="Folder of the intents' TOML files.")]
Responses = Annotated[Path, typer.Option("--responses", help="Folder of the responses and phrases.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@app.command()
def serve(
    role: Annotated[Part, typer.Option(help="What this process does; web and worker apart need REDIS_URL.")] = "all",
) -> None:
    """Run the service: webhook, workers, dashboard.

    Without REDIS_URL it starts its own Valkey in DATA_DIR; without ZALO_APP_ID it runs against the sandbox, a simulated
    Zalo with a chat page under /sandbox. Ctrl-C finishes what is in hand and stops everything.
    """
    gc.disable()  # until it serves: a tenth of the start would go into looking for garbage among what stays
    import uvloop
    from redis.exceptions import RedisError

    from bot.app import serve as run
    from bot.language.toml_file import KnowledgeError
    from bot.logs import configure_logs
    from bot.store.embedded import EmbeddedError
    from bot.store.fitness import UnfitStore

    settings = _settings()
    if role != "all" and settings.embedded:
        _stop(f"--role {role} needs REDIS_URL: the embedded Valkey serves one process", WRONG_USE)
    configure_logs(settings.log_format, settings.log_level)
    try:
        uvloop.run(run(settings, role))
    except (EmbeddedError, KnowledgeError, UnfitStore) as error:
        _stop(str(error), WRONG_USE)
    except RedisError as error:
        _stop(f"REDIS_URL: {error}", FAILED)
    except OSError as error:
        _stop(str(error), WRONG_USE)


@app.command()
def check(intents: Intents = ROOT / "intents", responses: Responses = ROOT / "responses") -> None:
    """Check intents/ and responses/: broken, unreachable, overlapping, over Zalo's length.

    Exit code 1 when there is an error; warnings alone give 0.
    """
    from rich.console import Console

    from bot.language.check import check as find

    findings = find(intents, responses, _shelf())
    out = Console(highlight=False)
    for finding in findings:
        out.print(str(finding), markup=False, soft_wrap=True)
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    out.print(f"{errors} errors, {warnings} warnings", markup=False)
    if errors:
        raise typer.Exit(FAILED)


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="TSV with the columns id, text, label, codes (or id, text, codes).")],
    as_json: AsJson = False,
    intents: Intents = ROOT / "intents",
    responses: Responses = ROOT / "responses",
) -> None:
    """Judge the understanding on labelled messages.

    Each text is judged as a fresh group message by an official. `label` is an intent id, `other-error` (a request that
    the guide does not cover) or `none` (the bot stays silent).
    """
    from rich.progress import track

    from bot.language.evaluate import EvaluationError, judge, judge_codes, read_rows, report
    from bot.tables import print_report

    knowledge = _knowledge(intents, responses)
    try:
        rows = read_rows(file, knowledge.intents)
    except (EvaluationError, OSError) as error:
        _stop(f"{file}: {error}", WRONG_USE)
    understand = _shelf().matcher(knowledge, is_urgent=True).understand if rows[0].label is not None else None
    shown = track(rows, description="Judging", transient=True, disable=as_json or not sys.stderr.isatty())
    found = report([judge(understand, row) if understand else judge_codes(row) for row in shown])
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        print_report(found)


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="A message, as an official would write it.")],
    as_json: AsJson = False,
    intents: Intents = ROOT / "intents",
    responses: Responses = ROOT / "responses",
) -> None:
    """Show why the bot understands a message as it does: patterns, scores, margins, why silent."""
    from dataclasses import asdict

    from bot.language.explain import explain as why
    from bot.tables import print_explanation

    found = why(_shelf().matcher(_knowledge(intents, responses), is_urgent=True), text)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False, default=list) + "\n")
    else:
        print_explanation(found)


@app.command()
def chat() -> None:
    """The group in a terminal: type as an official, a technician or a supervisor, and read what the bot says.

    Everything real runs behind it: a Valkey of its own in a temporary folder, the webhook, the workers, the sandbox.
    A line is sent to the group; `/la NAME` changes who you are, `/rieng` goes to the private chat with the bot and
    back, `/trich TEXT` quotes the newest message that holds TEXT with your next line, Ctrl-D ends.
    """
    import uvloop

    from bot.chat import run
    from bot.logs import configure_logs

    configure_logs("console", "error")
    uvloop.run(run(_settings().cache_dir))


@app.command()
def dead_letters(
    what: Annotated[DeadLettersDo, typer.Argument(help="What to do with them.")] = "list",
    ids: Annotated[list[str] | None, typer.Argument(help="Only these, or 'all'.")] = None,
    as_json: AsJson = False,
) -> None:
    """What could not be sent or decided after the last try: list it, try it again, or drop it."""
    import asyncio

    from redis.exceptions import RedisError

    from bot.operations import settle_dead_letters
    from bot.store.embedded import EmbeddedError
    from bot.tables import print_dead_letters

    if what != "list" and not ids:
        _stop(f"{what}: name the ids, or say 'all'", WRONG_USE)
    ids = None if ids == ["all"] else ids
    try:
        found = asyncio.run(settle_dead_letters(_settings(), what, ids))
    except (EmbeddedError, RedisError, OSError) as error:
        _stop(str(error), FAILED)
    print_dead_letters(found, what, as_json=as_json)
    if ids and len(found) < len(set(ids)):
        _stop(f"{len(set(ids)) - len(found)} of them are not there", FAILED)


@app.command()
def doctor() -> None:
    """Look at settings, knowledge, disk, Redis, clock and Zalo's token, and say what to do where something is wrong."""
    import asyncio

    from bot.doctor import examine
    from bot.tables import print_diagnoses

    found = asyncio.run(examine(_settings()))
    print_diagnoses(found)
    if any(each.state == "wrong" for each in found):
        raise typer.Exit(FAILED)


Person = Annotated[str, typer.Argument(metavar="ID", help="A person's Zalo user id; /toi tells it.")]


@app.command()
def export_person(person: Person) -> None:
    """Print all that is stored about a person, as JSON: for the person's own request."""
    from bot.model import PersonId
    from bot.store.personal import read_personal

    found = _in_store(lambda client, keys: read_personal(client, keys, PersonId(person)))
    sys.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, indent=2, default=list) + "\n")
    if not found.known:
        _stop(f"nothing is stored about {person}", FAILED)


@app.command()
def erase_person(person: Person) -> None:
    """Remove all that is stored about a person. Tickets stay in anonymous form, and so do the figures."""
    from bot.model import PersonId
    from bot.store.erase import StillOnStaff, erase

    try:
        found = _in_store(lambda client, keys: erase(client, keys, PersonId(person)))
    except StillOnStaff as error:
        _stop(f"{error}: first give the tickets back and send '/vaitro … canbo'", FAILED)
    if not found.known:
        _stop(f"nothing is stored about {person}", FAILED)
    typer.echo(f"erased {person}: {len(found.complaints)} complaints; {len(found.tickets)} tickets are anonymous now")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write it.")]) -> None:
    """Write all that is stored into one file, while the service runs or not. Keep it as safe as the store itself."""
    from bot.store.backup import back_up

    count = _in_store(lambda client, keys: back_up(client, keys, file))
    typer.echo(f"{file}: {count} keys")


@app.command()
def export_knowledge(
    to: Annotated[Path, typer.Option("--to", help="Folder to write to; unchanged files are left out.")] = ROOT
    / "intents",
) -> None:
    """Write what people taught on the pages into the files of intents/ and responses/, for review in git."""
    from bot.language.written import NoPlace, write_taught
    from bot.store.teaching import read_taught

    taught = _in_store(read_taught)
    try:
        written = write_taught(ROOT / "intents", ROOT / "responses", to, taught)
    except (NoPlace, OSError) as error:
        _stop(str(error), FAILED)
    for path, count in written.items():
        typer.echo(f"{path}: {count} examples")
    typer.echo(f"{sum(written.values())} examples written")


@app.command()
def simulate(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Up to today.")] = 365,
    messages: Annotated[int, typer.Option("--messages", min=1, help="In all.")] = 500_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed on the same day makes the same data.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Add to a store that is not empty.")] = False,
) -> None:
    """Fill the store with simulated complaints, tickets and figures, for demos and benches."""
    from datetime import datetime

    from rich.progress import Progress

    from bot.sandbox import SANDBOX_TECHNICIANS
    from bot.simulate import NotEmpty, Simulation, days_until
    from bot.simulate import simulate as fill

    knowledge, zone = _knowledge(ROOT / "intents", ROOT / "responses"), _settings().zone
    now = datetime.now(zone)
    made = Simulation(knowledge, tuple(SANDBOX_TECHNICIANS), zone, seed=seed, now_ms=int(now.timestamp() * 1000))
    dates = days_until(now.date(), days)
    try:
        with Progress(transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Simulating", total=days)
            tickets = _in_store(
                lambda client, keys: fill(
                    client, keys, made, zone, dates, messages, force, lambda: progress.advance(task)
                )
            )
    except NotEmpty as error:
        _stop(str(error), FAILED)
    typer.echo(f"{days} days, {messages} messages, {tickets} tickets")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that 'backup' wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Remove what is stored first.")] = False,
) -> None:
    """Put a backup into an empty store, on any Redis or Valkey. The service must be stopped."""
    from bot.store.backup import BackupError
    from bot.store.backup import restore as put_back

    try:
        count = _in_store(lambda client, keys: put_back(client, keys, file, replace=replace), any_schema=True)
    except BackupError as error:
        _stop(str(error), FAILED)
    typer.echo(f"{count} keys restored")


def _in_store(use: Callable[[Client, Keys], Awaitable[T]], *, any_schema: bool = False) -> T:
    """Whether the service runs or not."""
    import asyncio

    from redis.exceptions import RedisError

    from bot.store.embedded import EmbeddedError
    from bot.store.keys import Keys
    from bot.store.open import open_store
    from bot.store.schema import WrongSchema, stored_version

    settings = _settings()

    async def work() -> T:
        keys = Keys(settings.zalo_oa_id)
        async with open_store(settings) as client:
            if not any_schema:
                await stored_version(client, keys)
            return await use(client, keys)

    try:
        return asyncio.run(work())
    except (EmbeddedError, WrongSchema, RedisError, OSError) as error:
        _stop(str(error), FAILED)


def _shelf() -> Shelf:
    from bot.language.shelf import Shelf

    return Shelf(_settings().cache_dir)


def _settings() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings(os.environ)
    except SettingsError as error:
        _stop(str(error), WRONG_USE)


def _knowledge(intents: Path, responses: Path) -> Knowledge:
    from bot.language.knowledge import load_knowledge
    from bot.language.toml_file import KnowledgeError

    try:
        return load_knowledge(intents, responses)
    except KnowledgeError as error:
        _stop(str(error), FAILED)


def _stop(reason: str, code: int) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(code)
