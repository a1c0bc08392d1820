"""Many technicians at once, on several processes: each ticket has one owner, and everybody is told the truth."""

from __future__ import annotations

from pathlib import Path

from tests.bench.claims import claims


async def test_of_all_who_want_a_ticket_one_gets_it_and_the_others_are_told_who(tmp_path: Path) -> None:
    report = await claims(tmp_path, technicians=50, tickets=100)
    assert report.mistakes() == []
    assert report.dead_letters == 0
    assert min(report.done_by_process) > 0
    assert sum(report.done_by_process) == len(report.claims)
