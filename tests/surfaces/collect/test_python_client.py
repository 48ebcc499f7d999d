"""The stock `segment-analytics-python` client, unmodified, against a live server."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.surfaces.collect.server import WRITE, Peer, props, served

from maatwerk.surfaces.http.request import Receive, Scope, Send

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the client's own, of the Python it was written for
    from segment.analytics.client import Client


class Flaky:
    """Answers 503 or 429 to the first requests, as a server that is overloaded does."""

    def __init__(self, app: Any, status: int, times: int) -> None:
        self.app, self.status, self.left = app, status, times
        self.refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.left:
            self.left -= 1
            self.refused += 1
            await receive()
            headers = [(b"retry-after", b"1"), (b"content-length", b"2")]
            await send({"type": "http.response.start", "status": self.status, "headers": headers})
            await send({"type": "http.response.body", "body": b"{}"})
        else:
            await self.app(scope, receive, send)


@pytest.fixture
def peer_at(peer: Peer) -> Iterator[tuple[Peer, str]]:
    with served(peer.routes) as address:
        yield peer, address


def client_of(address: str, **options: Any) -> tuple[Client, list[Any]]:
    errors: list[Any] = []
    client = Client(
        WRITE,
        host=address,
        on_error=lambda error, items: errors.append((error, items)),
        upload_size=20,
        **options,
    )
    return client, errors


@pytest.mark.parametrize("gzip", [False, True])
def test_every_call_arrives_once(peer_at: tuple[Peer, str], gzip: bool) -> None:
    peer, address = peer_at
    client, errors = client_of(address, gzip=gzip)
    client.identify("u-1", {"email": "ada@example.test", "born": datetime(1990, 1, 1, tzinfo=UTC)})
    client.page("u-1", "Docs", "Python", {"url": "https://s.test/docs"})
    client.screen("u-1", "Start", "Home")
    client.group("u-1", "g-1", {"seats": 3})
    client.alias("a-1", "u-1")
    for number in range(55):
        client.track("u-1", "Product Viewed", {"product_id": number, "price": 1.5}, anonymous_id="a-1")
    client.track("u-1", "Order Completed", {"order_id": "o-1", "total": 10, "products": [{"sku": "s"}]})
    client.flush()
    client.join()
    assert errors == []
    events = peer.events()
    assert len(events) == 61
    assert len({event.id for event in events}) == 61
    assert [event.name for event in events[:5]] == [
        "Identified",
        "Page Viewed",
        "Screen Viewed",
        "Grouped",
        "Aliased",
    ]
    assert {event.context.library for event in events} == {"analytics-python"}
    assert {event.context.device for event in events} == {"server"}
    assert not any(event.proven for event in events)
    viewed = [props(event)["product_id"] for event in events if event.name == "Product Viewed"]
    assert viewed == [str(number) for number in range(55)]
    assert peer.log.counts()["events_total"] == 61
    assert peer.log.rejected() == []


@pytest.mark.parametrize("status", [503, 429])
def test_what_is_sent_again_counts_once(peer: Peer, status: int) -> None:
    flaky = Flaky(peer.routes, status, 2)
    with served(flaky) as address:
        client, errors = client_of(address)
        for number in range(25):
            client.track("u-1", "Lamp Rubbed", {"number": number})
        client.flush()
        client.join()
    assert errors == []
    assert flaky.refused == 2
    assert sorted(props(event)["number"] for event in peer.events()) == list(range(25))


def test_a_wrong_key_is_an_error_at_the_client(peer_at: tuple[Peer, str]) -> None:
    peer, address = peer_at
    errors: list[Any] = []
    client = Client(
        "wk_wrong", host=address, on_error=lambda error, items: errors.append(error), max_retries=1
    )
    client.track("u-1", "Lamp Rubbed")
    client.flush()
    client.join()
    assert len(errors) == 1
    assert "401" in str(errors[0])
    assert peer.events() == []
