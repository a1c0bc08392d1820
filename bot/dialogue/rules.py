"""What a province sets for its desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from bot.dialogue.hours import Hours


@dataclass(frozen=True, slots=True)
class Rules:
    hours: Hours
    most_claims: int = 20
    """Tickets that one person may hold."""
    replies_to_person: int = 20
    replies_in_group: int = 60
    """Answers a minute, at most."""
    public_url: str = ""
    """Of the pages."""
    morning: time | None = time(7)
    """When technicians get the list of what is open; None: never."""
    evening: time | None = time(17)
    """When supervisors get the day's figures; None: never."""
    guide_url: str | None = None
    """Where the guide's pages are, if officials can reach them."""


USUAL: Final = Rules(Hours(ZoneInfo("Asia/Ho_Chi_Minh")))
