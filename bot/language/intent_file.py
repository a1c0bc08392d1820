"""From an intent's TOML file, and its response's, to the Intent; every mistake is noted with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from bot.language import screens
from bot.language.intent import Audience, CodeNeed, FollowUp, Intent, Option, Slot, Targets
from bot.language.lexicon import Lexicon
from bot.language.patterns import POINTS, Pattern, parse
from bot.language.responses import Response, parse_response
from bot.language.screens import Screen
from bot.language.toml_file import Problems, TomlFile
from bot.model import IntentId

ANSWER_S: Final = 10
"""Target of the first answer where no file names one."""

_KEYS: Final = (
    "section", "title", "name", "audience", "code", "handover", "targets", "unsolved", "say",
    "examples", "slots", "follow_up", "long", "screens",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """An error that was described on the pages: what its two files are to hold."""

    toml: str
    md: str


def intent_of(
    path: Path, responses_dir: Path, lexicon: Lexicon, usual: Targets, problems: Problems, written: Written | None
) -> Intent:
    """`usual` are the targets of a file that names none; `written` is what the two files hold, when there are none."""
    file = TomlFile(path, problems, written.toml if written else None)
    file.only(_KEYS)
    intent_id = IntentId(path.stem)
    return Intent(
        id=intent_id,
        section=file.text("section"),
        title=file.text("title"),
        name=file.text("name"),
        audience=cast(Audience, file.one_of("audience", ("user", "unit-admin"))),
        handover=file.flag("handover"),
        code=cast(CodeNeed, file.one_of("code", ("none", "helpful", "required"))),
        slots=tuple(_slot(file, table) for table in file.tables("slots")),
        follow_up=_follow_up(file),
        targets=targets_of(file, usual),
        unsolved=file.text("unsolved", needed=False),
        response=_response(responses_dir / f"{path.stem}.md", problems, written.md if written else None),
        patterns=patterns_of(intent_id, file, lexicon),
        examples=file.texts("examples", file.values),
        long=file.flag("long"),
        screens=screens_of(intent_id, file),
    )


def patterns_of(owner: IntentId, file: TomlFile, lexicon: Lexicon) -> tuple[Pattern, ...]:
    """How people put it, and what speaks against it."""
    say = file.table("say")
    file.only(tuple(POINTS), say)
    found = []
    for level, points in POINTS.items():
        for line in file.texts(level, say):
            try:
                found.append(parse(owner, line, points, lexicon))
            except ValueError as error:
                file.wrong(line, f"pattern '{line}': {error}")
    if not found:
        file.wrong("[say]", "no pattern says how people put this")
    return tuple(found)


def screens_of(owner: IntentId, file: TomlFile) -> tuple[Screen, ...]:
    """What pictures show that speak for it."""
    return tuple(_screen(owner, file, table) for table in file.tables("screens"))


def _screen(owner: IntentId, file: TomlFile, table: Mapping[str, object]) -> Screen:
    levels = {level: points for level, points in POINTS.items() if points > 0}
    file.only(("name", *levels), table)
    found = []
    for level, points in levels.items():
        for line in file.texts(level, table):
            try:
                found.append((points, screens.parse(line)))
            except ValueError as error:
                file.wrong(line, f"screen '{line}': {error}")
    name = file.text("name", table)
    if not found:
        file.wrong(name or "screens", f"no pattern says what '{name}' shows")
    return Screen(owner, name, tuple(found))


def _facts(file: TomlFile, key: str, table: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    facts = file.table(key, table)
    return tuple((name, file.text(name, facts)) for name in facts)


def targets_of(file: TomlFile, usual: Targets | None) -> Targets:
    """`usual` stands in for a file that names none; where there is no usual one, the file must."""
    if usual and "targets" not in file.values:
        return usual
    table = file.table("targets")
    file.only(("answer", "claim", "resolve"), table)
    answer_s = file.duration_s("answer", table) if "answer" in table else usual.answer_s if usual else ANSWER_S
    return Targets(file.duration_s("claim", table), file.duration_s("resolve", table), answer_s)


def _slot(file: TomlFile, table: Mapping[str, object]) -> Slot:
    file.only(("name", "question", "options", "when", "only_asked", "then_handover"), table)
    name = file.text("name", table)
    options = table.get("options")
    if not isinstance(options, list) or len(options) < 2 or not all(isinstance(each, dict) for each in options):
        file.wrong(name or "slots", f"slot '{name}' needs at least two options {{ value, label, say }}")
        options = []
    return Slot(
        name=name,
        question=file.text("question", table),
        options=tuple(_option(file, each) for each in options),
        when=_facts(file, "when", table),
        only_asked=file.flag("only_asked", table),
        then_handover=file.flag("then_handover", table),
    )


def _option(file: TomlFile, table: Mapping[str, object]) -> Option:
    file.only(("value", "label", "say", "over"), table)
    return Option(
        file.text("value", table), file.text("label", table), file.texts("say", table), file.texts("over", table)
    )


def _follow_up(file: TomlFile) -> FollowUp | None:
    table = file.table("follow_up")
    if not table:
        return None
    file.only(("after_s", "question", "when", "unsolved"), table)
    return FollowUp(
        file.number("after_s", table),
        file.text("question", table),
        _facts(file, "when", table),
        _facts(file, "unsolved", table),
    )


def _response(path: Path, problems: Problems, source: str | None) -> Response:
    name = f"responses/{path.name}"
    try:
        return parse_response(path.read_text("utf-8") if source is None else source)
    except FileNotFoundError:
        problems.add(name, 1, "is missing: every intent needs its steps")
    except UnicodeDecodeError:
        problems.add(name, 1, "is not UTF-8 text")
    except ValueError as error:
        line, _, reason = str(error).partition(": ")
        problems.add(name, int(line), reason)
    return Response("", ())
