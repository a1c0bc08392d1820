"""CI installs Tesseract, so these tests are never skipped: without it they fail and say what to install."""

from __future__ import annotations

import pytest

from bot.reading.reader import HOW_TO_INSTALL, installed


@pytest.fixture(scope="session", autouse=True)
def tesseract() -> None:
    if not installed():
        pytest.fail(f"Tesseract with its Vietnamese model is missing: {HOW_TO_INSTALL}", pytrace=False)
