"""A shop with its log, views and records on real files, a real mail server, and a clock that is told."""

from __future__ import annotations

import asyncio
import email
import email.policy
import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
from aiosmtpd.controller import Controller

from maatwerk.core.time import MINUTE
from maatwerk.decisions.journeys.inside import JourneysView
from maatwerk.effects.channels.letter import sender
from maatwerk.effects.channels.mailer import Mailer
from maatwerk.effects.ledger import LedgerView
from maatwerk.effects.outbox import OutboxView
from maatwerk.engines.smtp.mailer import SmtpMailer, server_of
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.records import SqliteRecords
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.event import Event
from maatwerk.events.names import body, with_body
from maatwerk.flows.advance import Advancing, advance
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.send import Sending, send_due
from maatwerk.flows.unsubscribe import Unsubscribing, link_key
from maatwerk.views.catalog.fold import CatalogView
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.projector import Projector, View
from maatwerk.views.rules.book import RulesView

START = 1_764_547_200_000


class Inbox:
    """What the mail server took. ``answer`` and ``at_recipient`` are what it says instead."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.answer = ""
        self.at_recipient = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer:
            return self.answer
        self.raw.append(envelope.content)
        return "250 taken"

    @property
    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def mail_server(inbox: Inbox, port: int = 0) -> Iterator[int]:
    """A real SMTP server on this machine, for as long as it is needed."""
    controller = Controller(inbox, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class Shop:
    """The whole path: what happens, what is known, what is due, what is sent."""

    def __init__(self, folder: Path, port: int, *, mailer: Mailer | None = None) -> None:
        self.now = START
        self.folder = folder
        self.log = SqliteLog(folder / "log.db", clock=lambda: self.now)
        self.log.start()
        self.store = SqliteStore(folder / "views.db", writable=True)
        self.records = SqliteRecords(folder / "records.db")
        views: list[View] = [CatalogView(), RulesView(), ProfileView(self.log), JourneysView(), OutboxView()]
        views.append(LedgerView("EUR"))
        self.projector = Projector(self.log, self.store, views)
        self.projector.prepare()
        self.knowledge = Knowledge(self.log, self.store, lambda: None)
        self.knowledge.load()
        self.advancing = Advancing(self.log, self.store, self.log, self.knowledge)
        self.key = link_key(self.records, os.urandom)
        self.sending = Sending(
            self.log,
            self.store,
            self.log,
            self.knowledge,
            self.records,
            mailer or SmtpMailer(server_of(f"smtp://127.0.0.1:{port}"), seconds=5),
            sender(
                name="Linnet & Vlier",
                mail_from="Linnet & Vlier <hello@shop.example>",
                mail_address="Dorpsstraat 1, Utrecht",
                public_url="https://personal.shop.example",
                shop_url="https://shop.example",
                cart_url="/cart",
            ),
            self.key,
            os.urandom,
        )
        self.unsubscribing = Unsubscribing(self.log, self.records, self.key, lambda: self.now)
        self._numbers = itertools.count(1)

    def happen(self, name: str, anon: str = "", user: str = "", **more: Any) -> Event:
        """Something happens now."""
        fields = {key: more.pop(key) for key in ("origin", "flags", "proven", "context") if key in more}
        traits = msgspec.Raw(msgspec.json.encode(more.pop("traits", {})))
        event = with_body(
            name,
            more,
            id=f"{self.folder.name}-{next(self._numbers)}",
            time=self.now,
            received=self.now,
            anonymous_id=anon,
            user_id=user,
            traits=traits,
            **fields,
        )
        assert self.log.append_now([event]) == [True]
        return event

    def known(
        self, anon: str, address: str = "ada@ex.example", *, mail: bool | None = True, user: str = ""
    ) -> None:
        """She told her address and answered the question of e-mail."""
        proven = bool(user)
        self.happen("Identified", anon, user, proven=proven, traits={"email": address, "firstName": "Ada"})
        if mail is not None:
            self.happen("Consent Changed", anon, user, proven=proven, purposes={"email": mail}, source="form")

    def add(self, anon: str, sku: str, cart: str = "c-1", **more: Any) -> Event:
        return self.happen(
            "Product Added", anon, sku=sku, cart_id=cart, quantity=1, price=59, currency="EUR", **more
        )

    def sells(self, sku: str, stock: int | None = 5, **more: Any) -> None:
        product = {"sku": sku, "name": f"The {sku}", "price": "59.00", "currency": "EUR", "url": f"/p/{sku}"}
        product |= {"images": [f"/pictures/{sku}.jpg"], "stock": stock} | more
        self.happen("Product Published", origin="internal", proven=True, product=product)

    def restock(self, sku: str, stock: int) -> None:
        self.happen("Product Changed", origin="internal", proven=True, sku=sku, fields={"stock": stock})

    def enable(self, *keys: str) -> None:
        for key in keys or ("abandoned-cart", "back-in-stock"):
            self.happen(
                "Rule Published",
                origin="internal",
                proven=True,
                kind="journey",
                key=key,
                document={"enabled": True},
            )

    def project(self) -> None:
        while self.projector.run_once():
            pass

    def turn(self, minutes: float = 0) -> int:
        """Time goes by, and the background process comes round; how many mails were sent."""
        self.now += int(minutes * MINUTE)
        self.project()
        advance(self.advancing, self.now)
        self.project()
        sent = asyncio.run(send_due(self.sending, self.now))
        self.project()
        return sent

    def outcomes(self, name: str = "Message Suppressed") -> list[tuple[str, str, str]]:
        """Journey, step and code of every message event of a name, in order."""
        found = []
        for event in self.log.read(0, 10_000):
            if event.name == name:
                said = body(event)
                found.append((said.journey, said.step, getattr(said, "code", "")))
        return found

    def close(self) -> None:
        self.log.close()
        self.store.close()
        self.records.close()
