"""The demo's shop in a real browser, against a peer that answers Maatwerk's public routes as it would."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from tests.browser.conftest import ARGS

import maatwerk.surfaces
from maatwerk.demo.catalog import catalog, categories
from maatwerk.demo.shop import shop_app

SDK = Path(maatwerk.surfaces.__file__).parent / "storefront" / "sdk" / "maatwerk.js"
PRODUCTS = catalog()
BY_SKU = {product["sku"]: product for product in PRODUCTS}


class Peer:
    """What stands at the other end of the wire: it keeps what it was sent, and answers with real products.

    Personal answers follow the department that was viewed last under an anonymous id, as any recommender's
    would; it is no part of the product, and shares no code with it.
    """

    def __init__(self) -> None:
        self.decisions: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.lines: dict[str, dict[str, int]] = {}
        self.seen: dict[str, list[str]] = {}
        self.words: list[dict[str, Any]] = []
        self.stage = "new"

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    def events(self, name: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message.get("event") == name]

    def _take(self, messages: list[dict[str, Any]]) -> None:
        known = {message["messageId"] for message in self.messages}
        for message in messages:
            if message["messageId"] in known:
                continue
            self.messages.append(message)
            sku = message.get("properties", {}).get("sku")
            if message.get("event") == "Product Viewed" and sku in BY_SKU:
                who = message["anonymousId"]
                line = BY_SKU[sku]["categories"][0].split("/")[0]
                counts = self.lines.setdefault(who, {})
                counts[line] = counts.get(line, 0) + 1
                seen = self.seen.setdefault(who, [])
                self.seen[who] = [sku, *(other for other in seen if other != sku)]

    async def batch(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self._take(body["batch"])
        return JSONResponse(
            {"success": True, "accepted": len(body["batch"]), "duplicates": 0, "rejected": []}
        )

    async def decide(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self.decisions.append(body)
        self._take(body.get("events", []))
        asked = body.get("placements") or []
        who = body.get("anonymousId", "")
        personal = bool(who) and body["context"]["consent"].get("personalization") == "granted"
        answer = {name: self._slot(name, body, who if personal else "") for name in asked}
        return JSONResponse({
            "decisionId": f"d-{len(self.decisions)}", "personal": personal,
            "visitor": {"anonymousId": who or None, "audiences": [], "familiarity": self.stage},
            "recorded": {"accepted": 0, "duplicates": 0, "rejected": []}, "placements": answer,
        })  # fmt: skip

    async def taste(self, request: Request) -> Response:
        """Beliefs by what was viewed; a word on one is answered as Maatwerk does, without it."""
        body = json.loads(await request.body())
        self.words += body["events"]
        said = {
            (each["facet"], each["value"])
            for word in self.words
            for each in word["properties"].get("preferences", ())
        }
        brands = {BY_SKU[sku]["brand"]: sku for sku in self.seen.get(body["anonymousId"], [])}
        believed = [
            {"facet": "brand", "value": brand, "stated": False, "share": 0.5,
             "because": [{"sku": sku, "name": BY_SKU[sku]["name"], "url": BY_SKU[sku]["url"]}]}
            for brand, sku in brands.items()
            if ("brand", brand) not in said
        ]  # fmt: skip
        dislikes = [{"facet": facet, "value": value} for facet, value in said]
        rest = {"likes": [], "not_for_me": [], "gifts": [], "recent": [], "paused": False, "personal": True}
        return JSONResponse({"beliefs": believed, "dislikes": dislikes, **rest})

    def _slot(self, name: str, body: dict[str, Any], who: str) -> dict[str, Any]:
        lines = self.lines.get(who, {})
        if name == "home.navigation":
            total = sum(lines.values()) or 1
            items = [
                {"category": line, "title": line.title(), "share": lines.get(line, 0) / total}
                for line in sorted(("women", "men", "home"), key=lambda line: -lines.get(line, 0))
            ]
            return {"kind": "navigation", "items": items, "tracking": "t-nav", "reason": "by interest"}
        if name == "home.recently-viewed":
            skus = self.seen.get(who, [])[:8]
            if not skus:
                return {"kind": "products", "items": [], "fallback": "nothing_eligible", "tracking": "t-r"}
            return self._products(name, "Recently viewed", [BY_SKU[sku] for sku in skus], "you looked at it")
        best = max(lines, key=lambda line: lines[line]) if lines else ""
        chosen = [p for p in PRODUCTS if p["stock"] and p["categories"][0].startswith(best)]
        reason = "what others buy most this week"
        if who and self.seen.get(who):
            reason = f"because you looked at {BY_SKU[self.seen[who][0]]['name']}"
        if name == "product.complete-the-look":
            chosen = [p for p in chosen if p["categories"][0].endswith(("shoes", "bags"))]
            reason = f"goes with {BY_SKU[body['context']['page']['sku']]['name']}"
        start = sum(map(ord, name)) % 40
        titles = {
            "home.for-you": "For you",
            "home.trending": "Trending now",
            "home.bestsellers": "Bestsellers",
            "product.complete-the-look": "Complete the look",
            "product.similar": "More like this",
            "product.recommendations": "Others also viewed",
        }
        return self._products(
            name, titles.get(name, "Picked for you"), chosen[start :: 7 if best else 83][:8], reason
        )

    @staticmethod
    def _products(name: str, title: str, chosen: list[dict[str, Any]], reason: str) -> dict[str, Any]:
        def money(amount: str) -> dict[str, str]:
            return {"amount": amount, "currency": "EUR"}

        items = []
        for rank, product in enumerate(chosen, 1):
            shown = {"name": product["name"], "url": product["url"], "image": product["images"][0],
                     "brand": product["brand"], "price": money(product["price"])}  # fmt: skip
            if "sale_price" in product:
                shown |= {"price": money(product["sale_price"]), "regular_price": money(product["price"])}
            score = round(1 / rank, 3)
            item = {
                "sku": product["sku"],
                "rank": rank,
                "score": score,
                "source": "primary",
                "reason": reason,
            }
            items.append({**item, "product": shown})
        return {"kind": "products", "unit": "for-you", "title": title, "fallback": None,
                "tracking": f"t-{name}", "items": items}  # fmt: skip


async def nothing_to_suggest(_: Request) -> Response:
    """What is suggested is looked at with a real server; here nothing is."""
    return JSONResponse({"queries": [], "products": [], "categories": [], "recent": []})


def serve(endpoint: str, peer: Peer, *, script: bool = True) -> Starlette:
    """A shop with Maatwerk's routes beside it; without ``script`` only the shop."""

    async def sdk(_: Request) -> Response:
        return FileResponse(SDK, media_type="text/javascript")

    async def taste_module(_: Request) -> Response:
        return FileResponse(SDK.with_name("maatwerk-taste.js"), media_type="text/javascript")

    async def popups_module(_: Request) -> Response:
        return FileResponse(SDK.with_name("maatwerk-popups.js"), media_type="text/javascript")

    async def plain(_: Request) -> Response:
        return HTMLResponse("<!doctype html><title>Elsewhere</title><link rel=icon href=data:,>")

    shop = shop_app(
        PRODUCTS, categories(), write_key="wk-test", endpoint=endpoint, sign=lambda user: f"sig-{user}",
        name="Linnet & Vlier",
    )  # fmt: skip
    routes: list[Any] = [Route("/console", plain), Route("/demo/mail", plain), Mount("/shop", shop)]
    if script:
        routes += [
            Route("/maatwerk.js", sdk),
            Route("/maatwerk-taste.js", taste_module),
            Route("/maatwerk-popups.js", popups_module),
            Route("/v1/taste", peer.taste, methods=["POST"]),
            Route("/v1/suggest", nothing_to_suggest),
            Route("/v1/decide", peer.decide, methods=["POST"]),
            Route("/v1/batch", peer.batch, methods=["POST"]),
        ]
    return Starlette(routes=routes)


def free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """An application on a port of this machine, until stopped."""

    def __init__(self, app: Starlette) -> None:
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until = time.monotonic() + 10
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert self.server.started
        self.url = f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


class Visitor:
    """A browser window of one shopper, and everything its console said that it should not."""

    def __init__(self, browser: Browser, shop: str, **options: Any) -> None:
        # What moves is drawn again and again: only where movement is looked at, it moves.
        plain: dict[str, Any] = {"viewport": DESKTOP, "reduced_motion": "reduce"}
        self.context: BrowserContext = browser.new_context(**plain | options)
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.shop = shop
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )

    def go(self, path: str = "") -> Page:
        self.page.goto(self.shop + path)
        return self.page

    def answered(self, path: str = "") -> Page:
        """The page, after Maatwerk's answer is drawn."""
        with self.page.expect_response("**/v1/decide"):
            self.page.goto(self.shop + path)
        expect(self.page.locator("html.answered")).to_have_count(1)
        return self.page

    def accept(self) -> None:
        self.answered()
        self.page.get_by_role("button", name="Accept all").click()

    def stored(self) -> dict[str, Any]:
        """Everything this browser keeps of the shop."""
        local = self.page.evaluate("Object.fromEntries(Object.entries(localStorage))")
        session = self.page.evaluate("Object.fromEntries(Object.entries(sessionStorage))")
        cookies = {cookie["name"]: cookie.get("value") for cookie in self.context.cookies()}
        return {**local, **session, **cookies}


DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
DRESS = next(p for p in PRODUCTS if p["categories"] == ["women/dresses"] and p["stock"] > 3)
LAMP = next(p for p in PRODUCTS if p["categories"] == ["home/lamps"] and p["stock"] > 3)
GONE = next(p for p in PRODUCTS if not p["stock"])
PAGES = [
    "",
    "/c/women",
    "/c/women/dresses?color=blue&sort=price",
    *(product["url"].removeprefix("/shop") for product in (DRESS, LAMP, GONE)),
    "/search?q=blue+dress",
    "/search?q=zzzzqq",
    "/search",
    "/cart",
    "/account",
]


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(chromium_path), args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[str, Peer]]:
    peer = Peer()
    running = Running(serve("", peer))
    yield f"{running.url}/shop", peer
    running.stop()


@pytest.fixture
def peer(standing: tuple[str, Peer]) -> Peer:
    standing[1].clear()
    return standing[1]


@pytest.fixture
def visitor(browser: Browser, standing: tuple[str, Peer], peer: Peer) -> Iterator[Visitor]:
    shopper = Visitor(browser, standing[0])
    yield shopper
    complaints = shopper.complaints
    shopper.context.close()
    assert not complaints


def menu_of(page: Page) -> list[str]:
    return [str(text) for text in page.locator(".menu li").all_inner_texts()]


def until(found: Any, seconds: float = 20.0) -> Any:
    """What ``found()`` answers once it is true."""
    end = time.monotonic() + seconds
    while not (answer := found()) and time.monotonic() < end:
        time.sleep(0.02)
    assert answer
    return answer


def add_to_bag(page: Page, size: int = 1) -> None:
    sizes = page.locator(".sizes label")
    if sizes.count():
        sizes.nth(size).click()
    page.get_by_role("button", name="Add to bag").click()
    expect(page.get_by_role("link", name="View bag")).to_be_visible()


# --- what becomes personal ------------------------------------------------------------------------


@pytest.mark.browser
def test_one_look_at_a_dress_changes_home_menu_and_rows(visitor: Visitor) -> None:
    visitor.accept()
    page = visitor.page
    assert menu_of(page) == ["House", "Men", "Women"]
    before = page.locator("[data-maatwerk='home.for-you'] .name").all_inner_texts()
    visitor.answered(DRESS["url"][5:])
    assert until(lambda: menu_of(page)[0] == "Women")
    look = page.locator("[data-maatwerk='product.complete-the-look'] [data-sku]")
    skus = [card.get_attribute("data-sku") for card in look.all()]
    assert {BY_SKU[sku]["categories"][0] for sku in skus if sku} <= {"women/shoes", "women/bags"}
    for card in look.all():
        product = BY_SKU[card.get_attribute("data-sku") or ""]
        amounts = [
            f"€{float(product[key]):.2f}".removesuffix(".00")
            for key in ("sale_price", "price")
            if key in product
        ]
        said = card.locator(".price").inner_text()
        assert all(amount in said for amount in amounts), (said, amounts)
    assert skus
    visitor.answered()
    assert menu_of(page)[0] == "Women"
    expect(page.locator(".hero-one.on h2")).to_have_text("Long light, soft layers")
    row = page.locator("[data-maatwerk='home.for-you']")
    expect(row.locator(".because")).to_have_text(f"Because you looked at {DRESS['name']}.")
    assert row.locator(".name").all_inner_texts() != before
    expect(page.locator("[data-maatwerk='home.recently-viewed'] .name")).to_have_text([DRESS["name"]])


@pytest.mark.browser
def test_a_returning_visitor_lands_on_women_and_sees_the_rest(
    browser: Browser, standing: tuple[str, Peer], visitor: Visitor
) -> None:
    visitor.accept()
    visitor.answered(DRESS["url"][5:])
    state = visitor.context.storage_state()
    again = Visitor(browser, standing[0], storage_state=state)
    page = again.answered()
    assert page.url.rstrip("/") == standing[0], "nobody is sent elsewhere"
    expect(page.locator(".hero-one.on h2")).to_have_text("Long light, soft layers")
    expect(page.locator(".department").first).to_have_attribute("data-line", "home")  # in the source
    tops = {row.get_attribute("data-line"): row.bounding_box() for row in page.locator(".department").all()}
    assert min(tops, key=lambda line: (tops[line] or {"y": 0})["y"]) == "women"
    for other in ("Men", "House"):
        link = page.locator(".menu").get_by_role("link", name=other, exact=True)
        expect(link).to_be_visible()
        expect(link).to_be_in_viewport()
    again.context.close()
    # Her own order stands in the page already, so that nothing has to move.
    plain = Visitor(browser, standing[0], storage_state=state, java_script_enabled=False)
    plain.go()
    assert menu_of(plain.page)[0] == "Women"
    plain.context.close()


@pytest.mark.browser
def test_one_decision_a_page_that_says_where_and_what(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    peer.decisions.clear()
    visitor.answered(DRESS["url"][5:])
    visitor.page.wait_for_timeout(300)
    assert len(peer.decisions) == 1
    asked = peer.decisions[0]
    about = asked["context"]["page"]
    assert (about["type"], about["sku"], about["category"]) == ("product", DRESS["sku"], "women/dresses")
    assert set(asked["placements"]) == {
        "home.navigation", "product.complete-the-look", "product.recommendations", "product.similar",
        "product.step-up", "popup",
    }  # fmt: skip
    viewed = [message for message in asked["events"] if message.get("event") == "Product Viewed"]
    assert [message["properties"]["sku"] for message in viewed] == [DRESS["sku"]]
    add_to_bag(visitor.page)
    visitor.answered("/cart")
    assert peer.decisions[-1]["context"]["cart"]["items"] == [
        {"sku": DRESS["sku"], "quantity": 1, "price": DRESS.get("sale_price") or DRESS["price"]}
    ]
    assert "cart.recommendations" in peer.decisions[-1]["placements"]


@pytest.mark.browser
def test_why_this_says_it_in_words_first(visitor: Visitor) -> None:
    visitor.accept()
    visitor.answered(DRESS["url"][5:])
    page = visitor.answered()
    button = page.locator("[data-maatwerk='home.for-you'] .why-this").first
    button.focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("dialog", name="Why this?")
    expect(card).to_be_visible()
    words = card.inner_text()
    assert words.index(f"Because you looked at {DRESS['name']}.") < words.index("Score")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(button).to_be_focused()


# --- consent --------------------------------------------------------------------------------------


@pytest.mark.browser
def test_nothing_is_kept_or_told_before_the_answer(visitor: Visitor, peer: Peer) -> None:
    for path in PAGES[:4]:
        visitor.answered(path)
    assert visitor.stored() == {}
    assert all("anonymousId" not in asked for asked in peer.decisions)
    assert peer.messages == []
    buttons = visitor.page.locator(".consent-answers .button")
    boxes = [button.bounding_box() for button in buttons.all()]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes if box}
    colors = buttons.evaluate_all("all => all.map(el => getComputedStyle(el).backgroundColor)")
    assert len(boxes) == 3
    assert len(sizes) == len(set(colors)) == 1, "all answers stand out alike"


@pytest.mark.browser
def test_only_necessary_is_kept_as_an_answer_and_nothing_else(visitor: Visitor, peer: Peer) -> None:
    page = visitor.answered()
    page.get_by_role("button", name="Only necessary").click()
    visitor.answered(DRESS["url"][5:])
    expect(page.locator("[data-consent]")).to_be_hidden()
    assert visitor.stored() == {"shop_consent": "none"}
    assert peer.messages == []
    assert menu_of(page) == ["House", "Men", "Women"]


@pytest.mark.browser
def test_choices_are_made_with_the_keyboard_and_can_be_taken_back(visitor: Visitor, peer: Peer) -> None:
    page = visitor.answered()
    page.get_by_role("button", name="Choose").press("Enter")
    box = page.locator(".consent [name=personalization]")
    page.locator(".consent [name=storage]").press("Tab")
    expect(box).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".consent [name=storage]")).to_be_checked()
    page.get_by_role("button", name="Save my choice").press("Enter")
    visitor.answered(DRESS["url"][5:])
    consent = peer.decisions[-1]["context"]["consent"]
    assert (consent["storage"], consent["personalization"], consent["analytics"]) == (
        "granted", "granted", "denied")  # fmt: skip
    visitor.answered("/account")
    page.locator("#privacy [name=storage]").uncheck()
    page.get_by_role("button", name="Save these choices").click()
    assert until(lambda: "maatwerk" not in visitor.stored())
    assert visitor.stored() == {"shop_consent": "none"}


@pytest.mark.browser
def test_an_objection_is_told_once_and_remembered_here(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    page = visitor.answered("/account")
    page.get_by_label("I object to profiling").check()
    with page.expect_response("**/v1/decide"):
        page.get_by_role("button", name="Save these choices").click()
    visitor.answered("/account")
    told = [message for message in peer.messages if message.get("event") == "Objection Changed"]
    assert [message["properties"]["objections"] for message in told] == [{"profiling": True}]
    assert told[0]["anonymousId"]
    expect(page.get_by_label("I object to profiling")).to_be_checked()
    expect(page.get_by_label("I object to direct marketing")).not_to_be_checked()


# --- buying ---------------------------------------------------------------------------------------


@pytest.mark.browser
def test_an_order_is_told_once_with_its_buyer(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    page = visitor.answered(DRESS["url"][5:])
    add_to_bag(page)
    expect(page.locator("[data-bag-count]")).to_have_text("1")
    visitor.answered(LAMP["url"][5:])
    add_to_bag(page)
    visitor.answered("/cart")
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("alert").first).to_contain_text("e-mail address")
    expect(page.locator("[name=offers]")).not_to_be_checked()
    page.get_by_role("button", name="Fill in an invented address").click()
    page.locator("[name=offers]").check()
    with page.expect_response("**/v1/decide"):
        page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    page.reload()
    visitor.answered("/account")
    page.goto(standing_url(page) + "/console")  # leaving sends what is left
    [order] = until(lambda: peer.events("Order Completed"))
    prices = [float(p.get("sale_price") or p["price"]) for p in (DRESS, LAMP)]
    assert order["properties"]["revenue"] == pytest.approx(sum(prices))
    assert [line["sku"] for line in order["properties"]["products"]] == [DRESS["sku"], LAMP["sku"]]
    assert order["properties"]["order_id"].startswith("o-")
    known = [m for m in peer.messages if m["type"] == "identify"]
    assert known[-1]["traits"]["email"] == "anna@example.com"
    agreed = [m["properties"]["purposes"].get("email") for m in peer.events("Consent Changed")]
    assert agreed[-1] is True
    names = [m.get("event") for m in peer.messages]
    assert names.index("Product Added") < names.index("Checkout Started") < names.index("Order Completed")


def standing_url(page: Page) -> str:
    return page.url.split("/shop")[0]


@pytest.mark.browser
def test_no_yes_to_email_is_assumed(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    page = visitor.answered(LAMP["url"][5:])
    add_to_bag(page)
    visitor.answered("/checkout")
    page.get_by_role("button", name="Fill in an invented address").click()
    with page.expect_response("**/v1/decide"):
        page.get_by_role("button", name="Place order").click()
    until(lambda: peer.events("Order Completed"))
    assert not any(m["context"]["consent"].get("email") == "granted" for m in peer.messages)
    assert not any(m["properties"]["purposes"].get("email") for m in peer.events("Consent Changed"))


@pytest.mark.browser
def test_my_taste_is_seen_corrected_by_keyboard_and_told_with_its_reason(
    visitor: Visitor, peer: Peer
) -> None:
    visitor.accept()
    visitor.answered("/p/" + PRODUCTS[0]["sku"])
    page = visitor.answered("/account")
    brand = PRODUCTS[0]["brand"]
    mine = page.locator("#taste")
    expect(mine).to_contain_text(f"Because you looked at {PRODUCTS[0]['name']}")
    mine.get_by_role("button", name=f"Not my taste: {brand}").focus()
    page.keyboard.press("Enter")
    expect(mine.get_by_role("status").first).to_have_text("Saved.")
    expect(mine.get_by_role("heading", name="What you said you do not like")).to_be_visible()
    expect(mine.get_by_role("button", name=f"Not my taste: {brand}")).to_have_count(0)
    assert mine.evaluate("el => el.contains(document.activeElement)"), (
        "who works by keyboard stays where she was"
    )
    (word,) = [word for word in peer.words if word["event"] == "Preferences Given"]
    assert word["properties"]["preferences"] == [{"facet": "brand", "value": brand, "liking": "dislike"}]
    assert word["anonymousId"]


@pytest.mark.browser
def test_a_stranger_is_not_greeted_and_a_known_customer_is(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    page = visitor.answered("/account")
    page.get_by_label("Name", exact=True).fill("Anna Linden")
    page.get_by_label("E-mail address").fill("anna@example.com")
    with page.expect_response("**/v1/decide"):
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert "Anna" not in page.locator("main").inner_text()
    assert "elcome back" not in page.content()
    peer.stage = "known"
    with page.expect_response("**/v1/decide"):
        page.reload()
    expect(page.get_by_role("heading", name="Welcome back, Anna Linden")).to_be_visible()


@pytest.mark.browser
def test_signing_in_is_proven_and_signing_out_ends_it(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    page = visitor.answered("/account")
    page.get_by_label("Name", exact=True).fill("Anna Linden")
    page.get_by_label("E-mail address").fill("anna@example.com")
    with page.expect_response("**/v1/decide"):
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    asked = peer.decisions[-1]
    user = asked["userId"]
    assert asked["userSignature"] == f"sig-{user}"
    told = [m for m in peer.messages if m["type"] == "identify"]
    assert told[-1]["traits"]["email"] == "anna@example.com"
    before = asked["anonymousId"]
    with page.expect_response("**/v1/decide"):
        page.get_by_role("button", name="Sign out").click()
    assert until(lambda: "userId" not in peer.decisions[-1])
    assert "userSignature" not in peer.decisions[-1]
    assert peer.decisions[-1]["anonymousId"] != before
    assert until(lambda: peer.events("Signed Out"))


@pytest.mark.browser
def test_a_wish_for_what_is_sold_out(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    page = visitor.answered(GONE["url"][5:])
    expect(page.get_by_role("button", name="Add to bag")).to_have_count(0)
    page.get_by_label("Your e-mail address").fill("anna@example.com")
    page.get_by_label("Yes, e-mail me when it is back").check()
    page.get_by_role("button", name="Tell me when it is back").click()
    expect(page.get_by_text("we write to you as soon as it is back")).to_be_visible()
    [wish] = until(lambda: peer.events("Back In Stock Requested"))
    assert wish["properties"]["sku"] == GONE["sku"]
    assert wish["context"]["consent"]["email"] == "granted"


# --- searching ------------------------------------------------------------------------------------


@pytest.mark.browser
def test_searching_tells_what_was_asked_and_found(visitor: Visitor, peer: Peer) -> None:
    visitor.accept()
    page = visitor.page
    page.get_by_label("Search the shop").fill("blue dress")
    with page.expect_response("**/v1/decide"):
        page.get_by_label("Search the shop").press("Enter")
    [asked] = until(lambda: peer.events("Products Searched"))
    [found] = until(lambda: peer.events("Search Results Received"))
    assert asked["properties"]["query"] == found["properties"]["query"] == "blue dress"
    assert asked["properties"]["query_id"] == found["properties"]["query_id"]
    assert found["properties"]["results"] >= len(found["properties"]["products"]) > 4
    first = page.locator(".grid .card-link").first
    sku = first.locator("xpath=..").get_attribute("data-sku")
    first.click()
    [clicked] = until(lambda: peer.events("Product Clicked"))
    assert clicked["properties"]["sku"] == sku
    assert clicked["properties"]["query_id"] == asked["properties"]["query_id"]
    visitor.answered("/search?q=zzzzqq")
    expect(page.get_by_role("heading", name="Nothing for")).to_be_visible()
    assert page.locator("[data-maatwerk='search.recommendations'] .card").count() > 3


# --- without Maatwerk, without a script -----------------------------------------------------------


@pytest.mark.browser
@pytest.mark.prove
def test_a_dead_server_leaves_a_shop_that_sells(browser: Browser, peer: Peer) -> None:
    running = Running(serve(f"http://127.0.0.1:{free_port()}", peer, script=False))
    shopper = Visitor(browser, f"{running.url}/shop", reduced_motion="no-preference")
    page = shopper.go()
    page.get_by_role("button", name="Accept all").click()
    for path in PAGES[:4]:
        shopper.go(path)
        for row in page.locator(".slot:has(.card)").all():
            row.scroll_into_view_if_needed()
            expect(row.locator(".slot-head")).to_have_css("opacity", "1")
            assert row.locator("img").first.evaluate("img => img.decode().then(() => true)")
    shopper.go(LAMP["url"][5:])
    add_to_bag(page)
    page.get_by_role("link", name="View bag").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name="Fill in an invented address").click()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    # The browser itself reports that nobody answered; no script of the shop stumbles over it.
    assert all("net::ERR_CONNECTION_REFUSED" in said for said in shopper.complaints)
    shopper.context.close()
    running.stop()


@pytest.mark.browser
def test_a_browser_without_a_script_can_shop(browser: Browser, standing: tuple[str, Peer]) -> None:
    shopper = Visitor(browser, standing[0], java_script_enabled=False)
    page = shopper.go("/c/women/dresses")
    page.get_by_role("button", name="Only necessary").click()
    expect(page.locator("[data-consent]")).to_be_hidden()
    shopper.go(DRESS["url"][5:])
    page.locator(".sizes label").nth(1).click()
    page.get_by_role("button", name="Add to bag").click()
    expect(page.get_by_role("heading", name="Your bag")).to_be_visible()
    page.locator(".quantity select").select_option("3")
    page.get_by_role("button", name="Change").click()
    expect(page.locator("[data-bag-count]")).to_have_text("3")
    page.get_by_role("button", name=f"Remove {DRESS['name']}").click()
    expect(page.get_by_text("Nothing in it yet.")).to_be_visible()
    shopper.context.close()


# --- how it stands --------------------------------------------------------------------------------

SHIFTS = """() => new Promise(done => {
  let total = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) total += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(total), 300);
})"""


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_and_nothing_sticks_out(
    browser: Browser, standing: tuple[str, Peer], peer: Peer, size: dict[str, int]
) -> None:
    shopper = Visitor(browser, standing[0], viewport=size, reduced_motion="no-preference")
    shopper.accept()
    shopper.answered(DRESS["url"][5:])
    for path in (PAGES[0], *PAGES[2:4], *PAGES[6:8], "/cart"):
        page = shopper.answered(path)
        for step in range(0, 3000, 600):
            page.evaluate("y => scrollTo({top: y, behavior: 'instant'})", step)
            page.wait_for_timeout(40)
        assert page.evaluate(SHIFTS) < 0.005, path
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
    assert not shopper.complaints
    shopper.context.close()


@pytest.mark.browser
def test_the_keyboard_gets_everywhere(visitor: Visitor) -> None:
    page = visitor.answered("/c/women/dresses")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    nameless = page.evaluate("""() => [...document.querySelectorAll("a, button, input, select, summary")]
        .filter(el => el.checkVisibility() && !(el.innerText || el.labels?.length || el.ariaLabel ||
            el.textContent.trim())).map(el => el.outerHTML)""")
    assert nameless == []
    facet = page.locator(".facet summary").first
    facet.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".facet fieldset").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".facet fieldset").first).to_be_hidden()
    expect(facet).to_be_focused()
    outline = facet.evaluate("el => getComputedStyle(el).outlineStyle")
    assert outline == "solid"


CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const linear = (v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map(v => linear(v / 255));
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const behind = (el) => {
    for (; el; el = el.parentElement) {
      const color = rgb(getComputedStyle(el).backgroundColor);
      if (color[3] === 255) return color;
    }
    return rgb(getComputedStyle(document.body).backgroundColor);
  };
  const weak = [];
  for (const el of document.querySelectorAll("body *")) {
    const own = [...el.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const seen = el.checkVisibility({visibilityProperty: true}) && !el.closest(".hero, .unseen, option");
    if (!own || !seen) continue;
    const [a, b] = [light(rgb(getComputedStyle(el).color)), light(behind(el))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) weak.push([el.textContent.trim().slice(0, 40), ratio]);
  }
  return weak;
}"""


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.prove)])
def test_every_word_can_be_read(
    browser: Browser, standing: tuple[str, Peer], peer: Peer, scheme: Any
) -> None:
    shopper = Visitor(browser, standing[0], color_scheme=scheme)
    for path in (*PAGES[:6], "/search?q=zzzzqq", "/account"):
        page = shopper.answered(path)
        assert page.evaluate(CONTRAST) == [], path
    shopper.context.close()


# --- the pages as served --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(standing: tuple[str, Peer]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=standing[0], timeout=10) as client:
        yield client


@pytest.mark.parametrize("path", ["", "/", *PAGES[1:]])
def test_every_page_is_served(plain: httpx.Client, path: str) -> None:
    answer = plain.get(path)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert "<h1" in answer.text


def test_the_shop_is_served_without_a_mount_too() -> None:
    app = shop_app(
        PRODUCTS, categories(), write_key="wk", endpoint="https://mw.example/", sign=None, name="A & B"
    )
    running = Running(app)  # type: ignore[arg-type]
    with httpx.Client(base_url=running.url, timeout=10) as client:
        assert client.get("/shop").status_code == 200
        home = client.get("/shop/").text
        assert "A &amp; B" in home
        assert "https://mw.example/maatwerk.js" in home
        assert client.get(f"/shop/pictures/{DRESS['sku']}.svg").status_code == 200
    running.stop()


def test_pictures_are_kept_by_browsers(plain: httpx.Client) -> None:
    for path in (f"/pictures/{DRESS['sku']}.svg", "/heroes/women.svg", "/heroes/new.svg"):
        answer = plain.get(path)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["cache-control"] == "public, max-age=86400"
        assert plain.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/p/NO-SUCH", "/c/no/such", "/order/o-1", "/pictures/NO.svg", "/heroes/no.svg", "/static/no.js"]
)
def test_what_is_not_there_is_404(plain: httpx.Client, path: str) -> None:
    assert plain.get(path).status_code == 404


def test_a_stock_that_changes_is_on_the_next_page(plain: httpx.Client) -> None:
    assert "Add to bag" in plain.get(DRESS["url"][5:]).text
    stock, DRESS["stock"] = DRESS["stock"], 0
    try:
        assert "Tell me when it is back" in plain.get(DRESS["url"][5:]).text
        refused = plain.post(
            "/cart/add", data={"sku": DRESS["sku"], "size": "38"}, headers={"accept": "application/json"}
        )
        assert refused.status_code == 409
    finally:
        DRESS["stock"] = stock


def test_facets_say_what_they_leave(plain: httpx.Client) -> None:
    blue = [
        p for p in PRODUCTS if p["categories"] == ["women/dresses"] and p["attributes"]["color"] == "blue"
    ]
    answer = plain.get("/c/women/dresses", params={"color": "blue"}).text
    assert f"<p>{len(blue)} products</p>" in answer
    cheap = [p for p in blue if float(p.get("sale_price") or p["price"]) < 50]
    answer = plain.get("/c/women/dresses", params={"color": "blue", "price": "-50"}).text
    assert f"<p>{len(cheap)} product" in answer


@pytest.mark.parametrize(
    ("query", "kind"),
    [("blue dress", "dress"), ("blu dres", "dress"), ("trainers", "sneakers"), ("tabel lamp", "lamp"),
     ("pillow", "cushion"), ("leather ankle boots", "ankle boots")],
)  # fmt: skip
def test_the_shop_finds_what_is_meant(plain: httpx.Client, query: str, kind: str) -> None:
    text = plain.get("/search", params={"q": query}).text
    told = json.loads(text.split('id="page">')[1].split("</script>")[0])
    skus = told["search"]["skus"]
    assert len(skus) >= 3
    assert all(kind in BY_SKU[sku]["attributes"]["type"] for sku in skus[:5])


def test_what_a_query_says_stays_text(plain: httpx.Client) -> None:
    text = plain.get("/search", params={"q": "</script><script>alert(1)</script>"}).text
    assert "<script>alert" not in text
    assert "frame-ancestors 'self'" in plain.get("").headers["content-security-policy"]


def test_cookies_of_others_are_not_believed(plain: httpx.Client) -> None:
    for name in ("shop_session", "shop_flash", "shop_orders"):
        forged = "eyJpZCI6InUtMSIsIm5hbWUiOiJNYWxsb3J5In0.aaaa.bbbb"
        text = plain.get("/account", headers={"cookie": f"{name}={forged}"}).text
        assert "Mallory" not in text
        assert '"userId":null' in text
    lines = ["c-0", f"{DRESS['sku']}.99.1", "x", f"{LAMP['sku']}..-1", f"{LAMP['sku']}..5000"]
    bag = plain.get("/cart", headers={"cookie": f"shop_cart={'~'.join(lines)}"})
    assert "data-bag-count>9<" in bag.text


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/shop/", "/shop\\@evil.example", "/other"]
)
def test_nobody_is_sent_out_of_the_shop(plain: httpx.Client, back: str) -> None:
    answer = plain.post("/consent", data={"answer": "necessary", "back": back})
    assert answer.headers["location"] == "/shop/account"


def test_the_second_module_is_small() -> None:
    assert len(gzip.compress(SDK.with_name("maatwerk-taste.js").read_bytes(), 9)) < 4_000
