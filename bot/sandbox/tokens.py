"""OAuth of the simulated Zalo: 25-hour access tokens, single-use refresh tokens (zalo-oa-api, section 4).

Tokens are sealed with the sandbox's secret and carry their kind and number, so that a bot that kept its tokens over a
restart is known again, although nothing is stored here.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

ACCESS_S: Final = 90_000


class TokenMint:
    def __init__(self, secret: str, seed: str) -> None:
        self._secret = secret.encode()
        self._seed = seed
        self._spent: set[str] = set()
        self._valid_access: str | None = None
        self._granted = True

    def refresh(self, refresh_token: str) -> dict[str, str] | None:
        """A new pair for a refresh token that was not used before; None for any other."""
        genuine = refresh_token == self._seed or self._is_sealed("RT", refresh_token)
        if not self._granted or not genuine or refresh_token in self._spent:
            return None
        self._spent.add(refresh_token)
        self._valid_access = self._seal("AT")
        return {
            "access_token": self._valid_access,
            "refresh_token": self._seal("RT"),
            "expires_in": str(ACCESS_S),
        }

    def accepts(self, access_token: str) -> bool:
        """The newest access token of this run; before the first refresh, any of an earlier run."""
        if self._valid_access is not None:
            return access_token == self._valid_access
        return self._is_sealed("AT", access_token)

    def expire(self) -> None:
        """No access token holds any more until the next refresh."""
        self._valid_access = ""

    def revoke(self) -> None:
        """The OA took the app's grant away: no token holds, of either kind."""
        self.expire()
        self._granted = False

    def _seal(self, kind: str) -> str:
        number = secrets.token_hex(12)
        return f"{kind}-{number}-{self._mark(kind, number)}"

    def _is_sealed(self, kind: str, token: str) -> bool:
        parts = token.split("-")
        return len(parts) == 3 and parts[0] == kind and hmac.compare_digest(parts[2], self._mark(kind, parts[1]))

    def _mark(self, kind: str, number: str) -> str:
        return hmac.new(self._secret, f"{kind}{number}".encode(), hashlib.sha256).hexdigest()[:24]
