"""Questions are grouped by what they ask; what was taught changes what is understood, and ends in the files."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.language.evaluate import label_of, read_rows
from bot.language.grouping import grouped
from bot.language.intent import SILENCE
from bot.language.knowledge import load_knowledge
from bot.language.matcher import Matcher
from bot.language.new_error import NewError
from bot.language.teaching import Taught, example, try_out, with_examples
from bot.language.written import write_taught
from bot.model import IntentId

INTENTS = Path(__file__).parents[2] / "intents"
RESPONSES = INTENTS.parent / "responses"
QUESTION = "màn hình tiếp nhận cứ xoay vòng vòng hoài không ra hồ sơ"
LOGIN = IntentId("login-404")


def _words(matcher: Matcher, text: str) -> list[str]:
    return [word.plain for sentence in matcher.knowledge.lexicon.read(text) for word in sentence]


def test_questions_that_differ_in_marks_order_and_dossier_are_one_group(matcher: Matcher) -> None:
    texts = [
        "máy in không in được biên nhận hs H20.27.21-240924-0099",
        "may in khong in duoc bien nhan hs H20.29.15-241120-0056",
        "không xem được camera một cửa",
        "biên nhận hs máy in không in được ạ",
    ]
    assert [sorted(group) for group in grouped(texts, lambda text: _words(matcher, text))] == [[0, 1, 3], [2]]


def test_twenty_thousand_questions_are_grouped_in_seconds() -> None:
    texts = [f"a{n % 4001} b{n % 997} c{n % 499} d{n % 79} e{n % 7} lỗi hồ sơ" for n in range(20_000)]
    began = time.process_time()
    groups = grouped(texts, str.split)
    assert time.process_time() - began < 5
    assert sorted(place for group in groups for place in group) == list(range(20_000))


def test_a_taught_question_is_understood_and_the_trial_tells_what_else_changes(matcher: Matcher) -> None:
    assert label_of(matcher.understand(QUESTION)) != LOGIN
    rows = read_rows(INTENTS / "messages.tsv", matcher.knowledge.intents)
    new = Taught({QUESTION: LOGIN})
    tried = Matcher(with_examples(matcher.knowledge, new.examples))
    trial = try_out(matcher, tried, new, rows, [QUESTION, "chào cả nhà"])
    assert trial.understood == 1
    assert [(change.text, change.after) for change in trial.changes] == [(QUESTION, LOGIN)]
    assert trial.after["accuracy"] > trial.before["accuracy"] - 0.01


def test_what_was_taught_is_written_to_the_files_once_and_understood_from_there(tmp_path: Path) -> None:
    taught = Taught({QUESTION: LOGIN, 'ai có "bí kíp" chỉ em với': SILENCE})
    written = write_taught(INTENTS, RESPONSES, tmp_path, taught)
    assert sorted(path.name for path in written) == ["login-404.toml", "silence.toml"]
    for source in INTENTS.rglob("*.toml"):
        copy = tmp_path / source.relative_to(INTENTS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            copy.write_bytes(source.read_bytes())
    knowledge = load_knowledge(tmp_path, RESPONSES)
    assert (LOGIN, QUESTION) in set(knowledge.labelled_examples())
    assert with_examples(knowledge, taught.examples) is knowledge
    assert write_taught(tmp_path, RESPONSES, tmp_path, taught) == {}


def test_a_described_error_is_understood_answered_and_written_as_two_files(tmp_path: Path) -> None:
    error = NewError(
        "in-bien-nhan", "in biên nhận", 'Máy in "im lặng"', ("in + biên nhận + không được",), "1. Bật máy.", False, True
    )
    assert error.wrong() == ()
    id_, files = error.files("bổ sung")
    taught = Taught({"máy in không in được phiếu biên nhận": id_}, {id_: files})
    knowledge = with_examples(load_knowledge(INTENTS, RESPONSES, taught.errors), taught.examples)
    assert label_of(Matcher(knowledge).understand("phiếu biên nhận in không được ad ơi")) == id_
    assert "Bật máy" in knowledge.intents[id_].steps({})
    assert knowledge.version != load_knowledge(INTENTS, RESPONSES).version

    shutil.copytree(INTENTS, tmp_path / "intents")
    shutil.copytree(RESPONSES, tmp_path / "responses")
    write_taught(tmp_path / "intents", tmp_path / "responses", tmp_path / "intents", taught)
    read_back = load_knowledge(tmp_path / "intents", tmp_path / "responses", taught.errors)
    assert read_back.intents[id_] == knowledge.intents[id_]
    assert write_taught(tmp_path / "intents", tmp_path / "responses", tmp_path / "intents", taught) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""), ("id", "In biên nhận"), ("id", "../x"), ("id", "none"), ("id", "a" * 41), ("name", ""),
        ("title", "a\nb"), ("ways", ()), ("ways", ("in",) * 31), ("steps", ""), ("steps", "a" * 6001),
    ],
)  # fmt: skip
def test_a_description_that_does_not_hold_names_its_field(field: str, value: Any) -> None:
    error = NewError("in-bien-nhan", "in biên nhận", "Máy in", ("in + biên nhận",), "1. Bật máy.", False, False)
    assert replace(error, **{field: value}).wrong() == (field,)


def test_an_example_names_no_dossier() -> None:
    assert "0099" not in example("hs H20.27.21-240924-0099 không in được")
