"""`Mailer` over SMTP: many messages over one connection, every step in time, each failure told apart.

Up to DATA nothing can have been taken. From there on a lost connection leaves it open whether the
message was (RFC 5321, 4.2.5 and 6.1).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.mailer import NeverSent, NotSent, PerhapsSent

SECONDS = 20.0
MOST_MESSAGES = 100
"""Servers count what comes over one connection."""
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Server(msgspec.Struct, frozen=True):
    """Where mail is handed over. ``tls``: from the first byte on; else it is taken up where it is offered."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: bool = False


def server_of(smtp_url: str) -> Server:
    """The server of ``smtp://user:password@host:port`` or ``smtps://…``. Raises `Refused`."""
    try:
        parts = urlsplit(smtp_url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Refused(
            "smtp_url_not_valid",
            "this is no address of a mail server",
            field="smtp_url",
            hint="as in smtp://user:password@mail.example.com:587",
        )
    tls = parts.scheme == "smtps"
    return Server(
        parts.hostname,
        port or (465 if tls else 587),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tls,
    )


class SmtpMailer:
    """Hands messages to one server, many over one connection; ``seconds`` bounds each step of the talk.

    Who sends has a connection to itself meanwhile; those at rest are kept for the next message, and let go of
    by `rest`. One that has gone stale is opened anew, once, before a message counts as not taken.
    """

    def __init__(
        self, server: Server, *, seconds: float = SECONDS, context: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._seconds = seconds
        self._context = context
        self._idle: list[tuple[aiosmtplib.SMTP, int]] = []

    async def send(
        self, message: bytes, sender: str, recipient: str, begun: Callable[[], None] = lambda: None
    ) -> None:
        """See `maatwerk.effects.channels.mailer.Mailer.send`."""
        client, sent = self._idle.pop() if self._idle else (await self._connected(), 0)
        kept = False
        try:
            try:
                await self._address(client, sender, recipient)
            except NotSent:
                if not sent or client.is_connected:
                    raise
                client.close()
                client, sent = await self._connected(), 0
                await self._address(client, sender, recipient)
            begun()
            await self._hand_over(client, message)
            kept = True
        except NeverSent:
            kept = await self._reset(client)
            raise
        finally:
            if kept and sent + 1 < MOST_MESSAGES:
                self._idle.append((client, sent + 1))
            else:
                await self._close(client)

    async def rest(self) -> None:
        """See `maatwerk.effects.channels.mailer.Mailer.rest`."""
        while self._idle:
            await self._close(self._idle.pop()[0])

    async def _close(self, client: aiosmtplib.SMTP) -> None:
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await asyncio.wait_for(client.quit(), self._seconds)
        client.close()
        await asyncio.sleep(0)  # the loop itself closes the socket, at its next round

    async def _reset(self, client: aiosmtplib.SMTP) -> bool:
        """Clear the talk after a refusal; whether the next message may begin anew."""
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            return False
        return True

    async def _connected(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            timeout=self._seconds,
            use_tls=self._server.tls,
            start_tls=None,
            tls_context=self._context,
        )
        try:
            await client.connect()
            if self._server.user:
                self._check_private(client)
                await client.login(self._server.user, self._server.password)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as fault:
            await self._close(client)
            raise NotSent(_said(fault), everywhere=True) from fault
        except NotSent:
            await self._close(client)
            raise
        return client

    def _check_private(self, client: aiosmtplib.SMTP) -> None:
        transport = client.transport
        safe = transport is not None and transport.get_extra_info("sslcontext") is not None
        if not safe and self._server.host not in _HERE:
            raise NotSent("no TLS is offered, and a password is not sent in the clear", everywhere=True)

    async def _address(self, client: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
        try:
            await client.mail(sender)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
            raise NotSent(_said(fault), everywhere=True) from fault
        try:
            await client.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as fault:
            if fault.code >= 500:
                raise NeverSent(f"{fault.code} at the recipient") from fault
            raise NotSent(f"{fault.code} at the recipient") from fault
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
            raise NotSent(_said(fault)) from fault

    async def _hand_over(self, client: aiosmtplib.SMTP, message: bytes) -> None:
        try:
            await client.data(message)
        except aiosmtplib.SMTPResponseException as fault:
            if fault.code >= 500:
                raise NeverSent(f"{fault.code} at the message") from fault
            if fault.code >= 400:
                raise NotSent(f"{fault.code} at the message") from fault
            raise PerhapsSent(_said(fault)) from fault
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
            raise PerhapsSent(_said(fault)) from fault


def _said(fault: Exception) -> str:
    """What went wrong, without what a server might repeat of addresses and passwords."""
    code = getattr(fault, "code", "")
    return f"{type(fault).__name__} {code}".strip()
