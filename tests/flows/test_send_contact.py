"""The contact policy at the moment of sending, over real files and a real mail server; and the ledger's
answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flows.mailing import START, Inbox, Shop, mail_server

from maatwerk.core.time import HOUR, MINUTE
from maatwerk.effects.channels.mailer import Mailer, PerhapsSent
from maatwerk.effects.channels.returned import Return
from maatwerk.effects.ledger import Entry
from maatwerk.effects.unsubscribe import Link, address_digest, seal
from maatwerk.flows.choose import Choices, Choosing, choose
from maatwerk.flows.ledger import Ledger, held, of_profile, one
from maatwerk.flows.take_back import TakingBack, take_back
from maatwerk.flows.unsubscribe import unsubscribe


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def shop(tmp_path: Path, inbox: Inbox) -> Iterator[Shop]:
    with mail_server(inbox) as port:
        opened = Shop(tmp_path, port)
        opened.enable()
        for sku in ("DR01", "SH02", "BG03"):
            opened.sells(sku)
        yield opened
        opened.close()


def policy(shop: Shop, **document: Any) -> None:
    shop.happen(
        "Rule Published",
        origin="internal",
        proven=True,
        kind="contact_policy",
        key="default",
        document=document,
    )


def queue(shop: Shop, who: str, key: str, **more: Any) -> None:
    """What a journey hands over."""
    about: dict[str, Any] = {
        "message_id": key,
        "journey": "spring",
        "step": "letter",
        "channel": "email",
        "occurrence": key,
    }
    about |= {
        "due": shop.now,
        "skus": ["DR01"],
        "template": "abandoned-cart",
        "data": {"topic": "offers"},
    } | more
    shop.happen("Message Queued", who, origin="internal", **about)


def ledger(shop: Shop) -> Ledger:
    return Ledger(shop.store, shop.log, shop.records, "EUR")


def hers(shop: Shop) -> list[Entry]:
    return of_profile(ledger(shop), "email", "ada@ex.example", shop.now, 50)


def back(shop: Shop, *returns: Return) -> dict[str, int]:
    parts = TakingBack(shop.log, shop.store, shop.records, shop.knowledge, shop.key, lambda: shop.now)
    told = asyncio.run(take_back(parts, returns))
    shop.project()
    return told


def test_a_cap_counts_over_all_journeys_in_a_window_that_moves(shop: Shop, inbox: Inbox) -> None:
    """Eleven at night and one in the morning are one night; a place is free again when it is a day old."""
    policy(shop, caps=[{"messages": 2, "hours": 24, "channels": ["email"]}])
    shop.known("a-1")
    shop.add("a-1", "DR01")
    assert shop.turn(30) == 1
    queue(shop, "a-1", "k-1", journey="summer")
    assert shop.turn(22 * 60) == 1
    queue(shop, "a-1", "k-2")
    assert shop.turn(60) == 0
    assert (hers(shop)[0].code, hers(shop)[0].detail) == ("capped", "2 in 24 hours")
    queue(shop, "a-1", "k-3")
    assert shop.turn(61) == 1
    assert len(inbox.raw) == 3


def test_two_at_once_cannot_both_take_the_last_place(shop: Shop) -> None:
    taken = [shop.records.take("cap", [("x", HOUR, 1), ("y", HOUR, 5)], f"m-{n}", shop.now) for n in range(3)]
    assert taken == ["", "x", "x"]
    assert shop.records.take("cap", [("x", HOUR, 1)], "m-0", shop.now) == "", "who has a place keeps it"
    assert [shop.records.take("cap", [("y", HOUR, 2)], f"n-{n}", shop.now) for n in range(2)] == ["", "y"]


def test_quiet_hours_hold_it_in_her_own_time_zone_and_it_is_not_late_for_that(
    shop: Shop, inbox: Inbox
) -> None:
    """It is midnight in Greenwich, and night in Paris, where she is."""
    policy(shop, quiet_channels=["email"])
    shop.known("a-1")
    shop.happen("Identified", "a-1", traits={"timezone": "Europe/Paris"})
    shop.add("a-1", "DR01")
    assert shop.turn(30) == 0
    (entry,) = hers(shop)
    waits = held(ledger(shop), entry)
    assert entry.status == "queued"
    assert waits is not None
    assert (waits.code, waits.until) == ("quiet_hours", START + 7 * HOUR)
    assert shop.turn(6 * 60) == 0
    assert shop.turn(31) == 1
    assert len(inbox.raw) == 1


def test_a_complaint_and_a_hard_bounce_stop_the_address_and_three_soft_ones_rest_it(shop: Shop) -> None:
    shop.known("a-1")
    queue(shop, "a-1", "k-1")
    assert shop.turn() == 1
    for number in range(3):
        assert back(shop, Return("soft", "", "ADA@ex.example", "4.2.2"))["soft"] == 1
        shop.now += HOUR
        queue(shop, "a-1", f"s-{number}")
        assert shop.turn() == int(number < 2)
    assert hers(shop)[0].code == "bounced"
    shop.turn(31 * 24 * 60)
    queue(shop, "a-1", "k-4")
    assert shop.turn() == 1
    back(shop, Return("complaint", "k-1", "ada@ex.example"))
    queue(shop, "a-1", "k-5")
    queue(shop, "a-1", "k-6", purpose="transactional")
    assert shop.turn() == 1, "a receipt is owed to her all the same"
    assert one(ledger(shop), "k-5").code == "complained"
    assert one(ledger(shop), "k-1").complained == shop.now
    back(shop, Return("hard", "k-6", "ada@ex.example", "5.1.1", "no such user ada@ex.example"))
    assert one(ledger(shop), "k-6").detail == "5.1.1 no such user …"
    queue(shop, "a-1", "k-7", purpose="transactional")
    assert shop.turn() == 0
    assert one(ledger(shop), "k-7").code == "bounced"


def test_what_is_owed_is_sent_again_after_a_crash_and_marketing_is_not(shop: Shop, inbox: Inbox) -> None:
    """At least once under one Message-ID, against at most once."""

    class Cut:
        def __init__(self, inner: Mailer) -> None:
            self.inner = inner

        async def send(
            self, message: bytes, sender: str, recipient: str, begun: Callable[[], None] = lambda: None
        ) -> None:
            begun()
            await self.inner.send(message, sender, recipient)
            raise PerhapsSent("the line broke")

        async def rest(self) -> None:
            await self.inner.rest()

    shop.known("a-1")
    queue(shop, "a-1", "k-owed", purpose="transactional")
    queue(shop, "a-1", "k-ad")
    whole = shop.sending.mailer
    assert whole is not None
    shop.sending.mailer = Cut(whole)
    assert shop.turn() == 0
    shop.sending.mailer = whole
    assert shop.turn(2) == 1
    assert sorted(mail["Message-ID"] for mail in inbox.mails) == [
        "<k-ad@shop.example>",
        "<k-owed@shop.example>",
        "<k-owed@shop.example>",
    ]
    assert one(ledger(shop), "k-ad").code == "ambiguous"
    assert one(ledger(shop), "k-owed").status == "sent"


def test_a_domain_s_pace_holds_the_rest_up_and_loses_none(shop: Shop, inbox: Inbox) -> None:
    policy(shop, domains={"*": 2})
    for number in range(5):
        shop.known(f"a-{number}", f"s{number}@ex.example")
        queue(shop, f"a-{number}", f"k-{number}")
    assert [shop.turn(minutes) for minutes in (0, 1.1, 1.1)] == [2, 2, 1]
    assert len(inbox.raw) == 5


def test_what_follows_a_click_is_counted_for_the_message(shop: Shop) -> None:
    shop.known("a-1")
    queue(shop, "a-1", "k-1")
    shop.turn()
    shop.happen(
        "Message Clicked", "a-1", origin="internal", message_id="k-1", url="https://shop.example/p/DR01"
    )
    shop.now += 30 * MINUTE
    shop.happen(
        "Order Completed", "a-1", order_id="o-1", total=59, currency="EUR", products=[{"sku": "DR01"}]
    )
    shop.now += 6 * 24 * HOUR
    shop.happen(
        "Order Completed", "a-1", order_id="o-2", total=59, currency="EUR", products=[{"sku": "DR01"}]
    )
    shop.project()
    entry = one(ledger(shop), "k-1")
    assert (entry.orders, entry.revenue) == (1, 5900)


def test_one_topic_can_be_switched_off_and_a_yes_by_mail_be_asked_for(shop: Shop) -> None:
    shop.known("a-1")
    digest = address_digest(shop.key, "ada@ex.example")
    token = seal(shop.key, Link("k-0", "email", "a-1", "", digest))
    asyncio.run(unsubscribe(shop.unsubscribing, token, "page", "offers"))
    queue(shop, "a-1", "k-1")
    queue(shop, "a-1", "k-2", data={"topic": "news"})
    assert shop.turn() == 1
    assert one(ledger(shop), "k-1").code == "topic_declined"
    policy(shop, confirm=True)
    queue(shop, "a-1", "k-3", data={"topic": "news"})
    assert shop.turn() == 0
    assert one(ledger(shop), "k-3").code == "not_confirmed"
    choosing = Choosing(shop.unsubscribing, shop.log, shop.store, {})
    wanted = {
        "storage": True,
        "analytics": True,
        "personalization": True,
        "advertising": False,
        "email": True,
    }
    asyncio.run(choose(choosing, token, Choices(wanted, {})))
    queue(shop, "a-1", "k-4", data={"topic": "news"})
    assert shop.turn() == 1


def test_a_channel_that_nothing_sends_by_is_refused_or_falls_back_with_its_own_consent(
    shop: Shop, inbox: Inbox
) -> None:
    shop.known("a-1", "ada@ex.example")
    queue(shop, "a-1", "m-1", channel="sms")
    queue(shop, "a-1", "m-2", channel="push", channels=["push", "email"])
    shop.turn()
    assert ("m-1", "no_channel") in {(each.message_id, each.code) for each in hers(shop)}
    assert len(inbox.raw) == 1
