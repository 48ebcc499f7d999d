"""Every collect route, as stock clients call it, against a real log."""

import gzip
import json
from typing import Any

import pytest
from tests.surfaces.collect.server import SECRET, WRITE, Peer, props, sign

TRACK = {"type": "track", "event": "Order Viewed", "anonymousId": "a-1"}
SINGLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "track": ("track", {"event": "Order Viewed"}, "Order Viewed"),
    "identify": ("identify", {"userId": "u-1", "traits": {"plan": "gold"}}, "Identified"),
    "page": ("page", {"name": "Home"}, "Page Viewed"),
    "screen": ("screen", {"name": "Home"}, "Screen Viewed"),
    "group": ("group", {"groupId": "g-1", "traits": {"seats": 3}}, "Grouped"),
    "alias": ("alias", {"previousId": "a-0", "userId": "u-1"}, "Aliased"),
}
SHORT = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}


@pytest.mark.parametrize("path", [*SINGLES, *SHORT])
def test_each_single_route_takes_a_bare_message_and_knows_its_kind(peer: Peer, path: str) -> None:
    kind, body, name = SINGLES[SHORT.get(path, path)]
    response = peer.ask("POST", f"/v1/{path}", json={"anonymousId": "a-1", "messageId": "m-1"} | body)
    assert response.json() == {"success": True, "accepted": 1, "duplicates": 0, "rejected": []}
    (event,) = peer.events()
    assert (event.kind, event.name, event.id, event.anonymous_id) == (kind, name, "m-1", "a-1")


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/beacon/v1/batch"])
def test_each_batch_route_takes_a_batch(peer: Peer, path: str) -> None:
    response = peer.ask("POST", path, json={"batch": [TRACK | {"messageId": f"m-{n}"} for n in range(3)]})
    assert response.status_code == 200
    assert [event.id for event in peer.events()] == ["m-0", "m-1", "m-2"]


def test_the_contents_of_each_kind(peer: Peer) -> None:
    peer.send(
        {
            "type": "page",
            "anonymousId": "a",
            "name": "Home",
            "category": "Start",
            "properties": {"path": "/"},
        },
        {"type": "group", "anonymousId": "a", "groupId": 7, "traits": {"seats": 3}},
        {"type": "alias", "previousId": "a", "userId": "u"},
        {"type": "identify", "userId": "u", "traits": {"email": "A@b.test"}},
        {"type": "track", "event": "x", "userId": "u", "context": {"traits": {"email": "c@d.test"}}},
    )
    page, group, alias, identify, track = peer.events()
    assert props(page) == {"name": "Home", "category": "Start", "path": "/"}
    assert props(group) == {"groupId": "7", "traits": {"seats": 3}}
    assert bytes(group.traits) == b"{}"
    assert props(alias) == {"previousId": "a"}
    assert json.loads(bytes(identify.traits)) == {"email": "A@b.test"}
    assert json.loads(bytes(track.traits)) == {"email": "c@d.test"}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=UTF-8",
        "x/y",
        "",
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_the_content_type_is_never_trusted(peer: Peer, content_type: str, zipped: bool) -> None:
    body = json.dumps({"batch": [TRACK]}).encode()
    content = gzip.compress(body) if zipped else body  # and no content-encoding: known by its magic
    response = peer.ask("POST", "/v1/batch", content=content, headers={"Content-Type": content_type})
    assert response.status_code == 200
    assert response.json()["accepted"] == 1


def test_a_body_that_claims_gzip_and_is_not_is_read_as_it_is(peer: Peer) -> None:
    response = peer.ask(
        "POST", "/v1/batch", content=json.dumps({"batch": [TRACK]}), headers={"Content-Encoding": "gzip"}
    )
    assert response.json()["accepted"] == 1


def test_the_key_may_come_in_five_places(peer: Peer) -> None:
    body: dict[str, Any] = {"batch": [TRACK]}
    assert peer.ask("POST", "/v1/batch", json=body).status_code == 200
    assert peer.ask("POST", "/v1/batch", "", json=body | {"writeKey": WRITE}).status_code == 200
    assert peer.ask("POST", f"/v1/batch?writeKey={WRITE}", "", json=body).status_code == 200
    bearer = {"Authorization": f"Bearer {WRITE}"}
    assert peer.ask("POST", "/v1/batch", "", json=body, headers=bearer).status_code == 200
    assert peer.ask("POST", "/v1/t", "", json=TRACK | {"writeKey": WRITE}).status_code == 200
    assert len(peer.events()) == 5
    assert not any(event.proven for event in peer.events())


@pytest.mark.parametrize("key", ["", "wk_other"])
def test_without_a_known_key_nothing_is_kept_and_the_remedy_is_said(peer: Peer, key: str) -> None:
    response = peer.ask("POST", "/v1/batch", key, json={"batch": [TRACK]})
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert "maatwerk keys" in response.json()["detail"]
    assert peer.events() == []


def test_the_secret_key_and_a_signature_prove(peer: Peer) -> None:
    peer.send(TRACK | {"userId": "u-1"}, key=SECRET)
    peer.send(TRACK | {"userId": "u-1", "userSignature": sign("u-1")})
    peer.send(TRACK | {"userId": "u-1", "context": {"userSignature": sign("u-1")}})
    answer = peer.send(TRACK | {"userId": "u-2", "userSignature": sign("u-1")})
    assert [event.proven for event in peer.events()] == [True, True, True, False]
    assert answer["warnings"][0]["code"] == "signature_not_valid"


def test_a_resend_counts_once(peer: Peer) -> None:
    batch = [TRACK | {"messageId": f"m-{n}"} for n in range(3)]
    assert peer.send(*batch)["accepted"] == 3
    assert peer.send(*batch, TRACK) == {"success": True, "accepted": 1, "duplicates": 3, "rejected": []}
    assert peer.send(TRACK | {"messageId": "m-9"}, TRACK | {"messageId": "m-9"})["duplicates"] == 1
    assert peer.log.counts()["events_total"] == 5


def test_messages_without_an_id_get_one_each(peer: Peer) -> None:
    peer.send(TRACK, TRACK | {"messageId": None}, TRACK | {"messageId": "null"}, TRACK | {"messageId": ""})
    assert len({event.id for event in peer.events()}) == 4


def test_a_bad_message_among_good_ones_is_named_and_kept(peer: Peer) -> None:
    bad = {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": "a",
        "properties": {"sku": "s", "price": "cheap"},
    }
    answer = peer.send(TRACK, bad, TRACK, {"type": "dance"})
    assert answer["accepted"] == 2
    assert [(row["index"], row["code"], row["field"]) for row in answer["rejected"]] == [
        (1, "price_not_a_number", "properties.price"),
        (3, "type_not_known", "type"),
    ]
    kept = peer.log.rejected()
    assert json.loads(kept[0].message) == bad
    assert peer.log.counts()["rejected_total"] == 2


def test_when_every_message_is_rejected_it_is_a_400_and_they_are_kept(peer: Peer) -> None:
    response = peer.ask("POST", "/v1/batch", json={"batch": [{"type": "dance"}, 5]})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert [row["index"] for row in response.json()["rejected"]] == [0, 1]
    assert len(peer.log.rejected()) == 2
    assert peer.events() == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "body_empty"),
        (b"   ", "body_empty"),
        (b"{", "json_not_readable"),
        (b"[]", "wrong_type"),
        (b"null", "wrong_type"),
        (b'{"batch": 5}', "wrong_type"),
        (b"{}", "no_messages"),
        (b'{"batch": []}', "no_messages"),
        (b'{"batch": [{"type": "track", "event": "\xff"}]}', "utf8_not_readable"),
        (b'{"batch": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", "too_deep"),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip_not_readable"),
        (b"\x1f\x8bnothing", "gzip_not_readable"),
    ],
)
def test_a_request_that_cannot_be_read_leaves_nothing(peer: Peer, content: bytes, code: str) -> None:
    response = peer.ask("POST", "/v1/batch", content=content)
    assert response.status_code == 400
    assert response.json()["code"] == code
    assert peer.events() == []
    assert peer.log.rejected() == []


def test_sizes(peer: Peer) -> None:
    too_big = json.dumps({"batch": [TRACK | {"properties": {"text": "x" * 1_100_000}}]})
    assert peer.ask("POST", "/v1/batch", content=too_big).status_code == 413
    bomb = gzip.compress(b" " * 50_000_000)
    response = peer.ask("POST", "/v1/batch", content=bomb)
    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert peer.ask("POST", "/v1/batch", json={"batch": [TRACK] * 2501}).status_code == 413
    assert peer.ask("POST", "/v1/batch", json={"batch": [TRACK] * 2500}).json()["accepted"] == 2500
    answer = peer.send(TRACK | {"properties": {"text": "x" * 33_000}})
    assert answer["rejected"][0]["code"] == "event_too_large"


def test_unknown_paths_and_methods(peer: Peer) -> None:
    assert peer.ask("GET", "/v2/nothing").status_code == 404
    response = peer.ask("GET", "/v1/batch")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert peer.ask("HEAD", "/healthz", "").status_code == 200
    assert peer.ask("HEAD", "/healthz", "").content == b""
    assert (
        peer.ask("POST", "/v1/batch", json={"batch": [TRACK]}, headers={"x-big": "x" * 17_000}).status_code
        == 431
    )


def test_the_settings_that_browser_clients_fetch(peer: Peer) -> None:
    settings = peer.ask("GET", f"/v1/projects/{WRITE}/settings", "")
    destination = settings.json()["integrations"]["Segment.io"]
    assert (destination["apiKey"], destination["apiHost"], destination["protocol"]) == (
        WRITE,
        "shop.test/v1",
        "http",
    )
    assert list(settings.json()["integrations"]) == ["Segment.io"]
    assert peer.ask("GET", "/v1/projects/wk_other/settings", "").status_code == 404
    assert peer.ask("GET", f"/v1/projects/{SECRET}/settings", "").status_code == 404
    source = peer.ask("GET", f"/sourceConfig/?p=npm&writeKey={WRITE}", "").json()["source"]
    assert (source["writeKey"], source["enabled"], source["destinations"]) == (WRITE, True, [])
    assert peer.ask("GET", "/sourceConfig?writeKey=wk_other", "").status_code == 401


def test_a_hostile_host_header_is_not_echoed(peer: Peer) -> None:
    response = peer.ask("GET", f"/v1/projects/{WRITE}/settings", "", headers={"Host": 'evil.test/"><script>'})
    assert response.status_code == 400


def test_cors_echoes_the_exact_origin_with_credentials(peer: Peer) -> None:
    page = {"Origin": "https://shop.example"}
    response = peer.ask("POST", "/v1/t", json=TRACK, headers=page)
    assert response.headers["access-control-allow-origin"] == "https://shop.example"
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-expose-headers"] == "ETag, Retry-After"
    assert response.headers["vary"] == "Origin"
    refused = peer.ask("POST", "/v1/t", "", json=TRACK, headers=page)
    assert refused.headers["access-control-allow-origin"] == "https://shop.example", "a page may read why"
    asked = page | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,anonymousid",
    }
    preflight = peer.ask("OPTIONS", "/v1/t", "", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "authorization,content-type,anonymousid"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-max-age"] == "86400"


def test_secret_routes_have_no_cors(peer: Peer) -> None:
    page = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    assert (
        "access-control-allow-origin" not in peer.ask("GET", "/v1/admin/stats", SECRET, headers=page).headers
    )
    assert (
        "access-control-allow-origin" not in peer.ask("OPTIONS", "/v1/admin/stats", "", headers=page).headers
    )


def test_metrics_and_health(peer: Peer) -> None:
    peer.send(TRACK)
    assert peer.ask("GET", "/healthz", "").json() == {"status": "alive"}
    assert peer.ask("GET", "/readyz", "").json() == {"status": "ready"}
    text = peer.ask("GET", "/metrics", "").text
    assert 'maatwerk_requests_total{route="/v1/batch",status="200",worker="0"} 1.0' in text
