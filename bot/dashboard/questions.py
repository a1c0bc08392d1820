"""Questions that the bot could not answer well: read in groups, taught from, and tried out before they are taught.

Nothing is accepted that was not tried last, in the same session and with the knowledge as it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dashboard.pages import HEADERS
from bot.dashboard.proposal import NEW, Proposal, proposed
from bot.dashboard.tables import Table, send
from bot.dashboard.view import View, link
from bot.language.evaluate import Row, read_rows
from bot.language.grouping import grouped
from bot.language.intent import SILENCE
from bot.language.reload import LiveKnowledge
from bot.language.teaching import NOTHING, Taught, Trial, example, try_out
from bot.language.toml_file import KnowledgeError
from bot.model import OTHER_ERROR, Review
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.page_sessions import Visitor
from bot.store.teaching import forget, read_lessons, read_reviews, read_taught, teach, words_of

PATH: Final = "/dashboard/questions"
MOST_GROUPS: Final = 100
MOST_TAUGHT: Final = 10
"""Examples that one group gives: more of the same teach nothing more."""
LONGEST_EXAMPLE: Final = 400
TRIAL_S: Final = 3600


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

    async def page(self, request: Request, visitor: Visitor) -> Response:
        groups = await self._groups()
        lessons = await read_lessons(self._client, self._keys)
        return self._view.page(
            "questions.html", visitor=visitor, groups=groups[:MOST_GROUPS], count=len(groups), lessons=lessons,
            names=await self._client.hgetall(self._keys.names()), meaning=self._meaning, person=self._view.name,
            told=request.query_params.get("told", ""),
        )  # fmt: skip

    async def export(self, request: Request, _: Visitor) -> Response:
        """Every question by itself, with the number of those like it."""
        say = self._view.say
        rows = [
            [
                len(group.reviews), review.words, self._view.error(review.intent), say(f"questions.{review.kind}"),
                datetime.fromtimestamp(review.at_ms / 1000, self._zone),
            ]
            for group in await self._groups()
            for review in group.reviews.values()
        ]  # fmt: skip
        heads = [say(f"columns.{head}") for head in ("count", "words", "meaning", "why", "opened")]
        return send([Table(say("sheets.questions"), heads, rows)], request.path_params["form"], "questions")

    async def group(self, request: Request, visitor: Visitor) -> Response:
        group = await self._named(request)
        return self._shown(visitor, group, Proposal()) if group else _back("gone")

    async def act(self, request: Request, visitor: Visitor) -> Response:
        form = await request.form()
        group = await self._named(request)
        action = str(form.get("action", ""))
        if group is None:
            return _back("gone")
        if action == "handled":
            await self._teach(NOTHING, group, visitor)
            return _back("handled")
        proposal = proposed(form, group.texts, self._labels(), self._view.say("questions.section"))
        if action not in {"try", "accept"} or proposal is None:
            return self._view.page("message.html", 400, title="stale-form", visitor=visitor)
        if proposal.wrong:
            return self._shown(visitor, group, proposal, status=422)
        taught = await read_taught(self._client, self._keys)
        await asyncio.to_thread(self._live.refresh, taught)
        if action == "accept" and await self._was_tried(visitor, proposal.new):
            await self._teach(proposal.new, group, visitor)
            await asyncio.to_thread(self._live.refresh, await read_taught(self._client, self._keys))
            return _back("taught")
        return await self._tried(visitor, group, proposal, taught)

    async def forget(self, request: Request, visitor: Visitor) -> Response:
        """Takes back what was taught."""
        form = await request.form()
        text, is_error = str(form.get("text", "")), form.get("error") == "yes"
        lessons = await read_lessons(self._client, self._keys)
        lesson = next((each for each in lessons if (each.text, each.is_error) == (text, is_error)), None)
        if lesson is None:
            return _back("gone")
        await forget(self._client, self._keys, lesson)
        await asyncio.to_thread(self._live.refresh, await read_taught(self._client, self._keys))
        return _back("forgotten")

    async def _tried(self, visitor: Visitor, group: Group, proposal: Proposal, taught: Taught) -> Response:
        """The group, and what the proposal would change; remembers that it was tried."""
        if not proposal.new.examples:
            return self._shown(visitor, group, proposal)
        try:
            imagined = await asyncio.to_thread(self._live.imagined, taught.and_also(proposal.new))
        except KnowledgeError as error:
            wrong = tuple(finding.text for finding in error.findings)
            return self._shown(visitor, group, replace(proposal, reasons=wrong), status=422)
        replayed = await self._replayed()
        trial = await asyncio.to_thread(try_out, self._live.matcher, imagined, proposal.new, self._rows(), replayed)
        await self._client.set(self._keys.trial(visitor.form_token), self._mark(proposal.new), ex=TRIAL_S)
        return self._shown(visitor, group, proposal, trial)

    async def _was_tried(self, visitor: Visitor, new: Taught) -> bool:
        """In this session, last, and with the knowledge as it is now."""
        return bool(await self._client.getdel(self._keys.trial(visitor.form_token)) == self._mark(new))

    def _mark(self, new: Taught) -> str:
        whole = (self._live.knowledge.version, sorted(new.examples.items()), sorted(new.errors.items(), key=str))
        return hashlib.sha256(repr(whole).encode()).hexdigest()

    async def _teach(self, new: Taught, group: Group, visitor: Visitor) -> None:
        now_ms = time.time_ns() // 1_000_000
        await teach(self._client, self._keys, new, group.reviews, by=visitor.person, at_ms=now_ms)

    def _shown(
        self, visitor: Visitor, group: Group, proposal: Proposal, trial: Trial | None = None, *, status: int = 200
    ) -> Response:
        return self._view.page(
            "question.html", status, visitor=visitor, group=group, labels=self._labels(), proposal=proposal,
            trial=trial, meaning=self._meaning, new_label=NEW,
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


def _back(told: str) -> Response:
    return RedirectResponse(link(PATH, told=told), status_code=303, headers=HEADERS)
