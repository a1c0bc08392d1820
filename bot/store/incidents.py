"""Incidents in Redis: the open ones by number in one hash, and beside each the people who reported it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.dialogue.memory import Memory
from bot.model import Decision, Incident, Reporter
from bot.store.codec import INCIDENT, REPORTER, to_json
from bot.store.connection import Client
from bot.store.keys import Keys
from bot.store.traffic import expect_reports
from bot.store.transaction import Transaction

KEPT_S: Final = 400 * 24 * 3600


async def read_reporters(client: Client, keys: Keys, incidents: Iterable[Incident]) -> dict[int, tuple[Reporter, ...]]:
    """Everybody who is to hear of the end, by the incident's number."""
    found = {}
    for incident in incidents:
        texts = await client.hvals(keys.incident_reporters(incident.number))
        found[incident.number] = tuple(REPORTER.validate_json(text) for text in texts)
    return found


def expect_incidents(
    transaction: Transaction, keys: Keys, memory: Memory, decision: Decision, texts: Mapping[str, str]
) -> None:
    """What is reported or ended must still be as it was read (`texts`, by number), and nobody left out. No incident may
    have begun meanwhile: it might be the one that is begun here, or who complains might belong to it."""
    begun = [incident for incident in decision.incidents if incident.number == memory.next_incident]
    if begun or decision.cases:
        last = str(memory.next_incident - 1) if memory.next_incident > 1 else None
        transaction.expect("last incident", last, "GET", keys.last_incident())
    if begun:
        transaction.write("SET", keys.last_incident(), memory.next_incident)
    reported = (report.incident for report in decision.incident_reports)
    for number in {incident.number for incident in (*decision.incidents, *reported)} - {memory.next_incident}:
        transaction.expect("incident", texts.get(str(number)), "HGET", keys.incidents(), str(number))
    for incident in decision.incidents:
        if incident.ended_ms:
            count = str(len(memory.incident_reporters.get(incident.number, ())))
            transaction.expect("reporters", count, "HLEN", keys.incident_reporters(incident.number))
        elif memory.traffic:
            expect_reports(transaction, keys, incident.intent, memory.traffic, memory.now_ms)


def write_incidents(transaction: Transaction, keys: Keys, decision: Decision) -> None:
    for incident in decision.incidents:
        text = to_json(INCIDENT, incident)
        transaction.write("SET", keys.incident(incident.number), text, "EX", KEPT_S)
        if incident.ended_ms is None:
            transaction.write("HSET", keys.incidents(), incident.number, text)
        else:
            transaction.write("HDEL", keys.incidents(), incident.number)
            transaction.write("DEL", keys.recent(incident.intent))
    for report in decision.incident_reports:
        key, reporter = keys.incident_reporters(report.incident.number), report.reporter
        transaction.write("HSETNX", key, reporter.person, to_json(REPORTER, reporter))
        transaction.write("EXPIRE", key, KEPT_S)
