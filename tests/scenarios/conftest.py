"""One running shop for all the scenarios that do not break it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.scenarios.server import Server


def product(
    sku: str, category: str, gender: str, price: str = "50.00", stock: int = 5, **more: Any
) -> dict[str, Any]:
    """A product in the wire's shape."""
    return {
        "sku": sku,
        "name": f"{gender} {category.rsplit('/', maxsplit=1)[-1]} {sku}",
        "categories": [category],
        "price": price,
        "currency": "EUR",
        "stock": stock,
        "url": f"/p/{sku}",
        "attributes": {"gender": gender, "color": "blue"},
    } | more


CATALOG = [
    product(f"{gender[0]}-{leaf[:2]}-{number}", f"{gender}/{leaf}", gender, price=f"{20 + number}.00")
    for gender in ("women", "men")
    for leaf in ("dresses", "shoes", "bags")
    for number in range(8)
]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A served workspace with a small catalog, two workers, for every file that leaves it as it found it.

    Its start costs seconds of CPU. So a test here brings shoppers and products of its own, and asks for what
    came of them, never for totals.
    """
    server = Server(tmp_path_factory.mktemp("shop") / "workspace")
    server.start()
    server.call("PUT", "/v1/catalog/products", {"products": CATALOG})
    yield server
    server.stop()
