"""Where the knowledge stands that belongs to this repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

INTENTS: Final = Path(__file__).parent.parent / "intents"
RESPONSES: Final = INTENTS.parent / "responses"
JUDGED: Final = INTENTS / "messages.tsv"
"""Labelled messages by which what was taught is judged."""
