"""The stock `@segment/analytics-next`, unmodified, in a real browser: only its CDN address names our host."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.surfaces.collect.server import WRITE, Peer, props, served

from maatwerk.surfaces.http.request import Receive, Scope, Send

pytestmark = [pytest.mark.browser, pytest.mark.node]

VERSION = "1.84.3"
PAGE = b"""<!doctype html><title>Radiant Tee</title><script src="/analytics.js"></script>"""


@pytest.fixture(scope="session")
def analytics(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The client's browser bundle, as npm has it."""
    folder = tmp_path_factory.mktemp("npm")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine")
    command = [
        npm,
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        f"@segment/analytics-next@{VERSION}",
    ]
    try:
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not fetch @segment/analytics-next within two minutes")
    if ran.returncode:
        pytest.skip(f"npm cannot fetch @segment/analytics-next here: {ran.stderr.strip()[-200:]}")
    return (folder / "node_modules/@segment/analytics-next/dist/umd/index.js").read_bytes()


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium_path), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def shop(analytics: bytes, browser: Browser) -> Iterator[Page]:
    """A page of another origin than the server it sends to."""

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        script = scope["path"].endswith(".js")
        content_type = b"text/javascript" if script else b"text/html"
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]}
        )
        await send({"type": "http.response.body", "body": analytics if script else PAGE})

    context = browser.new_context(locale="nl-NL")
    with served(site) as address:
        page = context.new_page()
        page.goto(f"{address}/p/ws12?utm_source=mail&utm_medium=email&utm_campaign=may")
        yield page
        context.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in the browser's own time."""
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 15 seconds"
        time.sleep(0.05)


RUN = """async ([cdnURL, writeKey, integrations]) => {
  const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey, cdnURL }, { integrations });
  await analytics.page("Product", "Radiant Tee");
  await analytics.track("Product Viewed", { product_id: 12, sku: "WS12", price: 32.5, currency: "EUR" });
  await analytics.identify("u-1", { email: "ada@example.test" });
  await analytics.group("g-1", { seats: 3 });
  await analytics.alias("u-2", "u-1");
  await analytics.screen("Start");
  for (let n = 0; n < 10; n++) await analytics.track("Lamp Rubbed", { n });
  return (await analytics.user()).anonymousId();
}"""
NAMES = ["Page Viewed", "Product Viewed", "Identified", "Grouped", "Aliased", "Screen Viewed"]


@pytest.mark.parametrize("batching", [False, True])
def test_every_call_arrives_once_from_another_origin(peer: Peer, shop: Page, batching: bool) -> None:
    strategy = (
        {"strategy": "batching", "config": {"size": 4, "timeout": 500}}
        if batching
        else {"strategy": "standard"}
    )
    integrations: dict[str, Any] = {"Segment.io": {"deliveryStrategy": strategy}}
    with served(peer.routes) as address:
        asked: list[str] = []
        shop.on("request", lambda request: asked.append(request.url))
        anonymous_id = shop.evaluate(RUN, [address, WRITE, integrations])
        until(lambda: len(peer.events()) >= 16)
    events = sorted(peer.events(), key=lambda event: event.time)
    assert len(events) == 16
    assert sorted({event.name for event in events}) == sorted([*NAMES, "Lamp Rubbed"])
    assert {props(event)["n"] for event in events if event.name == "Lamp Rubbed"} == set(range(10))
    assert {event.anonymous_id for event in events} == {anonymous_id}
    assert peer.log.rejected() == []
    assert all(url.startswith((address, "http://127.0.0.1")) for url in asked), "nothing is asked elsewhere"
    viewed = next(event for event in events if event.name == "Product Viewed")
    assert props(viewed)["product_id"] == "12"
    assert (viewed.context.locale, viewed.context.device, viewed.context.os) == ("nl-NL", "desktop", "Linux")
    assert viewed.context.path == "/p/ws12"
    assert viewed.context.campaign is not None
    assert viewed.context.campaign.name == "may"


def test_the_settings_it_fetches_tell_it_where_to_send(peer: Peer, shop: Page) -> None:
    with served(peer.routes) as address:
        shop.evaluate(RUN, [address, WRITE, {}])
        until(lambda: len(peer.events()) >= 16)
    assert len(peer.events()) == 16


def test_what_it_sends_again_after_a_503_counts_once(peer: Peer, shop: Page) -> None:
    refused: list[str] = []

    async def flaky(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST" and len(refused) < 5:
            refused.append(scope["path"])
            origin = dict(scope["headers"])[b"origin"]
            headers = [
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-credentials", b"true"),
            ]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await peer.routes(scope, receive, send)

    with served(flaky) as address:
        shop.evaluate(RUN, [address, WRITE, {}])
        until(lambda: len(peer.events()) >= 16)
    assert len(refused) == 5
    assert len(peer.events()) == 16
