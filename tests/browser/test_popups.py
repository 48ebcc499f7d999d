"""Pop-ups in a real browser: what opens them, who has the focus, what is told, and that nothing moves."""

import gzip
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.peer import MODULE, Peer

pytestmark = pytest.mark.browser

ALL = "{storage: true, analytics: true, personalization: true, advertising: true}"
TITLE = '<div class="maatwerk-block"><div class="maatwerk-words"><h2 class="maatwerk-title">Ten off</h2>'
HTML = TITLE + '<p>For you.</p><p><a class="maatwerk-button" href="#take">Take it</a></p></div></div>'


def popup(key: str = "p", on: str = "time", **more: Any) -> dict[str, Any]:
    trigger = {"on": on, "seconds": more.pop("seconds", 0), "percent": more.pop("percent", 50)}
    return {
        "popup": key, "variant": "1", "style": "dialog", "trigger": trigger, "state": "waiting", "ribbon": "",
        "phones": False, "ends": None, "html": HTML, "data": {},
    } | more  # fmt: skip


def page_of(peer: Peer, tab: Page, *popups: dict[str, Any], **slot: Any) -> None:
    """Opens a tall page that may show these pop-ups, and measures what moves."""
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    peer.placements = {
        "popup": {"kind": "popup", "items": list(popups), "now": now, "tracking": "t-1", **slot}
    }
    code = (
        "window.moved = 0; const seen = (list) => list.getEntries().forEach((e) => (moved += e.value));"
        'new PerformanceObserver(seen).observe({type: "layout-shift", buffered: true});'
        'import maatwerk from "/maatwerk.js"; import popups from "/maatwerk-popups.js"; window.m = maatwerk;'
        f'popups(); maatwerk.start({{writeKey: "wk_1", consent: {ALL}, placements: ["popup"]}});'
    )
    peer.pages["/"] = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>'
        '<link rel="icon" href="data:,"></head><body style="height:3000px"><h1>Shop</h1>'
        f'<button id="buy">Buy</button><script type="module">{code}</script></body></html>'
    )
    tab.goto(peer.url)


def test_a_dialog_has_the_focus_and_gives_it_back(peer: Peer, tab: Page) -> None:
    page_of(peer, tab, popup(on="scroll", percent=60))
    tab.locator("#buy").focus()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.evaluate("scrollTo(0, 1500)")
    dialog = tab.get_by_role("dialog", name="Ten off")
    expect(dialog).to_be_visible()
    for _ in range(4):  # the page behind is inert: the focus never reaches it
        tab.keyboard.press("Tab")
        assert tab.evaluate(
            "document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
        )
    tab.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert tab.evaluate("document.activeElement.id") == "buy"
    told = peer.wait(lambda: peer.messages("Promotion Dismissed"))[0]["properties"]
    assert told | {"creative": ""} == {
        "promotion_id": "p",
        "list_id": "popup",
        "tracking": "t-1",
        "creative": "",
    }
    assert len(peer.messages("Promotion Viewed")) == 1
    tab.evaluate("scrollTo(0, 0)")
    tab.evaluate("scrollTo(0, 1500)")
    tab.wait_for_timeout(200)
    expect(dialog).to_have_count(0)
    assert tab.evaluate("moved") == 0


def test_one_at_a_time_and_a_bar_beside_takes_no_focus(peer: Peer, tab: Page) -> None:
    bar = popup("bar", style="bar", html="<p>Free delivery from 75</p>")
    page_of(peer, tab, popup("a", style="corner"), popup("b", style="corner"), bar)
    tab.locator("#buy").focus()
    expect(tab.locator(".maatwerk-popup-bar[role=status]")).to_have_count(1)
    expect(tab.locator(".maatwerk-popup-corner")).to_be_visible()
    assert tab.evaluate("document.activeElement.id") == "buy"
    tab.get_by_role("link", name="Take it").click()
    peer.wait(lambda: peer.messages("Promotion Clicked"))
    assert tab.evaluate("moved") == 0


def test_put_aside_it_is_a_ribbon_and_comes_back(peer: Peer, tab: Page) -> None:
    page_of(peer, tab, popup(ribbon="Ten off for you"))
    tab.get_by_role("button", name="Not now").click()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.get_by_role("button", name="Ten off for you").click()
    expect(tab.get_by_role("dialog", name="Ten off")).to_be_visible()
    tab.get_by_role("button", name="Close").click()
    peer.wait(lambda: peer.messages("Promotion Dismissed"))
    expect(tab.locator(".maatwerk-popup-ribbon")).to_have_count(0)


def test_a_countdown_is_true_and_ends(peer: Peer, tab: Page) -> None:
    ends = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 4))
    page_of(peer, tab, popup(ends=ends))
    timer = tab.get_by_role("timer")
    expect(timer).to_contain_text("Ends in 00:00:0")
    expect(tab.get_by_role("dialog")).to_have_count(0, timeout=8000)
    assert not peer.messages("Promotion Dismissed")
    page_of(peer, tab, popup(ends="2020-01-01T00:00:00Z"))
    tab.wait_for_timeout(400)
    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_phones_are_spared_and_leaving_is_noticed(peer: Peer, tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 800})
    page_of(peer, tab, popup("p"), popup("needed", style="corner", phones=True))
    expect(tab.locator(".maatwerk-popup-corner")).to_be_visible()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.set_viewport_size({"width": 1000, "height": 700})
    page_of(peer, tab, popup(on="exit"))
    tab.wait_for_timeout(300)
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.evaluate("document.dispatchEvent(new MouseEvent('mouseout', {clientY: -5, relatedTarget: null}))")
    expect(tab.get_by_role("dialog")).to_be_visible()


def test_a_change_of_the_cart_asks_again(peer: Peer, tab: Page) -> None:
    page_of(peer, tab, watch=["cart"])
    peer.wait(lambda: len(peer.decisions()) == 1)
    tab.evaluate("m.track('Product Added', {sku: 'A1'})")
    again = peer.wait(lambda: peer.decisions()[1:])[0]
    assert again["placements"] == ["popup"]


def test_it_is_small() -> None:
    assert len(gzip.compress(MODULE.with_name("maatwerk-popups.js").read_bytes(), 9)) < 4_000
