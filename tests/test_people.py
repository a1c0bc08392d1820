"""People and roles where no scenario reaches: names that Zalo does not tell, and two who resign at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.scenarios.runner import service
from tests.several import KEYS, settled, signed, zalo

HA, TAM, LAN = "730000000000000001", "730000000000000002", "710000000000000001"


async def test_people_without_a_name_are_called_by_what_they_are(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        url, taker = await stack.enter_async_context(zalo())
        environ = {"ZALO_OPENAPI_URL": url, "ZALO_OAUTH_URL": url, "SUPERVISOR_IDS": HA, "TECHNICIAN_IDS": TAM}
        running = await stack.enter_async_context(service(tmp_path, environ))
        lines = (
            (LAN, "em chuyển nhầm hs H20.29.15-241120-0056, trả lại bước trước giúp em"),
            (TAM, "/nhan 1"),
            (TAM, "/xem 1"),
            (HA, f"/vaitro [@{LAN}] kythuat"),
            (HA, f"/nghi [@{TAM}]"),
            (HA, "/nguoi"),
        )
        for number, (person, text) in enumerate(lines):
            raw, headers = signed(f"m{number}", person, text)
            await running.http.post("/webhook/zalo", content=raw, headers=headers)
            await settled(running.http)
        assert await running.store.hgetall(KEYS.names()) == {}
    said = [body["message"]["text"] for body in taker.said]
    told = "\n".join(said)
    assert "kỹ thuật đã nhận, đang xử lý" in told
    assert "Người báo: cán bộ" in told
    assert "kỹ thuật giờ là kỹ thuật" in told or "cán bộ giờ là kỹ thuật" in told
    assert f"kỹ thuật …{TAM[-4:]} · kỹ thuật · giữ 1 phiếu · đang nghỉ" in told
    assert not [text for text in said if "None" in text]


async def test_of_two_supervisors_who_resign_at_once_one_stays(tmp_path: Path) -> None:
    async with service(tmp_path, {"SUPERVISOR_IDS": f"{HA},{TAM}"}) as running:
        await running.store.hdel(KEYS.roles(), "7000000000000000004")

        async def resign(person: str, id_: str) -> httpx.Response:
            raw, headers = signed(id_, person, f"/vaitro [@{person}] canbo")
            return await running.http.post("/webhook/zalo", content=raw, headers=headers)

        for turn in range(8):
            await running.store.hset(KEYS.roles(), mapping={HA: "supervisor", TAM: "supervisor"})
            await asyncio.gather(resign(HA, f"h{turn}"), resign(TAM, f"t{turn}"))
            await settled(running.http)
            roles = await running.store.hgetall(KEYS.roles())
            assert sorted((roles[HA], roles[TAM])) == ["official", "supervisor"]
