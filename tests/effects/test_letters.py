"""What a message says and how it is written: true, escaped, and with the headers that bulk mail owes."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.email import write
from maatwerk.effects.channels.letter import (
    Letter,
    absolute,
    first_name,
    sender,
    shown,
    tracked,
)
from maatwerk.effects.unsubscribe import Link, address_digest, seal, unseal
from maatwerk.views.catalog.words import Product

NOW = 1_795_348_800_000
AT = sender(
    name="Linnet & Vlier",
    mail_from='"Linnet & Vlier" <hello@shop.example>',
    mail_address="Dorpsstraat 1, Utrecht",
    public_url="https://personal.shop.example/",
    shop_url="https://shop.example",
    cart_url="/cart",
)
KEY = b"k" * 32


def dress(**more: object) -> Product:
    fields: dict[str, object] = {
        "sku": "DR01",
        "name": "Linen dress",
        "url": "/p/DR01",
        "images": ("/DR01.jpg",),
        "currency": "EUR",
        "price_minor": 5900,
    }
    return Product(**(fields | more))  # type: ignore[arg-type]


def mailed(
    products: list[Product], journey: str = "abandoned-cart", name: object = "Ada", gone: int = 0
) -> EmailMessage:
    letter = Letter(journey, "first", first_name(name), shown(products, journey, AT, NOW), gone, AT.cart_url)
    raw = write(letter, AT, "ada@bücher.example", "m-1", "https://personal.shop.example/u/" + "t" * 700, NOW)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    return email.message_from_bytes(raw, policy=email.policy.default)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text


def test_a_mail_has_what_bulk_mail_owes() -> None:
    mail = mailed([dress()])
    assert mail["To"] == "ada@xn--bcher-kva.example"
    assert mail["Message-ID"] == "<m-1@shop.example>"
    assert mail["Date"] == "Sun, 22 Nov 2026 12:00:00 +0000"
    assert mail["List-Unsubscribe"] == (
        "<https://personal.shop.example/u/"
        + "t" * 700
        + ">, <mailto:hello@shop.example?subject=unsubscribe%20m-1>"
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        assert "Dorpsstraat 1, Utrecht" in part(mail, kind)


def test_what_comes_from_elsewhere_is_escaped() -> None:
    name = '<b>"Dress"</b>\r\nBcc: everybody@ex.example {{ shop }}'
    mail = mailed([dress(name=name, url='https://x.example/"><script>', images=("javascript:alert(1)",))])
    assert "Bcc" not in mail
    html = part(mail, "html")
    assert "<b>" not in html
    assert "<script" not in html
    assert "javascript:" not in html
    assert "{{ shop }}" in html, "a name is no template"


def test_a_reduced_price_stands_beside_the_regular_one() -> None:
    mail = mailed(
        [dress(sale_price_minor=4900), dress(sku="B", price_minor=None), dress(sku="C", currency="JPY")]
    )
    text = part(mail, "plain")
    assert "€49.00 (was €59.00)" in text
    assert "JPY 5900" in text
    assert mail["Subject"] == "In your bag at Linnet & Vlier: Linen dress and 2 more"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Ada", "Ada"),
        (" Anne-Sophie ", "Anne-Sophie"),
        ("José María", "José María"),
        ("D’Arcy", "D’Arcy"),
        ("http://evil.example", ""),
        ("evil.example", ""),
        ("Win $$$", ""),
        ("Ada\nBcc: x", ""),
        ("x" * 41, ""),
        (7, ""),
        (None, ""),
    ],
)
def test_a_first_name_can_be_nothing_else(told: object, name: str) -> None:
    assert first_name(told) == name
    assert f"Hello{' ' + name if name else ''}," in part(mailed([dress()], name=told), "plain")


def test_links_are_the_shop_s() -> None:
    assert absolute("/p/1", "https://shop.example") == "https://shop.example/p/1"
    assert absolute("https://cdn.example/1.jpg", "https://shop.example") == "https://cdn.example/1.jpg"
    assert [
        absolute(url, "https://shop.example")
        for url in ("javascript:x", "data:text/html,x", "", "mailto:a@b.c")
    ] == [""] * 4
    assert tracked("https://shop.example/p?a=1&utm_source=old#top", "back-in-stock") == (
        "https://shop.example/p?a=1&utm_source=maatwerk&utm_medium=email&utm_campaign=back-in-stock#top"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mail_from": ""}, "mail_from"),
        ({"mail_from": "shop"}, "mail_from"),
        ({"public_url": ""}, "public_url"),
    ],
)
def test_a_sender_that_cannot_write_is_refused(change: dict[str, str], field: str) -> None:
    settings = {
        "name": "S",
        "mail_from": "a@b.example",
        "mail_address": "",
        "public_url": "https://b.example",
    }
    with pytest.raises(Refused) as refused:
        sender(**(settings | change))
    assert refused.value.field == field


links = st.builds(
    Link, st.text(max_size=30), st.just("email"), st.text(max_size=40), st.text(max_size=40), st.just("d")
)


@given(links, st.data())
def test_a_link_says_what_was_put_in_and_nothing_else_is_taken(link: Link, data: st.DataObject) -> None:
    token = seal(KEY, link)
    assert unseal(KEY, token) == link
    assert seal(KEY, link) == token
    with pytest.raises(Refused):
        unseal(b"j" * 32, token)
    place = data.draw(st.integers(0, len(token) - 2))
    letter = data.draw(st.sampled_from("ABCxyz019-_"))
    if letter != token[place]:
        with pytest.raises(Refused):
            unseal(KEY, token[:place] + letter + token[place + 1 :])


@given(st.text(max_size=80))
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(Refused):
        unseal(KEY, token)


def test_an_address_leaves_no_trace_but_its_hash() -> None:
    assert address_digest(KEY, "ada@ex.example") != address_digest(b"j" * 32, "ada@ex.example")
    assert len(address_digest(KEY, "ada@ex.example")) == 32
