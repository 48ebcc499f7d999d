"""What is expected of a shopper, who shops here and what sells, as the console and the API tell it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.surfaces.console.shop import Shop, dress, order

from maatwerk.app.training import QUICK, train_workspace
from maatwerk.app.worker import Worker
from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.words import Situation
from maatwerk.decisions.recommend.filters import passing
from maatwerk.decisions.recommend.taste import known

SHOPPERS = 70


def told(shop: Shop) -> None:
    """Seventy shoppers, half of them of dresses and half of lamps; every seventh ordered."""
    shop.products(
        *(dress(f"D{number}", categories=["women/dresses"]) for number in range(4)),
        *(dress(f"L{number}", categories=["home/lamps"]) for number in range(4)),
    )
    visits = [
        shop.seen(f"a-{number}", f"{'D' if number % 2 else 'L'}{step % 4}", (number % 20 + 1) * DAY + step)
        for number in range(SHOPPERS)
        for step in range(6)
    ]
    orders = [order(shop, f"a-{number}", f"o-{number}", "80.00") for number in range(0, SHOPPERS, 7)]
    shop.tell(*visits, *orders)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """That shop, with its models."""
    shop = Shop(tmp_path_factory.mktemp("taught"), open_access=True)
    told(shop)
    train_workspace(shop.parts, settings=QUICK)
    shop.parts.knowledge.refresh_models()
    yield shop
    shop.close()


def asked(shop: Shop, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One request to the worker's routes with the secret key."""
    worker = Worker(shop.parts)
    sent: list[dict[str, Any]] = []
    path, _, query = path.partition("?")
    headers = [(b"authorization", b"Bearer sk_console")]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(),
             "query_string": query.encode(), "headers": headers, "client": ("127.0.0.1", 1)}  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {
            "type": "http.request",
            "body": json.dumps(body).encode() if body else b"",
            "more_body": False,
        }

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(worker.routes(scope, receive, send))
    return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent[1:]))


def test_before_anything_is_learnt_it_is_said(shop: Shop) -> None:
    shop.tell(shop.seen("a-1", "D1"))
    page = shop.get("/console/shoppers/anonymous_id/a-1").text
    assert "What to expect of her" in page
    assert "Not enough data yet: 0 of 50" in page or "not enough data yet: 0 of 50" in page
    assert "Nothing is learnt from this shop yet" in page
    assert "ot enough data yet: 0 of 60 shoppers" in shop.get("/console/personas").text
    assert "Nothing is learnt yet" in shop.get("/console/segments").text


def test_personas_segments_and_expectations_are_told(taught: Shop) -> None:
    shop = taught
    personas = shop.get("/console/personas").text
    assert "2 kinds of shoppers" in personas
    assert "Women: dresses" in personas
    assert "Home: lamps" in personas
    assert "/console/shoppers/anonymous_id/a-" in personas
    page = shop.get("/console/shoppers/anonymous_id/a-7").text
    assert "Women: dresses" in page
    assert "One order, today" in page
    assert "Still a customer" in page
    segments = shop.get("/console/segments?segment=a").text
    assert "of the year&#39;s revenue" in segments
    status, found = asked(shop, "GET", "/v1/personas")
    assert status == 200
    assert {each["title"] for each in found["items"]} == {"Women: dresses", "Home: lamps"}
    status, profile = asked(shop, "GET", "/v1/profiles/anonymous_id/a-7")
    assert status == 200
    assert profile["predicted"]["persona"]["title"] == "Women: dresses"
    assert profile["predicted"]["lifetime_value"]["value"]["currency"] == "EUR"
    assert 0 < profile["predicted"]["p_alive"]["value"] < 1


def test_segments_and_look_alikes_over_http(taught: Shop) -> None:
    shop = taught
    status, first = asked(shop, "GET", "/v1/segments?limit=3")
    assert (status, len(first["items"]), first["next"]) == (200, 3, "3")
    _, rest = asked(shop, "GET", f"/v1/segments?limit=100&cursor={first['next']}")
    assert len(rest["items"]) == 5
    assert rest["next"] is None
    assert asked(shop, "GET", "/v1/segments?segment=gold")[1]["code"] == "segment_not_known"
    seeds = [{"ns": "anonymous_id", "id": f"a-{number}"} for number in range(1, SHOPPERS, 4)]
    status, found = asked(shop, "POST", "/v1/lookalikes", {"seeds": seeds, "reach": 0.2})
    assert status == 200
    assert all(int(each["id"].removeprefix("a-")) % 2 for each in found["members"])
    assert found["not_enough"] == "not enough data yet: 18 of 20 shoppers on the list"
    assert asked(shop, "POST", "/v1/lookalikes", {"seeds": []})[1]["field"] == "seeds"
    nobody = {"seeds": [{"ns": "user_id", "id": "nobody"}]}
    assert asked(shop, "POST", "/v1/lookalikes", nobody)[1]["code"] == "seeds_not_known"


def test_a_unit_may_ask_for_segments(taught: Shop) -> None:
    shop = taught
    catalog = shop.parts.knowledge.catalogs.of("default")
    segments = shop.parts.deciding.predicting.segments()
    who = known([], [], catalog, {}, 0)
    situation = Situation(now=shop.parts.clock(), seed="s", catalog=catalog, known=who, segments=segments)
    rows = catalog.rows(segments.skus)
    kept = passing('"a" in product.segments', keep=True)(situation, rows)
    assert [sku for sku, keep in zip(segments.skus, kept, strict=True) if keep] == segments.listed("a")
    assert 0 < kept.sum() < len(rows)


def test_who_denies_personalization_is_not_predicted(shop: Shop) -> None:
    denied = {"consent": {"personalization": "denied"}}
    shop.tell(shop.seen("a-1", "D1"), shop.seen("a-1", "D1", context=denied))
    _, profile = asked(shop, "GET", "/v1/profiles/anonymous_id/a-1")
    assert profile["predicted"]["propensity"]["value"] is None
    assert "does not want to be profiled" in profile["predicted"]["propensity"]["reasons"][0]
