"""A person's request: everything about them is found; after an erasure nothing is left but anonymous tickets."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.language.teaching import Taught
from bot.model import GONE, IntentId, PersonId
from bot.store.codec import TICKET
from bot.store.teaching import read_taught, teach
from tests.scenarios.runner import ALWAYS_OPEN, Player, Service, service
from tests.test_cli import bot

LAN, KHOI, TAM = "7000000000000000001", "7000000000000000002", "7000000000000000003"
TALK = """\
> Hà: /suco lỗi thanh toán
> Lan: hs H20.27.21-240924-0099 dân thanh toán k được, tra cổng quốc gia không thấy
> Lan: em chuyển nhầm hs H20.29.15-241120-0056, trả lại giúp
> Khôi: em cũng chuyển nhầm hs H20.29.15-241120-0056
> Tâm: /nhan 1
> Tâm: /ghichu 1 gọi {Lan} rồi
> Tâm: /hoi 1 hồ sơ nộp lúc nào ạ?
> Lan: em nộp sáng qua ạ
> Lan!: sếp em ký số không được
> Lan!: chưa được
> Khôi!: /kythuat máy em không ký được
> Lan: không phải vậy, em hỏi chuyện khác
"""


async def talk(running: Service) -> None:
    player = Player(running)
    for line in TALK.splitlines():
        await player._say(line)


async def everything(running: Service) -> dict[str, str]:
    """The whole store as text, by key; the server of a test may be walked through."""
    found = {}
    for key in [str(key) async for key in running.store.scan_iter()]:
        kind = await running.store.type(key)
        value = {
            "string": running.store.get,
            "hash": running.store.hgetall,
            "set": running.store.smembers,
            "list": lambda key: running.store.lrange(key, 0, -1),
            "zset": lambda key: running.store.zrange(key, 0, -1),
            "stream": running.store.xrange,
        }[str(kind)]
        found[key] = str(await value(key))  # type: ignore[operator]
    return found


def short_lived(key: str) -> bool:
    """How much was said in this minute and these ten minutes, which says nothing else."""
    return re.search(r":(said|told):", key) is not None


async def test_what_is_stored_is_told_and_erased_and_tickets_go_on_without_a_name(tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        await talk(running)
        settings = {"DATA_DIR": str(tmp_path)}
        words, others = "sếp em ký số không được", "token cắm vô không nhận"
        examples = dict.fromkeys((words, others), IntentId("digital-signature"))
        await teach(running.store, running.keys, Taught(examples), (), by=PersonId(LAN), at_ms=1)
        before = await everything(running)
        told = json.loads(bot("export-person", LAN, **settings).stdout)
        erased = bot("erase-person", LAN, **settings)
        after = await everything(running)
        again = bot("export-person", LAN, **settings)
        taught = await read_taught(running.store, running.keys)
        ticket = TICKET.validate_json(await running.store.get(running.keys.ticket(1)) or "")
        player = Player(running)
        player.seen = {message["id"] for message in (await player._state())["messages"]}
        await player.play(
            "> Tâm: /xong 1 đã trả lại\n< @Khôi Phiếu #1 | đã trả lại\n< Đã xong phiếu #1, em báo người gửi rồi\n"
            "> Tâm: /xem 1\n< #1 · hồ sơ chuyển nhầm | Người báo: cán bộ, Minh Khôi | đã trả lại"
        )

    assert told["name"] == "Ngọc Lan"
    assert told["place"] == "H20.29.15"
    assert ["H20.29.15-241120-0056"] in [each["codes"] for each in told["tickets"]]
    assert {each["intent"] for each in told["complaints"]} >= {"payment", "misrouted", "digital-signature"}
    assert all(told[kind] for kind in ("incidents", "conversations", "quotable"))
    assert told["taught"] == {words: "digital-signature"}
    assert list(taught.examples) == [others]
    assert erased.returncode == 0, erased.stderr
    assert [(key, text) for key, text in after.items() if LAN in key + text and not short_lived(key)] == []
    assert [reporter.person for reporter in ticket.reporters] == [GONE, KHOI]
    assert (ticket.words, ticket.owner, ticket.state) == ("", TAM, "claimed")
    counters = [key for key in before if ":stats:" in key]
    assert {key: after[key] for key in counters} == {key: before[key] for key in counters} != {}
    assert again.returncode == 1
    assert "nothing is stored" in again.stderr


async def test_who_is_still_on_the_staff_is_not_erased(tmp_path: Path) -> None:
    async with service(tmp_path, ALWAYS_OPEN) as running:
        await talk(running)
        for incident in ("hệ thống báo 502", "không in được phiếu hẹn"):
            await Player(running)._say(f"> Tâm: /suco khác {incident}")
        refused = bot("erase-person", TAM, DATA_DIR=str(tmp_path))
        assert refused.returncode == 1
        assert "is technician and holds 1 tickets" in refused.stderr
        await Player(running)._say("> Tâm: /tra 1")
        await Player(running)._say("> Hà: /vaitro {Tâm} canbo")
        assert bot("erase-person", TAM, DATA_DIR=str(tmp_path)).returncode == 0
        left = await everything(running)
        assert [(key, text) for key, text in left.items() if TAM in key + text and not short_lived(key)] == []
