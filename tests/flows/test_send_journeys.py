"""Two journeys from end to end: from what happened to a mail at a real server, or a reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flows.mailing import Inbox, Shop, mail_server

from maatwerk.core.time import HOUR
from maatwerk.events.event import Context
from maatwerk.events.names import with_body


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


def test_a_cart_that_is_left_is_remembered_once(shop: Shop, inbox: Inbox) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    assert shop.turn(29) == 0, "she may still be shopping"
    assert shop.turn(1) == 1
    (mail,) = inbox.mails
    assert mail["To"] == "ada@ex.example"
    assert mail["From"] == "Linnet & Vlier <hello@shop.example>"
    assert mail["Subject"] == "In your bag at Linnet & Vlier: The DR01"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(
        r"<https://personal\.shop\.example/u/[\w-]+>, <mailto:hello@shop\.example\?subject=\S+>",
        mail["List-Unsubscribe"],
    )
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in (text.get_content(), html.get_content()):
        assert "Hello," in part, "a new customer is not called by her name"
        assert "The DR01" in part
        assert "€59.00" in part
        assert "SH02" not in part
        assert "Dorpsstraat 1, Utrecht" in part
        assert "https://personal.shop.example/u/" in part
    assert "https://shop.example/p/DR01?utm_source=maatwerk&utm_medium=email&utm_campaign=abandoned-cart" in (
        text.get_content()
    )
    for _ in range(5):
        assert shop.turn(1) == 0
    assert shop.outcomes("Message Queued") == [("abandoned-cart", "first", "")]
    assert shop.outcomes("Message Sent") == [("abandoned-cart", "first", "")]
    assert shop.outcomes() == []


def test_a_second_reminder_comes_after_a_day_and_no_third(shop: Shop, inbox: Inbox) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    assert shop.turn(30) == 1
    assert shop.turn(23 * 60) == 0
    assert shop.turn(30) == 1
    assert "still in your bag" in inbox.raw[1].decode().replace("=\r\n", "")
    assert inbox.mails[0]["Message-ID"] != inbox.mails[1]["Message-ID"]
    shop.happen("Cart Viewed", "a-1", cart_id="c-1", products=[{"sku": "DR01", "quantity": 1}])
    assert [shop.turn(hours * 60) for hours in (1, 24, 24)] == [0, 0, 0], (
        "nobody is told three times of one cart"
    )
    assert shop.outcomes("Message Sent") == [
        ("abandoned-cart", "first", ""),
        ("abandoned-cart", "second", ""),
    ]


def test_a_purchase_stops_the_second_and_a_new_cart_is_new(shop: Shop, inbox: Inbox) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    assert shop.turn(30) == 1
    shop.now += HOUR
    shop.happen("Order Completed", "a-1", order_id="o-1", cart_id="c-1", products=[{"sku": "DR01"}])
    assert [shop.turn(minutes) for minutes in (1, 24 * 60, 24 * 60)] == [0, 0, 0]
    shop.add("a-1", "SH02", cart="c-2")
    assert shop.turn(30) == 1
    assert "The SH02" in inbox.mails[1]["Subject"]


def test_a_new_cart_without_an_id_is_new_too(shop: Shop, inbox: Inbox) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01", cart="")
    assert shop.turn(30) == 1
    shop.happen("Order Completed", "a-1", order_id="o-1", products=[{"sku": "DR01"}])
    shop.now += HOUR
    shop.add("a-1", "DR01", cart="")
    assert shop.turn(30) == 1
    assert len(inbox.raw) == 2


def test_an_order_told_by_the_shop_s_server_stops_it(shop: Shop) -> None:
    shop.known("a-1", user="u-1")
    shop.add("a-1", "DR01", user="u-1", proven=True)
    shop.now += 60_000
    shop.happen("Order Completed", "", "u-1", proven=True, order_id="o-1", products=[{"sku": "DR01"}])
    assert shop.turn(30) == 0
    assert shop.outcomes("Message Sent") == []


def test_a_purchase_between_queueing_and_sending_stops_it(shop: Shop) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    shop.now += 30 * 60_000
    shop.project()
    mailer, shop.sending.mailer = shop.sending.mailer, None
    shop.turn()
    assert shop.outcomes("Message Queued") == [("abandoned-cart", "first", "")]
    shop.now += 1000
    shop.happen("Order Completed", "a-1", order_id="o-1", cart_id="c-1", products=[{"sku": "DR01"}])
    shop.sending.mailer = mailer
    assert shop.turn() == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "purchased")]


def test_what_is_sold_out_is_not_written_of(shop: Shop, inbox: Inbox) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    shop.add("a-1", "SH02")
    shop.restock("SH02", 0)
    assert shop.turn(30) == 1
    text = inbox.raw[0].decode().replace("=\r\n", "")
    assert "The SH02" not in text
    assert "One other thing you had put in it has sold out" in text
    shop.restock("DR01", 0)
    assert shop.turn(24 * 60) == 0
    assert shop.outcomes() == [("abandoned-cart", "second", "sold_out")]


@pytest.mark.parametrize(("mail", "code"), [(None, "no_consent"), (False, "no_consent")])
def test_without_a_yes_nothing_is_sent(shop: Shop, inbox: Inbox, mail: bool | None, code: str) -> None:
    shop.known("a-1", mail=mail)
    shop.add("a-1", "DR01")
    assert shop.turn(30) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", code)]
    assert shop.turn(24 * 60) == 0
    assert inbox.raw == []


def test_an_objection_to_direct_marketing_stands_over_a_yes(shop: Shop, inbox: Inbox) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    shop.happen("Objection Changed", "a-1", objections={"direct_marketing": True})
    assert shop.turn(30) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "objected")]
    assert shop.turn(24 * 60) == 0
    assert inbox.raw == []


def test_nobody_without_an_address_is_written_to(shop: Shop) -> None:
    shop.happen("Consent Changed", "a-1", purposes={"email": True})
    shop.add("a-1", "DR01")
    assert shop.turn(30) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "no_address")]
    shop.happen("Identified", "a-1", traits={"email": "late@ex.example"})
    assert shop.turn(30) == 1, "she told it a little late"


def test_an_emptied_cart_is_no_cart(shop: Shop) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    shop.happen("Product Removed", "a-1", sku="DR01", cart_id="c-1")
    assert shop.turn(30) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "emptied")]


def test_journeys_are_off_until_they_are_switched_on(tmp_path: Path, inbox: Inbox) -> None:
    with mail_server(inbox) as port:
        shop = Shop(tmp_path, port)
        shop.sells("DR01")
        shop.known("a-1")
        shop.add("a-1", "DR01")
        assert shop.turn(30) == 0
        shop.enable("abandoned-cart")
        assert shop.turn(60) == 0, "a cart from before is not dug up"
        assert shop.outcomes() == []
        shop.close()


def test_after_a_long_outage_nobody_is_written_to_late(shop: Shop) -> None:
    for number in range(30):
        shop.known(f"a-{number}", f"s{number}@ex.example")
        shop.add(f"a-{number}", "DR01", cart=f"c-{number}")
    assert shop.turn(31) == 20, "so many at a time"
    shop.turn(12 * 60)
    assert len(shop.outcomes("Message Sent")) == 20
    assert shop.outcomes() == [("abandoned-cart", "first", "late")] * 10


def test_what_was_heard_of_too_late_is_not_begun(shop: Shop) -> None:
    shop.known("a-1")
    shop.now += 24 * HOUR
    shop.log.append_now(
        [
            with_body(
                "Product Added",
                {"sku": "DR01", "cart_id": "c-1"},
                id="late",
                time=shop.now - 20 * HOUR,
                received=shop.now,
                anonymous_id="a-1",
            )
        ]
    )
    assert shop.turn(1) == 0
    assert shop.outcomes() == []


def test_a_claim_to_be_somebody_learns_nothing_by_mail(shop: Shop, inbox: Inbox) -> None:
    """The public key says that a device is the victim's, and gives an address of its own."""
    shop.known("victim-device", "victim@ex.example", user="u-victim")
    shop.add("victim-device", "DR01", user="u-victim", proven=True)
    shop.happen("Identified", "evil-device", "u-victim", traits={"email": "evil@ex.example"})
    shop.happen("Consent Changed", "evil-device", "u-victim", purposes={"email": True}, source="form")
    assert shop.turn(30) == 1
    assert [mail["To"] for mail in inbox.mails] == ["victim@ex.example"]


def test_a_cart_carried_into_an_account_is_one_cart(shop: Shop, inbox: Inbox) -> None:
    shop.add("a-1", "DR01")
    shop.now += 60_000
    shop.known("a-1", user="u-1")
    shop.add("a-1", "SH02", user="u-1", proven=True)
    assert shop.turn(30) == 1
    assert shop.turn(10) == 0
    assert "and 1 more" in inbox.mails[0]["Subject"]


def test_back_in_stock_tells_whoever_asked_once(shop: Shop, inbox: Inbox) -> None:
    shop.restock("BG03", 0)
    shop.known("a-1")
    shop.happen("Back In Stock Requested", "a-1", sku="BG03")
    assert shop.turn(60) == 0
    shop.restock("BG03", 4)
    assert shop.turn(1) == 1
    assert inbox.mails[0]["Subject"] == "The BG03 is back in stock"
    html = inbox.mails[0].get_body(("html",))
    assert html is not None
    assert "u=https%3A%2F%2Fshop.example%2Fp%2FBG03%3Futm_source%3Dmaatwerk" in html.get_content()
    shop.restock("BG03", 0)
    shop.turn(1)
    shop.restock("BG03", 4)
    assert shop.turn(1) == 0, "she was told; she may ask again"
    assert shop.outcomes("Message Sent") == [("back-in-stock", "alert", "")]


def test_first_come_first_told_as_far_as_there_is_enough(shop: Shop, inbox: Inbox) -> None:
    shop.restock("BG03", 0)
    for number in range(8):
        shop.now += 1000
        shop.known(f"a-{number}", f"s{number}@ex.example")
        shop.happen("Back In Stock Requested", f"a-{number}", sku="BG03")
    shop.restock("BG03", 2)
    assert shop.turn(1) == 6
    assert [mail["To"] for mail in inbox.mails] == [f"s{n}@ex.example" for n in range(6)]
    assert shop.turn(60) == 0
    assert shop.turn(24 * 60) == 2, "nobody bought, so the next ones are told"


def test_sold_out_again_before_it_is_sent(shop: Shop) -> None:
    shop.restock("BG03", 0)
    shop.known("a-1")
    shop.happen("Back In Stock Requested", "a-1", sku="BG03")
    shop.restock("BG03", 1)
    mailer, shop.sending.mailer = shop.sending.mailer, None
    shop.turn(1)
    shop.restock("BG03", 0)
    shop.sending.mailer = mailer
    assert shop.turn() == 0
    assert shop.outcomes() == [("back-in-stock", "alert", "sold_out")]


def test_a_wish_for_what_is_there_waits_for_the_next_time(shop: Shop) -> None:
    shop.known("a-1")
    shop.happen("Back In Stock Requested", "a-1", sku="BG03")
    assert shop.turn(60) == 0
    shop.restock("BG03", 0)
    assert shop.turn(1) == 0
    shop.restock("BG03", 1)
    assert shop.turn(1) == 1


def test_a_parent_is_back_with_its_variant(shop: Shop) -> None:
    shop.sells("TEE", stock=None)
    shop.sells("TEE-S", stock=0, parent="TEE")
    shop.known("a-1")
    shop.happen("Back In Stock Requested", "a-1", sku="TEE")
    assert shop.turn(1) == 0
    shop.restock("TEE-S", 2)
    assert shop.turn(1) == 1


def test_who_bought_it_meanwhile_is_not_told(shop: Shop) -> None:
    shop.restock("BG03", 0)
    shop.known("a-1")
    shop.happen("Back In Stock Requested", "a-1", sku="BG03")
    shop.now += 1000
    shop.happen("Order Completed", "a-1", order_id="o-1", products=[{"sku": "BG03"}])
    shop.restock("BG03", 1)
    assert shop.turn(1) == 0
    assert shop.outcomes() == [("back-in-stock", "alert", "withdrawn")]


def test_what_browsers_repeat_is_no_new_yes(shop: Shop) -> None:
    shop.known("a-1")
    shop.add("a-1", "DR01")
    shop.now += 60_000
    shop.happen("Unsubscribed", "a-1", channel="email", source="one_click")
    shop.now += 60_000
    shop.happen("Page Viewed", "a-1", context=Context(consent={"email": True}))
    assert shop.turn(30) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "unsubscribed")]


def test_one_address_gets_only_so_much_a_day(shop: Shop, inbox: Inbox) -> None:
    for number in range(5):
        shop.known(f"a-{number}", "same@ex.example")
        shop.add(f"a-{number}", "DR01", cart=f"c-{number}")
    assert shop.turn(30) == 3
    assert shop.outcomes() == [("abandoned-cart", "first", "capped")] * 2
