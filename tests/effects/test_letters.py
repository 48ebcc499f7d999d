"""What a message says and how it is written: true, escaped, and with the headers that bulk mail owes."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from email.message import EmailMessage
from typing import Any

import dkim
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.email import Envelope, Signing, signing, write
from maatwerk.effects.channels.letter import (
    absolute,
    called,
    first_name,
    sender,
    shown,
    tracked,
)
from maatwerk.effects.channels.render import Rendered, check, links_of, render
from maatwerk.effects.channels.template import frame, parse_template, shipped
from maatwerk.effects.clicks import click_url, genuine
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
WAY_OUT = "https://personal.shop.example/u/" + "t" * 700


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


def said(
    products: list[Product], key: str = "abandoned-cart", name: str = "", locale: str = "en", **more: Any
) -> Rendered:
    fields = [msgspec.structs.asdict(each) for each in shown(products, key, AT, NOW)]
    links = {
        "page": "https://shop.example/cart",
        "shop": "https://shop.example",
        "cart": "https://shop.example/cart",
    }
    values = {
        "shop": {"name": AT.shop, "url": AT.shop_url, "postal": AT.postal},
        "name": name,
        "familiarity": "known",
        "products": fields,
        "rows": [fields[place : place + 2] for place in range(0, len(fields), 2)],
        "count": len(fields),
        "gone": 0,
        "step": "first",
        "code": "",
        "data": {},
        "links": links | {"unsubscribe": WAY_OUT, "choices": WAY_OUT.replace("/u/", "/p/")},
    }
    return render(
        shipped()[key], locale, values | more, lambda url: f"https://personal.shop.example/c/1?u={url}"
    )


def mailed(products: list[Product], by: Signing | None = None, **more: Any) -> EmailMessage:
    around = Envelope("ada@bücher.example", "m-1", WAY_OUT, "abandoned-cart", "reminders", NOW)
    raw = write(said(products, **more), AT, around, by)
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
    assert mail["List-Id"] == "<reminders.shop.example>"
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
    assert "<script" not in html.lower()
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
    assert called({"firstName": told}, "known", "known") == name
    assert f"Hello{' ' + name if name else ''}," in part(mailed([dress()], name=name), "plain")


@pytest.mark.parametrize(
    ("told", "stage", "name"),
    [
        ({"firstName": "Ada"}, "new", ""),
        ({"firstName": "Ada", "greeting": "none"}, "long-standing", ""),
        ({"greeting": "formal", "salutation": "Ms.", "lastName": "Jansen"}, "known", "Ms. Jansen"),
        ({"greeting": "formal", "salutation": "win.example", "lastName": "Jansen"}, "known", ""),
        ({"greeting": "formal", "firstName": "Ada", "lastName": "Jansen"}, "known", ""),
    ],
)
def test_she_is_called_as_she_chose_or_by_no_name(told: dict[str, str], stage: str, name: str) -> None:
    assert called(told, stage, "known") == name
    assert called(told, stage, "never") == ""


@pytest.mark.parametrize("key", sorted(shipped()))
@pytest.mark.parametrize("locale", ["en", "nl-NL", "de"])
def test_every_shipped_template_is_whole_in_every_language(key: str, locale: str) -> None:
    """Small enough not to be cut, its pictures with texts, its way out in plain sight, and nothing left
    open."""
    rendered = said([dress(sku=f"P{n}", name=f"Thing {n}") for n in range(6)], key, "Ada", locale, code="C-1")
    assert set(shipped()[key].copy) == {"en", "nl", "de"}
    assert f'lang="{locale[:2]}"' in rendered.html
    for text in (rendered.html, rendered.text):
        assert "{{" not in text
        assert "{%" not in text
        assert "Ada," in text
        assert "Thing 5" in text
        assert "Dorpsstraat 1, Utrecht" in text
        assert WAY_OUT in text
    assert len(rendered.html.encode()) < 60_000
    assert rendered.html.count("<img") == 6
    assert all('alt="Thing' in image for image in re.findall(r"<img[^>]*>", rendered.html))
    followed = [url for url in links_of(rendered.html) if "/c/1?u=" not in url]
    assert set(followed) == {WAY_OUT, WAY_OUT.replace("/u/", "/p/")}, "all links but the ways out are ours"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_frame_s_colors_can_be_read(theme: str) -> None:
    """At least 4.5 to 1 (WCAG 2.2, 1.4.3) for each text on what it stands on, light and dark."""
    grounds = {"light": ("#fffdfa", "#f6f4f0"), "dark": ("#211f1c", "#171614")}[theme]
    inks = {"light": ("#23211e", "#6b665e", "#0f766e"), "dark": ("#f1eee8", "#b5afa5")}[theme]
    source = frame("mjml")
    for color in (*grounds, *inks):
        assert color in source
    assert all(contrast(ink, grounds[0]) >= 4.5 for ink in inks)
    assert contrast("#ffffff", "#0f766e") >= 4.5


def contrast(ink: str, ground: str) -> float:
    def light(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    one, other = sorted((light(ink), light(ground)))
    return (other + 0.05) / (one + 0.05)


def test_a_mail_is_signed_where_the_shop_has_a_key() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    published = base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()
    by = signing("shop.example", "s1", pem)
    around = Envelope("ada@ex.example", "m-1", WAY_OUT, "abandoned-cart", "reminders", NOW)
    raw = write(said([dress()]), AT, around, by)
    record = f"v=DKIM1; k=rsa; p={published}".encode()

    def dnsfunc(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s1._domainkey.shop.example."
        return record

    assert dkim.verify(raw, dnsfunc=dnsfunc, minkey=1024)
    assert not dkim.verify(raw.replace(b"Subject: In", b"Subject: Is"), dnsfunc=dnsfunc, minkey=1024)
    with pytest.raises(Refused):
        signing("shop.example", "s1", b"no key")


def test_a_template_is_checked_before_it_is_used() -> None:
    """No hole in a letter, no design without a way out, no picture without a text, no link to nowhere."""
    values = {"links": {"unsubscribe": WAY_OUT, "choices": WAY_OUT}, "name": "", "shop": {"name": "S"}}
    body = '<mjml><mj-body><mj-section><mj-column><mj-text>{{ greeting }} <a href="/x">x</a></mj-text>'
    mjml = body + '<mj-image src="https://x.example/i.png" /></mj-column></mj-section></mj-body></mjml>'
    template = parse_template(
        "t", {"copy": {"en": {"subject": "Hi"}}, "mjml": mjml, "text": "{{ greeting }}"}
    )
    details = [fault.detail for fault in check(template, values)]
    assert details == [
        "it does not say why she gets it",
        "the design has no way out",
        "a picture without a text",
        "'/x' leads nowhere",
    ]
    missing = parse_template("t", {"copy": {"en": {"subject": "{{ products[0].nam }}"}}})
    assert check(missing, values)[0].code == "template_not_valid"
    for document, field in (
        ({}, "template.t"),
        ({"copy": {}}, "template.t.copy"),
        ({"copy": {"en": {"subject": "x"}}, "products": 99}, "template.t.products"),
    ):
        with pytest.raises(Refused) as refused:
            parse_template("t", document)
        assert refused.value.field == field


def test_a_counted_link_leads_where_we_made_it_lead_and_nowhere_else() -> None:
    url = click_url(KEY, "https://personal.shop.example", "m-1", "https://shop.example/p?a=1&b=2")
    assert url.startswith(
        "https://personal.shop.example/c/m-1?u=https%3A%2F%2Fshop.example%2Fp%3Fa%3D1%26b%3D2&k="
    )
    mark = url.rpartition("k=")[2]
    assert genuine(KEY, "m-1", "https://shop.example/p?a=1&b=2", mark)
    assert not genuine(KEY, "m-1", "https://evil.example/", mark)
    assert not genuine(KEY, "m-2", "https://shop.example/p?a=1&b=2", mark)
    assert not genuine(b"j" * 32, "m-1", "https://shop.example/p?a=1&b=2", mark)


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
