"""One small world for the demo's tests: the whole catalog, 800 shoppers, 30 days."""

import pytest

from maatwerk.demo.catalog import Product, catalog
from maatwerk.demo.history import history
from maatwerk.demo.shoppers import shoppers
from maatwerk.demo.wire import Message
from maatwerk.demo.world import World

UNTIL = 1_790_000_000_000


@pytest.fixture(scope="session")
def products() -> list[Product]:
    return catalog()


@pytest.fixture(scope="session")
def world(products: list[Product]) -> World:
    return World(products, shoppers(800))


@pytest.fixture(scope="session")
def messages(world: World) -> list[Message]:
    return list(history(world.products, world.shoppers, UNTIL, world=world))
