"""The console in a real browser: signing in, watching a shopper live, and editing a rule."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, expect
from tests.scenarios.server import WEB
from tests.surfaces.console.shop import HOSTILE, SECRET, WRITE, Shop, dress

from maatwerk.app.site import site_of
from maatwerk.app.worker import Worker
from maatwerk.surfaces.http.protocol import GuardedProtocol

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "desk": (1440, 900)}
HER = "a-browser-1"
PAGES = (
    "",
    "/live",
    "/shoppers",
    f"/shoppers/anonymous_id/{HER}",
    "/placements",
    "/placements/preview?page=product",
    "/rules/unit/for-you",
    "/rules/history",
    "/catalog",
    "/catalog/D1",
    "/privacy",
    f"/privacy/anonymous_id/{HER}",
    "/rejected",
    "/health",
)


class Served:
    """A worker on a free port, and the projector beside it."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        parts = self.shop.parts
        worker = Worker(parts, 0, site_of(parts))
        worker.load()
        opened = socket.socket()
        opened.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{opened.getsockname()[1]}"
        config = uvicorn.Config(
            worker.routes,
            http=GuardedProtocol,
            lifespan="off",
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=lambda: asyncio.run(self.server.serve(sockets=[opened])), daemon=True),
            threading.Thread(target=self._project, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self.wait_for("/readyz")

    def send(self, path: str, content: dict[str, Any], key: str = WRITE) -> dict[str, Any]:
        answer = WEB.request(
            "PUT" if "catalog" in path else "POST",
            f"{self.url}{path}",
            json=content,
            auth=(key, ""),
        )
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def look(self, anonymous_id: str, sku: str, event: str = "Product Viewed", **said: Any) -> None:
        message = {
            "type": "track",
            "event": event,
            "anonymousId": anonymous_id,
            "properties": {"sku": sku, **said},
        }
        self.send("/v1/batch", {"batch": [message]})

    def stop(self) -> None:
        self._ended.set()
        self.server.should_exit = True
        for thread in self._threads:
            thread.join(10)
        self.shop.close()

    def _project(self) -> None:
        projector = self.shop.parts.projector()
        while not self._ended.wait(0.05):
            projector.run_once()

    def wait_for(self, path: str) -> None:
        """Until a path answers well."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if WEB.get(f"{self.url}{path}", auth=(SECRET, "")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{path} does not answer")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("console"))
    served.send("/v1/catalog/products", {"products": [dress(f"D{number}") for number in range(1, 9)]}, SECRET)
    served.look(HER, "D1")
    yield served
    served.stop()


@pytest.fixture
def problems() -> list[str]:
    """What went wrong in the page."""
    return []


@pytest.fixture
def console(served: Served, visitor: BrowserContext, problems: list[str]) -> Page:
    """A tab in which the merchant has signed in."""

    def surprised(dialog: Dialog) -> None:
        problems.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error" and "404" not in said.text:  # the pictures are nowhere
            problems.append(said.text)

    page = visitor.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", heard)
    page.on("dialog", surprised)
    page.goto(f"{served.url}/console")
    page.get_by_label("Secret key").fill(SECRET)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Console")).to_be_visible()
    return page


def test_signing_in_and_out(served: Served, console: Page, problems: list[str]) -> None:
    assert console.evaluate("document.cookie") == "", "scripts cannot read the session"
    console.get_by_role("button", name="Sign out").click()
    console.goto(f"{served.url}/console/live")
    console.get_by_label("Secret key").fill("sk_wrong")
    console.get_by_role("button", name="Sign in").click()
    expect(console.get_by_role("alert")).to_contain_text("not a secret key")
    console.get_by_label("Secret key").fill(SECRET)
    console.get_by_role("button", name="Sign in").click()
    expect(console).to_have_url(f"{served.url}/console/live")
    assert not [each for each in problems if "401" not in each]


def test_a_shopper_is_watched_live(served: Served, console: Page, problems: list[str]) -> None:
    console.goto(f"{served.url}/console/live?anonymous_id={HER}")
    expect(console.get_by_role("heading", name=f"Following {HER}")).to_be_visible()
    expect(console.locator("#pulse-word")).to_have_text("live")
    served.look("somebody-else", "D8")
    served.look(HER, "D2")
    expect(console.locator("#stream article").first).to_contain_text("Dress D2")
    expect(console.locator("#portrait")).to_contain_text("Dress D2")
    expect(console.locator("#stream")).not_to_contain_text("Dress D8")
    served.look(HER, "D3", "Product Added", quantity=2)
    expect(console.locator("#portrait")).to_contain_text("In her cart")
    decided = served.send("/v1/decide", {"anonymousId": HER, "context": {"page": {"type": "home"}}})
    row = console.locator(f"#d{decided['decisionId']}")
    row.locator("summary").click()
    shown = decided["placements"]["home.for-you"]["items"][0]
    expect(row).to_contain_text(shown["product"]["name"])
    expect(row).to_contain_text(shown["reason"])
    assert problems == []


def test_holding_the_stream(served: Served, console: Page) -> None:
    console.goto(f"{served.url}/console/live")
    expect(console.locator("#pulse-word")).to_have_text("live")
    console.get_by_role("button", name="Hold").click()
    served.look("held-1", "D5")
    expect(console.locator("#pulse-word")).to_contain_text("waiting")
    expect(console.locator("#stream")).not_to_contain_text("held-1")
    console.get_by_role("button", name="Hold").click()
    expect(console.locator("#stream")).to_contain_text("held-1")


def test_without_a_stream_the_page_asks(served: Served, console: Page) -> None:
    console.add_init_script("delete window.EventSource")
    console.goto(f"{served.url}/console/live")
    expect(console.locator("#pulse-word")).to_contain_text("asking")
    served.look("asked-1", "D6")
    expect(console.locator("#stream article").first).to_contain_text("Dress D6")


def test_a_decision_is_replayed_in_place(served: Served, console: Page, problems: list[str]) -> None:
    decided = served.send("/v1/decide", {"anonymousId": HER, "context": {"page": {"type": "home"}}})
    served.wait_for(f"/v1/decisions/{decided['decisionId']}")  # a record alone is written a moment later
    console.goto(f"{served.url}/console/decisions/{decided['decisionId']}")
    console.get_by_role("button", name="Replay").click()
    expect(console.locator("[data-answer]")).to_contain_text("identical")
    assert problems == []


def test_a_rule_is_checked_published_and_taken_back(
    served: Served, console: Page, problems: list[str]
) -> None:
    before = served.shop.parts.knowledge.rules.offset
    console.goto(f"{served.url}/console/rules/unit/trending")
    text = console.get_by_label("The rule, as TOML")
    text.fill(text.input_value().replace("Trending now", "Wanted now"))
    console.get_by_role("button", name="Check").click()
    expect(console.locator(".plus")).to_contain_text("Wanted now")
    console.get_by_role("button", name="Publish").click()
    expect(console.get_by_role("status")).to_contain_text("Published")
    answer = served.send("/v1/decide", {"anonymousId": HER, "context": {"page": {"type": "home"}}})
    assert answer["placements"]["home.trending"]["title"] == "Wanted now"
    console.goto(f"{served.url}/console/rules/history")
    console.get_by_role("row").filter(has_text=str(before)).get_by_role("button").first.click()
    console.get_by_role("button", name="Go back").click()
    expect(console.get_by_role("status")).to_contain_text("as they stood then")
    answer = served.send("/v1/decide", {"anonymousId": HER, "context": {"page": {"type": "home"}}})
    assert answer["placements"]["home.trending"]["title"] == "Trending now"
    assert problems == []


def test_the_keyboard_reaches_the_search(served: Served, console: Page) -> None:
    console.goto(f"{served.url}/console/health")
    console.keyboard.press("/")
    expect(console.locator("#find")).to_be_focused()
    console.keyboard.type(HER)
    console.keyboard.press("Enter")
    expect(console).to_have_url(f"{served.url}/console/shoppers/anonymous_id/{HER}")
    console.keyboard.press("Tab")
    expect(console.get_by_role("link", name="To the content")).to_be_focused()


def test_hostile_words_do_nothing(served: Served, console: Page, problems: list[str]) -> None:
    served.send("/v1/catalog/products", {"products": [dress("EVIL", name=HOSTILE)]}, SECRET)
    console.goto(f"{served.url}/console/live")
    expect(console.locator("#pulse-word")).to_have_text("live")
    served.look(HOSTILE, "EVIL")
    expect(console.locator("#stream article").first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(console.locator("#stream article script")).to_have_count(0)
    console.goto(f"{served.url}/console/catalog/EVIL")
    expect(console.get_by_role("heading", level=1)).to_contain_text("<img src=x")
    assert problems == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.prove)])
def test_every_page_fits_and_can_be_read(
    served: Served, console: Page, problems: list[str], size: str, scheme: Any
) -> None:
    width, height = SIZES[size]
    console.set_viewport_size({"width": width, "height": height})
    console.emulate_media(color_scheme=scheme)
    for path in PAGES:
        console.goto(f"{served.url}/console{path}")
        expect(console.get_by_role("heading", level=1)).to_be_visible()
        assert console.evaluate("document.documentElement.scrollWidth") <= width, (
            f"{path} is wider than {width}"
        )
        assert console.evaluate(CONTRAST) == [], f"{path} in {scheme}: too little contrast"
    assert problems == []


# Text whose color stands out less than 4.5 : 1 from what lies behind it (WCAG 2.2, 1.4.3).
CONTRAST = """() => {
  const channel = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const parts = [0.2126, 0.7152, 0.0722];
  const light = (color) => parts.reduce((sum, part, place) => sum + part * channel(color[place] / 255), 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 250) return color;
    }
    return rgba('Canvas');
  };
  const faint = [];
  for (const element of document.querySelectorAll('main *, .rail *, .top *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const seen = element.checkVisibility({ visibilityProperty: true }) && !element.closest('.unseen');
    if (!own || !seen) continue;
    const two = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05);
    if (ratio < 4.5) faint.push(`${element.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return faint.slice(0, 5);
}"""
