"""The operator's routes: with the secret key alone, paged, replayable."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.surfaces.collect.server import SECRET, WRITE, Peer

from maatwerk.events.event import Event
from maatwerk.surfaces.admin import add_admin
from maatwerk.surfaces.http.routes import Routes
from maatwerk.views.catalog.columns import Catalogs

PATHS = [
    ("GET", "/v1/admin/events"),
    ("GET", "/v1/admin/stats"),
    ("GET", "/v1/admin/rejected"),
    ("POST", "/v1/admin/rejected/replay"),
    ("PUT", "/v1/catalog/products"),
    ("PATCH", "/v1/catalog/products/s"),
    ("DELETE", "/v1/catalog/products/s"),
    ("GET", "/v1/catalog/products/s"),
]


def lines(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_the_write_key_opens_none_of_it(peer: Peer, method: str, path: str) -> None:
    assert peer.ask(method, path, WRITE, content=b"{}").status_code == 403
    assert peer.ask(method, path, "", content=b"{}").status_code == 401
    assert peer.ask(method, f"{path}?writeKey={WRITE}", "", content=b"{}").status_code == 403


def test_each_collected_message_once_with_what_was_said_of_it(peer: Peer) -> None:
    peer.send(
        {
            "type": "track",
            "event": "viewed product",
            "messageId": "m-1",
            "anonymousId": "a",
            "properties": {"sku": "s"},
        },
        {
            "type": "track",
            "event": "viewed product",
            "messageId": "m-1",
            "anonymousId": "a",
            "properties": {"sku": "s"},
        },
        {
            "type": "identify",
            "messageId": "m-2",
            "anonymousId": "a",
            "userId": "u",
            "traits": {"plan": "gold"},
        },
    )
    peer.ask("PUT", "/v1/catalog/products", SECRET, json={"products": [{"sku": "s"}]})
    first, second = lines(peer.ask("GET", "/v1/admin/events", SECRET))
    assert (first["messageId"], first["type"], first["event"], first["name"]) == (
        "m-1",
        "track",
        "viewed product",
        "Product Viewed",
    )
    assert (first["anonymousId"], first["userId"], first["properties"]) == ("a", None, {"sku": "s"})
    assert first["timestamp"] == "2026-11-22T12:00:00.000Z"
    assert (second["messageId"], second["type"], second["traits"]) == ("m-2", "identify", {"plan": "gold"})
    internal = lines(peer.ask("GET", "/v1/admin/events?origin=internal", SECRET))
    assert [line["name"] for line in internal] == ["Product Published"]
    assert len(lines(peer.ask("GET", "/v1/admin/events?origin=all", SECRET))) == 3
    assert peer.ask("GET", "/v1/admin/events?origin=elsewhere", SECRET).status_code == 400


def test_reading_on_from_a_cursor_misses_nothing(peer: Peer) -> None:
    peer.send(
        *[{"type": "track", "event": "x", "anonymousId": "a", "messageId": f"m-{n}"} for n in range(25)]
    )
    seen, cursor = [], "0"
    while True:
        response = peer.ask("GET", f"/v1/admin/events?since={cursor}&limit=10", SECRET)
        page = lines(response)
        if not page:
            break
        seen += [line["messageId"] for line in page]
        cursor = response.headers["x-next-cursor"]
        assert int(cursor) >= page[-1]["offset"]
    assert seen == [f"m-{n}" for n in range(25)]
    assert lines(peer.ask("GET", f"/v1/admin/events?since={cursor}", SECRET)) == []
    assert peer.ask("GET", "/v1/admin/events?since=abc", SECRET).status_code == 400


def test_more_than_one_page_of_the_log_is_streamed_whole(peer: Peer) -> None:
    peer.send(*[{"type": "track", "event": "x", "anonymousId": "a"} for _ in range(1_300)])
    assert len(lines(peer.ask("GET", "/v1/admin/events", SECRET))) == 1_300


def test_a_type_is_a_kind_or_a_name_in_any_spelling(peer: Peer) -> None:
    peer.send(
        {"type": "page", "anonymousId": "a"},
        {"type": "track", "event": "addToCart", "anonymousId": "a", "properties": {"sku": "s"}},
    )
    for type_ in ("track", "Product Added", "addToCart", "added product"):
        assert [
            line["type"]
            for line in lines(peer.ask("GET", "/v1/admin/events", SECRET, params={"type": type_}))
        ] == ["track"]


def test_the_owner_of_each_event_is_named(peer: Peer, tmp_path: Path) -> None:
    peer.send({"type": "track", "event": "x", "anonymousId": "a"}, {"type": "track", "event": "x"})

    def owners_of(events: list[Event]) -> list[str | None]:
        return [f"p-{event.anonymous_id}" if event.anonymous_id else None for event in events]

    peer.routes = Routes(peer.routes.keys)
    add_admin(peer.routes, peer.recording, owners_of=owners_of, figures=lambda: {"lag_seconds": 0.5})
    found = lines(peer.ask("GET", "/v1/admin/events", SECRET))
    assert [line["profile_id"] for line in found] == ["p-a", None]
    assert peer.ask("GET", "/v1/admin/stats", SECRET).json()["lag_seconds"] == 0.5


def test_totals(peer: Peer) -> None:
    peer.send(
        {"type": "track", "event": "x", "anonymousId": "a", "messageId": "m"},
        {"type": "track", "event": "x", "anonymousId": "a", "messageId": "m"},
        {"type": "dance"},
        {"type": "page", "anonymousId": "a", "context": {"consent": {"storage": "denied"}}},
    )
    peer.ask("PUT", "/v1/catalog/products", SECRET, json={"products": [{"sku": "s"}]})
    stats = peer.ask("GET", "/v1/admin/stats", SECRET).json()
    assert (
        stats["events_total"],
        stats["rejected_total"],
        stats["dropped_consent"],
        stats["internal_total"],
    ) == (1, 1, 1, 1)


def test_rejected_messages_are_listed_in_pages_and_tried_again(peer: Peer) -> None:
    bad = {"type": "track", "event": "Product Viewed", "anonymousId": "a"}
    peer.send(*[bad | {"messageId": f"m-{n}"} for n in range(5)])
    first = peer.ask("GET", "/v1/admin/rejected?limit=3", SECRET).json()
    assert [item["message"]["messageId"] for item in first["items"]] == ["m-0", "m-1", "m-2"]
    assert first["items"][0]["code"] == "product_not_named"
    rest = peer.ask("GET", f"/v1/admin/rejected?limit=3&cursor={first['next']}", SECRET).json()
    assert [item["message"]["messageId"] for item in rest["items"]] == ["m-3", "m-4"]
    assert rest["next"] is None
    ids = [item["id"] for item in rest["items"]]
    again = peer.ask("POST", "/v1/admin/rejected/replay", SECRET, json={"ids": ids}).json()
    assert (again["accepted"], [row["id"] for row in again["rejected"]]) == (0, ids)
    bodies: list[Any] = [{}, {"ids": []}, {"ids": ["1"]}, {"ids": [True]}, []]
    for wrong in bodies:
        assert peer.ask("POST", "/v1/admin/rejected/replay", SECRET, json=wrong).status_code == 400


def test_a_message_longer_than_the_quarantine_keeps_says_so(peer: Peer) -> None:
    peer.send({"type": "track", "event": "x", "properties": {"text": "x" * 40_000}})
    (item,) = peer.ask("GET", "/v1/admin/rejected", SECRET).json()["items"]
    assert item["code"] == "event_too_large"
    assert len(item["message"]) == 8192
    again = peer.ask("POST", "/v1/admin/rejected/replay", SECRET, json={"all": True}).json()
    assert again["rejected"][0]["code"] == "message_cut"


def test_the_catalogs_routes(peer: Peer) -> None:
    catalogs = Catalogs()

    def current(store: str, sku: str) -> Any:
        for event in peer.log.rules_and_catalog(catalogs.offset):
            catalogs.apply(event)
        return catalogs.of(store).find(sku)

    peer.routes = Routes(peer.routes.keys)
    add_admin(peer.routes, peer.recording, current=current)
    product = {"sku": "a/b c", "name": "Tee", "price": "59", "stock": 3, "images": ["/i.jpg"]}
    put = peer.ask(
        "PUT", "/v1/catalog/products", SECRET, json={"products": [product, {"sku": 1, "prise": 2}]}
    )
    assert (put.status_code, put.json()["accepted"], put.json()["rejected"][0]["field"]) == (200, 1, "prise")
    path = "/v1/catalog/products/a%2Fb%20c"
    assert peer.ask("GET", path, SECRET).json()["price"] == {"amount": "59.00", "currency": "EUR"}
    patched = peer.ask("PATCH", path, SECRET, json={"price": 49.5, "stock": 0})
    assert patched.json()["fields"] == {"price": "49.50", "stock": 0, "currency": "EUR"}
    assert peer.ask("GET", path, SECRET).json()["stock"] == 0
    assert peer.ask("PATCH", path, SECRET, json={}).status_code == 400
    assert peer.ask("PATCH", path, SECRET, json={"sku": "other"}).json()["code"] == "sku_differs"
    assert peer.ask("DELETE", path, SECRET).status_code == 200
    assert peer.ask("GET", path, SECRET).status_code == 404
    assert peer.ask("DELETE", path, SECRET).status_code == 404
    assert peer.ask("PUT", "/v1/catalog/products", SECRET, json={"products": []}).status_code == 400
    refused = peer.ask("PUT", "/v1/catalog/products", SECRET, json={"products": [{"sku": 1, "prise": 2}]})
    assert (refused.status_code, refused.json()["code"]) == (400, "all_rejected")
