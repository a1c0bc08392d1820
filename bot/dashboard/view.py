"""How the pages write things: numbers as 1.234, days as dd/mm/yyyy, states and errors by the names of the chat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse

from bot.dashboard.pages import HEADERS, day, number, templates
from bot.dialogue.tickets import place_of
from bot.language.knowledge import Knowledge
from bot.language.reload import LiveKnowledge
from bot.model import OTHER_ERROR, THE_BOT, Chat, TicketEvent

HOUR_S: Final = 3600


class View:
    def __init__(self, live: LiveKnowledge, zone: ZoneInfo, tech_group: Chat | None) -> None:
        self._live = live
        self._zone = zone
        self._tech_group = tech_group
        self._pages = templates()
        self._pages.filters |= {
            "number": number,
            "day": day,
            "percent": percent,
            "span": span,
            "moment": self.moment,
            "date": self.date,
            "error": self.error,
            "verb": self.verb,
            "place": self.place,
        }
        self._pages.globals["say"] = self.say
        self._pages.globals["link"] = link

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        text = self._pages.get_template(template).render(**values)
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    @property
    def knowledge(self) -> Knowledge:
        return self._live.knowledge

    def say(self, key: str, **values: str | int) -> str:
        return self.knowledge.phrases.say(key, **values)

    def error(self, intent: str) -> str:
        known = {str(id_): each for id_, each in self.knowledge.intents.items()}.get(intent)
        if known:
            return known.name
        return self.say("errors.other" if intent == OTHER_ERROR else "errors.unknown")

    def verb(self, verb: str) -> str:
        return self.say(f"verbs.{verb}", to="…")

    def place(self, event: TicketEvent) -> str:
        place = place_of(event, self._tech_group)
        return self.say(f"where.{place}") if place else ""

    def moment(self, at_ms: int | float | None) -> str:
        return f"{datetime.fromtimestamp(at_ms / 1000, self._zone):%H:%M %d/%m/%Y}" if at_ms else ""

    def date(self, at_ms: int) -> date:
        return datetime.fromtimestamp(at_ms / 1000, self._zone).date()

    def name(self, person: str | None, names: Mapping[str, str]) -> str:
        if not person:
            return ""
        return self.say("people.bot") if person == THE_BOT else names.get(person) or person


def percent(share: float | None) -> str:
    return "–" if share is None else f"{number(round(share * 100, 1))} %"


def span(seconds: int | None) -> str:
    """'5 phút' and '2 giờ 05' are for the chat; a table writes 0:05 and 2:05."""
    return "–" if seconds is None else f"{seconds // HOUR_S}:{seconds % HOUR_S // 60:02}"


def link(path: str, **query: object) -> str:
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
