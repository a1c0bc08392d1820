"""What can go wrong when we call Zalo, and what to do about it.

    ZaloError           code, message, action
    ├── Refused         Zalo answered with an error code; ACTIONS says what to do
    └── Unanswered      no answer that can be read: action 'retry'
        ├── Unreached   it was not carried out (did not leave, or HTTP 4xx): sending again is safe
        └── Ambiguous   it may have been carried out: timeout or reset after sending, HTTP 5xx, HTML, an empty body

Zalo says `HTTP 200` to nearly everything; the code in the body decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Action = Literal[
    "retry",
    "rate-limited",
    "refresh",
    "give-up",
    "human",
    "without-quote",
    "too-long",
    "as-text",
    "quota",
    "no-contact",
    "no-names",
]
"""retry: later, a few times · rate-limited: in the next minute · refresh: a new token, then once more · give-up: this
message cannot be sent · human: the operators must act · without-quote: once more without the quote · too-long: cut or
shrink · as-text: once more as plain text · quota: used up, not now · no-contact: until the person writes again ·
no-names: go on without names"""

NO_CODE: Final = 0
"""Stands for the code of an Unanswered call."""

ACTIONS: Final[Mapping[int, Action]] = {
    -32: "rate-limited",
    429: "rate-limited",
    -100: "retry",  # the upload expired; every try uploads anew
    -118: "human",
    -124: "refresh",
    -200: "retry",
    -201: "without-quote",
    -204: "human",
    -205: "human",
    -209: "human",
    -210: "too-long",
    -211: "quota",
    -212: "human",
    -213: "no-contact",
    -214: "retry",
    -216: "refresh",
    -217: "give-up",
    -218: "quota",
    -219: "human",
    -220: "refresh",
    -221: "human",
    -223: "human",
    -224: "human",
    -227: "give-up",
    -230: "no-contact",
    -232: "no-contact",
    -233: "as-text",
    -234: "give-up",  # only promotions are barred at night, and the bot sends none
    -235: "human",
    -237: "human",
    -238: "human",
    -240: "give-up",
    -241: "human",
    -242: "human",
    -244: "give-up",
    -248: "human",
    -249: "give-up",
    -305: "give-up",
    -320: "human",
    -321: "human",
    -401: "refresh",
    -403: "human",
    -501: "no-names",
    216: "refresh",
    401: "refresh",
    # OAuth
    -14002: "human",
    -14003: "human",
    -14004: "human",
    -14005: "human",
    -14014: "human",
    -14018: "human",
}
"""Zalo's table of codes. A code that is not here is final: 'give-up'."""

SPENT_REFRESH_TOKEN: Final = -14014


class ZaloError(Exception):
    """A call to Zalo that did not do what it should. Never holds a token."""

    def __init__(self, code: int, message: str, action: Action) -> None:
        super().__init__(f"{message} (code {code}: {action})")
        self.code = code
        self.message = message
        self.action = action


class Refused(ZaloError):
    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message[:200] or "refused by Zalo", ACTIONS.get(code, "give-up"))


class Unanswered(ZaloError):
    def __init__(self, message: str) -> None:
        super().__init__(NO_CODE, message, "retry")


class Unreached(Unanswered):
    """Nothing was done."""


class Ambiguous(Unanswered):
    """Nobody knows whether Zalo carried it out; the history tells."""
