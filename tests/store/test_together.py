"""What many want at the same time: done at once, each with its own answer, and nobody is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.store.together import Together


async def test_what_is_wanted_meanwhile_goes_together_with_the_next() -> None:
    calls: list[list[int]] = []

    async def double(items: Sequence[int]) -> list[int]:
        calls.append(list(items))
        await asyncio.sleep(0.01)
        return [2 * item for item in items]

    together = Together[int, int](double)
    first = asyncio.create_task(together.want(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await asyncio.gather(*map(together.want, range(2, 6))) == [4, 6, 8, 10]
    assert await first == 2
    assert calls == [[1], [2, 3, 4, 5]]


async def test_whoever_wants_more_as_soon_as_it_is_served_is_served_again() -> None:
    async def same(items: Sequence[int]) -> list[int]:
        return list(items)

    together = Together[int, int](same)
    async with asyncio.timeout(2):
        for turn in range(20):
            assert await together.want(turn) == turn


async def test_each_is_told_its_own_failure_and_one_that_gave_up_stops_nobody() -> None:
    async def halve(items: Sequence[int]) -> list[int | Exception]:
        await asyncio.sleep(0.01)
        return [ValueError(item) if item % 2 else item // 2 for item in items]

    together = Together[int, int](halve)
    impatient = asyncio.create_task(together.want(4))
    await asyncio.sleep(0)
    impatient.cancel()
    even, odd = await asyncio.gather(together.want(8), together.want(9), return_exceptions=True)
    assert even == 4
    assert isinstance(odd, ValueError)


async def test_when_all_fails_all_are_told_and_the_next_is_tried() -> None:
    broken = True

    async def maybe(items: Sequence[str]) -> list[str]:
        if broken:
            raise OSError("away")
        return list(items)

    together = Together[str, str](maybe, at_once=2)
    told = await asyncio.gather(*map(together.want, "abc"), return_exceptions=True)
    assert all(isinstance(each, OSError) for each in told)
    broken = False
    assert await together.want("d") == "d"


async def test_one_that_hangs_holds_up_nobody_else() -> None:
    hung = asyncio.Event()

    async def first_hangs(items: Sequence[str]) -> list[str]:
        if "hangs" in items:
            await hung.wait()
        return list(items)

    together = Together[str, str](first_hangs, at_once=2)
    stuck = asyncio.create_task(together.want("hangs"))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(1):
        assert await together.want("goes on") == "goes on"
    hung.set()
    assert await stuck == "hangs"


async def test_of_many_that_are_wanted_at_once_a_few_go_together_in_order_and_each_gets_its_own_answer() -> None:
    calls: list[list[int]] = []

    async def halve(items: Sequence[int]) -> list[int | Exception]:
        calls.append(list(items))
        await asyncio.sleep(0)
        return [ValueError(item) if item % 2 else item // 2 for item in items]

    together = Together[int, int](halve, most=3)
    many, one = await asyncio.gather(together.want_each(range(7)), together.want(8))
    assert calls == [[0, 1, 2], [3, 4, 5], [6, 8]]
    assert many[::2] == [0, 1, 2, 3]
    assert all(isinstance(answer, ValueError) for answer in many[1::2])
    assert one == 4
