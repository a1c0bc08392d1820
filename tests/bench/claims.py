"""50 technicians claim 500 tickets at once, from four processes that share one Valkey.

Each ticket is wanted by three of them. The replies are taken in by a server in Zalo's place, and every one of them is
compared with what is stored: whoever has the ticket was told so, and each of the others was told who has it.
"""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from bot.model import IntentId, MessageId, PersonId, Reporter, Ticket, TicketEvent
from bot.store.codec import TICKET, TICKET_EVENT
from bot.store.commit import Commit
from bot.store.connection import Client, connect
from bot.store.keys import PARTITIONS
from bot.store.transaction import Transaction
from tests.dialogue.world import ZONE
from tests.several import DONE_S, GROUP, KEYS, settled, signed, start_bot, zalo

PROCESSES: Final = 4
TECHNICIANS: Final = 50
TICKETS: Final = 500
ROUNDS: Final = 2
WANTED_BY: Final = 3
AT_ONCE: Final = 32
"""Connections that bring claims."""
REPORTER: Final = PersonId("7000000000000000001")


@dataclass(frozen=True)
class Claim:
    message: str
    technician: PersonId
    ticket: int


@dataclass
class Report:
    claims: list[Claim]
    said: list[dict[str, Any]]
    tickets: dict[int, Ticket]
    histories: dict[int, list[TicketEvent]]
    held: dict[PersonId, int]
    dead_letters: int
    done_by_process: list[int]
    seconds: float

    def mistakes(self) -> list[str]:
        """What anybody was told, or what is stored, that is not so."""
        found = []
        answers: dict[str, list[str]] = {}
        for body in self.said:
            message = body["message"]
            answers.setdefault(str(message.get("quote_message_id")), []).append(message["text"])
        for claim in self.claims:
            owner = self.tickets[claim.ticket].owner
            won = f"[@{claim.technician}] Anh/chị đã nhận phiếu #{claim.ticket} ("
            lost = f"[@{claim.technician}] Phiếu #{claim.ticket} đã có "
            told = answers.pop(claim.message, [])
            if len(told) != 1 or not told[0].startswith(won if owner == claim.technician else lost):
                found.append(f"{claim} was told {told}, and {owner} has the ticket")
        for number, history in self.histories.items():
            claimed = [event.by for event in history if event.verb == "claimed"]
            if claimed != [self.tickets[number].owner]:
                found.append(f"ticket {number} was claimed by {claimed} and belongs to {self.tickets[number].owner}")
            if len(answers.pop(f"r{number}", [])) != 1:
                found.append(f"the reporter of ticket {number} was not told once who has it")
        owners = Counter(ticket.owner for ticket in self.tickets.values())
        found += [f"{person} holds {n}, not {owners[person]}" for person, n in self.held.items() if n != owners[person]]
        return found + [f"somebody was told {texts}" for texts in answers.values()]


async def claims(folder: Path, technicians: int, tickets: int, seed: int = 1) -> Report:
    people = [PersonId(f"72{number:017}") for number in range(technicians)]
    dice = random.Random(seed)
    planned = [
        Claim(f"c{number}-{person}", person, number)
        for number in range(1, tickets + 1)
        for person in dice.sample(people, WANTED_BY)
    ]
    dice.shuffle(planned)
    environ = {"TECHNICIAN_IDS": ",".join(people), "MAX_CLAIMS": "1000", "LOG_LEVEL": "error"}
    async with AsyncExitStack() as stack:
        address, taker = await stack.enter_async_context(zalo())
        environ["ZALO_OPENAPI_URL"] = address
        first = await start_bot(stack, folder / "0", environ)
        environ["REDIS_URL"] = f"unix://{(folder / '0').resolve() / 'valkey.sock'}"
        environ["ZALO_OAUTH_URL"] = f"{first.address}/sandbox/oauth"
        others = (start_bot(stack, folder / str(number), environ) for number in range(1, PROCESSES))
        bots = [bot.address for bot in (first, *await asyncio.gather(*others))]
        store = connect(environ["REDIS_URL"])
        stack.push_async_callback(store.aclose)
        await _shared(store)
        await _open_tickets(store, tickets)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        began = time.monotonic()
        await asyncio.gather(*(_post(http, bots, planned[lane::AT_ONCE]) for lane in range(AT_ONCE)))
        await settled(http, bots[0])
        seconds = time.monotonic() - began
        numbers = range(1, tickets + 1)
        return Report(
            claims=planned,
            said=taker.said,
            tickets={n: TICKET.validate_json(await store.get(KEYS.ticket(n)) or "") for n in numbers},
            histories={n: await _history(store, n) for n in numbers},
            held={person: await store.scard(KEYS.tickets_held_by(person)) for person in people},
            dead_letters=await store.xlen(KEYS.dead_letters()),
            done_by_process=[await _done(http, bot) for bot in bots],
            seconds=seconds,
        )


async def _shared(store: Client) -> None:
    """Until every process has its part of the work."""
    async with asyncio.timeout(DONE_S):
        while True:
            holders = Counter(await store.mget([KEYS.lease(partition) for partition in range(PARTITIONS)]))
            if len(holders) == PROCESSES and None not in holders:
                return
            await asyncio.sleep(0.05)


async def _open_tickets(store: Client, count: int) -> None:
    now_ms = time.time_ns() // 1_000_000
    transaction, commit = Transaction(), Commit(KEYS, ZONE)
    for number in range(1, count + 1):
        reporter = Reporter(REPORTER, GROUP, MessageId(f"r{number}"))
        commit.ticket(
            transaction, Ticket(number, IntentId("misrouted"), "new", "chuyển nhầm", now_ms, (reporter,)), None
        )
    transaction.write("SET", KEYS.last_ticket(), count)
    await transaction.commit(store)


async def _post(http: httpx.AsyncClient, bots: list[str], claims: list[Claim]) -> None:
    """One after the other, each to the next process."""
    for number, claim in enumerate(claims):
        raw, headers = signed(claim.message, claim.technician, f"/nhan {claim.ticket}")
        answer = await http.post(f"{bots[number % PROCESSES]}/webhook/zalo", content=raw, headers=headers)
        answer.raise_for_status()


async def _history(store: Client, number: int) -> list[TicketEvent]:
    return [TICKET_EVENT.validate_json(line) for line in await store.lrange(KEYS.ticket_history(number), 0, -1)]


async def _done(http: httpx.AsyncClient, bot: str) -> int:
    told = (await http.get(f"{bot}/metrics")).text
    return sum(int(float(n)) for n in re.findall(r'bot_messages_total\{kind="Message".*?\} ([\d.]+)', told))


def measured() -> dict[str, float]:
    """Raises RuntimeError when anybody was told what is not so."""
    reports = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="bot-") as folder:
            reports.append(asyncio.run(claims(Path(folder), TECHNICIANS, TICKETS)))
    for report in reports:
        mistakes = report.mistakes()
        if mistakes or report.dead_letters:
            raise RuntimeError(f"{len(mistakes)} mistakes, {report.dead_letters} dead letters: {mistakes[:20]}")
    report = min(reports, key=lambda each: each.seconds)
    busiest = max(report.done_by_process) / sum(report.done_by_process)
    return {
        f"claims of {TECHNICIANS} technicians at once, claims a second": len(report.claims) / report.seconds,
        f"claims, what the busiest of {PROCESSES} processes did against an equal part": busiest * PROCESSES,
    }
