"""The seal on a webhook: SHA-256 over app id, raw body, timestamp and the OA's secret key, one after the other.

First step of a message's way. Both the bot (verify) and the sandbox's simulated Zalo (sign) use it.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

HEADER = b"x-zevent-signature"


def sign(app_id: str, raw: bytes, timestamp: str, secret: str) -> str:
    """The value of the header `X-ZEvent-Signature`."""
    return f"mac={_digest(app_id, raw, timestamp, secret)}"


def verify(app_id: str, raw: bytes, timestamp: str, secret: str, header: str | None) -> bool:
    """True when `header` seals exactly these bytes. `timestamp` is the body's own field, as text."""
    if not header:
        return False
    got = header.strip().lower().removeprefix("mac=").strip()
    return hmac.compare_digest(got.encode(), _digest(app_id, raw, timestamp, secret).encode())


def _digest(app_id: str, raw: bytes, timestamp: str, secret: str) -> str:
    digest = sha256(app_id.encode())
    digest.update(raw)
    digest.update(timestamp.encode("utf-8", "replace"))
    digest.update(secret.encode())
    return digest.hexdigest()
