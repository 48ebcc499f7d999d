"""Who may look: the secret key becomes a signed cookie; wrong keys meet patience; forms carry a token."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from maatwerk.flows.accounts import Account
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
        """The session of a request that may look, else None.

        One that was signed out is over wherever its cookie went; one of an account ends with its password,
        its
        role or its access.
        """
        try:
            session = self._signer().loads(request.cookies.get(COOKIE, ""), max_age=HOURS * 3600)
        except BadSignature:
            session = None
        if isinstance(session, dict) and (session.get("in") or self._open_to(request)):
            return self._of_now(session)
        open_session = {
            "in": False, "token": _token(), "new": True, "role": Role.ADMINISTRATOR, "who": "console"
        }  # fmt: skip
        return open_session if self._open_to(request) else None

    def _of_now(self, session: dict[str, Any]) -> dict[str, Any] | None:
        if session.get("id") and self._access.accounts.ended(session["id"]):
            return None
        if not session.get("account"):
            return session
        account = self._access.accounts.get(session["account"])
        if account is None or account.disabled or account.stamp != session.get("stamp"):
            return None
        return session | {"role": account.role, "who": account.email}

    def begin(
        self,
        request: Request,
        response: Response,
        *,
        signed_in: bool,
        token: str = "",
        account: Account | None = None,
    ) -> None:
        """Give a new session: another token at each sign-in. Without an account it is the workspace's own."""
        content: dict[str, Any] = {"in": signed_in, "token": token or _token(), "id": _token()}
        if account is None:
            content |= {"role": Role.ADMINISTRATOR, "who": "secret key" if signed_in else "console"}
        else:
            content |= {"account": account.email, "stamp": account.stamp}
        response.set_cookie(
            COOKIE,
            self._signer().dumps(content),
            max_age=HOURS * 3600,
            path="/console",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )

    def end(self, request: Request, response: Response) -> None:
        """End the session, and forget the cookie."""
        session = getattr(request.state, "session", {})
        if session.get("id"):
            self._access.accounts.end(session["id"])
        response.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")

    def right_password(self, request: Request, email: str, password: str) -> Account | bool | None:
        """The account; False where it is not right; None: too many wrong ones, ask again in a minute."""
        address = request.client.host if request.client else ""
        asked = (address, "*", f"@{email.casefold()[:254]}")
        if not self._patient(asked):
            return None
        account = self._access.accounts.sign_in(email, password)
        if account is None:
            self._count(asked)
            return False
        return account

    def right_key(self, request: Request, key: str) -> bool | None:
        """Whether this is a secret key in force; None: too many wrong ones, ask again in a minute."""
        address = request.client.host if request.client else ""
        if not self._patient((address, "*")):
            return None
        if self._access.keys.check(key) == "secret":
            return True
        self._count((address, "*"))
        return False

    def _patient(self, asked: tuple[str, ...]) -> bool:
        """Whether whoever asks may try once more."""
        now = time.monotonic()
        for each in asked:
            self._wrong[each] = [at for at in self._wrong.get(each, ()) if now - at < 60]
        return all(len(self._wrong[each]) < (5 * TRIES if each == "*" else TRIES) for each in asked)

    def _count(self, asked: tuple[str, ...]) -> None:
        for each in asked:
            self._wrong.setdefault(each, []).append(time.monotonic())
        while len(self._wrong) > _ADDRESSES:
            self._wrong.pop(next(each for each in self._wrong if each != "*"))

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
