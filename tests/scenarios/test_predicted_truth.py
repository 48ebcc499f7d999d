"""Predictions over the demo's history: one and all agree, chances come true in a week that was held out."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.views.profile.memory import MemoryLog, MemoryStore

from maatwerk.core.time import DAY
from maatwerk.demo.catalog import catalog as demo_catalog
from maatwerk.demo.history import history
from maatwerk.demo.shoppers import shoppers
from maatwerk.demo.world import World
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.uaparser.device import Devices
from maatwerk.flows.group import cared, find_alike, learn_personas, learn_segments
from maatwerk.flows.learn import learn_predicted, people_at
from maatwerk.flows.put_products import prepare_products
from maatwerk.flows.record import Asked, Recording, prepare
from maatwerk.views.catalog.columns import Catalog, Catalogs
from maatwerk.views.predicted import personas, segments
from maatwerk.views.predicted.forecast import Forecast, prior, unsealed
from maatwerk.views.predicted.people import FIELDS, People, person_of
from maatwerk.views.predicted.predict import predict_all, predicted
from maatwerk.views.predicted.tastes import ENOUGH_MASS, levels, masses, tastes, triples
from maatwerk.views.profile.load import load
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.profile.shopper import Shopper
from maatwerk.views.projector import Projector

UNTIL = 1_795_300_000_000
CUT = UNTIL - 7 * DAY


class Past:
    """A shop's history in a lake, the profiles at the cut, and what was learnt then."""

    def __init__(self, folder: Path, count: int) -> None:
        self.world = World(demo_catalog(), shoppers(count))
        log = SqliteLog(folder / "log.db", clock=lambda: UNTIL)
        recording = Recording(log, lambda: UNTIL, os.urandom, Devices(), lambda user, signature: False)
        self.catalog = _catalog(recording, self.world)
        some = [
            msgspec.Raw(msgspec.json.encode(message))
            for message in history(self.world.products, self.world.shoppers, UNTIL, world=self.world)
        ]
        events = prepare(recording, some, Asked(proven=True, origin="imported")).events
        log.close()
        self.events = [msgspec.structs.replace(event, offset=place) for place, event in enumerate(events, 1)]
        before = [event for event in self.events if event.time <= CUT]
        self.lake = ParquetLake(folder / "lake", currency="EUR")
        self.lake.seal(before)
        self.later = ParquetLake(folder / "later", currency="EUR")
        self.later.seal(self.events)
        self.log, self.store = MemoryLog(), MemoryStore()
        self.log.append_now(before)
        projector = Projector(self.log, self.store, [ProfileView(self.log)])
        projector.prepare()
        while projector.run_once(5_000):
            pass
        self.forecast = self.learnt(CUT)

    def learnt(self, now: int) -> Forecast:
        sealed = learn_predicted(self.lake, [], now, "EUR", "1")
        facts = msgspec.json.decode(msgspec.json.encode(sealed.facts))
        return unsealed(sealed.version, sealed.arrays, facts)

    def shopper(self, visitor: str) -> Shopper:
        kind, _, name = visitor.partition(":")
        user, device = (name, "") if kind == "u" else ("", name)
        with self.store.snapshot() as snapshot:
            return load(snapshot, self.log, anonymous_id=device, user_id=user, trusted=True, now=CUT)


def _catalog(recording: Recording, world: World) -> Catalog:
    catalogs = Catalogs()
    products = [msgspec.Raw(msgspec.json.encode(product)) for product in world.products]
    for event in prepare_products(recording, products).events:
        catalogs.apply(msgspec.structs.replace(event, time=CUT - 40 * DAY))
    catalog = catalogs.of("default")
    catalog.refresh_prices(CUT)
    return catalog


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return Past(tmp_path_factory.mktemp("past"), 450)


def test_one_shopper_from_her_folds_is_as_one_of_all_from_history(past: Past) -> None:
    people, rows = people_at(past.lake, [], CUT, CUT, "EUR")
    every = list(predict_all(past.forecast, people, "EUR"))
    assert len(rows) > 200
    assert (people["orders"] > 0).sum() > 15
    for place in range(0, len(rows), 3):
        shopper = past.shopper(rows[place]["visitor"])
        person = person_of(shopper, CUT, "EUR")
        assert {name: getattr(person, name) for name in FIELDS} == {n: rows[place][n] for n in FIELDS}
        one = predicted(past.forecast, shopper, CUT, "EUR")
        assert one.propensity.value == pytest.approx(every[place].propensity.value, abs=1e-12)
        assert one.orders.value == pytest.approx(every[place].orders.value, abs=1e-9)
        assert one.lifetime_value.value == pytest.approx(every[place].lifetime_value.value, rel=1e-9)
        assert one.propensity.reasons == every[place].propensity.reasons


def test_chances_to_buy_come_true_in_a_held_out_week(past: Past) -> None:
    people, rows = people_at(past.later, [], CUT, UNTIL, "EUR")
    chance = np.array([each.propensity.value for each in predict_all(past.forecast, people, "EUR")])
    bought = np.array([row["orders_after"] > 0 for row in rows])
    assert past.forecast.propensity.days == 7
    order = np.argsort(chance)
    for half in np.array_split(order, 2):
        expected, spread = chance[half].sum(), np.sqrt((chance[half] * (1 - chance[half])).sum())
        print(f"\nexpected {expected:.1f} +- {spread:.1f}, bought {bought[half].sum()}")
        assert abs(bought[half].sum() - expected) < 3 * spread + 0.15 * expected
    assert bought[order[len(order) * 4 // 5 :]].mean() > 2 * bought.mean()


def test_what_is_expected_is_told_with_its_reach_and_reasons(past: Past) -> None:
    people, _ = people_at(past.lake, [], CUT, CUT, "EUR")
    some = [*np.flatnonzero(people["orders"] > 0)[:5].tolist(), 0, 1, 2]
    for each in predict_all(past.forecast, people.part(some), "EUR"):
        for name in ("lifetime_value", "orders", "p_alive", "propensity", "churn_risk", "discount_affinity"):
            estimate = getattr(each, name)
            assert estimate.reasons
            if estimate.value is not None:
                assert estimate.low <= estimate.value <= estimate.high
                assert estimate.low < estimate.high


def test_a_shop_without_a_past_answers_from_the_prior_and_says_so() -> None:
    people = People.of([person_of(Shopper(now=CUT), CUT, "EUR")], CUT)
    (one,) = predict_all(prior(), people, "EUR")
    assert one.propensity.value is not None
    assert one.propensity.not_enough == "not enough data yet: 0 of 50 shoppers who went on to buy"
    assert one.p_alive.value is None
    assert one.p_alive.reasons == ("she has not ordered yet",)


def test_personas_recover_the_tastes_that_made_the_history_and_keep_their_names(past: Past) -> None:
    sealed = learn_personas(past.lake, [], CUT, past.catalog, "EUR", "1", None)
    known = personas.unsealed("1", sealed.arrays, msgspec.json.decode(msgspec.json.encode(sealed.facts)))
    found = cared(past.lake, [], CUT, past.catalog)
    tastes = found.tastes(past.catalog, CUT, known.categories, known.usual)
    enough = tastes.mass >= ENOUGH_MASS
    places = known.places(tastes)
    owner = {device: each for each in past.world.shoppers for device in each.anonymous_ids}
    owner |= {each.user_id: each for each in past.world.shoppers}
    lines = np.array([owner[visitor[2:]].favorite_line for visitor in found.visitors])
    right = sum(
        max((lines[enough & (places == number)] == line).sum() for line in set(lines))
        for number in range(len(known.groups))
    )
    alone = max((lines[enough] == line).sum() for line in set(lines))
    print(f"\n{right} of {enough.sum()} stand with their own line, {alone} without groups")
    for each in known.groups:
        print(each.key, each.title, each.size, *each.sentences, sep=" | ")
    assert right > 0.8 * enough.sum() > alone * 1.1
    assert sum(each.size for each in known.groups) == enough.sum()
    assert len({each.title for each in known.groups}) == len(known.groups)
    # three days earlier the groups were others; those that live on keep their names
    earlier = learn_personas(past.lake, [], CUT - 3 * DAY, past.catalog, "EUR", "0", None)
    again = learn_personas(past.lake, [], CUT, past.catalog, "EUR", "1", earlier)
    titles = {each["key"]: each["title"] for each in earlier.facts["groups"]}
    kept = [each for each in again.facts["groups"] if titles.get(each["key"]) == each["title"]]
    assert len(kept) >= len(titles) - 1
    once_more = learn_personas(past.lake, [], CUT, past.catalog, "EUR", "1", again)
    assert {each["key"] for each in once_more.facts["groups"]} == {
        each["key"] for each in again.facts["groups"]
    }


def test_a_shopper_is_of_the_persona_that_history_puts_her_in(past: Past) -> None:
    sealed = learn_personas(past.lake, [], CUT, past.catalog, "EUR", "1", None)
    known = personas.unsealed("1", sealed.arrays, sealed.facts)
    found = cared(past.lake, [], CUT, past.catalog)
    history = found.tastes(past.catalog, CUT, known.categories, known.usual)
    level = levels(past.catalog, CUT)
    asked = 0
    for place in range(0, len(found.visitors), 7):
        who, rows, mass = triples(masses(past.shopper(found.visitors[place]), past.catalog, CUT))
        own = tastes(who, rows, mass, 1, past.catalog, level, known.categories, known.usual)
        likeness = known.likeness(own)
        if likeness is not None:
            asked += 1
            assert likeness.key == known.groups[int(known.places(history)[place])].key
            assert 0 < likeness.share <= 1
    assert asked > 20


def test_look_alikes_of_some_are_found_among_the_likest(past: Past) -> None:
    men = [f"u:{each.user_id}" for each in past.world.shoppers if each.favorite_line == "men"]
    men += [f"a:{device}" for each in past.world.shoppers if each.favorite_line == "men"
            for device in each.anonymous_ids]  # fmt: skip
    alike, visitors = find_alike(past.lake, [], CUT, past.catalog, "EUR", men[::2])
    shares = [each.found or 0.0 for each in alike.curve]
    assert shares == sorted(shares)
    at = {each.share: each for each in alike.curve}
    assert (at[0.2].found or 0.0) > 0.4
    assert at[1.0].found == 1
    assert [each.similarity for each in alike.curve] == sorted(
        (e.similarity for e in alike.curve), reverse=True
    )
    likest = [visitors[row] for row in alike.order[:20]]
    assert sum(visitor in men for visitor in likest) >= 14


def test_product_segments_say_why(past: Past) -> None:
    sealed = learn_segments(past.lake, [], CUT, past.catalog, "EUR", "1")
    found = segments.unsealed("1", sealed.skus, sealed.arrays, sealed.facts)
    best = found.listed("bestseller")
    assert 0 < len(best) < len(found.skus) / 2
    assert found.not_enough["seasonal"].startswith("not enough data yet: 2")
    assert set(found.listed("a")).isdisjoint(found.listed("b"))
    counted = len(found.listed("a")) + len(found.listed("b")) + len(found.listed("c"))
    assert counted == len(found.skus)
    assert all("pieces sold" in found.of(sku)["bestseller"] for sku in best)
    assert found.of("nothing of ours") == {}
