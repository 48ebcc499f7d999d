"""Shops with a console, closed when a test is done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.surfaces.console.shop import Made, Shop


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Makes shops."""
    shops: list[Shop] = []

    def make(**more: Any) -> Shop:
        shops.append(Shop(tmp_path / f"shop-{len(shops)}", **more))
        return shops[-1]

    yield make
    for shop in shops:
        shop.close()


@pytest.fixture
def shop(made: Made) -> Shop:
    """One whose console this machine may see without a key."""
    return made(open_access=True)
