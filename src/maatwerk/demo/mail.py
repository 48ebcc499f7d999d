"""The demo's mail catcher: an SMTP server on this machine that keeps what it gets, and pages to read it.

Mails lie in a folder, so that whichever process is asked can show them; the newest 200 are kept.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import os
import re
import socket
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from maatwerk.core.time import Clock

KEPT = 200
PREFIX = "/demo/mail"
_LARGEST_BYTES = 2 * 1024 * 1024
_NAME = re.compile(r"\d{13}-\d{1,9}")

_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"
)
# The mail itself runs no script and reaches nothing but its pictures; its links open beside it.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src *; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)


class Catcher:
    """A mail server on ``127.0.0.1`` that takes every mail and delivers none."""

    def __init__(self, folder: Path, clock: Clock, port: int = 0) -> None:
        """``port`` 0 takes a free one."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or _free_port()
        keeping = _Keeping(folder, clock)
        self._controller = Controller(
            keeping, hostname="127.0.0.1", port=self.port, data_size_limit=_LARGEST_BYTES, ident="demo"
        )

    @property
    def smtp_url(self) -> str:
        """The setting that sends mail here."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, in a thread of its own."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; the mails stay."""
        self._controller.stop()


class _Keeping:
    """Writes each mail to a file of its own, whole or not at all."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._numbers = itertools.count(os.getpid())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        path = self._folder / f"{self._clock():013d}-{next(self._numbers)}.eml"
        beside = path.with_suffix(".part")
        beside.write_bytes(envelope.content)
        beside.replace(path)
        for old in sorted(self._folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return "250 kept for reading at /demo/mail"


def mail_app(folder: Path) -> ASGIApp:
    """The pages over a catcher's folder, for ``/demo/mail``: mounted there, or called with the full path."""
    pages = _Pages(folder)
    routes = [
        Route(PREFIX, pages.inbox),
        Route(f"{PREFIX}/", pages.inbox),
        Route(f"{PREFIX}/{{name}}", pages.mail),
        Route(f"{PREFIX}/{{name}}/html", pages.html),
    ]
    return _Whole(Starlette(routes=routes))


class _Whole:
    """Puts the prefix back where a router took it off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if not path.startswith(PREFIX):
                path = PREFIX + path
            scope = {**scope, "path": path, "root_path": ""}
        await self._app(scope, receive, send)


class _Pages:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        environment = Environment(
            loader=PackageLoader("maatwerk.demo", "mail_pages"), autoescape=True, undefined=StrictUndefined
        )
        environment.globals.update(prefix=PREFIX)
        self._template: Callable[[str], Any] = environment.get_template

    async def inbox(self, request: Request) -> Response:
        """All mails, the newest first."""
        paths = sorted(self._folder.glob("*.eml"), reverse=True)[:KEPT]
        mails = [_listed(path.stem, mail) for path in paths if (mail := _read(path)) is not None]
        return self._page("inbox.html", mails=mails)

    async def mail(self, request: Request) -> Response:
        """One mail: its headers, its HTML in a sandbox, its text."""
        mail = self._find(request)
        if mail is None:
            return self._page("missing.html", status=404)
        fields = [(name, str(mail[name])) for name in _SHOWN if mail[name]]
        name = request.path_params["name"]
        return self._page(
            "mail.html", name=name, subject=str(mail["Subject"]), fields=fields, text=_part(mail, "plain")
        )

    async def html(self, request: Request) -> Response:
        """The HTML part as it is, with links that open in a tab of their own."""
        mail = self._find(request)
        if mail is None:
            return self._page("missing.html", status=404)
        html = _part(mail, "html").replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(html, headers=_HEADERS | {"content-security-policy": _MAIL_POLICY})

    def _find(self, request: Request) -> EmailMessage | None:
        name = request.path_params["name"]
        return _read(self._folder / f"{name}.eml") if _NAME.fullmatch(name) else None

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        html = self._template(template).render(**values)
        return HTMLResponse(html, status, headers=_HEADERS | {"content-security-policy": _PAGE_POLICY})


_SHOWN = ("From", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")


def _read(path: Path) -> EmailMessage | None:
    try:
        return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    except FileNotFoundError:
        return None  # it was the oldest, a moment ago


def _listed(name: str, mail: EmailMessage) -> dict[str, str]:
    lines = [line.strip() for line in _part(mail, "plain").splitlines() if line.strip()]
    return {
        "name": name,
        "to": str(mail["To"]),
        "subject": str(mail["Subject"] or "(no subject)"),
        "date": str(mail["Date"] or ""),
        "begins": " ".join(lines)[:140],
    }


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    content: str = part.get_content() if part is not None else ""
    return content


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
