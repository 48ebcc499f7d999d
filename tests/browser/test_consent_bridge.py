"""The bridge to consent platforms in a real browser: what their signals make of our state."""

import gzip
import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.browser.peer import MODULE, Peer
from tests.browser.test_sdk import NOTHING, leave, problems, stored

pytestmark = pytest.mark.browser

GTAG = "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }"
NAMES = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")
DENIED = "{" + ", ".join(f"{name}: 'denied'" for name in NAMES) + "}"
GRANTED = DENIED.replace("denied", "granted")
CMP = """
const listeners = [];
window.tcData = {eventStatus: 'cmpuishown', gdprApplies: true, cmpId: 300, cmpVersion: 2, tcfPolicyVersion: 4,
  purpose: {consents: {}}, vendor: {consents: {}}, publisher: {consents: {}, restrictions: {}}};
window.__tcfapi = (command, version, callback) => {
  if (command === 'addEventListener') { listeners.push(callback); callback({...tcData, listenerId: 1}, true) }
};
window.answer = (more, success = true) => {
  if (more) Object.assign(tcData, {eventStatus: 'useractioncomplete'}, more);
  for (const listener of listeners) listener(success ? {...tcData} : null, success);
};
window.all = (ids) => Object.fromEntries(ids.map((id) => [id, true]));
"""
STATE = "m.consent()"


def shop(before: str = "", options: str = "", start: str = "") -> str:
    """A page whose consent platform runs ``before``, and that starts our module with the bridge."""
    code = (
        'import maatwerk from "/maatwerk.js"; import follow from "/maatwerk-consent.js"; window.m = maatwerk;'
        f"follow({{{options}}});"
        f'maatwerk.start({{writeKey: "wk_1", page: {{type: "product", sku: "A1"}}, {start}}});'
    )
    head = '<meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,">'
    scripts = f'<script>{before}</script><script type="module">{code}</script>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><p>Shop</p>{scripts}</body></html>'


def nothing_left(peer: Peer) -> None:
    assert peer.posts("/v1/batch") == []
    for call in peer.calls:
        assert not re.search(r"anonymousId|userId|sessionId", call.text)
        assert "cookie" not in call.headers


def changed(tab: Page, action: str) -> tuple[dict[str, bool], float]:
    """Our state after an action of the page, and how many milliseconds that took."""
    script = f"() => {{ const at = performance.now(); {action}; return [{STATE}, performance.now() - at] }}"
    state, took = tab.evaluate(script)
    return state, took


def test_google_denied_by_default_and_granted_later(tab: Page, peer: Peer) -> None:
    found = problems(tab)
    peer.pages["/"] = shop(f"{GTAG} gtag('consent', 'default', {DENIED});")
    tab.goto(peer.url)
    peer.wait(peer.decisions)
    leave(tab)
    nothing_left(peer)
    assert stored(tab) == NOTHING
    tab.evaluate(f"{GTAG} gtag('consent', 'update', {GRANTED})")
    assert tab.evaluate(STATE) == {
        "storage": True, "analytics": True, "personalization": False, "advertising": True,
    }  # fmt: skip
    [told] = peer.wait(lambda: peer.messages("Consent Changed"))
    assert told["properties"]["source"] == "gcm"
    assert [m["type"] for m in peer.messages()].count("page") == 1, "what had been waiting is not lost"
    state, took = changed(tab, "dataLayer.push(['consent', 'update', {personalization_storage: 'granted'}])")
    assert state["personalization"]
    assert took < 100
    tab.evaluate("gtag('consent', 'update', {ad_user_data: 'denied'})")
    assert tab.evaluate(STATE)["advertising"] is False
    tab.evaluate(
        "gtag('consent', 'update', {analytics_storage: 'denied', personalization_storage: 'denied'})"
    )
    assert not any(tab.evaluate(STATE).values())
    assert stored(tab) == NOTHING
    assert found == []


def test_a_granted_default_waits_for_the_update_that_was_announced(tab: Page, peer: Peer) -> None:
    wait = GRANTED[:-1] + ", wait_for_update: 700}"
    peer.pages["/"] = shop(f"{GTAG} gtag('consent', 'default', {wait});")
    tab.goto(peer.url)
    tab.wait_for_timeout(250)
    assert peer.calls == []
    tab.evaluate(f"gtag('consent', 'update', {DENIED})")
    peer.wait(peer.decisions)
    leave(tab)
    nothing_left(peer)
    assert stored(tab) == NOTHING
    tab.reload()
    peer.wait(lambda: peer.messages("page"))  # nobody took it back
    assert tab.evaluate(STATE)["storage"] is True


def test_whom_we_know_is_not_forgotten_for_a_default_before_her_answer_is_read(tab: Page, peer: Peer) -> None:
    platform = f"{GTAG} gtag('consent', 'default', {DENIED}); setTimeout(() => window.late?.(), 150);"
    peer.pages["/"] = shop(platform)
    tab.goto(peer.url)
    tab.wait_for_timeout(200)
    tab.evaluate(f"gtag('consent', 'update', {GRANTED})")
    peer.wait(lambda: peer.messages("page"))
    who = tab.evaluate("m.ids().anonymousId")
    peer.calls.clear()
    peer.pages["/again"] = shop(f"window.late = () => gtag('consent', 'update', {GRANTED}); {platform}")
    tab.goto(peer.url + "/again")
    peer.wait(lambda: peer.messages("page"))
    assert tab.evaluate("m.ids().anonymousId") == who
    assert peer.messages("Consent Changed") == []
    tab.goto(peer.url)  # and here no answer follows: the default holds
    tab.wait_for_function("!m.consent().storage")
    assert stored(tab) == NOTHING


def test_a_default_for_another_region_does_not_count(tab: Page, peer: Peer) -> None:
    regional = GRANTED[:-1] + ", region: ['US']}"
    peer.pages["/nl"] = shop(f"{GTAG} gtag('consent', 'default', {regional});", "region: 'NL'")
    peer.pages["/us"] = shop(f"{GTAG} gtag('consent', 'default', {regional});", "region: 'US-CA'")
    peer.pages["/unknown"] = shop(f"{GTAG} gtag('consent', 'default', {regional});")
    for path, granted in (("/nl", False), ("/unknown", False), ("/us", True)):
        tab.goto(peer.url + path)
        tab.wait_for_function("window.m")
        assert tab.evaluate(STATE)["analytics"] is granted, path


ANSWERS: list[tuple[str, set[str]]] = [
    ("{purpose: {consents: all([1,3,4,7,8,9,10])}, vendor: {consents: all([754])}}", set()),
    ("{purpose: 7, vendor: null}", set()),
    ("{purpose: {consents: {1: 'yes'}}, vendor: {consents: all([755])}}", set()),
    (
        "{purpose: {consents: all([1,3,4,7,8,9,10])}, vendor: {consents: all([755])}}",
        {"storage", "analytics", "personalization", "advertising"},
    ),
    ("{purpose: {consents: all([1,8,9,10])}, vendor: {consents: all([755])}}", {"storage", "analytics"}),
    (
        "{purpose: {consents: all([1,3,4,7,8,9,10])}, vendor: {consents: all([755])},"
        " publisher: {restrictions: {4: {755: 0}, 8: {755: 1}}}}",
        {"storage", "analytics"},
    ),
]


def test_the_framework_needs_purposes_and_our_number(tab: Page, peer: Peer) -> None:
    found = problems(tab)
    peer.pages["/"] = shop(CMP, "tcfVendor: 755")
    tab.goto(peer.url)
    peer.wait(peer.decisions)
    leave(tab)
    nothing_left(peer)
    for answer, granted in ANSWERS:
        state, took = changed(tab, f"answer({answer})")
        assert {purpose for purpose, yes in state.items() if yes} == granted, answer
        assert took < 100
    told = peer.wait(lambda: peer.messages("Consent Changed"))[0]
    assert told["properties"]["source"] == "tcf"
    assert told["properties"]["text_version"] == "cmp 300.2, policy 4"
    tab.evaluate("answer(null, false)")  # the platform fails: no answer is a no
    assert not any(tab.evaluate(STATE).values())
    leave(tab)
    assert stored(tab) == NOTHING
    assert found == []


def test_a_known_shopper_waits_for_her_platform_and_of_two_voices_the_no_counts(
    tab: Page, peer: Peer
) -> None:
    both = f"{CMP} {GTAG} gtag('consent', 'default', {GRANTED}); tcData.eventStatus = 'loading';"
    yes = "{purpose: {consents: all([1,3,4,7,8,9,10])}, vendor: {consents: all([755])}}"
    peer.pages["/"] = shop(both, "tcfVendor: 755")
    tab.goto(peer.url)
    tab.wait_for_function("window.m")
    tab.evaluate(f"answer({yes})")
    peer.wait(lambda: peer.messages("page"))
    who = tab.evaluate("m.ids().anonymousId")
    peer.calls.clear()
    tab.reload()
    tab.wait_for_timeout(400)
    assert peer.calls == [], "nothing leaves before the platform has read her answer"
    less = "{eventStatus: 'tcloaded', purpose: {consents: all([1])}, vendor: {consents: all([755])}}"
    tab.evaluate(f"answer({less})")
    [asked] = peer.wait(peer.decisions)
    assert asked["context"]["consent"]["analytics"] == "denied"
    assert asked["anonymousId"] == who


def test_the_browsers_privacy_signal_denies_advertising(
    visitor: BrowserContext, tab: Page, peer: Peer
) -> None:
    visitor.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {value: true})"
    )
    peer.pages["/"] = shop(f"{GTAG} gtag('consent', 'default', {GRANTED});")
    tab.goto(peer.url)
    peer.wait(lambda: peer.messages("page"))
    assert tab.evaluate(STATE)["advertising"] is False
    [told] = peer.messages("Consent Changed")
    assert told["properties"]["purposes"]["advertising"] is False


def test_a_script_tag_is_enough(tab: Page, peer: Peer) -> None:
    tag = '<script type="module" src="/maatwerk-consent.js" data-write-key="wk_1" data-page-type="home">'
    before = f"<script>{GTAG} gtag('consent', 'default', {GRANTED})</script>"
    peer.pages["/"] = f"<!doctype html><title>A shop</title>{before}{tag}</script>"
    tab.goto(peer.url)
    [page] = peer.wait(lambda: peer.messages("page"))
    assert page["name"] == "home"
    assert json.loads(tab.evaluate("localStorage.maatwerk"))["consent"]["analytics"] is True


def test_it_is_small() -> None:
    source: Any = MODULE.with_name("maatwerk-consent.js").read_bytes()
    assert len(gzip.compress(source, 9)) < 3_500
    assert re.findall(rb"^import .*", source, re.MULTILINE) == [b'import maatwerk from "./maatwerk.js";']
