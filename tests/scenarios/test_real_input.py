"""The same product, no demo: real catalogs and orders, the stock Python client, decisions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client
from tests.conftest import find_bench_data
from tests.scenarios.server import WRITE, Server

pytestmark = pytest.mark.bench_data


def run(*arguments: str) -> Any:
    """A command of the program, with --json; its decoded answer."""
    done = subprocess.run(
        [sys.executable, "-m", "maatwerk", *arguments, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def data(*parts: str) -> str:
    folder = find_bench_data()
    assert folder is not None
    return str(folder.joinpath(*parts))


@pytest.fixture(scope="module")
def luma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Luma's catalog, imported and served."""
    folder = tmp_path_factory.mktemp("luma") / "workspace"
    run("init", "--data", str(folder))
    first = run("import", "catalog", data("catalog", "luma"), "--currency", "USD", "--data", str(folder))
    assert first["rows"] == 147 + 1_847 + 32
    assert first["new"] == first["rows"]
    assert len([each for each in first["warnings"] if each["code"] == "link_dangles"]) == 87
    assert all(each["line"] and each["detail"] for each in first["refusals"] + first["warnings"])
    again = run("import", "catalog", data("catalog", "luma"), "--currency", "USD", "--data", str(folder))
    assert again["new"] == 0
    assert again["same"] == first["rows"]
    run("train", "--data", str(folder))
    server = Server(folder)
    server.start()
    yield server
    server.stop()


def test_every_womens_top_is_completed_by_bottoms_and_a_bag_of_no_other_line(luma: Server) -> None:
    categories = _tops(luma)
    tops = [sku for sku, paths in categories.items() if any(path.startswith("women/tops") for path in paths)]
    assert len(tops) >= 50
    for top in tops:
        body = {
            "anonymousId": "luma-visitor",
            "context": {"page": {"type": "product", "sku": top}},
            "placements": ["product.complete-the-look", "product.similar", "product.recommendations"],
        }
        placements = luma.post("/v1/decide", body)["placements"]
        look = [item["sku"] for item in placements["product.complete-the-look"]["items"]]
        assert any(path.startswith("women/bottoms") for sku in look for path in categories[sku]), top
        assert any("gear/bags" in categories[sku] for sku in look), top
        for slot in ("product.complete-the-look", "product.similar"):
            for item in placements[slot]["items"]:
                paths = categories[item["sku"]]
                assert not any(path.startswith("men/") for path in paths), f"{slot} of {top}: {item['sku']}"
        assert placements["product.recommendations"]["items"]


def test_the_stock_client_plugs_in_and_the_next_page_is_personal(luma: Server) -> None:
    client = Client(write_key=WRITE, host=luma.url, sync_mode=True, gzip=True)
    for sku in ("WS12-M-Blue", "WS08-S-Red", "WP01-28-Gray"):
        client.track(anonymous_id="stock-1", event="Product Viewed", properties={"sku": sku})
    body = {"anonymousId": "stock-1", "context": {"page": {"type": "home"}}}
    answer = luma.post("/v1/decide", body)
    assert answer["personal"] is True
    assert answer["placements"]["home.navigation"]["items"][0]["category"] == "women"
    body["placements"] = ["home.recently-viewed"]
    seen = luma.post("/v1/decide", body)["placements"]["home.recently-viewed"]["items"]
    assert [item["sku"] for item in seen] == ["WP01", "WS08", "WS12"]


@pytest.mark.prove
def test_a_shop_of_real_orders(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    path = data("orders", "online_retail_2010-12_2011-09.csv.gz")
    run("init", "--data", str(folder))
    products = run(
        "import", "catalog", path, "--format", "online-retail", "--currency", "GBP", "--data", str(folder)
    )
    assert products["new"] > 3_000
    orders = run("import", "orders", path, "--mapping", "online-retail", "--data", str(folder))
    assert orders["records"] == 370_931
    assert orders["new"] == 14_201 + 2_581
    again = run("import", "orders", path, "--mapping", "online-retail", "--data", str(folder))
    assert again["new"] == 0
    run("train", "--data", str(folder))
    server = Server(folder)
    server.start()
    try:
        server.await_folded()
        answer = server.post(
            "/v1/decide",
            {
                "anonymousId": "uci-1",
                "context": {"page": {"type": "product", "sku": "85123A"}},
                "placements": ["order.recommendations"],
            },
        )
        slot = answer["placements"]["order.recommendations"]
        assert slot["unit"] == "bought-together"
        assert slot["items"][0]["source"] == "primary"
        assert "bought together by" in slot["items"][0]["reason"]
    finally:
        server.stop()


def _tops(server: Server) -> dict[str, list[str]]:
    """Categories by SKU of all products that are no variants."""
    found = {}
    events = server.call_lines("/v1/admin/events?origin=internal")
    for line in events:
        product = (line.get("properties") or {}).get("product")
        if product and not product.get("parent"):
            found[product["sku"]] = product["categories"]
    return found
