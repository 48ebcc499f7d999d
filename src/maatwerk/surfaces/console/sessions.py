"""Who may look: the secret key becomes a signed cookie; wrong keys meet patience; forms carry a token."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.roles import Role

COOKIE = "maatwerk_console"
HOURS = 12
TRIES = 10
"""Wrong keys a minute from one address, and five times that from all together."""
_ADDRESSES = 1_000
_SALT = "maatwerk/console/v1"
_LOOPBACK = ("127.0.0.1", "::1")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Sessions:
    """Reads and writes the cookie, and counts wrong tries (of this worker)."""

    def __init__(self, access: ConsoleAccess) -> None:
        self._access = access
        self._wrong: dict[str, list[float]] = {}

    def read(self, request: Request) -> dict[str, Any] | None:
        """The session of a request that may look, else None."""
        try:
            session = self._signer().loads(request.cookies.get(COOKIE, ""), max_age=HOURS * 3600)
        except BadSignature:
            session = None
        if isinstance(session, dict) and (session.get("in") or self._open_to(request)):
            return session
        open_session = {
            "in": False,
            "token": _token(),
            "new": True,
            "role": Role.ADMINISTRATOR,
            "who": "console",
        }
        return open_session if self._open_to(request) else None

    def begin(self, request: Request, response: Response, *, signed_in: bool, token: str = "") -> None:
        """Give a new session: another token at each sign-in."""
        content = {"in": signed_in, "token": token or _token(), "role": Role.ADMINISTRATOR, "who": "console"}
        response.set_cookie(
            COOKIE,
            self._signer().dumps(content),
            max_age=HOURS * 3600,
            path="/console",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )

    def end(self, response: Response) -> None:
        """Forget the cookie."""
        response.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")

    def right_key(self, request: Request, key: str) -> bool | None:
        """Whether this is a secret key in force; None: too many wrong ones, ask again in a minute."""
        address = request.client.host if request.client else ""
        now = time.monotonic()
        for each in (address, "*"):
            self._wrong[each] = [at for at in self._wrong.get(each, ()) if now - at < 60]
        if len(self._wrong[address]) >= TRIES or len(self._wrong["*"]) >= 5 * TRIES:
            return None
        if self._access.keys.check(key) == "secret":
            return True
        self._wrong[address].append(now)
        self._wrong["*"].append(now)
        while len(self._wrong) > _ADDRESSES:
            self._wrong.pop(next(each for each in self._wrong if each != "*"))
        return False

    def _open_to(self, request: Request) -> bool:
        """Open to this machine alone, and by no name that a page elsewhere could have pointed at it."""
        host = request.headers.get("host", "")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        client = request.client.host if request.client else ""
        return self._access.open_access and client in _LOOPBACK and name in _LOCAL_NAMES

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._access.signing_secret() or _UNSIGNED, salt=_SALT)


_UNSIGNED = secrets.token_hex(
    32
)  # without a secret key nobody can sign in; the demo's sessions last a process


def _token() -> str:
    return secrets.token_urlsafe(18)


def token_matches(session: dict[str, Any], given: str) -> bool:
    """Whether a form came from a page of this session."""
    token = str(session.get("token", ""))
    return bool(token) and hmac.compare_digest(token.encode(), given.encode())
