"""What /metrics tells. One function for each thing that happens, so that the names stand in one place."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_WEBHOOK = Counter("bot_webhook_requests", "Webhook requests by outcome", ["outcome"], registry=REGISTRY)
_MESSAGES = Counter("bot_messages", "Messages done, by kind and outcome", ["kind", "outcome"], registry=REGISTRY)
_FAILED = Counter("bot_message_failures", "Tries of a message that ended in an error", registry=REGISTRY)
_MATCHING = Histogram(
    "bot_matching_seconds",
    "Time to understand one message",
    buckets=(0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.02, 0.1),
    registry=REGISTRY,
)
_SENT = Counter("bot_replies_sent", "Replies that Zalo took, by kind of chat", ["chat"], registry=REGISTRY)
_ZALO_ERRORS = Counter("bot_zalo_errors", "Errors of Zalo's API by code", ["code"], registry=REGISTRY)
_DEAD = Gauge("bot_dead_letters", "Entries that were set aside after the last try", registry=REGISTRY)
_WAITING = Gauge("bot_waiting_entries", "Entries that wait in a stream", ["stream"], registry=REGISTRY)
_LAG = Gauge("bot_lag_seconds", "Age of the oldest entry that waits in a stream", ["stream"], registry=REGISTRY)
_TIMERS_LATE = Gauge("bot_timers_late_seconds", "How long the oldest timer is past its time", registry=REGISTRY)
_TICKETS = Gauge("bot_open_tickets", "Open tickets", ["state"], registry=REGISTRY)
_TOKEN_AGE = Gauge("bot_zalo_token_age_seconds", "Age of the OA's access token", registry=REGISTRY)
_ACCESS_LOST = Counter("bot_zalo_access_lost", "Times that the grant of the OA was found to be lost", registry=REGISTRY)


@lru_cache(256)
def _labelled(counter: Counter, *labels: str) -> Counter:
    """A look-up of prometheus_client's own takes longer than the count."""
    return counter.labels(*labels)


def webhook(outcome: str) -> None:
    _labelled(_WEBHOOK, outcome).inc()


def message_done(kind: str, outcome: str) -> None:
    _labelled(_MESSAGES, kind, outcome).inc()


def message_failed() -> None:
    _FAILED.inc()


def matched(seconds: float) -> None:
    _MATCHING.observe(seconds)


def reply_sent(chat_kind: str) -> None:
    _labelled(_SENT, chat_kind).inc()


def zalo_error(code: int) -> None:
    _ZALO_ERRORS.labels(str(code)).inc()


def dead_letters(count: int) -> None:
    _DEAD.set(count)


def waiting(stream: str, entries: int, oldest_s: float) -> None:
    _WAITING.labels(stream).set(entries)
    _LAG.labels(stream).set(oldest_s)


def timers_late(seconds: float) -> None:
    _TIMERS_LATE.set(seconds)


def tickets(*, claimed: int, unclaimed: int) -> None:
    _TICKETS.labels("claimed").set(claimed)
    _TICKETS.labels("unclaimed").set(unclaimed)


def token_age(seconds: float) -> None:
    _TOKEN_AGE.set(seconds)


def access_lost() -> None:
    _ACCESS_LOST.inc()
