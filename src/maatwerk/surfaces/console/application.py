"""The console as an ASGI application: routes, static files, the door, and the headers of its pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maatwerk.core.errors import Refused, Unavailable
from maatwerk.flows.accounts import Account
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.accounts import AccountPages
from maatwerk.surfaces.console.audiences import AudiencePages
from maatwerk.surfaces.console.campaigns import CampaignPages
from maatwerk.surfaces.console.content import ContentPages
from maatwerk.surfaces.console.decisions import DecisionPages
from maatwerk.surfaces.console.erasures import ErasurePages
from maatwerk.surfaces.console.experiments import ExperimentPages
from maatwerk.surfaces.console.foretold import ForetoldPages
from maatwerk.surfaces.console.guide import GuidePages
from maatwerk.surfaces.console.journeys import JourneyPages
from maatwerk.surfaces.console.live import LivePages
from maatwerk.surfaces.console.messages import FRAMED, MessagePages
from maatwerk.surfaces.console.offers import OfferPages
from maatwerk.surfaces.console.overview import OverviewPages
from maatwerk.surfaces.console.placements import PlacementPages
from maatwerk.surfaces.console.privacy import PrivacyPages
from maatwerk.surfaces.console.products import ProductPages
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.reports import ReportPages
from maatwerk.surfaces.console.roles import LEAST, Need, may, need_of
from maatwerk.surfaces.console.running import RunningPages
from maatwerk.surfaces.console.sessions import Sessions, token_matches
from maatwerk.surfaces.console.shoppers import ShopperPages
from maatwerk.surfaces.console.tuning import TuningPages
from maatwerk.surfaces.console.unmerging import UnmergePages
from maatwerk.surfaces.console.whatif import WhatIfPages

PREFIX = "/console"
HERE = Path(__file__).parent
_log = logging.getLogger("maatwerk.console")

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http: data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'"
)
_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)

_LETTER_CSP = (
    "sandbox; default-src 'none'; img-src https: http: data: 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'"
)
_FRAMED = ((b"content-security-policy", _LETTER_CSP.encode()), *_HEADERS[1:2], *_HEADERS[3:])
"""Of a letter shown in a frame: it runs nothing, and no other site may frame it."""

Page = Callable[[Request], Awaitable[Response]]


def console_app(access: ConsoleAccess) -> ASGIApp:
    """The console, to be served at ``/console``: called with the full path, with or without ``root_path``."""
    rendering = Rendering(access)
    sessions = Sessions(access)
    door = _Door(access, sessions, rendering)
    routes: list[Any] = [
        Mount("/static", StaticFiles(directory=HERE / "static")),
        Route("/sign-in", door.sign_in, methods=["GET", "POST"]),
        Route("/sign-out", door.guarded(door.sign_out), methods=["POST"]),
    ]
    for pages in (
        OverviewPages(access, rendering),
        ReportPages(access, rendering),
        LivePages(access, rendering),
        ShopperPages(access, rendering),
        UnmergePages(access, rendering),
        DecisionPages(access, rendering),
        AudiencePages(access, rendering),
        PlacementPages(access, rendering),
        MessagePages(access, rendering),
        ContentPages(access, rendering),
        ProductPages(access, rendering),
        TuningPages(access, rendering),
        PrivacyPages(access, rendering),
        ErasurePages(access, rendering),
        ForetoldPages(access, rendering),
        ExperimentPages(access, rendering),
        WhatIfPages(access, rendering),
        JourneyPages(access, rendering),
        CampaignPages(access, rendering),
        OfferPages(access, rendering),
        RunningPages(access, rendering),
        AccountPages(access, rendering),
        GuidePages(access, rendering),
    ):
        routes += [_route(door, *each) for each in pages.routes()]
    app = Starlette(
        routes=routes,
        exception_handlers={
            404: rendering.not_found,
            Exception: rendering.failed,
            Refused: rendering.refused,
            Unavailable: rendering.unavailable,
        },
    )
    return _Under(PREFIX, app)


def _route(door: _Door, path: str, page: Page, *said: str | Need) -> Route:
    """A route of ``(path, page, methods…, what it needs)``; see `roles.need_of` where it does not say."""
    methods = [each for each in said if isinstance(each, str)]
    return Route(path, door.guarded(page, need_of(said)), methods=methods)


class _Door:
    """Lets in whoever may look, and forms of their own pages."""

    def __init__(self, access: ConsoleAccess, sessions: Sessions, rendering: Rendering) -> None:
        self._access = access
        self._sessions = sessions
        self._rendering = rendering

    def guarded(self, page: Page, need: Need = Need.SEE) -> Page:
        """The page for those who may see it; others are asked to sign in, or told whom to ask."""

        async def answer(request: Request) -> Response:
            session = self._sessions.read(request)
            if session is None:
                return self._ask(request)
            request.state.session = session
            if not may(session.get("role", ""), need):
                self._note(request, "was refused", request.scope["route"].path)
                return self._rendering.page(
                    request, "problem.html", 403, title="Your role does not allow this",
                    detail=f"It needs the role {LEAST[need].replace('_', ' ')}. Nothing was changed. "
                    "Ask an administrator of this workspace.",
                )  # fmt: skip
            if request.method == "POST":
                form = await self._rendering.form(request)
                if not token_matches(session, form.get("token", "")):
                    return self._rendering.page(
                        request, "problem.html", 403, title="This form is out of date",
                        detail="It is of another session. Nothing was changed: reload, and try again.",
                    )  # fmt: skip
            # Here and not in the pages' threads: one thread alone may change what a worker knows.
            self._access.fresh()
            response = await page(request)
            if response.status_code < 400 and (need is Need.TAKE_OUT or _changes(request, need)):
                self._note(request, *_told(request, need))
            if session.get("new") and response.media_type == "text/html":
                self._sessions.begin(request, response, signed_in=False, token=session["token"])
            return response

        return answer

    async def sign_in(self, request: Request) -> Response:
        """Ask for the secret key, and take it."""
        target = _inside(request.query_params.get("to", ""))
        if request.method == "GET":
            if self._sessions.read(request) is not None:
                return RedirectResponse(target, 303)
            accounts = bool(self._access.accounts.all())
            return self._rendering.page(
                request, "sign_in.html", bare=True, problem="", to=target, email="", accounts=accounts
            )
        form = await self._rendering.form(request)
        email, key = form.get("email", "").strip(), form.get("key", "").strip()
        found: Account | bool | None
        if email:
            found = await asyncio.to_thread(
                self._sessions.right_password, request, email, form.get("password", "")
            )
        else:
            found = self._sessions.right_key(request, key)
        if found:
            response: Response = RedirectResponse(target, 303)
            account = found if isinstance(found, Account) else None
            self._sessions.begin(request, response, signed_in=True, account=account)
            self._note(request, "signed in", who=account.email if account else "secret key")
            return response
        problem = "Too many wrong tries. Wait a minute, then try again."
        if found is False:
            problem = (
                "Address and password do not belong together, or the account is disabled."
                if email
                else "This is not a secret key of this workspace. `maatwerk keys` shows where it is kept."
            )
            self._note(request, "was not let in", who=email if self._access.accounts.get(email) else "")
        response = self._rendering.page(
            request,
            "sign_in.html",
            401 if found is False else 429,
            bare=True,
            problem=problem,
            to=target,
            email=email,
            accounts=bool(self._access.accounts.all()),
        )
        if found is None:
            response.headers["retry-after"] = "60"
        return response

    def _note(self, request: Request, what: str, subject: str = "", who: str | None = None) -> None:
        """A line of the audit log; that it cannot be written keeps nobody from her work."""
        session = getattr(request.state, "session", {})
        address = request.client.host if request.client else ""
        try:
            self._access.accounts.note(session.get("who", "") if who is None else who, what, subject, address)
        except Unavailable:
            _log.exception("the audit log cannot be written")

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        response = RedirectResponse(f"{PREFIX}/sign-in", 303)
        self._sessions.end(request, response)
        return response

    def _ask(self, request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("sign in at /console/sign-in\n", 401)
        return RedirectResponse(f"{PREFIX}/sign-in?to={quote(_target(request), safe='')}", 303)


def _changes(request: Request, need: Need) -> bool:
    return (request.method == "POST" and need is not Need.SEE) or need is Need.PRIVACY


def _told(request: Request, need: Need) -> tuple[str, str]:
    """What was done, and to what. Where it is about a person, only the kind of page is told."""
    path = request.scope["route"].path if need is Need.PRIVACY else request.url.path.removeprefix(PREFIX)
    return ("changed" if request.method == "POST" else "took along"), path


def _target(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _inside(target: str) -> str:
    """A path of the console, whatever a link says."""
    plain = target.isprintable() and "\\" not in target and "//" not in target.partition("?")[0]
    return (
        target if plain and (target == PREFIX or target.startswith((f"{PREFIX}/", f"{PREFIX}?"))) else PREFIX
    )


class _Under:
    """Serves an application under a prefix, adds the headers, and logs what went wrong."""

    def __init__(self, prefix: str, app: ASGIApp) -> None:
        self._prefix = prefix
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        root: str = scope.get("root_path", "")
        if not root.endswith(self._prefix):
            root += self._prefix
        path: str = scope["path"]
        scope = {**scope, "root_path": root, "path": path + "/" if path == root else path}
        static = path.startswith(f"{root}/static/")
        framed = path.startswith(f"{root}/templates/") and path.endswith(FRAMED)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                cache = b"public, max-age=31536000, immutable" if static else b"no-store"
                own = [*(_FRAMED if framed else _HEADERS), (b"cache-control", cache)]
                names = {name for name, _ in own}
                kept = [pair for pair in message["headers"] if pair[0].lower() not in names]
                message["headers"] = [*kept, *own]
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception:  # noqa: BLE001 - the page has been answered by then: logged whole
            _log.exception("unexpected failure at %s", path[:200])
