"""The browser module in a real browser, against a peer that answers as it is told."""

import gzip
import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.browser.peer import MODULE, Call, Peer, Reply

pytestmark = pytest.mark.browser

SLOT = "product.recommendations"
ALL = "consent: {storage: true, analytics: true, personalization: true, advertising: false}"
ROOM = "min-height: 480px"
MARKED = f'<div data-maatwerk="{SLOT}" style="{ROOM}"></div>'

REDUCED = {
    "price": {"amount": "32.00", "currency": "EUR"},
    "regular_price": {"amount": "40.00", "currency": "EUR"},
}


def item(sku: str, **product: Any) -> dict[str, Any]:
    price = {"amount": "40.00", "currency": "EUR"}
    shown = {"name": f"Name of {sku}", "url": f"/p/{sku}", "image": f"/{sku}.svg", "price": price}
    return {"sku": sku, "rank": 1, "reason": "viewed together by 41 shoppers", "product": shown | product}


def products(*skus: str, tracking: str = "t-1") -> dict[str, Any]:
    title = "Others also viewed"
    return {"kind": "products", "title": title, "tracking": tracking, "items": [item(sku) for sku in skus]}


def html(options: str = "", body: str = MARKED, script: str = "", origin: str = "") -> str:
    """A page of a shop that starts the module; ``script`` runs right after ``start``."""
    start = f'maatwerk.start({{ writeKey: "wk_1", page: {{type: "product", sku: "A1"}}, {options} }});'
    code = f'import maatwerk from "{origin}/maatwerk.js"; window.m = maatwerk; {start} {script}'
    head = '<meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,">'
    start = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}'
    return f'{start}<script type="module">{code}</script></body></html>'


def problems(tab: Page) -> list[str]:
    """Collects what a shop would call a trace of us: page errors, and complaints on the console."""
    found: list[str] = []
    tab.on("pageerror", lambda error: found.append(str(error)))
    tab.on(
        "console",
        # the browser itself reports failed requests; no script can prevent it
        lambda message: (
            found.append(message.text)
            if message.type in ("error", "warning") and "Failed to load resource" not in message.text
            else None
        ),
    )
    return found


def leave(tab: Page) -> None:
    """What a page does when it is left: everything that waits goes out."""
    tab.wait_for_timeout(100)
    tab.evaluate("dispatchEvent(new Event('pagehide'))")
    tab.wait_for_timeout(200)


def stored(tab: Page) -> list[Any]:
    script = (
        "async () => [document.cookie, {...localStorage}, {...sessionStorage}, await indexedDB.databases()]"
    )
    kept: list[Any] = tab.evaluate(script)
    return kept


NOTHING = ["", {}, {}, []]


# ---- consent


def test_before_consent_nothing_is_stored_and_no_identifier_leaves(tab: Page, peer: Peer) -> None:
    peer.placements = {SLOT: products("B1")}
    script = (
        'maatwerk.identify("u-7", {email: "ada@example.com"}); maatwerk.track("Product Viewed", {sku: "A1"});'
    )
    peer.pages["/"] = html(script=script)
    tab.goto(peer.url)
    expect(tab.get_by_role("heading", name="Others also viewed")).to_be_visible()
    leave(tab)
    assert stored(tab) == NOTHING
    [asked] = peer.decisions()
    assert asked["context"]["consent"] == dict.fromkeys(
        ["storage", "analytics", "personalization", "advertising"], "denied"
    )
    assert asked["events"] == []
    assert peer.posts("/v1/batch") == []
    for call in peer.calls:
        assert not re.search(r"anonymousId|userId|sessionId|u-7|ada@", call.text)
        assert "cookie" not in call.headers


def test_a_grant_brings_identifiers_and_what_had_been_waiting(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(script='maatwerk.track("Product Viewed", {sku: "A1"});')
    tab.goto(peer.url)
    peer.wait(peer.decisions)
    tab.evaluate('m.consent({storage: true, personalization: true}, {version: "2026-11", source: "banner"})')
    [changed] = peer.wait(lambda: peer.messages("Consent Changed"))
    assert changed["properties"]["purposes"] == {
        "storage": True, "analytics": False, "personalization": True, "advertising": False,
    }  # fmt: skip
    assert changed["properties"]["text_version"] == "2026-11"
    assert changed["properties"]["source"] == "banner"
    assert changed["context"]["consent"]["storage"] == "granted"
    kept = json.loads(tab.evaluate("localStorage.maatwerk"))
    [seen] = peer.messages("Product Viewed")
    assert {m["anonymousId"] for m in peer.messages()} == {kept["anonymousId"]}
    assert seen["context"]["sessionId"] == kept["session"]["id"]
    assert [m["type"] for m in peer.messages()].count("page") == 1


def test_a_refusal_drops_what_had_been_waiting(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(script='maatwerk.track("Product Viewed", {sku: "A1"});')
    tab.goto(peer.url)
    peer.wait(peer.decisions)
    tab.evaluate("m.consent({storage: false})")
    tab.evaluate('m.track("Product Added", {sku: "A1"})')
    tab.evaluate("m.consent({storage: true})")
    peer.wait(lambda: peer.messages("Consent Changed"))
    leave(tab)
    assert {m.get("event") for m in peer.messages()} == {"Consent Changed"}


def test_a_withdrawal_says_so_once_and_leaves_nothing(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(ALL)
    tab.goto(peer.url)
    peer.wait(lambda: peer.messages("page"))
    old = tab.evaluate("m.ids().anonymousId")
    assert old
    tab.evaluate("m.consent({storage: false, analytics: false, personalization: false})")
    assert stored(tab) == NOTHING
    assert tab.evaluate("m.ids()") == {}
    peer.wait(lambda: len(peer.messages("Consent Changed")) == 2)
    withdrawal = peer.messages("Consent Changed")[-1]
    assert withdrawal["anonymousId"] == old
    assert withdrawal["properties"]["purposes"]["storage"] is False
    before = len(peer.messages())
    tab.evaluate('m.track("Product Added", {sku: "A1"})')
    tab.evaluate("m.page({type: 'home'})")
    peer.wait(lambda: len(peer.decisions()) == 2)
    leave(tab)
    assert len(peer.messages()) == before
    assert "anonymousId" not in peer.decisions()[-1]
    assert stored(tab) == NOTHING
    tab.evaluate("m.consent({storage: true})")
    assert tab.evaluate("m.ids().anonymousId") not in ("", None, old)


def test_a_withdrawal_in_one_tab_holds_in_the_others(visitor: BrowserContext, tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(ALL)
    peer.pages["/other"] = html()
    tab.goto(peer.url)
    other = visitor.new_page()
    other.goto(peer.url + "/other")
    assert other.evaluate("m.ids().anonymousId") == tab.evaluate("m.ids().anonymousId")
    tab.evaluate("m.consent({storage: false})")
    other.wait_for_function("!m.ids().anonymousId")
    other.evaluate('m.track("Product Viewed", {sku: "A2"})')
    assert stored(other) == NOTHING


def test_the_next_page_remembers_the_grant_and_the_visitor(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(ALL)
    peer.pages["/next"] = html()
    tab.goto(peer.url)
    peer.wait(peer.decisions)
    tab.goto(peer.url + "/next")
    peer.wait(lambda: len(peer.decisions()) == 2)
    first, second = peer.decisions()
    assert first["anonymousId"] == second["anonymousId"]
    assert first["sessionId"] == second["sessionId"]
    assert second["context"]["consent"]["personalization"] == "granted"
    assert len({m["messageId"] for m in peer.messages("Consent Changed")}) == 1


def test_half_an_hour_of_silence_begins_a_new_session(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(ALL)
    tab.goto(peer.url)
    first = tab.evaluate("m.ids().sessionId")
    aged = """s => {
      const me = JSON.parse(localStorage.maatwerk);
      me.session.at -= s * 1000;
      localStorage.maatwerk = JSON.stringify(me) }"""
    tab.evaluate(aged, 29 * 60)
    tab.reload()
    assert tab.evaluate("m.ids().sessionId") == first
    tab.evaluate(aged, 31 * 60)
    tab.reload()
    assert tab.evaluate("m.ids().sessionId") != first


def test_global_privacy_control_denies_advertising(visitor: BrowserContext, tab: Page, peer: Peer) -> None:
    visitor.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    peer.pages["/"] = html("consent: {storage: true, analytics: true, advertising: true}")
    tab.goto(peer.url)
    [asked] = peer.wait(peer.decisions)
    assert asked["context"]["consent"]["advertising"] == "denied"
    assert asked["context"]["consent"]["analytics"] == "granted"


# ---- one decision a page view


def test_one_decision_carries_what_the_page_told(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(ALL, script='maatwerk.track("Product Viewed", {sku: "A1", price: 12});')
    tab.goto(
        peer.url + "/?utm_source=mail&utm_campaign=spring&email=ada%40example.com",
        referer="https://search.example/",
    )
    leave(tab)
    [call] = peer.posts("/v1/decide")
    asked = call.body
    assert asked["writeKey"] == "wk_1"
    assert asked["placements"] == [SLOT]
    assert asked["context"]["page"]["sku"] == "A1"
    assert [m.get("event", m["type"]) for m in asked["events"]] == [
        "Consent Changed",
        "page",
        "Product Viewed",
    ]
    assert all(m["anonymousId"] == asked["anonymousId"] for m in asked["events"])
    viewed = asked["events"][-1]
    assert viewed["properties"] == {"sku": "A1", "price": 12}
    context = viewed["context"]
    assert context["campaign"] == {"source": "mail", "name": "spring"}
    assert context["page"]["referrer"] == "https://search.example/"
    assert context["page"]["path"] == "/"
    assert context["locale"] == "en"
    assert context["timezone"]
    assert context["screen"]["width"] > 0
    assert "Chrom" in context["userAgent"]
    assert "ada" not in call.text
    assert peer.posts("/v1/batch") == []


def test_a_page_that_tells_nothing_still_says_what_was_viewed(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(ALL)
    tab.goto(peer.url)
    [asked] = peer.wait(peer.decisions)
    assert [m["properties"] for m in asked["events"] if m.get("event") == "Product Viewed"] == [{"sku": "A1"}]


def test_without_code_a_script_tag_is_enough(tab: Page, peer: Peer) -> None:
    peer.placements = {SLOT: products("B1")}
    about = 'data-page-type="product" data-sku="A9" data-consent="storage personalization"'
    tag = f'<script type="module" src="/maatwerk.js" data-write-key="wk_2" {about}></script>'
    peer.pages["/"] = f"<!doctype html><body>{MARKED}{tag}"
    tab.goto(peer.url)
    expect(tab.get_by_role("link", name="Name of B1")).to_be_visible()
    [asked] = peer.decisions()
    assert asked["writeKey"] == "wk_2"
    assert asked["context"]["page"]["sku"] == "A9"
    assert "Product Viewed" in {m.get("event") for m in asked["events"]}
    classic = "import('/maatwerk.js').then((module) => module.default.track('Coupon Shown', {}))"
    tab.evaluate(classic)
    peer.wait(lambda: peer.messages("Coupon Shown"))


def test_another_origin_needs_no_preflight(tab: Page, peer: Peer) -> None:
    shop = Peer()
    try:
        shop.pages["/"] = html(ALL, origin=peer.url)
        peer.placements = {SLOT: products("B1")}
        tab.goto(shop.url)
        expect(tab.get_by_role("link", name="Name of B1")).to_be_visible()
        tab.evaluate('m.track("Product Added", {sku: "A1"})')
        peer.wait(lambda: peer.messages("Product Added"))
        assert [call.method for call in peer.calls if call.method != "POST"] == []
        assert shop.calls == []
        assert not any("authorization" in call.headers or "cookie" in call.headers for call in peer.calls)
    finally:
        shop.shutdown()
        shop.server_close()


def test_sign_in_is_signed_and_sign_out_starts_anew(tab: Page, peer: Peer) -> None:
    peer.pages["/"] = html(ALL + ', userId: "u-7", userSignature: "abc"')
    peer.pages["/out"] = html("userId: null")
    tab.goto(peer.url)
    [asked] = peer.wait(peer.decisions)
    assert (asked["userId"], asked["userSignature"]) == ("u-7", "abc")
    [who] = [m for m in asked["events"] if m["type"] == "identify"]
    assert (who["userId"], who["userSignature"]) == ("u-7", "abc")
    leave(tab)
    assert "abc" not in json.dumps(stored(tab))
    tab.goto(peer.url + "/out")
    peer.wait(lambda: len(peer.decisions()) == 2)
    after = peer.decisions()[-1]
    [left] = [m for m in after["events"] if m.get("event") == "Signed Out"]
    assert (left["userId"], left["anonymousId"]) == ("u-7", asked["anonymousId"])
    assert "userId" not in after
    assert after["anonymousId"] != asked["anonymousId"]


# ---- what is drawn


def test_products_are_drawn_accessibly(tab: Page, peer: Peer) -> None:
    slot = products("B1", "B2")
    slot["items"][1]["product"] |= REDUCED
    peer.placements = {SLOT: slot}
    peer.pages["/"] = html()
    tab.goto(peer.url)
    region = tab.get_by_role("region", name="Others also viewed")
    expect(region.get_by_role("heading", level=2)).to_have_text("Others also viewed")
    expect(region.get_by_role("listitem")).to_have_count(2)
    link = region.get_by_role("link", name="Name of B1", exact=True)
    expect(link).to_have_attribute("href", f"{peer.url}/p/B1")
    picture = link.locator("img")
    for name, value in {"alt": "", "width": "300", "height": "400", "loading": "lazy"}.items():
        expect(picture).to_have_attribute(name, value)
    expect(region.get_by_role("listitem").first).to_contain_text("€40.00")
    expect(region.get_by_role("listitem").last).to_contain_text("Sale price €32.00 Regular price €40.00")
    expect(region.get_by_text("viewed together by 41 shoppers").first).to_be_visible()
    assert region.locator("img").first.evaluate("i => i.getBoundingClientRect().width") > 100


def test_a_hostile_catalog_stays_text(tab: Page, peer: Peer) -> None:
    trouble = problems(tab)
    evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    slot = products("B1", "B2")
    slot["title"] = evil
    slot["items"][0] |= item(
        "B1", name=evil, url="javascript:window.pwned=1", image="data:image/svg+xml,<svg/>"
    )
    slot["items"][0]["reason"] = evil
    slot["items"][1] |= item(
        "B2", url=" java\tscript:window.pwned=1", price={"amount": evil, "currency": evil}
    )
    peer.placements = {SLOT: slot}
    peer.pages["/"] = html()
    tab.goto(peer.url)
    expect(tab.get_by_role("listitem").first).to_contain_text(evil)
    assert tab.locator(f'[data-maatwerk="{SLOT}"] :is(img[src="x"], script, a)').count() == 0
    for card in tab.locator(".maatwerk-link").all():
        card.click(position={"x": 20, "y": 20})
    assert tab.evaluate("window.pwned") is None
    assert trouble == []


def test_a_strict_content_security_policy_is_kept(tab: Page, peer: Peer) -> None:
    trouble = problems(tab)
    nonce = "default-src 'none'; script-src 'self' 'nonce-n'; connect-src 'self'; img-src 'self' data:"
    peer.page_headers = {"content-security-policy": nonce}
    peer.placements = {SLOT: products("B1")}
    body = f'<div data-maatwerk="{SLOT}" data-maatwerk-min-height="480px"></div>'
    peer.pages["/"] = html(body=body).replace('<script type="module">', '<script type="module" nonce="n">')
    tab.goto(peer.url)
    expect(tab.get_by_role("link", name="Name of B1")).to_be_visible()
    assert tab.locator(".maatwerk-list").evaluate("e => getComputedStyle(e).display") == "grid"
    assert trouble == []


def test_a_theme_is_a_custom_property(tab: Page, peer: Peer) -> None:
    slot = products("B1")
    slot["items"][0]["product"] |= REDUCED
    peer.placements = {SLOT: slot}
    peer.pages["/"] = html(body=f"<style>:root {{ --maatwerk-accent: rgb(1, 2, 3) }}</style>{MARKED}")
    tab.goto(peer.url)
    expect(tab.locator(".maatwerk-sale")).to_have_css("color", "rgb(1, 2, 3)")


def test_a_render_hook_replaces_the_default(tab: Page, peer: Peer) -> None:
    peer.placements = {
        SLOT: products("B1"),
        "home.hero": {"kind": "content", "block": "spring", "html": "<p>Spring</p>"},
    }
    draw = """
      maatwerk.render("products", (slot, element, placement) => {
        element.textContent = placement + " " + slot.items[0].sku; return true });
      maatwerk.render("content", () => { throw new Error("the shop's own mistake") });"""
    peer.pages["/"] = html(
        ALL, script=draw, body=MARKED + '<div data-maatwerk="home.hero" style="min-height:200px"></div>'
    )
    tab.goto(peer.url)
    expect(tab.locator(f'[data-maatwerk="{SLOT}"]')).to_have_text(f"{SLOT} B1")
    expect(tab.locator('[data-maatwerk="home.hero"] p')).to_have_text("Spring")


# ---- what is seen and clicked


def test_a_half_visible_slot_is_reported_once(tab: Page, peer: Peer) -> None:
    peer.placements = {SLOT: products("B1", "B2")}
    peer.pages["/"] = html(
        ALL, body='<div style="height:1500px"></div>' + MARKED + '<div style="height:1500px"></div>'
    )
    tab.goto(peer.url)
    peer.wait(peer.decisions)
    tab.wait_for_timeout(900)
    assert peer.messages("Product List Viewed") == []  # drawn, but below the fold
    tab.evaluate("scrollTo(0, 950)")  # 150 of 480 pixels: less than half
    tab.wait_for_timeout(900)
    tab.evaluate("scrollTo(0, 1300)")
    tab.wait_for_timeout(200)
    tab.evaluate("scrollTo(0, 0)")  # gone before half a second
    tab.wait_for_timeout(900)
    leave(tab)
    assert peer.messages("Product List Viewed") == []
    for _ in range(2):
        tab.evaluate("scrollTo(0, 1300)")
        tab.wait_for_timeout(800)
        tab.evaluate("scrollTo(0, 0)")
        tab.wait_for_timeout(200)
    [viewed] = peer.wait(lambda: peer.messages("Product List Viewed"))
    assert viewed["properties"] == {
        "list_id": SLOT, "tracking": "t-1",
        "products": [{"sku": "B1", "position": 1}, {"sku": "B2", "position": 2}],
    }  # fmt: skip
    leave(tab)
    assert len({m["messageId"] for m in peer.messages("Product List Viewed")}) == 1


def test_cards_scrolled_out_of_a_row_are_not_called_viewed(tab: Page, peer: Peer) -> None:
    peer.placements = {SLOT: products(*(f"B{n}" for n in range(1, 13)))}
    peer.pages["/"] = html(ALL)
    tab.goto(peer.url)
    [viewed] = peer.wait(lambda: peer.messages("Product List Viewed"))
    assert 3 <= len(viewed["properties"]["products"]) <= 6


def test_a_click_carries_tracking_and_so_does_what_follows(tab: Page, peer: Peer) -> None:
    peer.placements = {SLOT: products("B1", "B2", tracking="t-9")}
    peer.pages["/"] = html(ALL)
    peer.pages["/p/B2"] = html(body="")
    tab.goto(peer.url)
    tab.get_by_role("link", name="Name of B2").click()
    tab.wait_for_url("**/p/B2")
    clicked = peer.wait(lambda: peer.messages("Product Clicked"))[0]
    assert clicked["properties"] == {"sku": "B2", "position": 2, "list_id": SLOT, "tracking": "t-9"}
    # its click is known to the very next decision, whether or not the first message got through
    peer.wait(lambda: len(peer.decisions()) == 2)
    assert clicked["messageId"] in {m["messageId"] for m in peer.decisions()[1]["events"]}
    tab.evaluate(
        'm.track("Product Added", {sku: "B2-blue", parent: "B2"}); m.track("Product Added", {sku: "X"})'
    )
    order = '{order_id: "o-1", products: [{sku: "B2-blue", price: 1}, {sku: "X"}]}'
    tab.evaluate(f'm.track("Order Completed", {order})')
    peer.wait(lambda: peer.messages("Order Completed"))
    mine, foreign = peer.messages("Product Added")
    assert mine["properties"]["tracking"] == "t-9"
    assert "tracking" not in foreign["properties"]
    bought = peer.messages("Order Completed")[0]["properties"]["products"]
    assert bought == [{"sku": "B2-blue", "price": 1, "tracking": "t-9"}, {"sku": "X"}]


def test_half_an_hour_later_a_click_is_forgotten(tab: Page, peer: Peer) -> None:
    peer.placements = {SLOT: products("B1")}
    peer.pages["/"] = html(ALL)
    peer.pages["/p/B1"] = html(body="")
    tab.goto(peer.url)
    tab.get_by_role("link", name="Name of B1").click()
    tab.wait_for_url("**/p/B1")
    tab.evaluate(
        "const me = JSON.parse(localStorage.maatwerk); me.touched[0].at -= 31 * 60000;"
        "localStorage.maatwerk = JSON.stringify(me)"
    )
    tab.reload()
    tab.evaluate('m.track("Product Added", {sku: "B1"})')
    [added] = peer.wait(lambda: peer.messages("Product Added"))
    assert "tracking" not in added["properties"]


def test_search_results_carry_their_query(tab: Page, peer: Peer) -> None:
    body = '<ul><li data-sku="S1"><a href="#s1">One</a></li><li data-sku="S2"><a href="#s2">Two</a></li></ul>'
    peer.pages["/"] = html(ALL, body=body, script='maatwerk.searchResults("q-1", ["S1", "S2"]);')
    tab.goto(peer.url)
    tab.get_by_role("link", name="Two").click()
    [clicked] = peer.wait(lambda: peer.messages("Product Clicked"))
    assert clicked["properties"] == {"sku": "S2", "position": 2, "query_id": "q-1"}
    tab.evaluate('m.page({type: "product", sku: "S2"}); m.track("Product Added", {sku: "S2"})')
    [added] = peer.wait(lambda: peer.messages("Product Added"))
    assert added["properties"]["query_id"] == "q-1"


def test_content_is_a_promotion(tab: Page, peer: Peer) -> None:
    block = {
        "kind": "content",
        "block": "spring-women",
        "tracking": "t-3",
        "html": '<a href="#go">Spring</a>',
    }
    peer.placements = {SLOT: block}
    peer.pages["/"] = html(ALL)
    tab.goto(peer.url)
    expected = {"promotion_id": "spring-women", "list_id": SLOT, "tracking": "t-3"}
    [viewed] = peer.wait(lambda: peer.messages("Promotion Viewed"))
    assert viewed["properties"] == expected
    tab.get_by_role("link", name="Spring").click()
    [clicked] = peer.wait(lambda: peer.messages("Promotion Clicked"))
    assert clicked["properties"] == expected


# ---- when the server fails


def slow(call: Call) -> Reply:
    return Reply(body={"placements": {SLOT: products("B1")}}, delay=1.0)


FAILURES = {
    "error": lambda call: Reply(status=500, raw=b"oops"),
    "not json": lambda call: Reply(raw=b"<html>"),
    "null": lambda call: Reply(raw=b"null"),
    "a list": lambda call: Reply(raw=b"[1]"),
    "no slots": lambda call: Reply(body={"placements": {SLOT: None}}),
    "nonsense": lambda call: Reply(body={"placements": {SLOT: {"kind": "products", "items": [None, 3]}}}),
    "slow": slow,
}


@pytest.mark.parametrize("failure", [*FAILURES, "refused"])
def test_a_failing_server_leaves_the_page_as_it_was(failure: str, tab: Page, peer: Peer) -> None:
    trouble = problems(tab)
    endpoint = 'endpoint: "http://127.0.0.1:9", ' if failure == "refused" else ""
    if failure != "refused":
        peer.decide = peer.batch = FAILURES[failure]
    body = (
        f'<h1>A dress</h1><div id="slot" data-maatwerk="{SLOT}"><p>Our favorites</p></div><p id="end">End</p>'
    )
    script = "maatwerk.decide().then((answer) => (window.answer = answer));"
    peer.pages["/"] = html(f"{endpoint}timeout: 400, {ALL}", body=body, script=script)
    tab.goto(peer.url)
    tab.wait_for_function("window.answer !== undefined")
    tab.wait_for_timeout(300 if failure != "slow" else 1200)
    assert tab.locator("#slot").inner_html() == "<p>Our favorites</p>"
    tab.evaluate(
        'm.track("Product Added", {sku: "A1"}); m.page({type: "home"}); dispatchEvent(new Event("pagehide"))'
    )
    tab.wait_for_timeout(300)
    assert trouble == []


def test_events_survive_a_server_that_is_away(tab: Page, peer: Peer) -> None:
    refused: list[str] = []

    def away(call: Call) -> Reply:
        refused.append(call.path)
        return Reply(status=503, headers={"Retry-After": "1"}, raw=b"")

    peer.decide = peer.batch = away
    peer.pages["/"] = html(ALL, script='maatwerk.track("Product Added", {sku: "A1"});')
    tab.goto(peer.url)
    peer.wait(lambda: refused.count("/v1/batch") >= 1)
    began = time.monotonic()
    peer.batch = lambda call: Reply(body={"success": True})
    peer.wait(lambda: len(peer.posts("/v1/batch")) >= 2)
    assert time.monotonic() - began > 0.8, "Retry-After was not honored"
    first, again = peer.posts("/v1/batch")[:2]
    assert [m["messageId"] for m in first.body["batch"]] == [m["messageId"] for m in again.body["batch"]]
    assert {m["messageId"] for m in first.body["batch"]} == {
        m["messageId"] for m in peer.decisions()[0]["events"]
    }


def test_events_that_an_answer_does_not_acknowledge_are_sent_again(tab: Page, peer: Peer) -> None:
    """The server's disk is full: the page is decided all the same."""

    def full(call: Call) -> Reply:
        reply = peer.decided(call)
        reply.body["recorded"] = {"accepted": 0, "duplicates": 0, "rejected": [], "failed": 2, "retry": True}
        return reply

    peer.decide = full
    peer.placements = {SLOT: products("B1")}
    peer.pages["/"] = html(ALL, script='maatwerk.track("Product Added", {sku: "A1"});')
    tab.goto(peer.url)
    expect(tab.get_by_role("heading", name="Others also viewed")).to_be_visible()
    [again] = peer.wait(lambda: peer.posts("/v1/batch"))[:1]
    asked = {m["messageId"] for m in peer.decisions()[0]["events"]}
    assert asked
    assert asked <= {m["messageId"] for m in again.body["batch"]}


def test_what_was_never_delivered_rides_with_the_next_page(tab: Page, peer: Peer) -> None:
    peer.decide = peer.batch = lambda call: Reply(status=503, raw=b"")
    peer.pages["/"] = html(ALL, script='maatwerk.track("Product Added", {sku: "A1"});')
    tab.goto(peer.url)
    [added] = peer.wait(lambda: peer.messages("Product Added"))[:1]
    peer.decide = peer.decided
    tab.reload()
    peer.wait(lambda: len(peer.decisions()) == 2)
    assert added["messageId"] in {m["messageId"] for m in peer.decisions()[1]["events"]}
    tab.wait_for_timeout(300)
    assert "Product Added" not in tab.evaluate("localStorage['maatwerk.queue']")


def test_the_queue_is_bounded_and_batches_are_small(tab: Page, peer: Peer) -> None:
    peer.decide = peer.batch = lambda call: Reply(status=503, raw=b"")
    peer.pages["/"] = html(ALL)
    tab.goto(peer.url)
    tab.evaluate('for (let n = 0; n < 500; n++) m.track("Counted", {n, text: "é".repeat(500)})')
    leave(tab)
    kept = json.loads(tab.evaluate("localStorage['maatwerk.queue']"))
    assert len(kept) == 200
    assert kept[-1]["properties"]["n"] == 499
    assert max(len(call.text.encode()) for call in peer.posts("/v1/batch")) <= 64 * 1024


# ---- layout

SHIFTS = """
  window.shift = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shift += e.value })
    .observe({type: "layout-shift", buffered: true});"""
BELOW = '<p>Below</p><div style="height:2000px">More</div>'
PAGES = {
    "reserved": MARKED,
    "reserved too little": f'<div data-maatwerk="{SLOT}" style="min-height:200px"></div>',
    "not reserved": f'<div data-maatwerk="{SLOT}"></div>',
    "with a fallback": f'<div data-maatwerk="{SLOT}"><p style="height:700px">Our favorites</p></div>',
    "below the fold": f'<div style="height:900px">Above</div><div data-maatwerk="{SLOT}"></div>',
    "across the fold": '<div style="height:600px">Above</div>'
    f'<div data-maatwerk="{SLOT}" style="min-height:200px"></div>',
}


@pytest.mark.parametrize(
    ("layout", "answer"),
    [(layout, "products") for layout in PAGES]
    + [("reserved", "nothing"), ("reserved", "dead"), ("with a fallback", "nothing")],
)
def test_no_layout_shift(layout: str, answer: str, visitor: BrowserContext, tab: Page, peer: Peer) -> None:
    visitor.add_init_script(SHIFTS)
    peer.placements = {SLOT: products(*(f"B{n}" for n in range(8)))} if answer == "products" else {}
    status = 500 if answer == "dead" else 200
    decided = peer.decided
    # late enough that the page has long been painted
    peer.decide = lambda call: Reply(status, decided(call).body, delay=0.3)
    # margins that collapse through an empty slot would move the body by some pixels: the page's own affair
    still = "<style>body, p { margin: 0 }</style>"
    peer.pages["/"] = html(ALL, body=still + PAGES[layout] + BELOW)
    tab.goto(peer.url)
    peer.wait(peer.decisions)
    tab.wait_for_timeout(600)
    for y in (300, 1200, 2200, 900, 0):
        tab.evaluate("y => scrollTo(0, y)", y)
        tab.wait_for_timeout(100)
    tab.wait_for_timeout(100)
    assert tab.evaluate("window.shift") < 0.001
    if answer == "products":
        held = layout == "not reserved"  # it would push down what is in view, wherever the shopper goes
        expect(tab.get_by_role("link", name="Name of B0")).to_have_count(0 if held else 1)


def test_a_slot_without_room_is_shown_once_it_is_out_of_sight(tab: Page, peer: Peer) -> None:
    peer.placements = {SLOT: products("B1")}
    decided = peer.decided
    peer.decide = lambda call: Reply(body=decided(call).body, delay=0.4)
    slot = f'<div data-maatwerk="{SLOT}"></div>'
    peer.pages["/"] = html(ALL, body=f'<div style="height:2000px">Above</div>{slot}{BELOW}')
    peer.pages["/short"] = html(body=f"{slot}<p>All there is</p>")
    tab.goto(peer.url)
    tab.evaluate("scrollTo(0, 1800)")
    peer.wait(peer.decisions)
    tab.wait_for_timeout(700)
    link = tab.get_by_role("link", name="Name of B1")
    expect(link).to_have_count(0)
    tab.evaluate("scrollTo(0, 0)")
    expect(link).to_have_count(1)
    tab.goto(peer.url + "/short")  # where it can never be out of sight, it is shown
    expect(link).to_be_visible()


def test_the_measure_of_shifts_can_fail(visitor: BrowserContext, tab: Page, peer: Peer) -> None:
    visitor.add_init_script(SHIFTS)
    peer.pages["/"] = html(body="<div id=a></div><h1>Title</h1>" + BELOW)
    tab.goto(peer.url)
    tab.wait_for_timeout(400)
    tab.evaluate("document.getElementById('a').style.height = '300px'")
    tab.wait_for_timeout(400)
    assert tab.evaluate("window.shift") > 0.05


def test_an_empty_reserved_slot_gives_its_room_back_out_of_sight(tab: Page, peer: Peer) -> None:
    reserved = f'<div id="slot" data-maatwerk="{SLOT}" style="{ROOM}"></div>'
    peer.pages["/"] = html(ALL, body='<div style="height:1500px"></div>' + reserved)
    peer.pages["/top"] = html(ALL, body=reserved + BELOW)
    height = "document.getElementById('slot').offsetHeight"
    tab.goto(peer.url)
    tab.wait_for_function(f"{height} === 0")
    tab.goto(peer.url + "/top")
    tab.wait_for_timeout(500)
    assert tab.evaluate(height) == 480


# ---- the file


def test_it_is_small_and_alone() -> None:
    source = MODULE.read_bytes()
    assert len(gzip.compress(source, 9)) < 8000
    assert not re.search(rb"^\s*import ", source, re.MULTILINE)


@pytest.mark.node
def test_its_types_hold() -> None:
    compiler = shutil.which("tsc")
    if not compiler:
        pytest.skip("no TypeScript on this machine (npm install --global typescript)")
    config = Path(MODULE).with_name("jsconfig.json")
    checked = subprocess.run([compiler, "-p", str(config)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
