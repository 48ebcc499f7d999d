"""A shopper's own page of privacy choices, in a real browser against a real server."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.scenarios.server import WEB, Server

pytestmark = pytest.mark.browser
ALL = dict.fromkeys(("storage", "analytics", "personalization", "advertising"), "granted")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("choices") / "workspace", workers=1, name="Luma <&> Co")
    server.start()
    product = {"sku": "A", "name": "A", "price": 1, "currency": "EUR", "stock": 1, "categories": ["x"]}
    server.call("PUT", "/v1/catalog/products", {"products": [product]})
    yield server
    server.stop()


def decide(shop: Server, consent: Any = ALL) -> Any:
    asked = {
        "anonymousId": "a-ida",
        "userId": "u-ida",
        "context": {"page": {"type": "home"}, "consent": consent},
    }
    return shop.post("/v1/decide", asked, secret=True)


def test_she_sees_what_holds_and_what_she_changes_counts_at_once(tab: Page, shop: Server) -> None:
    look = {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": "a-ida",
        "userId": "u-ida",
        "properties": {"sku": "A"},
    }
    shop.post("/v1/batch", {"batch": [look | {"context": {"consent": ALL}}]}, secret=True)
    assert decide(shop)["personal"] is True
    url = shop.call("POST", "/v1/profiles/user_id/u-ida/privacy-link")["url"]
    for _ in range(20):
        assert WEB.get(url).status_code == 200  # a scanner follows links
    tab.goto(url)
    boxes = {
        name: tab.locator(f"input[name={name}]") for name in (*ALL, "email", "profiling", "direct_marketing")
    }
    assert [name for name, box in boxes.items() if box.is_checked()] == list(ALL)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.name") == "storage", "the keyboard is enough"
    tab.get_by_label("I object to profiling").check()
    tab.get_by_role("button", name="Save my choices").click()
    assert tab.get_by_role("status").inner_text() == "Saved. It counts from now on."
    assert decide(shop)["impersonal"] == "objection", "the browser still states the old yes"
    tab.get_by_label("I object to profiling").uncheck()
    tab.get_by_role("button", name="Save my choices").click()
    assert decide(shop)["personal"] is True
    tab.get_by_role("button", name="Allow nothing").click()
    assert not any(box.is_checked() for box in boxes.values())
    assert decide(shop)["impersonal"] == "consent"
    answer = shop.post("/v1/batch", {"batch": [look | {"context": {"consent": ALL}}]}, secret=True)
    assert answer["dropped"] == 1, "nothing is kept of what an old page still sends"
    tab.get_by_role("button", name="Allow all").click()
    assert decide(shop)["personal"] is True
    found = shop.call("GET", "/v1/profiles/user_id/u-ida/consent")
    told = [each for each in found["items"] if each["source"] == "preferences"]
    assert {each["text_version"] for each in told} == {"choices-1"}
    assert all(each["proven"] for each in told)
    assert found["consent"]["email"] == "granted"


def test_a_link_of_another_make_shows_nothing(tab: Page, shop: Server) -> None:
    url = shop.call("POST", "/v1/profiles/user_id/u-ida/privacy-link")["url"]
    for broken in (url[:-1], url + "A", shop.url + "/p/x"):
        assert WEB.get(broken).status_code == 404
        assert WEB.post(broken, data={"answer": "none"}).status_code == 404
    assert "u-ida" not in url


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]
)
def test_it_fits_every_screen(tab: Page, shop: Server, width: int, scheme: Any) -> None:
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(shop.call("POST", "/v1/profiles/user_id/u-ida/privacy-link")["url"])
    assert tab.title() == "Your privacy choices · Luma <&> Co"
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    contrast = tab.evaluate("getComputedStyle(document.querySelector('label span')).color")
    assert contrast != tab.evaluate("getComputedStyle(document.body).backgroundColor")
