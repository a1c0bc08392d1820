"""The supervisors' and technicians' pages under /dashboard: the way in, who may see what, and which page is where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import structlog
from redis.exceptions import RedisError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route, Router

from bot.dashboard.board import Board
from bot.dashboard.days import Days
from bot.dashboard.pages import HEADERS
from bot.dashboard.questions import Questions
from bot.dashboard.view import View
from bot.model import Role
from bot.store.page_sessions import SESSION_S, PageSessions, Visitor

COOKIE: Final = "to-ho-tro"
PATH: Final = "/dashboard"
log = structlog.get_logger(__name__)

Page = Callable[[Request, Visitor], Awaitable[Response]]


class Dashboard:
    def __init__(
        self, view: View, sessions: PageSessions, days: Days, board: Board, questions: Questions, public_url: str
    ) -> None:
        self._view = view
        self._sessions = sessions
        self._days = days
        self._board = board
        self._questions = questions
        self._secure = urlsplit(public_url).scheme == "https"

    def mount(self) -> Mount:
        days, board, questions = self._days, self._board, self._questions
        return Mount(
            PATH,
            app=Router(
                routes=[
                    Route("/", self._for("technician", self._home)),
                    Route("/in/{secret}", self._door),
                    Route("/in/{secret}", self._enter, methods=["POST"]),
                    Route("/out", self._for("technician", self._leave), methods=["POST"]),
                    Route("/day", self._for("supervisor", days.page)),
                    Route("/month/{month}", self._for("supervisor", days.month)),
                    Route("/charts/{name}.svg", self._for("supervisor", days.chart)),
                    Route("/cases", self._for("supervisor", days.cases)),
                    Route("/export/{what}.{form}", self._for("supervisor", days.export)),
                    Route("/questions", self._for("supervisor", questions.page)),
                    Route("/questions.{form}", self._for("supervisor", questions.export)),
                    Route("/questions/forget", self._for("supervisor", questions.forget), methods=["POST"]),
                    Route("/questions/{group}", self._for("supervisor", questions.group)),
                    Route("/questions/{group}", self._for("supervisor", questions.act), methods=["POST"]),
                    Route("/tickets", self._for("technician", board.page)),
                    Route("/tickets.{form}", self._for("technician", board.export)),
                    Route("/tickets/{number:int}", self._for("technician", board.ticket)),
                    Route("/tickets/{number:int}", self._for("technician", board.act), methods=["POST"]),
                    Route("/events", self._for("technician", board.events)),
                ]
            ),
            middleware=[Middleware(_Guarded, view=self._view)],
        )

    async def _door(self, request: Request) -> Response:
        """Whoever previews a link fetches it: only the button on this page uses it up."""
        return self._view.page("enter.html", secret=request.path_params["secret"])

    async def _enter(self, request: Request) -> Response:
        secret = await self._sessions.begin(request.path_params["secret"])
        if secret is None:
            return self._view.page("message.html", 403, title="gone", visitor=None)
        answer = RedirectResponse(f"{PATH}/", status_code=303, headers=HEADERS)
        answer.set_cookie(
            COOKIE, secret, max_age=SESSION_S, path=PATH, secure=self._secure, httponly=True, samesite="lax"
        )
        return answer

    async def _home(self, _: Request, visitor: Visitor) -> Response:
        page = "day" if visitor.role == "supervisor" else "tickets"
        return RedirectResponse(f"{PATH}/{page}", status_code=303, headers=HEADERS)

    async def _leave(self, request: Request, _: Visitor) -> Response:
        await self._sessions.end(request.cookies[COOKIE])
        answer = self._view.page("message.html", title="left", visitor=None)
        answer.delete_cookie(COOKIE, path=PATH)
        return answer

    def _for(self, role: Role, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """The page for this role and those above it; a form must know the session's token."""

        async def guarded(request: Request) -> Response:
            visitor = await self._sessions.visitor(request.cookies.get(COOKIE, ""))
            if visitor is None:
                return self._view.page("message.html", 403, title="log-in", visitor=None)
            if role == "supervisor" and visitor.role != "supervisor":
                return self._view.page("message.html", 403, title="not-allowed", visitor=visitor)
            if request.method == "POST" and (await request.form()).get("token") != visitor.form_token:
                return self._view.page("message.html", 403, title="stale-form", visitor=visitor)
            return await page(request, visitor)

        return guarded


class _Guarded:
    """What goes wrong in a page is told on a page, without a word about the inside."""

    def __init__(self, app: Callable[..., Awaitable[None]], view: View) -> None:
        self._app = app
        self._view = view

    async def __call__(self, scope: Mapping[str, object], receive: object, send: object) -> None:
        try:
            await self._app(scope, receive, send)
        except (RedisError, OSError) as error:
            log.warning("page not shown", reason=type(error).__name__)
            answer = self._view.page("message.html", 503, title="store-away", visitor=None)
            await answer(scope, receive, send)  # type: ignore[arg-type]
