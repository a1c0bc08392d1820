"""Questions that the bot could not answer well: read in groups, taught from, and tried out before they are taught."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dashboard.pages import HEADERS
from bot.dashboard.view import View, link
from bot.language.evaluate import Row, read_rows
from bot.language.grouping import grouped
from bot.language.knowledge import SILENCE
from bot.language.reload import LiveKnowledge
from bot.language.teaching import Taught, example, try_out
from bot.model import OTHER_ERROR, IntentId, Review
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.teaching import read_reviews, read_taught, teach, words_of

PATH: Final = "/dashboard/questions"
MOST_GROUPS: Final = 100
MOST_TAUGHT: Final = 10
"""Examples that one group gives: more of the same teach nothing more."""
LONGEST_EXAMPLE: Final = 400


@dataclass(frozen=True, slots=True)
class Group:
    reviews: Mapping[str, Review]
    """By the id of their entry, the oldest first."""

    @property
    def id(self) -> str:
        return next(iter(self.reviews))

    @property
    def texts(self) -> list[str]:
        """Each once, as it would be taught."""
        texts = dict.fromkeys(example(review.words) for review in self.reviews.values())
        return [text for text in texts if 0 < len(text) <= LONGEST_EXAMPLE][:MOST_TAUGHT]

    @property
    def newest(self) -> Review:
        return list(self.reviews.values())[-1]

    @property
    def kinds(self) -> list[str]:
        return sorted({review.kind for review in self.reviews.values()})


class Questions:
    def __init__(
        self, client: Client, keys: Keys, view: View, live: LiveKnowledge, zone: ZoneInfo, judged: Path
    ) -> None:
        """`judged` holds the labelled messages on which new examples are tried."""
        self._client = client
        self._keys = keys
        self._view = view
        self._live = live
        self._zone = zone
        self._judged = judged

    async def page(self, request: Request, visitor: object) -> Response:
        groups = await self._groups()
        return self._view.page(
            "questions.html", visitor=visitor, groups=groups[:MOST_GROUPS], count=len(groups),
            told=request.query_params.get("told", ""),
        )  # fmt: skip

    async def group(self, request: Request, visitor: object) -> Response:
        return await self._shown(request, visitor)

    async def act(self, request: Request, visitor: object) -> Response:
        form = await request.form()
        group = await self._named(request)
        action, label = str(form.get("action", "")), IntentId(str(form.get("label", "")))
        if group is None:
            return _back("gone")
        if action == "handled":
            await teach(self._client, self._keys, {}, group.reviews)
            return _back("handled")
        if action not in {"try", "accept"} or label not in self._labels():
            return self._view.page("message.html", 400, title="stale-form", visitor=visitor)
        new = _chosen(group, form, label)
        await asyncio.to_thread(self._live.refresh, await read_taught(self._client, self._keys))
        if action == "accept" and form.get("tried") == self._live.knowledge.version and new:
            await teach(self._client, self._keys, new, group.reviews)
            await asyncio.to_thread(self._live.refresh, await read_taught(self._client, self._keys))
            return _back("taught")
        return await self._shown(request, visitor, label, new)

    async def _shown(self, request: Request, visitor: object, label: str = "", new: Taught | None = None) -> Response:
        """The group; with `new`, also what these examples would change."""
        group = await self._named(request)
        if group is None:
            return _back("gone")
        trial = None
        if new:
            replayed = await self._replayed()
            trial = await asyncio.to_thread(try_out, self._live.matcher, new, self._rows(), replayed)
        return self._view.page(
            "question.html", visitor=visitor, group=group, labels=self._labels(), label=label, new=new, trial=trial,
            version=self._live.knowledge.version, meaning=self._meaning,
        )  # fmt: skip

    def _labels(self) -> list[str]:
        return [*map(str, self._live.knowledge.intents), OTHER_ERROR, SILENCE]

    def _meaning(self, label: str) -> str:
        return self._view.say("questions.silence") if label == SILENCE else self._view.error(label)

    def _rows(self) -> Sequence[Row]:
        return read_rows(self._judged, self._live.knowledge.intents)

    async def _replayed(self) -> list[str]:
        """The words of complaints and of questions since yesterday began."""
        today = datetime.now(self._zone).date()
        days = (today - timedelta(days=1), today)
        words = [text for day in days for text in await words_of(self._client, self._keys, day)]
        reviews = (await read_reviews(self._client, self._keys)).values()
        recent = (
            each.words for each in reviews if datetime.fromtimestamp(each.at_ms / 1000, self._zone).date() in days
        )
        return [*words, *recent]

    async def _groups(self) -> list[Group]:
        reviews = await read_reviews(self._client, self._keys)
        ids = list(reviews)
        found = await asyncio.to_thread(grouped, [each.words for each in reviews.values()], self._words)
        return [Group({ids[place]: reviews[ids[place]] for place in sorted(places, reverse=True)}) for places in found]

    def _words(self, text: str) -> list[str]:
        sentences = self._live.knowledge.lexicon.read(text)
        return [word.plain for sentence in sentences for word in sentence]

    async def _named(self, request: Request) -> Group | None:
        wanted = request.path_params["group"]
        return next((group for group in await self._groups() if wanted in group.reviews), None)


def _chosen(group: Group, form: FormData, label: IntentId) -> Taught:
    wanted = {str(text) for text in form.getlist("text")}
    return {text: label for text in group.texts if text in wanted}


def _back(told: str) -> Response:
    return RedirectResponse(link(PATH, told=told), status_code=303, headers=HEADERS)
