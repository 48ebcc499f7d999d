"""Forgotten, provably: after it is done, and after a restart, nothing of her is left anywhere."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.scenarios.conftest import CATALOG
from tests.scenarios.remains import remains
from tests.scenarios.server import SECRET, WEB, Server
from typer.testing import CliRunner

from maatwerk.app.training import TRAIN_NOW
from maatwerk.cli.bench.plan import Sizes
from maatwerk.cli.bench.world import world
from maatwerk.cli.commands import app

HER = {
    "user": "klant-48151623",
    "device": "9f2c7d41-aa17-4c1e-9f0a-77b1c0ffee42",
    "email": "wilhelmina.de-vries+shop@voorbeeld.example",
    "phone": "+31612340987",
    "name": "Wilhelmína de Vriesläng",
    "words": "cadeau voor mijn zus Petronella",
}
NEIGHBORS = [("n-user-1", "n-device-1"), ("n-user-2", "n-device-2")]


def event(name: str, device: str, number: int, user: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": name,
        "messageId": f"m-{device}-{number}",
        "anonymousId": device,
        "properties": properties,
    } | ({"userId": user} if user else {})


def visit(server: Server, user: str, device: str, email: str, name: str, phone: str, words: str) -> None:
    """A sign-in, a search, views, an order, a page with decisions, and a message that is refused."""
    traits = {"email": email, "firstName": name, "phone": phone}
    identify = {
        "type": "identify",
        "anonymousId": device,
        "userId": user,
        "traits": traits,
        "messageId": f"i-{device}",
    }
    skus = [each["sku"] for each in CATALOG[:6]]
    lines = [{"sku": sku, "price": "20.00", "quantity": 1} for sku in skus[:2]]
    batch = [
        identify,
        event("Products Searched", device, 0, query=words),
        *(event("Product Viewed", device, 1 + place, sku=sku) for place, sku in enumerate(skus)),
        event("Product Added", device, 20, sku=skus[0], price="20.00"),
        event(
            "Order Completed",
            device,
            21,
            user,
            order_id=f"o-{user}",
            email=email,
            total="40.00",
            products=lines,
        ),
        event("Back In Stock Requested", device, 22, sku=skus[5], email=email),
    ]
    server.post("/v1/batch", {"batch": batch}, secret=True)
    bad = event("Product Viewed", device, 30, user, sku=skus[0], price="dear", note=email)
    server.post("/v1/batch", {"batch": [bad, event("Page", device, 31)]}, secret=True)
    ask = {"anonymousId": device, "userId": user, "context": {"page": {"type": "home"}}}
    server.post("/v1/decide", ask, secret=True)


def profile(server: Server, namespace: str, value: str) -> bytes:
    answer = WEB.get(f"{server.url}/v1/profiles/{namespace}/{value}", auth=(SECRET, ""))
    if answer.status_code != 200:
        return str(answer.status_code).encode()
    # affinity and predictions are told against the shop as a whole, which changes with who comes and goes
    return json.dumps(
        {name: each for name, each in answer.json().items() if name not in ("affinity", "predicted")}
    ).encode()


def done(server: Server, request_id: str, seconds: float = 60) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = server.call("GET", f"/v1/erasures/{request_id}")
        if answer["status"] == "done":
            receipt: dict[str, Any] = answer["receipt"]
            return receipt
        time.sleep(0.2)
    raise AssertionError(f"not done in time: {answer}\n{server.said()}")


def settle(server: Server) -> None:
    """Until all is folded and sealed and models are there."""
    server.await_folded()
    (server.folder / TRAIN_NOW).touch()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        sealed = list((server.folder / "lake").glob("event-*.parquet"))
        models = (server.folder / "models" / "current.json").exists()
        if sealed and models:
            return
        time.sleep(0.2)
    raise AssertionError(f"nothing sealed or trained\n{server.said()}")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "workspace", seal_every_seconds="1")
    server.start()
    server.call("PUT", "/v1/catalog/products", {"products": CATALOG})
    yield server
    server.stop()


def test_nothing_of_her_is_left(server: Server) -> None:
    """DELETE, then every file; a restart, then every file again. Neighbors answer byte for byte."""
    forget_and_look(server)


@pytest.mark.prove
def test_nothing_of_her_is_left_among_a_million_events(tmp_path: Path) -> None:
    """The same in a shop of a million events and 50,000 shoppers; prints how long it took."""
    world(tmp_path / "million", Sizes(), print)
    server = Server(tmp_path / "million", seal_every_seconds="1")
    server.start()
    try:
        server.call("PUT", "/v1/catalog/products", {"products": CATALOG})
        print("seconds:", forget_and_look(server)["seconds"])
    finally:
        server.stop()


def forget_and_look(server: Server) -> dict[str, Any]:
    """Plant her and two neighbors, erase her, look everywhere; the receipt."""
    for number, (user, device) in enumerate(NEIGHBORS):
        mail, phone = f"n{number}@neighbor.example", f"+3270000000{number}"
        visit(server, user, device, mail, f"Neighbor{number}", phone, "rok")
    visit(server, HER["user"], HER["device"], HER["email"], HER["name"], HER["phone"], HER["words"])
    mails = server.folder / "demo-mail"
    mails.mkdir()
    (mails / "0000000000001-1.eml").write_text(f"To: {HER['email']}\n\nDag {HER['name']}")
    (mails / "0000000000002-2.eml").write_text("To: n0@neighbor.example\n\nDag")
    settle(server)
    assert remains(server.folder, HER.values()), "the search finds what is there"
    before = [profile(server, "user_id", user) for user, _ in NEIGHBORS]
    assert all(each.startswith(b"{") for each in before)

    request_id = server.call("DELETE", f"/v1/profiles/user_id/{HER['user']}", status=202)["request_id"]
    receipt = done(server, request_id, 600)

    assert remains(server.folder, HER.values()) == []
    assert [trace for value in HER.values() for trace in [value] if value in server.output.read_text()] == []
    assert not any(value in json.dumps(receipt) for value in HER.values())
    stores = {each["store"]: each for each in receipt["cleared"]}
    assert stores["log"]["removed"] >= 14
    assert stores["history"]["removed"] >= 10
    assert stores["files"]["removed"] == 1
    assert sum(each["found"] for each in receipt["looked"]) == 0
    for namespace, value in (("user_id", "user"), ("anonymous_id", "device"), ("email", "email")):
        assert profile(server, namespace, HER[value]) == b"404"
    assert [profile(server, "user_id", user) for user, _ in NEIGHBORS] == before

    # what happened before stays out, and is counted; the device that is seen again starts empty
    server.post("/v1/batch", {"batch": [old(HER["device"], "")]}, status=400)
    server.post("/v1/batch", {"batch": [old("another-device-1", HER["user"])]}, status=400)
    assert server.settled_stats()["refused_erased"] == 2
    assert profile(server, "anonymous_id", HER["device"]) == b"404"

    server.stop()
    assert remains(server.folder, HER.values()) == []
    server.start()
    server.await_folded()
    assert [profile(server, "user_id", user) for user, _ in NEIGHBORS] == before
    assert profile(server, "user_id", HER["user"]) == b"404"
    assert remains(server.folder, HER.values()) == []

    server.post("/v1/batch", {"batch": [event("Product Viewed", HER["device"], 99, sku=CATALOG[0]["sku"])]})
    again = json.loads(profile(server, "anonymous_id", HER["device"]))
    assert again["traits"] == {}
    assert again["orders"]["count"] == 0
    assert again["identifiers"] == {"anonymous_id": [HER["device"]]}

    path = server.folder.with_name("receipt.json")
    path.write_bytes(msgspec.json.encode(receipt))
    verify = ["erase", "--verify", str(path), "--data", str(server.folder), "--value", HER["email"], "--json"]
    assert CliRunner().invoke(app, verify).exit_code == 0
    path.write_bytes(msgspec.json.encode(receipt | {"seconds": 0.1}))
    assert CliRunner().invoke(app, verify).exit_code == 1
    return receipt


def old(device: str, user: str) -> dict[str, Any]:
    return event("Product Viewed", device, 50, user, sku=CATALOG[0]["sku"]) | {
        "timestamp": "2026-01-01T00:00:00Z"
    }


def test_the_search_looks_into_containers(tmp_path: Path) -> None:
    """A test of nothing left must be able to find something."""
    value = "sleutel-4711-waarde"
    (tmp_path / "a.gz").write_bytes(gzip.compress(f"x {value}".encode()))
    (tmp_path / "b.bin").write_bytes(f"..{value}".encode("utf-16-le"))
    assert len(remains(tmp_path, [value])) >= 2
