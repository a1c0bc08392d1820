"""How fast messages are understood and knowledge is loaded, with the twelve errors of the guide alone and with up to a
thousand made-up ones beside them. Each number in a fresh process, as a start of the bot finds it.

The floors of the same process: of a message to put its text into Unicode's normal form, of a load to read the files.
"""

from __future__ import annotations

import gc
import multiprocessing
import random
import shutil
import statistics
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import tomli

from bot.language.evaluate import judge, read_rows, report
from bot.language.knowledge import load_knowledge
from bot.language.matcher import Matcher
from bot.language.shelf import Shelf
from bot.model import IntentId

ROOT: Final = Path(__file__).parents[2]
MADE_UP: Final = (0, 100, 300, 1000)
PATTERNS_EACH: Final = 20
ROUNDS: Final = 20


class Grown(NamedTuple):
    made_up: int
    first_load_s: float
    load_s: float
    """With what was learnt on disk."""
    read_s: float
    p50_us: float
    p99_us: float
    normalise_us: float
    """Median."""


def grown() -> Sequence[Grown]:
    """The curve."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as fresh:
        return list(fresh.map(_grown, MADE_UP))


def measured() -> dict[str, float]:
    found: dict[str, float] = {}
    for each in grown():
        errors = f"understanding, {each.made_up} made-up errors"
        found |= {
            f"{errors}: p50, µs": each.p50_us,
            f"{errors}: p99, µs": each.p99_us,
            f"{errors}: p50 against normalising alone": each.p50_us / each.normalise_us,
            f"{errors}: first load, seconds": each.first_load_s,
            f"{errors}: first load against reading alone": each.first_load_s / each.read_s,
            f"{errors}: load, seconds": each.load_s,
            f"{errors}: load against reading alone": each.load_s / each.read_s,
        }
    return found


def _grown(number: int) -> Grown:
    with tempfile.TemporaryDirectory() as folder:
        intents, responses = _made_up(Path(folder), number)
        read_s = _read_s(intents)
        first_load_s, _ = _loaded(intents, responses, Path(folder) / "cache")
        load_s, bot = _loaded(intents, responses, Path(folder) / "cache")
    rows = read_rows(ROOT / "intents" / "messages.tsv", [*bot.knowledge.intents])
    speed = report([judge(bot.understand, row) for row in rows])["us_per_message"]
    normalise_us = _normalise_us([row.text for row in rows])
    return Grown(number, first_load_s, load_s, read_s, speed["p50"], speed["p99"], normalise_us)


def _normalise_us(texts: Sequence[str]) -> float:
    took = []
    for text in texts:
        began = time.perf_counter()
        for _ in range(ROUNDS):
            unicodedata.normalize("NFD", text).casefold().split()
        took.append((time.perf_counter() - began) / ROUNDS * 1e6)
    return statistics.median(took)


def _read_s(intents: Path) -> float:
    began = time.perf_counter()
    for path in intents.glob("*.toml"):
        tomli.loads(path.read_text("utf-8"))
    return time.perf_counter() - began


def _loaded(intents: Path, responses: Path, cache: Path) -> tuple[float, Matcher]:
    """Seconds, and what understands then; without looking for garbage, as at the service's start."""
    gc.disable()
    began = time.perf_counter()
    bot = Shelf(cache).matcher(load_knowledge(intents, responses), is_urgent=True)
    took_s = time.perf_counter() - began
    gc.enable()
    return took_s, bot


def _made_up(folder: Path, number: int) -> tuple[Path, Path]:
    dice = random.Random(number)
    intents, responses = folder / "intents", folder / "responses"
    shutil.copytree(ROOT / "intents", intents)
    shutil.copytree(ROOT / "responses", responses)
    onsets, rhymes = (
        ["b", "c", "ch", "d", "g", "h", "k", "kh", "l", "m", "n", "nh", "ph", "t", "th", "tr", "v", "x"],
        ["a", "an", "anh", "ap", "at", "em", "eo", "inh", "oan", "ong", "u", "ung", "uy"],
    )
    words = [onset + rhyme for onset in onsets for rhyme in rhymes]
    for one in range(number):
        name = IntentId(f"made-up-{one}")
        lines = [
            f'  "{dice.choice(words)} {dice.choice(words)} + {dice.choice(words)} {one}",' for _ in range(PATTERNS_EACH)
        ]
        head = f'section = "X"\ntitle = "{name}"\nname = "{name}"\naudience = "user"\ncode = "none"\nhandover = false\n'
        (intents / f"{name}.toml").write_text(f"{head}[say]\nsure = [\n" + "\n".join(lines) + "\n]\n", "utf-8")
        (responses / f"{name}.md").write_text(f"# {name}\n\n1. x\n", "utf-8")
    return intents, responses
