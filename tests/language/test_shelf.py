"""What the examples taught is learnt once; nothing that happens to the file changes an answer."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

import pytest

from bot.language.knowledge import load_knowledge
from bot.language.matcher import Matcher
from bot.language.shelf import Shelf
from tests.language.conftest import INTENTS, RESPONSES

SAID = "dạ anh ơi em ký số không được"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Learns from some of the examples: what is kept does not depend on how many there are."""
    whole = load_knowledge(INTENTS, RESPONSES)
    intents = {id_: replace(intent, examples=intent.examples[:20]) for id_, intent in whole.intents.items()}
    shared = {owner: examples[:40] for owner, examples in whole.shared_examples.items()}
    return Matcher(replace(whole, intents=intents, shared_examples=shared))


def _kept(folder: Path) -> list[Path]:
    return list(folder.glob("*.npz"))


def test_a_second_start_takes_what_the_first_has_learnt_and_understands_the_same(
    matcher: Matcher, tmp_path: Path
) -> None:
    first = Shelf(tmp_path).matcher(matcher.knowledge)
    (path,) = _kept(tmp_path)
    written = path.stat().st_ino
    second = Shelf(tmp_path).matcher(matcher.knowledge)
    assert path.stat().st_ino == written
    assert first.understand(SAID) == second.understand(SAID) == matcher.understand(SAID)


@pytest.mark.parametrize("damage", [b"", b"not an archive", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_learnt_anew(matcher: Matcher, tmp_path: Path, damage: bytes) -> None:
    shelf = Shelf(tmp_path)
    shelf.matcher(matcher.knowledge)
    (path,) = _kept(tmp_path)
    path.write_bytes(damage)
    assert shelf.matcher(matcher.knowledge).understand(SAID) == matcher.understand(SAID)
    assert len(path.read_bytes()) > 1000


def test_what_is_in_use_outlives_any_number_of_trials(matcher: Matcher, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.matcher(matcher.knowledge)
    (path,) = _kept(tmp_path)
    os.utime(path, (0, 0))
    for number in range(20):
        (tmp_path / f"learnt-{number}.npz").touch()
        os.utime(tmp_path / f"learnt-{number}.npz", (number + 1, number + 1))
    shelf.matcher(matcher.knowledge)
    shelf.matcher(replace(matcher.knowledge, lessons="another"))
    assert path.exists()
    assert len(_kept(tmp_path)) < 20


def test_other_knowledge_is_learnt_for_itself(matcher: Matcher, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.matcher(matcher.knowledge)
    shelf.matcher(replace(matcher.knowledge, lessons="another"))
    assert len(_kept(tmp_path)) == 2


def test_of_several_that_start_at_once_one_learns_and_the_others_wait_for_it(matcher: Matcher, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as starts:
        starting = [starts.submit(Shelf(tmp_path).matcher, matcher.knowledge, is_urgent=True) for _ in range(4)]
        next(as_completed(starting))
        (path,) = _kept(tmp_path)
        first = path.stat().st_ino
        assert len({start.result().understand(SAID).verdict for start in starting}) == 1
    assert path.stat().st_ino == first


def test_who_waits_for_some_knowledge_does_not_wait_for_the_learning_of_another(
    matcher: Matcher, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as background:
        slow = background.submit(Shelf(tmp_path).matcher, load_knowledge(INTENTS, RESPONSES))
        while not list(tmp_path.iterdir()):
            time.sleep(0.01)
        Shelf(tmp_path).matcher(matcher.knowledge, is_urgent=True)
        assert not slow.done()


def test_a_folder_that_cannot_be_written_does_not_stop_the_start(matcher: Matcher, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert Shelf(in_the_way / "cache").matcher(matcher.knowledge).understand(SAID) == matcher.understand(SAID)
