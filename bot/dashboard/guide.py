"""`/guide`: every documented error as a page for officials, from the same files as the answers in chat. No login."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.dashboard.pages import HEADERS, templates
from bot.language.intent import Intent
from bot.language.normalise import fold
from bot.language.reload import LiveKnowledge
from bot.model import IntentId

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST_QUERY: Final = 300
_CONDITION: Final = re.compile(r"^(#{2,6} .*?)\s*\{[^{}]*\}\s*$", re.MULTILINE)
_TEMPLATES: Final = templates()


@dataclass(frozen=True, slots=True)
class Guide:
    """The pages, from the knowledge as it is at the moment."""

    live: LiveKnowledge

    def routes(self) -> list[Route]:
        return [Route("/guide", self.index), Route("/guide/{intent}", self.show)]

    async def index(self, request: Request) -> Response:
        query = request.query_params.get("q", "").strip()[:LONGEST_QUERY]
        intents = sorted(self.live.knowledge.intents.values(), key=lambda intent: _roman(intent.section))
        return _page("guide.html", query=query, intents=self.search(query) if query else intents)

    async def show(self, request: Request) -> Response:
        intent = self.live.knowledge.intents.get(IntentId(request.path_params["intent"]))
        if intent is None:
            return _page("guide-missing.html", 404)
        return _page("guide-page.html", intent=intent, body=rendered(intent))

    def search(self, query: str) -> list[Intent]:
        """What the bot takes the query for, then every page that holds all its words; marks do not matter."""
        known = self.live.knowledge.intents
        meant = [candidate.intent for candidate in self.live.matcher.understand(query).candidates]
        words = fold(query).split()
        holding = [intent.id for intent in known.values() if all(word in _text(intent) for word in words)]
        return [known[id_] for id_ in dict.fromkeys((*meant, *holding)) if id_ in known]


def _page(template: str, status: int = 200, **values: object) -> HTMLResponse:
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status, headers=HEADERS)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # no start waits for what only the guide's pages need

    return MarkdownIt("commonmark", {"html": False})


def rendered(intent: Intent) -> Markup:
    """All steps and values for everybody, whatever the branch. Markup in the file stays text."""
    _, _, body = intent.response.source.partition("\n")
    return Markup(_markdown().render(_CONDITION.sub(r"\1", body)))  # noqa: S704 - the renderer escapes HTML


def _text(intent: Intent) -> str:
    return fold(f"{intent.section} {intent.title} {intent.name} {intent.response.source}")


def _roman(section: str) -> tuple[int, ...]:
    """'II.3' → (2, 3): the order of the guide."""
    head, _, rest = section.partition(".")
    values = {"I": 1, "V": 5, "X": 10}
    ones = [values.get(letter, 0) for letter in head]
    total = sum(-one if one < after else one for one, after in zip(ones, [*ones[1:], 0], strict=True))
    return (total, *(int(part) for part in re.findall(r"\d+", rest)))
