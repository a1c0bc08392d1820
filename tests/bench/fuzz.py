"""Strange input without end: webhook bodies and chat commands by hypothesis, calls of the JSON API by schemathesis.

`make soak` runs the long form and prints what it did; tests/test_fuzz.py the short one. Nothing may be answered with a
5xx, fail in the worker, be set aside unread, or end the process.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import httpx
import redis
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from bot.dialogue.commands import COMMANDS
from bot.sandbox.world import load_world
from bot.settings import SANDBOX_APP_ID, SANDBOX_OA_ID
from bot.zalo.fields import as_id
from bot.zalo.signature import sign
from tests.process import bot_process
from tests.several import KEYS

FIXTURES: Final = Path(__file__).parent.parent / "zalo" / "fixtures"
WORLD: Final = load_world(SANDBOX_OA_ID)
PEOPLE: Final = [person.id for person in WORLD.people]
TOKEN: Final = "a-token-of-the-province-0001"
BATCH: Final = 25
"""Inputs of one example of hypothesis."""
MOST_SAID: Final = 40
SETTLED_S: Final = 300
ENVIRON: Final = {
    "API_TOKEN": TOKEN,
    "LOG_LEVEL": "error",
    "MESSAGES_OF_PERSON": "100000",
    "REPLIES_TO_PERSON": "100000",
    "REPLIES_IN_GROUP": "100000",
}


@dataclass(frozen=True, slots=True)
class Plan:
    bodies: int
    commands: int
    calls: int

    @property
    def inputs(self) -> int:
        return self.bodies + self.commands + self.calls


SHORT: Final = Plan(bodies=200, commands=150, calls=50)
LONG: Final = Plan(bodies=80_000, commands=18_000, calls=2_500)


@dataclass
class Outcome:
    """What was tried, how it was answered, and everything that is not as it must be."""

    tried: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    took_s: float = 0.0

    def __str__(self) -> str:
        tried = ", ".join(f"{count} {what}" for what, count in self.tried.items())
        answered = ", ".join(f"{status}: {count}" for status, count in sorted(self.answers.items()))
        return f"{tried}; answered {answered}, in {self.took_s:.0f} s; {len(self.wrong) or 'nothing'} wrong"


# --- what is sent ------------------------------------------------------------------------------------------------

ODD_TEXTS: Final = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", " ", "\x00", "[@", f"[@{PEOPLE[0]}]", "=1+1", "<b>", "{0}", "%s", "H20.21.01-250110-0001", "ạ" * 5000]
    ),
)
ODD_NUMBERS: Final = st.one_of(st.integers(), st.floats(), st.sampled_from([0, -1, 2**63, 10**400]))
ODD: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), ODD_NUMBERS, ODD_TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(ODD_TEXTS, inner, max_size=4)),
    max_leaves=8,
)
Way = tuple[str | int, ...]
_ids = itertools.count()


def _fixtures() -> list[dict[str, Any]]:
    found = []
    for file in sorted(FIXTURES.glob("*.json")):
        event = json.loads(file.read_text("utf-8"))
        text = json.dumps(event).replace(str(event["app_id"]), SANDBOX_APP_ID)
        found.append(json.loads(text.replace(str(event.get("oa_id") or "-"), SANDBOX_OA_ID)))
    return found


EVENTS: Final = _fixtures()


def _ways(value: object, way: Way = ()) -> Iterator[Way]:
    """To every place in a JSON value."""
    if way:
        yield way
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _ways(inner, (*way, key))


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """One of Zalo's events, of which some parts are something else or missing."""
    event = copy.deepcopy(draw(st.sampled_from(EVENTS)))
    if isinstance(event.get("message"), dict):
        event["message"]["msg_id"] = f"f{next(_ids)}-{secrets.token_hex(4)}"
    for _ in range(draw(st.integers(0, 3))):
        way = draw(st.sampled_from(list(_ways(event))))
        place: Any = event
        for step in way[:-1]:
            place = place[step]
        if draw(st.booleans()):
            place[way[-1]] = draw(ODD)
        else:
            del place[way[-1]]
        if not event:
            break
    return json.dumps(event).encode()


BODIES: Final = st.one_of(events(), events(), events(), ODD.map(lambda value: json.dumps(value).encode()), st.binary())

WORDS: Final = st.one_of(
    st.sampled_from([word for command in COMMANDS for word in (command.name, *command.aliases)]).map(lambda w: f"/{w}"),
    st.integers(-3, 400).map(lambda number: f"#{number}"),
    st.sampled_from(PEOPLE).map(lambda person: f"[@{person}]"),
    st.sampled_from([
        "vào", "lỗi", "xong", "tuần", "tháng trước", "hôm nay", "05/11", "31/02", "01/11-15/11", "moi", "tre", "S1",
        "kythuat", "canbo", "H20.29.15", "H20.29.15-241120-0056", "được rồi", "vẫn chưa được", "em chuyển nhầm hs",
        "máy in không in", "không ký số được", "1", "2", "thôi khỏi", "/visao", "#xong",
    ]),
    ODD_TEXTS,
)  # fmt: skip


@st.composite
def commands(draw: st.DrawFn) -> bytes:
    """A line that may well be a command, by anybody, in the group or in private, perhaps below another message."""
    private = draw(st.booleans())
    number = next(_ids)
    message = {"msg_id": f"f{number}-{secrets.token_hex(4)}", "text": " ".join(draw(st.lists(WORDS, max_size=5)))}
    back = draw(st.integers(-MOST_SAID, MOST_SAID))
    if 0 < back <= len(_said):
        message["quote_msg_id"] = _said[-back]
    _said.append(message["msg_id"])
    del _said[:-MOST_SAID]
    event = {
        "app_id": SANDBOX_APP_ID,
        "oa_id": SANDBOX_OA_ID,
        "event_name": "user_send_text" if private else "user_send_group_text",
        "timestamp": str(time.time_ns() // 1_000_000),
        "sender": {"id": draw(st.sampled_from(PEOPLE))},
        "recipient": {"id": SANDBOX_OA_ID if private else WORLD.group_id},
        "message": message,
    }
    return json.dumps(event).encode()


_said: list[str] = []
"""Messages that may be quoted: the last of the people's and, after each batch, of the bot's."""


def _signature(raw: bytes) -> str:
    """As Zalo would sign it, so that it gets further than the gate."""
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        event = None
    timestamp = as_id(event.get("timestamp")) if isinstance(event, dict) else ""
    return sign(SANDBOX_APP_ID, raw, timestamp, "sandbox")


# --- sending it --------------------------------------------------------------------------------------------------


def fuzz(plan: Plan, folder: Path) -> Outcome:
    """Raises nothing for what goes wrong with the bot: it is in the outcome."""
    outcome, began = Outcome(), time.monotonic()
    log = folder / "log"
    with (
        log.open("w") as written,
        bot_process(folder, "all", written, **ENVIRON) as (address, process),
        httpx.Client(base_url=address, timeout=20) as http,
    ):
        _post(http, outcome, "webhook bodies", plan.bodies, BODIES)
        _post(http, outcome, "commands", plan.commands, commands())
        _call(address, outcome, plan.calls)
        _settle(http, outcome)
        if process.poll() is not None:
            outcome.wrong.append(f"the process ended with {process.poll()}")
        _look_inside(http, folder, outcome)
    outcome.wrong += [line for line in log.read_text().splitlines() if "Traceback" in line or "failed" in line]
    outcome.took_s = time.monotonic() - began
    return outcome


def _search(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def _post(http: httpx.Client, outcome: Outcome, what: str, count: int, bodies: st.SearchStrategy[bytes]) -> None:
    @_search(-(-count // BATCH))
    @given(st.lists(bodies, min_size=BATCH, max_size=BATCH))
    def each(batch: list[bytes]) -> None:
        for raw in batch:
            answer = http.post("/webhook/zalo", content=raw, headers={"X-ZEvent-Signature": _signature(raw)})
            outcome.tried[what] += 1
            outcome.answers[answer.status_code] += 1
            if answer.status_code >= 500:
                outcome.wrong.append(f"{answer.status_code} for {raw!r}")
        waiting = http.get("/ready").json()
        _said.extend(message["id"] for message in http.get("/sandbox/api/state").json()["messages"][-20:])
        if waiting["inbox"] > 10 * BATCH:
            _settle(http, outcome)

    each()


def _call(address: str, outcome: Outcome, count: int) -> None:
    """OpenAPI cannot say that a range must not end before it begins: such calls may be refused. Parameters that it does
    not name may be ignored."""
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    operations = [cast("Any", found).ok() for found in schema.get_all_operations()]
    cases = [operation.as_strategy(mode) for operation in operations for mode in GenerationMode]

    @_search(count)
    @given(st.one_of(cases))
    def each(case: Any) -> None:
        outcome.tried["calls of the API"] += 1
        try:
            answer = case.call_and_validate(
                base_url=f"{address}/api",
                headers={"Authorization": f"Bearer {TOKEN}"},
                excluded_checks=[positive_data_acceptance, negative_data_rejection],
            )
        except FailureGroup as found:
            outcome.wrong += [f"{case.method} {case.path} {case.query}: {each}" for each in found.exceptions]
        else:
            outcome.answers[answer.status_code] += 1

    each()


def _settle(http: httpx.Client, outcome: Outcome) -> None:
    deadline = time.monotonic() + SETTLED_S
    while http.get("/ready").json()["inbox"]:
        if time.monotonic() > deadline:
            outcome.wrong.append(f"the inbox is not empty after {SETTLED_S} s")
            return
        time.sleep(0.05)


def _look_inside(http: httpx.Client, folder: Path, outcome: Outcome) -> None:
    """Nothing failed in the worker, and what is set aside is only what Zalo did not take."""
    figures = http.get("/metrics").text
    if "bot_message_failures_total 0.0" not in figures:
        outcome.wrong.append("tries of messages ended in an error")
    with redis.Redis(unix_socket_path=str(folder.resolve() / "valkey.sock"), decode_responses=True) as store:
        letters = cast("list[tuple[str, dict[str, str]]]", store.xrange(KEYS.dead_letters()))
    outcome.wrong += [f"set aside: {fields}" for _, fields in letters if ":inbox:" in fields["stream"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    plan = SHORT if parser.parse_args().short else LONG
    with TemporaryDirectory(prefix="bot-", dir="/tmp") as folder:
        outcome = fuzz(plan, Path(folder))
    print(outcome)
    print("\n".join(outcome.wrong[:50]))
    sys.exit(1 if outcome.wrong else 0)


if __name__ == "__main__":
    main()
