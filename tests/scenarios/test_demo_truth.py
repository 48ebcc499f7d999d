"""The demo's shoppers have known tastes: what is recommended must be worth more to them than bestsellers.

History up to the last week teaches; in the held-out week every shopper who comes is asked for, and
what she is shown is judged by her true expected clicks. A small world always, the whole one with
`make prove`.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pytest

from maatwerk.core.time import DAY
from maatwerk.decisions.pipeline.merchandise import Occasion
from maatwerk.decisions.pipeline.words import Known, Page, Situation
from maatwerk.decisions.recommend.crowd import liking_of
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.models import Models
from maatwerk.decisions.recommend.neighbors import NeighborSettings, predict
from maatwerk.decisions.recommend.neighbors import train as learn
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.starter import STARTER_PLACEMENTS, STARTER_UNITS
from maatwerk.decisions.recommend.taste import known
from maatwerk.decisions.recommend.tasteful import taste_match
from maatwerk.decisions.recommend.train import train_all
from maatwerk.decisions.search.answer import Sources, answer
from maatwerk.decisions.search.describe import Describer, entry_of
from maatwerk.decisions.search.rank import Signals
from maatwerk.decisions.search.rows import RowsById
from maatwerk.decisions.search.spelling import Vocabulary, counted
from maatwerk.decisions.search.understand import Reader
from maatwerk.decisions.search.words import Query
from maatwerk.demo.assortment import GOES_WITH
from maatwerk.demo.catalog import catalog as demo_catalog
from maatwerk.demo.history import history
from maatwerk.demo.shoppers import shoppers
from maatwerk.demo.world import World
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.tantivy.reader import TantivyReader
from maatwerk.engines.tantivy.stems import stem
from maatwerk.engines.tantivy.writer import TantivyWriter
from maatwerk.engines.uaparser.device import Devices
from maatwerk.events.event import Event
from maatwerk.flows.knowledge import baseline_of
from maatwerk.flows.page import Question, decide_page
from maatwerk.flows.put_products import prepare_products
from maatwerk.flows.record import Asked, Recording, prepare
from maatwerk.views.catalog.columns import Catalog, Catalogs
from maatwerk.views.profile.folds.activity import Activity

UNTIL = 1_795_300_000_000
CUT = UNTIL - 7 * DAY
SHOWN = 8
UNITS = STARTER_UNITS | {
    "complete-the-look": STARTER_UNITS["complete-the-look"] | {"completes": GOES_WITH},
}


class Past:
    """What the shop knows at the cut, and who comes after it."""

    def __init__(self, folder: Path, count: int) -> None:
        self.world = World(demo_catalog(), shoppers(count))
        log = SqliteLog(folder / "log.db", clock=lambda: UNTIL)
        recording = Recording(log, lambda: CUT, os.urandom, Devices(), lambda user, signature: False)
        self.catalog = _catalog(recording, self.world)
        before: list[Event] = []
        after: list[Event] = []
        some = [
            msgspec.Raw(msgspec.json.encode(message))
            for message in history(self.world.products, self.world.shoppers, UNTIL, world=self.world)
        ]
        for event in prepare(recording, some, Asked(origin="imported")).events:
            (before if event.time < CUT else after).append(event)
        log.close()
        numbered = [msgspec.structs.replace(event, offset=place) for place, event in enumerate(before, 1)]
        lake = ParquetLake(folder / "lake", currency="EUR")
        lake.seal(numbered)
        settings = NeighborSettings(encoder_size=0, check_events_max=3_000)
        sealed = train_all(lake.interactions(0), self.catalog, CUT, "1", learn, settings)
        self.models = Models({each.name: each for each in sealed})
        self.baseline = baseline_of(self.catalog, self.models)
        self.actions = _actions(before)
        self.comes = {event.anonymous_id for event in after}
        documents = [("unit", key, 1, document) for key, document in UNITS.items()]
        documents += [("placement", key, 1, document) for key, document in STARTER_PLACEMENTS.items()]
        self.desk = Desk(documents)

    def show(self, placement: str, who: Known, page: Page = Page()) -> list[str]:  # noqa: B008 - frozen
        """The SKUs of one slot."""
        question = Question(
            now=CUT,
            seed="s",
            placements=(placement,),
            page=page,
            known=who,
            catalog=self.catalog,
            desk=self.desk,
            tools=Tools(self.models, predict),
        )
        slot = decide_page(question, lambda _: False)[0][0].slot
        assert slot is not None
        return [self.catalog.skus[pick.row] for pick in slot.picks][:SHOWN]

    def known(self, device: str) -> Known:
        """A shopper as the shop knows her at the cut."""
        return known(self.actions.get(device, []), [], self.catalog, self.baseline, CUT)


def worth(past: Past, most: int) -> tuple[float, float, float, int]:
    """True expected clicks a list: recommended, bestsellers, the best possible; and of how many shoppers."""
    found = []
    nobody = known([], [], past.catalog, past.baseline, CUT)
    crowd = past.show("home.bestsellers", nobody)
    for shopper in past.world.shoppers:
        device = next((each for each in shopper.anonymous_ids if each in past.actions), None)
        if device is None or past.comes.isdisjoint(shopper.anonymous_ids):
            continue
        mine = past.show("home.for-you", past.known(device))
        value = past.world.expected_clicks
        found.append(
            (value(shopper, mine), value(shopper, crowd), value(shopper, past.world.best(shopper, SHOWN)))
        )
        if len(found) == most:
            break
    mean = np.mean(np.array(found), axis=0)
    return float(mean[0]), float(mean[1]), float(mean[2]), len(found)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return Past(tmp_path_factory.mktemp("past"), 1_200)


def test_recommendations_are_worth_more_than_bestsellers(past: Past) -> None:
    mine, crowd, best, asked = worth(past, 250)
    print(
        f"\ntrue expected clicks of {asked}: {mine:.3f} for you, {crowd:.3f} bestsellers, {best:.3f} possible"
    )
    assert asked >= 100
    assert mine > 1.15 * crowd
    assert mine < best


def test_search_and_category_order_are_worth_more_with_her_taste_than_without(
    past: Past, tmp_path: Path
) -> None:
    """The same words and shelves in the order of everyone and in hers, judged by her true tastes."""
    pages = [Query(text, per_page=SHOWN, facets=()) for text in ("dress", "lamp", "sneakers", "bag")]
    pages += [Query(category=path, per_page=SHOWN, facets=()) for path in ("women", "men", "home")]
    sources = searched(past, tmp_path)
    worth_of: dict[str, list[tuple[float, float]]] = {"search": [], "category": []}
    asked = 0
    for shopper in past.world.shoppers:
        device = next((each for each in shopper.anonymous_ids if each in past.actions), None)
        if device is None or past.comes.isdisjoint(shopper.anonymous_ids) or asked == 80:
            continue
        asked += 1
        situation = Situation(now=CUT, seed="", catalog=past.catalog, known=past.known(device))
        signals = sources.signals._replace(taste=partial(taste_match, situation))
        for page in pages:
            kind: Literal["search", "category"] = "search" if page.text else "category"
            found = [
                answer(each, Occasion(kind, CUT), sources._replace(signals=signals)).hits
                for each in (page, msgspec.structs.replace(page, dial=0.0))
            ]
            hers, plain = ([past.catalog.skus[hit.row] for hit in hits] for hits in found)
            value = past.world.expected_clicks
            worth_of[kind].append((value(shopper, hers), value(shopper, plain)))
    assert asked >= 60
    for what, pairs in worth_of.items():
        mine, everyones = np.mean(np.array(pairs), axis=0)
        print(f"\n{what}: true expected clicks of {len(pairs)} lists: {mine:.3f} hers, {everyones:.3f} plain")
        assert mine > 1.02 * everyones, what


def searched(past: Past, folder: Path) -> Sources:
    """The demo's catalog, indexed as a shop's is, with the crowd's liking and nobody's taste."""
    catalog = past.catalog
    describer = Describer("en", stem)
    words = counted(describer.words(catalog.product(row)) for row in range(catalog.size))
    vocabulary = Vocabulary(words, "en", stem)
    writer = TantivyWriter(folder, "en")
    entries = (entry_of(catalog, row, describer, vocabulary) for row in range(catalog.size))
    writer.put(entry for entry in entries if entry is not None)
    writer.commit(1)
    writer.close()
    index = TantivyReader(folder)
    index.refresh()
    reader = Reader(Vocabulary(index.words(), "en", stem), stem)
    liking = liking_of(past.models.get("popularity", catalog), catalog)
    return Sources(catalog, index, reader, RowsById(catalog), Signals(liking=liking))


def test_every_dress_is_completed_by_shoes_and_a_bag_that_go_with_it(past: Past) -> None:
    nobody = known([], [], past.catalog, past.baseline, CUT)
    dresses = [each for each in past.world.products if each["categories"][0] == "women/dresses"]
    assert len(dresses) > 50
    for dress in dresses:
        page = Page(type="product", sku=dress["sku"])
        shown = past.show("product.complete-the-look", nobody, page)
        products = [past.catalog.product(past.catalog.row(sku)) for sku in shown]
        categories = {product.categories[0] for product in products}
        assert {"women/shoes", "women/bags"} <= categories, dress["sku"]
        assert {product.attributes["gender"] for product in products} <= {"women", "unisex"}, dress["sku"]


@pytest.mark.prove
def test_the_whole_world(tmp_path: Path) -> None:
    mine, crowd, best, asked = worth(Past(tmp_path, 5_000), 2_000)
    share = (mine - crowd) / (best - crowd)
    print(
        f"\n{asked} shoppers of the held-out week, true expected clicks a list of {SHOWN}: "
        f"for you {mine:.3f}, bestsellers {crowd:.3f}, best possible {best:.3f}; "
        f"{share:.0%} of what there was to gain"
    )
    assert mine > 1.2 * crowd


def _catalog(recording: Recording, world: World) -> Catalog:
    catalogs = Catalogs()
    products = [msgspec.Raw(msgspec.json.encode(product)) for product in world.products]
    for event in prepare_products(recording, products).events:
        catalogs.apply(event)
    return catalogs.of("default")


def _actions(events: list[Event]) -> dict[str, list[tuple[int, str, str]]]:
    fold, actions = Activity(), {}
    by_device: dict[str, Any] = {}
    for event in events:
        if event.name in fold.names:
            by_device.setdefault(event.anonymous_id, []).append(event)
    for device, hers in by_device.items():
        state = fold.state()
        for event in hers:
            state = fold.step(state, event)
        actions[device] = [(action.time, action.kind, action.sku) for action in state.actions]
    return actions
