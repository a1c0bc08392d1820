"""Every text file beside this one is a conversation that must go as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.runner import ALWAYS_OPEN, Player, service

FILES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_the_conversation_goes_as_written(file: Path, tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        await Player(running).play(file.read_text("utf-8"))
