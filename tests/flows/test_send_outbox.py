"""The outbox under failures: each message is handed over at most once, and every end is an event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.flows.mailing import Inbox, Shop, free_port, mail_server

from maatwerk.core.time import HOUR, MINUTE
from maatwerk.effects.channels.mailer import Mailer
from maatwerk.engines.smtp.mailer import SmtpMailer, server_of
from maatwerk.flows.send import Sending, send_due


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def shop(tmp_path: Path, inbox: Inbox) -> Iterator[Shop]:
    with mail_server(inbox) as port:
        opened = Shop(tmp_path, port)
        opened.enable()
        opened.sells("DR01")
        opened.known("a-1")
        opened.add("a-1", "DR01")
        yield opened
        opened.close()


class PowerCut(Exception):
    """The process ends here."""


class CutAfter:
    """Hands a message over, or not, and then the power goes."""

    def __init__(self, mailer: Mailer, *, taken: bool) -> None:
        self._mailer = mailer
        self._taken = taken

    async def send(
        self, message: bytes, sender: str, recipient: str, begun: Callable[[], None] = lambda: None
    ) -> None:
        begun()
        if self._taken:
            await self._mailer.send(message, sender, recipient)
        raise PowerCut

    async def rest(self) -> None:
        await self._mailer.rest()


def restarted(shop: Shop) -> Sending:
    """The same files in another process: what was in memory is gone."""
    old = shop.sending
    assert isinstance(old.mailer, CutAfter)
    return Sending(
        old.log,
        old.store,
        old.recent,
        old.knowledge,
        old.records,
        old.mailer._mailer,
        old.sender,
        old.key,
        old.chance,
    )


@pytest.mark.parametrize("taken", [True, False])
def test_after_a_crash_while_handing_over_nothing_is_sent_again(
    shop: Shop, inbox: Inbox, taken: bool
) -> None:
    assert shop.sending.mailer is not None
    shop.sending.mailer = CutAfter(shop.sending.mailer, taken=taken)
    with pytest.raises(PowerCut):
        shop.turn(30)
    shop.sending = restarted(shop)
    assert shop.turn(1) == 0, "another may still be at it"
    assert shop.outcomes() == []
    assert shop.turn(10) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "ambiguous")]
    assert shop.turn(10) == 0
    assert len(inbox.raw) == int(taken)


def test_after_a_crash_before_handing_over_it_is_sent_once(shop: Shop, inbox: Inbox) -> None:
    """Claimed, and nothing more: the lease runs out, and the message goes."""
    mailer, shop.sending.mailer = shop.sending.mailer, None
    shop.turn(30)
    with shop.store.snapshot() as read:
        ((_, _),) = read.scan("outbox")
        ((message_id, _),) = read.scan("outbox_place")
    assert shop.records.claim("send", message_id, "who died", shop.now, shop.now + 5 * MINUTE)
    shop.sending.mailer = mailer
    assert shop.turn(1) == 0
    assert shop.turn(5) == 1
    assert shop.turn(5) == 0
    assert len(inbox.raw) == 1
    assert inbox.mails[0]["Message-ID"] == f"<{message_id}@shop.example>"


def test_two_senders_send_it_once(shop: Shop, inbox: Inbox) -> None:
    mailer, shop.sending.mailer = shop.sending.mailer, None
    shop.turn(30)
    shop.sending.mailer = mailer
    old = shop.sending
    other = Sending(
        old.log, old.store, old.recent, old.knowledge, old.records, mailer, old.sender, old.key, old.chance
    )

    async def both() -> list[int]:
        return list(await asyncio.gather(send_due(old, shop.now), send_due(other, shop.now)))

    assert sorted(asyncio.run(both())) == [0, 1]
    assert len(inbox.raw) == 1


def test_while_the_server_is_down_it_waits_and_then_goes_once(tmp_path: Path, inbox: Inbox) -> None:
    port = free_port()
    shop = Shop(tmp_path, port)
    shop.enable()
    shop.sells("DR01")
    shop.known("a-1")
    shop.add("a-1", "DR01")
    assert [shop.turn(minutes) for minutes in (30, 1, 2, 4)] == [0, 0, 0, 0]
    assert shop.outcomes() == shop.outcomes("Message Sent") == []
    with mail_server(inbox, port):
        assert shop.turn(1) == 0, "not before its time"
        assert shop.turn(8) == 1
        assert shop.turn(60) == 0
    assert len(inbox.raw) == 1
    shop.close()


def test_what_was_kept_up_too_long_is_not_sent_late(tmp_path: Path, inbox: Inbox) -> None:
    port = free_port()
    shop = Shop(tmp_path, port)
    shop.enable()
    shop.sells("DR01")
    shop.known("a-1")
    shop.add("a-1", "DR01")
    shop.turn(30)
    with mail_server(inbox, port):
        assert shop.turn(7 * 60) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "late")]
    shop.close()


def test_a_server_that_is_busy_is_asked_again(shop: Shop, inbox: Inbox) -> None:
    inbox.answer = "451 come back"
    assert shop.turn(30) == 0
    inbox.answer = ""
    assert shop.turn(0.5) == 0
    assert shop.turn(1) == 1
    assert len(inbox.raw) == 1


@pytest.mark.parametrize(("recipient", "answer"), [("550 nobody here", ""), ("", "554 not this")])
def test_a_final_no_is_final(shop: Shop, inbox: Inbox, recipient: str, answer: str) -> None:
    inbox.at_recipient, inbox.answer = recipient, answer
    assert shop.turn(30) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "failed")]
    inbox.at_recipient = inbox.answer = ""
    assert shop.turn(60) == 0


def test_a_line_that_breaks_at_the_message_is_ambiguous(tmp_path: Path) -> None:
    """A server that takes the message and is gone before it says so."""

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            writer.write(b"354 go on\r\n" if verb == b"DATA" else b"250 fine\r\n")
            await writer.drain()
            if verb == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                break
        writer.close()

    async def tried(shop: Shop) -> int:
        server = await asyncio.start_server(rude, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        shop.sending.mailer = SmtpMailer(server_of(f"smtp://127.0.0.1:{port}"), seconds=5)
        try:
            return await send_due(shop.sending, shop.now)
        finally:
            server.close()

    shop = Shop(tmp_path, free_port())
    shop.enable()
    shop.sells("DR01")
    shop.known("a-1")
    shop.add("a-1", "DR01")
    mailer, shop.sending.mailer = shop.sending.mailer, None
    shop.turn(30)
    assert asyncio.run(tried(shop)) == 0
    shop.sending.mailer = mailer
    assert shop.turn(HOUR // MINUTE) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "ambiguous")]
    shop.close()


def test_a_password_is_not_sent_in_the_clear() -> None:
    server = server_of("smtp://shop:p%40ss@mail.example")
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 587, "shop", "p@ss")
    assert server_of("smtps://mail.example").port == 465
