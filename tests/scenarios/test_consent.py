"""Consent over HTTP, with two workers: each answer counts at once, and stays."""

import json
from pathlib import Path
from typing import Any

import httpx
from tests.scenarios.server import WRITE, Server

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
    dropped = shop.call("GET", "/v1/admin/stats")["dropped_consent"]
    broken = {"consent": {"tcf": STRINGS["all purposes, our vendor"][:25]}}
    answer = shop.post("/v1/batch", {"batch": [look("a-tcf", context=broken)]})
    assert (answer["accepted"], answer["dropped"]) == (0, 1)
    assert shop.call("GET", "/v1/admin/stats")["dropped_consent"] == dropped + 1
    shop.post("/v1/batch", {"batch": [look("a-tcf2") for _ in range(3)]})
    assert decide(shop, "a-tcf2")["personal"] is True
    assert decide(shop, "a-tcf2", broken["consent"])["impersonal"] == "consent"
    own = {"tcf": STRINGS["with a publisher segment"]}
    assert decide(shop, "a-tcf2", own)["personal"] is True


def test_the_privacy_signal_persists_for_the_known_user_on_other_devices(shop: Server) -> None:
    message = look("a-gpc", userId="u-gpc", messageId="gpc-1", context={"consent": ALL})
    httpx.post(
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
