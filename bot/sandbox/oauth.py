"""OAuth v4 of the simulated Zalo (zalo-oa-api, section 4): the refresh grant; errors come with HTTP 200."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.faults import Faults, hang, instead
from bot.sandbox.tokens import TokenMint
from bot.settings import Settings

WRONG_APP, WRONG_SECRET, SPENT_REFRESH_TOKEN, WRONG_GRANT = -14002, -14004, -14014, -14018
NAMES: Final = {
    WRONG_APP: "Invalid app id",
    WRONG_SECRET: "Invalid secret key",
    SPENT_REFRESH_TOKEN: "Invalid refresh token",
    WRONG_GRANT: "Invalid grant type",
}


class OAuth:
    def __init__(self, settings: Settings, mint: TokenMint, faults: Faults) -> None:
        self._app_id = settings.zalo_app_id
        self._secret = settings.zalo_app_secret.get_secret_value()
        self._mint = mint
        self._faults = faults

    async def refresh(self, request: Request) -> Response:
        fault = self._faults.next_for(request.url.path)
        if isinstance(fault, int):
            return _refusal(fault)
        if mishap := instead(fault):
            return mishap
        form = {name: str(value) for name, value in (await request.form()).items()}
        if request.headers.get("secret_key") != self._secret:
            return _refusal(WRONG_SECRET)
        if form.get("app_id") != self._app_id:
            return _refusal(WRONG_APP)
        if form.get("grant_type") != "refresh_token":
            return _refusal(WRONG_GRANT)
        pair = self._mint.refresh(form.get("refresh_token", ""))
        await hang(fault, request)
        return JSONResponse(pair) if pair else _refusal(SPENT_REFRESH_TOKEN)


def _refusal(code: int) -> JSONResponse:
    return JSONResponse({"error": code, "error_name": NAMES.get(code, "fault")})
