"""What the settings say about keeping is done, once, and what must stay stays."""

from __future__ import annotations

import asyncio
from datetime import date
from zoneinfo import ZoneInfo

from bot.model import GONE, Case, Chat, Decision, IntentId, MessageId, PersonId, Reporter, Review, Ticket, TicketEvent
from bot.settings import Keep
from bot.store.codec import TICKET, TICKET_EVENT
from bot.store.commit import Commit
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.people import RedisNames
from bot.store.retention import DAY_MS, claim_day, clear_out
from bot.store.transaction import Transaction

KEYS = Keys("44")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW_MS = 1_790_000_000_000
KEEP = Keep(complaints=30, tickets=60, words=20, people=40)
LAN, TAM, HA = PersonId("71"), PersonId("72"), PersonId("73")
GROUP = Chat("group", "g9")
PAYMENT = IntentId("payment")


def ticket(number: int, days_ago: int, state: str) -> Ticket:
    at_ms = NOW_MS - days_ago * DAY_MS
    return Ticket(
        number=number,
        intent=PAYMENT,
        state=state,  # type: ignore[arg-type]
        words="chị Sáu ấp 3 không thanh toán được",
        opened_ms=at_ms,
        reporters=(Reporter(LAN, GROUP, MessageId(f"m{number}")),),
        codes=("H20.29.15-241120-0056",),
        owner=TAM,
        resolution="đồng bộ lại",
        history=(
            TicketEvent(at_ms, LAN, "opened"),
            TicketEvent(at_ms + 1, TAM, "noted", "gọi [@71] rồi"),
            TicketEvent(at_ms + 2, TAM, "resolved", "đồng bộ lại"),
        ),
    )


def case(id_: str, days_ago: int) -> Case:
    return Case(id_, GROUP, LAN, PAYMENT, (), "chị Sáu ấp 3", NOW_MS - days_ago * DAY_MS, "open")


async def commit(client: Client, decision: Decision) -> None:
    transaction = Transaction()
    Commit(KEYS, ZONE).write(transaction, decision, MessageId("m"), {})
    await transaction.commit(client)


async def clear(client: Client) -> dict[str, int]:
    return await clear_out(client, KEYS, KEEP, ZONE, NOW_MS)


async def test_old_tickets_lose_people_and_words_and_keep_what_was_broken_and_how_it_was_solved(
    redis_client: Client,
) -> None:
    tickets = (ticket(1, 61, "closed"), ticket(2, 61, "claimed"), ticket(3, 59, "closed"))
    await commit(redis_client, Decision(tickets=tickets))
    assert (await clear(redis_client))["tickets"] == 1
    old, open_still, young = [TICKET.validate_json(str(await redis_client.get(KEYS.ticket(n)))) for n in (1, 2, 3)]
    events = [TICKET_EVENT.validate_json(str(e)) for e in await redis_client.lrange(KEYS.ticket_history(1), 0, -1)]
    assert (old.words, old.owner, old.reporters[0].person) == ("", GONE, GONE)
    assert (old.intent, old.codes, old.resolution) == (PAYMENT, ("H20.29.15-241120-0056",), "đồng bộ lại")
    assert [(event.by, event.verb, event.text) for event in events] == [
        (GONE, "opened", ""), (GONE, "noted", ""), (GONE, "resolved", ""),
    ]  # fmt: skip
    assert open_still.words == young.words == tickets[0].words
    assert await redis_client.zrange(KEYS.tickets_by(LAN), 0, -1) == ["2", "3"]
    assert (await clear(redis_client))["tickets"] == 0


async def test_old_complaints_go_and_young_ones_stay(redis_client: Client) -> None:
    await commit(redis_client, Decision(cases=(case("old", 32), case("older", 700), case("young", 29))))
    assert (await clear(redis_client))["complaints"] == 2
    left = [await redis_client.exists(KEYS.case(id_)) for id_ in ("old", "older", "young")]
    assert left == [0, 0, 1]
    assert not await redis_client.exists(KEYS.cases_of(date(2026, 8, 20)))


async def test_words_kept_to_teach_the_bot_and_failed_messages_go(redis_client: Client) -> None:
    review = Review("which", MessageId("m"), "chị Sáu", NOW_MS, PAYMENT, LAN)
    await commit(redis_client, Decision(reviews=(review,)))
    await redis_client.xadd(KEYS.dead_letters(), {"body": "chị Sáu"}, id=f"{NOW_MS - 21 * DAY_MS}-0")
    await redis_client.xadd(KEYS.dead_letters(), {"body": "anh Bảy"}, id=f"{NOW_MS - 19 * DAY_MS}-0")
    await clear(redis_client)
    assert await redis_client.xlen(KEYS.dead_letters()) == 1
    assert await redis_client.xlen(KEYS.reviews()) == 1


async def test_names_of_people_not_heard_from_go_and_those_of_the_staff_stay(redis_client: Client) -> None:
    await RedisNames(redis_client, KEYS).put({LAN: "Lan 0912345678", TAM: "Tâm", HA: "Hà"})
    await redis_client.hset(KEYS.roles(), TAM, "technician")
    await redis_client.zadd(KEYS.heard(), {LAN: NOW_MS - 41 * DAY_MS, TAM: NOW_MS - 41 * DAY_MS, HA: NOW_MS})
    assert (await clear(redis_client))["names"] == 1
    assert await redis_client.hgetall(KEYS.names()) == {TAM: "Tâm", HA: "Hà"}


async def test_a_day_is_cleared_out_by_one_process_only(redis_client: Client) -> None:
    claims = await asyncio.gather(*(claim_day(redis_client, KEYS, date(2026, 11, 23)) for _ in range(5)))
    assert sorted(claims) == [False, False, False, False, True]
    assert await claim_day(redis_client, KEYS, date(2026, 11, 24))
