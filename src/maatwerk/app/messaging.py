"""Journeys and sending, wired for the background process, and the way out of a message for the workers."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from maatwerk.app.claiming import minting_of
from maatwerk.app.parts import Parts
from maatwerk.app.picturing import picturing
from maatwerk.core.errors import Refused, Unavailable
from maatwerk.decisions.offers.parse import parse_pool
from maatwerk.decisions.offers.words import POOL_KIND
from maatwerk.effects.channels.email import Signing, signing
from maatwerk.effects.channels.letter import Sender, sender
from maatwerk.engines.files.models import ModelFiles
from maatwerk.engines.smtp.mailer import SmtpMailer, server_of
from maatwerk.flows.advance import Advancing, advance
from maatwerk.flows.choose_for import choose_for
from maatwerk.flows.contact import policy_of
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.ledger import Ledger
from maatwerk.flows.mint import mint
from maatwerk.flows.send import Sending, send_due
from maatwerk.flows.take_back import TakingBack
from maatwerk.flows.unsubscribe import Unsubscribing, link_key
from maatwerk.surfaces.http.routes import Routes
from maatwerk.surfaces.messages.clicks import Clicking, add_clicks
from maatwerk.surfaces.messages.feeds import add_feeds
from maatwerk.surfaces.messages.ledger import add_ledger
from maatwerk.surfaces.messages.pictures import add_pictures
from maatwerk.surfaces.messages.returns import add_returns

TURN_SECONDS = 1.0

_log = logging.getLogger("maatwerk.messaging")


class Messenger:
    """Takes journeys' due steps and empties the outbox, once a second, in a thread of its own: a mail
    server that does not answer must not keep the projector waiting."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        # Its own knowledge, and its own look at the models: the other thread's must not change under it.
        self._knowledge = Knowledge(parts.log, parts.store, ModelFiles(parts.workspace.models).changed)
        self._deciding = replace(parts.deciding, knowledge=self._knowledge)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="messenger")

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End after the message at hand."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self._knowledge.load()
        parts = self._parts
        settings = parts.settings
        advancing = Advancing(
            parts.log,
            parts.store,
            parts.log,
            self._knowledge,
            settings.currency,
            settings.timezone,
            mint=self._codes(),
        )
        sending = self._open()
        while not self._stopping.wait(TURN_SECONDS):
            try:
                now = self._parts.clock()
                self._knowledge.refresh_models()
                advance(advancing, now)
                if sending is not None:
                    asyncio.run(send_due(sending, now))
            except Unavailable as fault:
                _log.warning("%s; trying again", fault.detail)
            except Exception:  # noqa: BLE001 - logged whole; the thread must not end
                _log.exception("a turn failed; the next one is tried all the same")

    def _codes(self) -> Callable[[str, str, str, int], str]:
        """A code of a pool for one person; nothing where the pool was withdrawn."""
        minting, kinds = minting_of(self._parts), {"u": "user_id", "a": "anonymous_id"}

        def code(pool: str, who: str, key: str, now: int) -> str:
            rule = self._knowledge.rules.get(POOL_KIND, pool)
            if rule is None or not rule.document:
                return ""
            kind, _, value = who.partition("/")
            ready = parse_pool(pool, rule.document, self._parts.settings.currency)
            return mint(minting, ready, [f"{kinds[kind]}/{value}"], key)

        return code

    def _open(self) -> Sending | None:
        parts = self._parts
        if not parts.settings.smtp_url:
            return None
        try:
            writer = sender_of(parts)
            mailer = SmtpMailer(server_of(parts.settings.smtp_url))
        except Refused as fault:
            _log.error("no mail is sent: %s", fault)
            return None
        return Sending(
            log=parts.log,
            store=parts.store,
            recent=parts.log,
            knowledge=self._knowledge,
            records=parts.records,
            mailer=mailer,
            sender=writer,
            key=link_key(parts.records, os.urandom),
            chance=os.urandom,
            timezone=parts.settings.timezone,
            choose=partial(choose_for, self._deciding),
            signing=signing_of(parts),
        )


def signing_of(parts: Parts) -> Signing | None:
    """The shop's DKIM key. Raises `Refused` naming the setting."""
    settings = parts.settings
    if not settings.dkim_key_file:
        return None
    try:
        key = (parts.workspace.folder / settings.dkim_key_file).read_bytes()
    except OSError as fault:
        raise Refused("dkim_key_not_readable", str(fault), field="dkim_key_file") from None
    return signing(sender_of(parts).address.rpartition("@")[2], settings.dkim_selector, key)


def sender_of(parts: Parts) -> Sender:
    """Who writes, from the settings. Raises `Refused` naming the setting that is missing."""
    settings = parts.settings
    return sender(
        name=settings.name,
        mail_from=settings.mail_from,
        mail_address=settings.mail_address,
        public_url=settings.public_url,
        shop_url=settings.shop_url,
        cart_url=settings.cart_url,
    )


def ledger_of(parts: Parts) -> Ledger:
    """What the ledger is asked with."""
    return Ledger(parts.store, parts.log, parts.records, parts.settings.currency)


def add_messages(routes: Routes, parts: Parts) -> None:
    """Serve what is asked of messages, and what comes back of them."""
    add_ledger(routes, ledger_of(parts), parts.clock)
    key = link_key(parts.records, os.urandom)
    home = parts.settings.shop_url or parts.settings.public_url
    add_feeds(routes, parts.deciding, home)
    add_pictures(routes, picturing(parts))
    add_clicks(routes, Clicking(parts.log, parts.store, key, parts.clock))
    add_returns(routes, TakingBack(parts.log, parts.store, parts.records, parts.knowledge, key, parts.clock))


def topics_of(parts: Parts) -> dict[str, str]:
    """What she may switch off by itself."""
    parts.knowledge.refresh(parts.clock())
    return {key: topic.title for key, topic in policy_of(parts.knowledge.rules).topics.items()}


def unsubscribing(parts: Parts) -> Unsubscribing:
    """What the unsubscribe routes need."""
    return Unsubscribing(parts.log, parts.records, link_key(parts.records, os.urandom), parts.clock)
