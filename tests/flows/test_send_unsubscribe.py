"""The way out: one click for a mail program, a page that changes nothing, and no more mail from then on."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.flows.mailing import Inbox, Shop, mail_server
from tests.surfaces.collect.server import TwoKeys

from maatwerk.surfaces.http.routes import Routes
from maatwerk.surfaces.storefront.unsubscribe import add_unsubscribe

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


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
        assert opened.turn(30) == 1
        yield opened
        opened.close()


def path_of(inbox: Inbox) -> str:
    """The path of the link that the newest mail's header gives."""
    link = inbox.mails[-1]["List-Unsubscribe"].partition(">")[0].lstrip("<")
    return str(link).removeprefix("https://personal.shop.example")


def call(shop: Shop, method: str, path: str, **more: object) -> httpx.Response:
    routes = Routes(TwoKeys())
    add_unsubscribe(routes, shop.unsubscribing, "Linnet & Vlier")

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=routes)
        async with httpx.AsyncClient(transport=transport, base_url="https://personal.shop.example") as client:
            return await client.request(method, path, **more)  # type: ignore[arg-type]

    return asyncio.run(answer())


@pytest.mark.parametrize("form", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}])
def test_one_click_stops_the_next_message_at_once(shop: Shop, inbox: Inbox, form: dict[str, object]) -> None:
    answer = call(shop, "POST", path_of(inbox), **form)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.history == []
    assert shop.turn(24 * 60) == 0
    assert shop.outcomes() == [("abandoned-cart", "second", "unsubscribed")]


def test_looking_at_the_page_changes_nothing(shop: Shop, inbox: Inbox) -> None:
    before = shop.log.last_offset()
    for method in ("GET", "HEAD"):
        answer = call(shop, method, path_of(inbox))
        assert answer.status_code == 200
    assert "No more e-mail from Linnet &amp; Vlier?" in call(shop, "GET", path_of(inbox)).text
    assert shop.log.last_offset() == before
    assert shop.turn(24 * 60) == 1


def test_the_page_s_button_does_it(shop: Shop, inbox: Inbox) -> None:
    assert call(shop, "POST", path_of(inbox), data=ONE_CLICK | {"from": "page"}).status_code == 200
    events = [event for event in shop.log.read(0, 1_000) if event.name == "Unsubscribed"]
    assert [bytes(event.properties).count(b'"source":"page"') for event in events] == [1]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_was_changed_is_refused(shop: Shop, inbox: Inbox, method: str) -> None:
    token = path_of(inbox).removeprefix("/u/")
    before = shop.log.last_offset()
    middle = len(token) // 2
    other = "A" if token[middle] != "A" else "B"
    changed = [token[:middle] + other + token[middle + 1 :], token[:-3], "x", "%00", token + "AAAA", "é"]
    assert [call(shop, method, f"/u/{bad}").status_code for bad in changed] == [404] * len(changed)
    assert shop.log.last_offset() == before


def test_the_address_is_not_written_to_from_another_device_either(shop: Shop, inbox: Inbox) -> None:
    call(shop, "POST", path_of(inbox), data=ONE_CLICK)
    shop.known("a-2", mail=None)
    shop.happen("Page Viewed", "a-2")
    shop.add("a-2", "DR01", cart="c-2")
    shop.now -= 60_000  # a yes from before she left
    shop.happen("Consent Changed", "a-2", purposes={"email": True}, source="form")
    shop.now += 60_000
    assert shop.turn(30) == 0
    assert ("abandoned-cart", "first", "unsubscribed") in shop.outcomes()


def test_a_new_yes_counts_and_a_new_no_after_it(shop: Shop, inbox: Inbox) -> None:
    path = path_of(inbox)
    call(shop, "POST", path, data=ONE_CLICK)
    shop.now += 60_000
    shop.happen("Consent Changed", "a-1", purposes={"email": True}, source="form")
    shop.now += 60_000
    shop.happen("Order Completed", "a-1", order_id="o-1", cart_id="c-1", products=[{"sku": "DR01"}])
    shop.now += 60_000
    shop.add("a-1", "DR01", cart="c-2")
    assert shop.turn(30) == 1
    call(shop, "POST", path, data=ONE_CLICK)
    assert shop.turn(24 * 60) == 0, "the link of the first mail works for as long as she has it"
    assert shop.outcomes()[-1] == ("abandoned-cart", "second", "unsubscribed")


def test_the_link_names_nobody(shop: Shop, inbox: Inbox) -> None:
    token = path_of(inbox).removeprefix("/u/")
    content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"a-1" not in content
    assert b"ada" not in content
