"""Crash at any point: load through real processes, SIGKILL at random moments, then what became of every message.

`make soak` runs the long form and prints what it did; tests/test_crash.py the short one. The bot's processes share the
embedded Valkey, which is killed too; only the server in Zalo's place lives through it all, and keeps what it was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final
from zoneinfo import ZoneInfo

import httpx
from redis.exceptions import RedisError

from bot.model import Chat, PersonId
from bot.store.codec import SESSION, TICKET, TICKET_EVENT
from bot.store.connection import Client, connect
from bot.store.embedded import EmbeddedValkey
from bot.store.streams import lengths
from tests.ports import free_port
from tests.process import CACHE, wait_until_ready
from tests.several import GROUP, KEYS, Zalo, signed, zalo

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
TECHNICIAN: Final = "720000000000000001"
OPENING: Final = "opening"
SETTLED_S: Final = 90.0
ANSWER_S: Final = 0.03
"""Zalo takes a message and answers after so long: a kill in between makes the reply go out twice."""
BURST_S: Final = 0.6
"""Half of all messages come within so long before a kill."""
SENT_AGAIN: Final = 0.15
"""Share of messages that Zalo delivers twice."""
COMMANDS: Final = ("/toi", "/phieucuatoi")


@dataclass(frozen=True, slots=True)
class Plan:
    reports: int
    talkers: int
    lines: int
    """What each of the talkers says."""
    notes: int
    kills: int
    seconds: float
    webs: int
    workers: int
    seed: int

    @property
    def messages(self) -> int:
        return 1 + self.reports + self.talkers * self.lines + self.notes

    def kill_moments(self) -> list[float]:
        dice = random.Random(self.seed)
        return sorted(dice.uniform(0.05, 0.95) * self.seconds for _ in range(self.kills))


SHORT: Final = Plan(reports=40, talkers=12, lines=8, notes=24, kills=4, seconds=6, webs=1, workers=2, seed=7)
LONG: Final = Plan(reports=800, talkers=50, lines=24, notes=300, kills=40, seconds=560, webs=2, workers=3, seed=7)


@dataclass(frozen=True, slots=True)
class Said:
    id: str
    person: str
    text: str
    private: bool = False


@dataclass
class Outcome:
    """What the run did, and everything that is not as it must be."""

    plan: Plan
    kills: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    """Deliveries that got no 200 and were made again."""
    again: int = 0
    replies: int = 0
    repeated: int = 0
    tickets: int = 0
    took_s: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        killed = ", ".join(f"{role} {count}" for role, count in sorted(self.kills.items()))
        return (
            f"{self.plan.messages} messages ({self.again} delivered twice, {self.refused} deliveries refused and made"
            f" again), {self.kills.total()} kills ({killed}), {self.tickets} tickets, {self.replies} replies of which"
            f" {self.repeated} were repeats, in {self.took_s:.0f} s; {len(self.wrong) or 'nothing'} wrong"
        )


class House:
    """The processes of a bot, on a Valkey in `folder`."""

    def __init__(self, folder: Path, zalo_url: str) -> None:
        self._folder = folder
        self._valkey = EmbeddedValkey(folder / "data")
        self._valkey.start()
        self._environ = {
            "PATH": os.environ["PATH"],
            "REDIS_URL": self._valkey.url,
            "DATA_DIR": str(folder / "none"),
            "CACHE_DIR": str(CACHE),
            "ZALO_OPENAPI_URL": zalo_url,
            "ZALO_OAUTH_URL": zalo_url,
            "LOG_LEVEL": "warning",
            "TECHNICIAN_IDS": TECHNICIAN,
            "REPLIES_IN_GROUP": "100000",
            "REPLIES_TO_PERSON": "100000",
        }
        self._running: dict[str, tuple[str, subprocess.Popen[str]]] = {}
        self._log: IO[str] = (folder / "log").open("w")

    @property
    def store_url(self) -> str:
        return self._valkey.url

    @property
    def names(self) -> list[str]:
        return [*self._running, "valkey"]

    def webs(self) -> list[str]:
        return [address for name, (address, _) in self._running.items() if name.startswith("web")]

    def start(self, name: str) -> None:
        """'web1', 'worker2' …; a process that is started again keeps its port."""
        known = self._running.get(name)
        port = known[0].rpartition(":")[2] if known else str(free_port())
        command = [sys.executable, "-m", "bot", "serve", "--role", name.rstrip("0123456789")]
        process = subprocess.Popen(command, env=self._environ | {"PORT": port}, text=True, stderr=self._log)
        self._running[name] = (f"http://127.0.0.1:{port}", process)

    def wait(self) -> None:
        for address, process in self._running.values():
            wait_until_ready(address, process)

    def kill(self, name: str) -> None:
        if name == "valkey":
            os.kill(int((self._folder / "data" / "valkey.pid").read_text()), signal.SIGKILL)
            self._valkey.stop()
        else:
            process = self._running[name][1]
            process.kill()
            process.wait()

    def start_again(self, name: str) -> None:
        if name == "valkey":
            self._valkey.start()
        else:
            self.start(name)

    def revive(self) -> None:
        """Whatever ended by itself: a process that was started while the store was away."""
        for name, (_, process) in list(self._running.items()):
            if process.poll() is not None:
                self.start(name)

    def stop(self) -> None:
        for _, process in self._running.values():
            process.terminate()
        for _, process in self._running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._valkey.stop()
        self._log.close()


class Load:
    """What people say, and how it is delivered: in order for each person, again and again until it is accepted."""

    def __init__(self, plan: Plan, house: House, outcome: Outcome) -> None:
        self._plan = plan
        self._house = house
        self._outcome = outcome
        self._dice = random.Random(plan.seed)
        self.reports = {
            f"71{number:017}": f"H20.21.{number // 2 % 60:02}-250110-{number // 2:04}" for number in range(plan.reports)
        }
        """Two people each report the same dossier."""

    def scripts(self) -> Iterator[list[Said]]:
        for person, code in self.reports.items():
            yield [Said(f"{person}-0", person, f"em chuyển nhầm hs {code}, trả lại bước trước giúp em")]
        for talker in range(self._plan.talkers):
            person = f"73{talker:017}"
            yield [
                Said(f"{person}-{line}", person, COMMANDS[line % 2], private=bool(talker % 2))
                for line in range(self._plan.lines)
            ]
        yield [Said(f"{TECHNICIAN}-{note}", TECHNICIAN, f"/ghichu 1 số {note}") for note in range(self._plan.notes)]

    async def run(self, http: httpx.AsyncClient) -> None:
        await asyncio.gather(*(self._say(http, script) for script in self.scripts()))

    async def _say(self, http: httpx.AsyncClient, script: list[Said]) -> None:
        """Spread over the time that the plan gives."""
        moments = sorted(self._moment() for _ in script)
        began = time.monotonic()
        for moment, said in zip(moments, script, strict=True):
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            await self.deliver(http, said)
            if self._dice.random() < SENT_AGAIN:
                self._outcome.again += 1
                await self.deliver(http, said)

    def _moment(self) -> float:
        if self._dice.random() < 0.5:
            return self._dice.uniform(0, self._plan.seconds)
        return self._dice.choice(self._plan.kill_moments()) - self._dice.uniform(0, BURST_S)

    async def deliver(self, http: httpx.AsyncClient, said: Said) -> None:
        raw, headers = signed(said.id, said.person, said.text, private=said.private)
        while True:
            try:
                url = f"{self._dice.choice(self._house.webs())}/webhook/zalo"
                if (await http.post(url, content=raw, headers=headers)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            self._outcome.refused += 1
            await asyncio.sleep(self._dice.uniform(0.05, 0.3))


async def crash(plan: Plan, folder: Path) -> Outcome:
    """Raises nothing for what goes wrong with the bot: it is in the outcome."""
    outcome, began = Outcome(plan), time.monotonic()
    async with zalo() as (url, taker), httpx.AsyncClient(timeout=5) as http:
        taker.answer_s = ANSWER_S
        house = await asyncio.to_thread(House, folder, url)
        try:
            for name in (f"{role}{n}" for role in ("web", "worker") for n in range(getattr(plan, f"{role}s"))):
                house.start(name)
            await asyncio.to_thread(house.wait)
            load = Load(plan, house, outcome)
            opening = Said(OPENING, "74" + "0" * 17, "em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp")
            await load.deliver(http, opening)
            store = connect(house.store_url)
            await _settled(store, house)
            killing = asyncio.create_task(_kill(plan, house, outcome))
            await load.run(http)
            await killing
            await asyncio.to_thread(house.wait)
            await _settled(store, house)
            await _judge(outcome, load, store, taker)
            await store.aclose()
        except TimeoutError:
            outcome.wrong.append(f"it does not come to rest within {SETTLED_S:.0f} s")
        finally:
            await asyncio.to_thread(house.stop)
    outcome.took_s = time.monotonic() - began
    return outcome


async def _kill(plan: Plan, house: House, outcome: Outcome) -> None:
    """Every kind is killed in turn, whoever of it and whenever the dice say."""
    dice = random.Random(plan.seed + 1)
    kinds = ["worker", "valkey", "web", "worker"]
    began = time.monotonic()
    for number, moment in enumerate(plan.kill_moments()):
        await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
        name = dice.choice([name for name in house.names if name.startswith(kinds[number % len(kinds)])])
        await asyncio.to_thread(house.kill, name)
        outcome.kills[name.rstrip("0123456789")] += 1
        await asyncio.sleep(dice.uniform(0, 0.5))
        await asyncio.to_thread(house.start_again, name)
        house.revive()


async def _settled(store: Client, house: House) -> None:
    quiet = 0
    async with asyncio.timeout(SETTLED_S):
        while quiet < 3:
            house.revive()
            with contextlib.suppress(RedisError, OSError):
                quiet = quiet + 1 if await lengths(store, KEYS) == (0, 0) else 0
            await asyncio.sleep(0.1)


# --- what became of it -------------------------------------------------------------------------------------------


async def _judge(outcome: Outcome, load: Load, store: Client, taker: Zalo) -> None:
    outcome.wrong += _replies(outcome, load, taker)
    outcome.wrong += await _tickets(outcome, load, store)
    outcome.wrong += await _notes(outcome.plan, store)
    outcome.wrong += await _counts(outcome.plan, store)
    dead = await store.xrange(KEYS.dead_letters())
    outcome.wrong += [f"set aside: {letter}" for letter in dead or ()]


def _replies(outcome: Outcome, load: Load, taker: Zalo) -> Iterator[str]:
    answers = Counter(str(body["message"].get("quote_message_id") or "") for body in taker.said)
    outcome.replies = len(taker.said)
    for script in load.scripts():
        counts = [answers[said.id] for said in script]
        outcome.repeated += sum(max(0, count - 1) for count in counts)
        for said, count in zip(script, counts, strict=True):
            if not 1 <= count <= 1 + outcome.kills.total():
                yield f"{said} was answered {count} times"
        firsts = [id_ for id_ in answers if id_.startswith(f"{script[0].person}-")]
        if firsts != [said.id for said in script if said.id in answers]:
            yield f"answers to {script[0].person} came in the order {firsts}"


async def _tickets(outcome: Outcome, load: Load, store: Client) -> list[str]:
    numbers = [int(str(number)) for number in await store.zrange(KEYS.all_tickets(), 0, -1)]
    texts = await store.mget([KEYS.ticket(number) for number in numbers])
    tickets = {ticket.number: ticket for ticket in (TICKET.validate_json(text) for text in texts if text)}
    outcome.tickets = len(tickets)
    wrong = []
    if sorted(numbers) != list(range(1, len(numbers) + 1)) or len(tickets) != len(numbers):
        wrong.append(f"tickets are numbered {sorted(numbers)}")
    people: dict[str, set[str]] = {}
    for person, code in load.reports.items():
        people.setdefault(code, set()).add(person)
    found = Counter(code for number, ticket in tickets.items() if number > 1 for code in ticket.codes)
    wrong += [f"dossier {code} has {found[code]} tickets" for code in people if found[code] != 1]
    for ticket in tickets.values():
        reporters = sorted(reporter.person for reporter in ticket.reporters)
        if ticket.number > 1 and reporters != sorted(people.get("".join(ticket.codes), ())):
            wrong.append(f"ticket {ticket.number} of {ticket.codes} was reported by {reporters}")
    for person, code in load.reports.items():
        text = await store.get(KEYS.session(Chat("group", GROUP.id), PersonId(person)))
        session = SESSION.validate_json(text) if text else None
        if session is None or session.ticket not in tickets or code not in tickets[session.ticket].codes:
            wrong.append(f"the conversation of {person} does not lead to the ticket of {code}")
    return wrong


async def _notes(plan: Plan, store: Client) -> list[str]:
    events = [TICKET_EVENT.validate_json(text) for text in await store.lrange(KEYS.ticket_history(1), 0, -1)]
    noted = [event.text for event in events if event.verb == "noted"]
    return [] if noted == [f"số {note}" for note in range(plan.notes)] else [f"notes on ticket 1: {noted}"]


async def _counts(plan: Plan, store: Client) -> list[str]:
    counted: Counter[str] = Counter()
    today = datetime.now(ZONE).date()
    for day in (today, today - timedelta(days=1)):
        for name, count in (await store.hgetall(KEYS.counters(day))).items():
            counted[str(name).partition("|")[0]] += int(count)
    expected = plan.reports + 1
    return [f"{name}: {counted[name]} counted, {expected} made" for name in ("complaint", "ticket")
            if counted[name] != expected]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that 'make test' runs")
    parser.add_argument("--seed", type=int, default=LONG.seed)
    given = parser.parse_args()
    plan = SHORT if given.short else LONG
    with TemporaryDirectory(prefix="bot-", dir="/tmp") as folder:
        outcome = asyncio.run(crash(Plan(**{**_fields(plan), "seed": given.seed}), Path(folder)))
        print(outcome)
        print("\n".join(outcome.wrong))
        log = Path(folder, "log").read_text().splitlines()
        print(f"{len(log)} lines of warnings and errors in the log")
    sys.exit(1 if outcome.wrong else 0)


def _fields(plan: Plan) -> dict[str, int]:
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}


if __name__ == "__main__":
    main()
