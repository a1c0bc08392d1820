"""The bot's own knowledge, loaded once for all tests of the language room."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.language.knowledge import Knowledge, load_knowledge
from bot.language.matcher import Matcher
from bot.language.shelf import Shelf
from tests.process import CACHE

ROOT = Path(__file__).parents[2]
INTENTS = ROOT / "intents"
RESPONSES = ROOT / "responses"


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    return Shelf(CACHE).matcher(load_knowledge(INTENTS, RESPONSES))


@pytest.fixture(scope="session")
def knowledge(matcher: Matcher) -> Knowledge:
    return matcher.knowledge
