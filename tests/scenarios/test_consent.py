"""Consent over HTTP, with two workers: each answer counts at once, and stays."""

import json
import time
from pathlib import Path
from typing import Any

from tests.scenarios.server import SECRET, WEB, WRITE, Server

STRINGS = {
    sample["name"]: sample["tc"]
    for sample in json.loads((Path(__file__).parents[1] / "events/samples/tc_strings.json").read_text())[
        "strings"
    ]
}


def look(who: str, sku: str = "w-dr-1", **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "anonymousId": who, "properties": {"sku": sku}} | more


def decide(shop: Server, who: str, consent: Any = None, **more: Any) -> Any:
    context: dict[str, Any] = {"page": {"type": "home"}}
    if consent is not None:
        context["consent"] = consent
    return shop.post("/v1/decide", {"anonymousId": who, "context": context} | more)


ALL = dict.fromkeys(("storage", "analytics", "personalization", "advertising"), "granted")


def test_an_objection_to_profiling_counts_at_once_whatever_the_page_states(shop: Server) -> None:
    shop.post("/v1/batch", {"batch": [look("a-object") for _ in range(3)]})
    assert decide(shop, "a-object", ALL)["personal"] is True
    shop.post(
        "/v1/track",
        {
            "event": "Objection Changed",
            "anonymousId": "a-object",
            "properties": {"objections": {"profiling": True}},
        },
    )
    for _ in range(4):  # either worker
        answer = decide(shop, "a-object", ALL)
        assert (answer["personal"], answer["impersonal"]) == (False, "objection")
    assert decide(shop, "a-other", ALL, events=[look("a-other")])["personal"] is True
    shop.post("/v1/batch", {"batch": [look("a-object", messageId="after", context={"consent": ALL})]})
    stored = {line["messageId"]: line for line in shop.call_lines("/v1/admin/events")}
    assert "personalization_denied" in stored["after"]["flags"]


def test_an_objection_among_the_requests_own_events_counts_for_its_answer(shop: Server) -> None:
    shop.post("/v1/batch", {"batch": [look("a-now") for _ in range(3)]})
    said = {"type": "track", "event": "Objection Changed", "properties": {"objections": {"profiling": True}}}
    assert decide(shop, "a-now", ALL, events=[said])["impersonal"] == "objection"


def test_what_was_proven_to_be_hers_nobody_else_takes_back(shop: Server) -> None:
    def objecting(yes: bool, *, secret: bool, **who: str) -> None:
        said = {"event": "Objection Changed", "properties": {"objections": {"profiling": yes}}} | who
        shop.post("/v1/track", said, secret=secret)

    shop.post("/v1/identify", {"userId": "u-firm", "anonymousId": "a-firm"})
    shop.post("/v1/batch", {"batch": [look("a-firm", userId="u-firm") for _ in range(3)]})
    objecting(True, secret=True, userId="u-firm")
    assert decide(shop, "a-firm", ALL, userId="u-firm")["personal"] is False, "she claims to be who objected"
    objecting(False, secret=False, userId="u-firm", anonymousId="a-firm")
    assert decide(shop, "a-firm", ALL, userId="u-firm")["personal"] is False
    objecting(False, secret=True, userId="u-firm")
    assert decide(shop, "a-firm", ALL, userId="u-firm")["personal"] is True


def test_a_tc_string_in_the_context_is_enforced_and_a_broken_one_denies(shop: Server) -> None:
    dropped = shop.settled_stats()["dropped_consent"]
    broken = {"consent": {"tcf": STRINGS["all purposes, our vendor"][:25]}}
    answer = shop.post("/v1/batch", {"batch": [look("a-tcf", context=broken)]})
    assert (answer["accepted"], answer["dropped"]) == (0, 1)
    until = time.monotonic() + 20  # another worker's counters are seen once they are written
    while any(
        shop.call("GET", "/v1/admin/stats")["dropped_consent"] != dropped + 1 for _ in range(6)
    ):  # either worker
        assert time.monotonic() < until, "it was not counted, or more than once"
        time.sleep(0.1)
    shop.post("/v1/batch", {"batch": [look("a-tcf2") for _ in range(3)]})
    assert decide(shop, "a-tcf2")["personal"] is True
    assert decide(shop, "a-tcf2", broken["consent"])["impersonal"] == "consent"
    own = {"tcf": STRINGS["with a publisher segment"]}
    assert decide(shop, "a-tcf2", own)["personal"] is True


def test_the_privacy_signal_persists_for_the_known_user_on_other_devices(shop: Server) -> None:
    message = look("a-gpc", userId="u-gpc", messageId="gpc-1", context={"consent": ALL})
    WEB.post(
        shop.url + "/v1/track", json=message, auth=(WRITE, ""), headers={"Sec-GPC": "1"}, timeout=20
    ).raise_for_status()
    shop.post("/v1/track", look("a-gpc-2", userId="u-gpc", messageId="gpc-2"), secret=True)
    known = shop.call("GET", "/v1/profiles/user_id/u-gpc")
    assert known["consent"]["advertising"] == "denied"
    stored = {line["messageId"]: line for line in shop.call_lines("/v1/admin/events")}
    assert {"gpc", "advertising_denied"} <= set(stored["gpc-1"]["flags"])
    assert "advertising_denied" in stored["gpc-2"]["flags"], (
        "the server's event says nothing: she said no before"
    )


def test_what_is_handed_on_to_advertisers_leaves_out_whoever_denied_it_then_or_since(shop: Server) -> None:
    def handed_on() -> set[str]:
        return {line["messageId"] for line in shop.call_lines("/v1/admin/events?purpose=advertising")}

    denied = {"consent": {"advertising": "denied"}}
    shop.post("/v1/batch", {"batch": [
        look("a-ads", messageId="ads-yes"),
        look("a-no-ads", messageId="ads-no", context=denied),
        look("a-server", userId="u-server", messageId="ads-server"),
    ]}, secret=True)  # fmt: skip
    assert {"ads-yes", "ads-server"} <= handed_on()
    assert "ads-no" not in handed_on()
    assert not {"gpc-1", "gpc-2"} & handed_on()
    shop.post("/v1/consent", {"userId": "u-server", "purposes": {"advertising": "denied"}}, secret=True)
    assert "ads-server" not in handed_on(), "she withdrew since"
    assert "ads-yes" in handed_on()
    shop.call("GET", "/v1/admin/events?purpose=anything", status=400)


def test_no_address_and_no_full_agent_is_in_any_file(shop: Server) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:987.5) Gecko/20100101 Firefox/987.5 Plantedagent/42"
    address, mapped, edge = "203.0.113.77", "2001:db8:77:66::55", "198.51.100.23"
    context = {"ip": address, "userAgent": agent, "userAgentData": {"brands": [{"brand": "Plantedbrand"}]}}
    headers = {
        "user-agent": agent,
        "x-forwarded-for": f"{edge}, {mapped}",
        "x-real-ip": edge,
        "forwarded": f"for={edge}",
    }
    good, bad = look("a-agent", context=context), look("a-agent", context=context | {"ip": mapped})
    bad["properties"] = {"sku": "w-dr-1", "price": "planted nonsense"}
    asked = {"anonymousId": "a-agent", "context": {"page": {"type": "home"}}, "events": [good]}
    for path, body in (
        ("/v1/batch", {"batch": [good, bad]}),
        ("/v1/decide", asked),
        ("/v1/batch", {"batch": [bad]}),
    ):
        WEB.post(shop.url + path, json=body, auth=(WRITE, ""), headers=headers)
    shop.settled_stats()
    files = [path for path in shop.folder.rglob("*") if path.is_file()] + [shop.output]
    held = b"".join(path.read_bytes() for path in files)
    assert b"a-agent" in held, "the scan can fail"
    assert b"planted nonsense" in held, "what was refused is kept"
    for value in (address, mapped, edge, "Plantedagent", "Plantedbrand", "rv:987.5"):
        assert value.encode() not in held, value
    [event] = [line for line in shop.call_lines("/v1/admin/events") if line["anonymousId"] == "a-agent"][:1]
    assert event["context"]["browser"] == "Firefox"


def test_an_audience_goes_out_without_those_who_may_not_be_handed_on(shop: Server) -> None:
    rule = {"name": "Seen bags", "when": 'event("Product Viewed").where(e, e.sku == "w-ba-5").count() >= 1'}
    shop.call("PUT", "/v1/rules/audience/seen-bags", rule)
    people = ("u-yes", "u-no-ads", "u-objects")
    shop.post("/v1/batch", {"batch": [look("", "w-ba-5", userId=who) for who in people]}, secret=True)
    shop.post("/v1/consent", {"userId": "u-no-ads", "purposes": {"advertising": "denied"}}, secret=True)
    shop.post("/v1/consent", {"userId": "u-objects", "objections": {"direct_marketing": True}}, secret=True)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if len(shop.call("GET", "/v1/audiences/seen-bags/members")["items"]) == 3:
            break
        time.sleep(0.1)

    def handed_on(path: str) -> set[str]:
        answer = WEB.get(shop.url + path, auth=(SECRET, ""))
        assert answer.status_code == 200, answer.text
        return {line.split(",")[0] for line in answer.text.splitlines()[1:]} & set(people)

    assert handed_on("/v1/audiences/seen-bags/members?format=csv") == {"u-yes"}
    assert handed_on("/v1/audiences/seen-bags/members?format=csv&purpose=personalization") == set(people)
    assert handed_on("/v1/audiences/seen-bags/members?format=csv&purpose=email") == set()
