"""From method and path to a handler, and from whatever it raises to an answer."""

from __future__ import annotations

import enum
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

from maatwerk.core.errors import Refused, Unavailable
from maatwerk.core.limits import HEADER_BYTES
from maatwerk.events.log import Overloaded
from maatwerk.surfaces.http.cors import Cors
from maatwerk.surfaces.http.counters import Counters
from maatwerk.surfaces.http.keys import Keys
from maatwerk.surfaces.http.pulse import Pulse
from maatwerk.surfaces.http.request import App, Receive, Request, Scope, Send, path_parts
from maatwerk.surfaces.http.response import Response, overloaded, problem, refused, unavailable

Handler = Callable[[Request], Awaitable[Response]]

_log = logging.getLogger("maatwerk.http")


class Access(enum.Enum):
    """Who may call a route, and so which pages may (CORS)."""

    OPEN = "open"
    """No key; any page."""
    WRITE = "write"
    """Write or secret key, in a header or ``?writeKey=``; any page the workspace allows."""
    BODY = "body"
    """The same, but the handler checks, because the key may be in the body."""
    SECRET = "secret"
    """The secret key alone; never from a page: no CORS headers."""


_SHED = (Access.WRITE, Access.BODY)
"""What is turned away while the process is behind: shops' pages, not the operator."""


class Route:
    """One handler under one path pattern."""

    __slots__ = ("access", "handler", "parts", "pattern")

    def __init__(self, pattern: str, handler: Handler, access: Access) -> None:
        self.pattern = pattern
        self.handler = handler
        self.access = access
        self.parts = pattern.strip("/").split("/")


class Routes:
    """An ASGI application over a table of routes.

    Patterns are literal parts and ``{names}``; exact paths are found by one look-up. What no route
    knows goes to ``fallback`` (an ASGI application), or is answered 404.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        cors: Cors | None = None,
        counters: Counters | None = None,
        fallback: App | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self.keys = keys
        self.cors = cors or Cors()
        self.counters = counters or Counters()
        self.fallback = fallback
        self.pulse = pulse or Pulse()
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: dict[str, dict[str, Route]] = {}

    def add(self, methods: str, pattern: str, handler: Handler, access: Access = Access.WRITE) -> None:
        """Serve ``pattern`` (as in ``/v1/rules/{kind}/{key}``) for methods (``GET`` or ``GET|POST``)."""
        table = self._patterns if "{" in pattern else self._exact
        route = Route(pattern, handler, access)
        for method in methods.split("|"):
            if method in table.setdefault(pattern, {}):
                raise ValueError(f"{method} {pattern} is served already")
            table[pattern][method] = route

    def paths(self) -> list[tuple[str, str, Access]]:
        """Every method, pattern and access, for the description of the API."""
        tables = (*self._exact.items(), *self._patterns.items())
        return [(method, pattern, route.access) for pattern, of in tables for method, route in of.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            if self.fallback is not None:
                await self.fallback(scope, receive, send)
            return
        found = self._find(scope["path"], scope.get("raw_path") or scope["path"].encode())
        if found is None and self.fallback is not None:
            await self.fallback(scope, receive, send)
            return
        began = time.perf_counter()
        request = Request(scope, receive, self.keys)
        pattern, response = await self._respond(request, found)
        await _send(response, scope["method"] == "HEAD", send)
        self.counters.request(pattern, response.status, time.perf_counter() - began)

    async def _respond(
        self, request: Request, found: tuple[dict[str, Route], dict[str, str]] | None
    ) -> tuple[str, Response]:
        if found is None:
            return "", problem(404, "no_such_route", f"nothing is served at {request.path[:200]}")
        methods, request.params = found
        method = "GET" if request.method == "HEAD" and "HEAD" not in methods else request.method
        route = methods.get(method)
        any_route = route or next(iter(methods.values()))
        open_to_pages = any_route.access is not Access.SECRET
        origin = _header(request.scope, b"origin") if open_to_pages else b""
        if method == "OPTIONS" and route is None and open_to_pages:
            asked = _header(request.scope, b"access-control-request-headers")
            return any_route.pattern, self.cors.preflight(origin, asked, [*methods, "OPTIONS"])
        if route is None:
            allow = ", ".join(methods).encode()
            response = problem(405, "wrong_method", f"use {allow.decode()} here", headers=[(b"allow", allow)])
        elif route.access in _SHED and self.pulse.behind():
            self.counters.add("requests_shed")
            response = overloaded()
        else:
            if route.access in _SHED:
                request.behind = partial(self.pulse.behind, time.monotonic())
                request.turn = self.pulse.turn
            response = await _answer(route, request)
        if open_to_pages:
            response.headers = [*response.headers, *self.cors.headers(origin)]
        return any_route.pattern, response

    def _find(self, path: str, raw_path: bytes) -> tuple[dict[str, Route], dict[str, str]] | None:
        exact = self._exact.get(path)
        if exact is not None:
            return exact, {}
        trimmed = path.rstrip("/")
        exact = self._exact.get(trimmed)
        if exact is not None:
            return exact, {}
        parts = path_parts(raw_path)
        for methods in self._patterns.values():
            params = _match(next(iter(methods.values())).parts, parts)
            if params is not None:
                return methods, params
        return None


async def _answer(route: Route, request: Request) -> Response:
    """What the handler says, or what its error means."""
    try:
        if _header_bytes(request.scope) > HEADER_BYTES:
            raise Refused("headers_too_large", f"headers may have {HEADER_BYTES} bytes", status=431)
        if route.access is Access.WRITE:
            request.authorize()
        elif route.access is Access.SECRET and request.authorize() != "secret":
            raise Refused(
                "secret_key_needed", "the write key may not do this", hint="use the secret key", status=403
            )
        return await route.handler(request)
    except Refused as fault:
        return refused(fault)
    except Overloaded:
        return overloaded()
    except Unavailable as fault:
        return unavailable(fault)
    except Exception:  # noqa: BLE001 - the last resort: logged whole, answered without detail
        _log.exception("unexpected failure at %s %s", request.method, route.pattern)
        return problem(500, "internal_error", "this is our fault; the server's log says more")


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    params: dict[str, str] = {}
    for want, have in zip(pattern, parts, strict=True):
        if want.startswith("{"):
            if not have:
                return None
            params[want[1:-1]] = have
        elif want != have:
            return None
    return params


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return b""


def _header_bytes(scope: Scope) -> int:
    return sum([len(key) + len(value) for key, value in scope["headers"]])


async def _send(response: Response, head: bool, send: Send) -> None:
    body = response.body
    headers = list(response.headers)
    if response.content_type:
        headers.append((b"content-type", response.content_type))
    headers.append((b"x-content-type-options", b"nosniff"))
    if isinstance(body, bytes):
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if not head:
        await _stream(body, send)
    await send({"type": "http.response.body", "body": b""})


async def _stream(body: AsyncIterator[bytes], send: Send) -> None:
    async for chunk in body:
        message: dict[str, Any] = {"type": "http.response.body", "body": chunk, "more_body": True}
        await send(message)
