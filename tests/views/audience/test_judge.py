"""Who belongs, who enters, who leaves: by what happened, and by time alone."""

from pathlib import Path

from tests.views.audience.people import People

from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.flows.agree import check_agreement
from maatwerk.flows.everyone import Asking
from maatwerk.flows.foresee import foresee
from maatwerk.flows.judge import size_of
from maatwerk.views.audience import rows

WOMEN = 'event("Product Viewed").where(e, "women" in e.product.categories).within(days(30)).count() >= 3'
LOOKED_ONLY = (
    'item("Product Viewed").within(days(30)).notFollowedBy(item("Order Completed"), days(3), "sku")'
    ".count() >= 1"
)


def test_enters_with_the_third_view_and_leaves_when_the_first_is_thirty_days_old(people: People) -> None:
    people.product("DR01", categories=["women/dresses"])
    people.product("TI01", categories=["men"])
    people.rule("women", WOMEN)
    for sku in ("DR01", "TI01", "DR01"):
        people.send("Product Viewed", "a-1", sku=sku)
        people.settle()
    assert people.members("women") == []
    people.wait(24)
    people.send("Product Viewed", "a-1", sku="DR01")
    people.settle()
    assert people.members("women") == ["a/a-1"]
    people.wait(29 * 24 - 1)
    assert people.members("women") == ["a/a-1"]
    people.wait(1)
    assert people.members("women") == []
    assert people.told() == [("Entered", "a/a-1", "women"), ("Exited", "a/a-1", "women")]


def test_viewed_but_not_bought_within_three_days(people: People) -> None:
    people.rule("looked", LOOKED_ONLY)
    people.send("Product Viewed", "a-1", sku="X")
    people.send("Product Viewed", "a-2", sku="X")
    people.wait(48)
    people.send("Order Completed", "a-2", order_id="o-1", products=[{"sku": "X"}])
    people.wait(23)
    assert people.members("looked") == []
    people.wait(1)
    assert people.members("looked") == ["a/a-1"]


def test_an_audience_counts_what_happened_before_it_was_made(people: People) -> None:
    people.product("B1", brand="X")
    order = {"currency": "EUR", "products": [{"sku": "B1", "price": "60.00", "quantity": 2}]}
    people.send("Order Completed", "a-1", "u-1", order_id="o-1", **order)
    people.send("Order Completed", "a-2", "u-2", order_id="o-2", **order)
    people.wait(1)
    people.rule(
        "brand-x",
        'item("Order Completed").where(p, p.product.brand == "X" && p.price > 50.0)'
        ".sum(p, p.quantity) >= 2.0",
    )
    people.settle()
    assert people.members("brand-x") == ["u/u-1", "u/u-2"]
    assert people.told() == []  # it is the audience that is new, not what they did


def test_what_a_guest_belonged_to_goes_over_to_the_customer(people: People) -> None:
    people.rule("viewers", 'event("Product Viewed").count() >= 2')
    people.send("Product Viewed", "a-1", sku="X")
    people.send("Product Viewed", "a-1", sku="X")
    people.settle()
    assert people.members("viewers") == ["a/a-1"]
    people.send("Signed In", "a-1", "u-1")
    people.settle()
    assert people.members("viewers") == ["u/u-1"]
    assert people.told() == [("Entered", "a/a-1", "viewers")]


def test_lists_schedules_and_audiences_that_name_others(people: People) -> None:
    people.rule("vip", "", members=["u-1"])
    people.rule("vip-mobile", 'audiences["vip"] && device == "mobile"')
    people.rule("later", "true", starts="2025-12-02T00:00:00Z", ends="2025-12-03T00:00:00Z")
    from tests.views.audience.people import BROWSER

    people.send("Page Viewed", "a-1", "u-1", context=BROWSER)
    people.send("Page Viewed", "a-2", "u-2", context=BROWSER)
    people.settle()
    assert people.members("vip-mobile") == ["u/u-1"]
    assert people.members("later") == []
    people.wait(24)
    assert people.members("later") == ["u/u-1", "u/u-2"]
    people.wait(24)
    assert people.members("later") == []
    people.send("Audience Listed", "", "u-2", audience="vip", listed=True, origin="internal", proven=True)
    people.settle()
    assert people.members("vip") == ["u/u-1", "u/u-2"]
    people.send("Audience Listed", "", "u-2", audience="vip", listed=False, origin="internal", proven=True)
    people.settle()
    assert people.members("vip") == ["u/u-1"]


def test_an_audience_that_is_withdrawn_has_nobody(people: People) -> None:
    people.rule("viewers", 'event("Product Viewed").count() >= 1')
    people.send("Product Viewed", "a-1", sku="X")
    people.settle()
    people.rule("viewers", None)
    people.settle()
    assert people.members("viewers") == []
    people.rule("viewers", 'event("Viewed Product").count() >= 1')
    people.settle()
    assert people.members("viewers") == ["a/a-1"]


def test_who_is_past_her_retention_leaves_without_an_event_that_names_her(people: People) -> None:
    people.rule("looked", LOOKED_ONLY)
    for who in ("a-1", "a-2"):
        people.send("Product Viewed", who, sku="X")
    people.wait(73)
    assert people.members("looked") == ["a/a-1", "a/a-2"]
    told = people.told()
    people.judging.let_go(["a/a-1", "u/u-nobody"], people.now)
    assert people.members("looked") == ["a/a-2"]
    assert people.told() == told
    with people.store.snapshot() as read:
        assert size_of(read, "looked") == 1
        assert read.get(rows.STATE, "a/a-1") is None
        assert not any("a-1" in key for key, _ in read.scan(rows.TOUCHED))


def test_the_standing_check_counts_what_it_asked_and_what_differs(people: People, tmp_path: Path) -> None:
    people.rule("viewers", 'event("Product Viewed").count() >= 2')
    for who in ("a-1", "a-2", "a-2", "a-3"):
        people.send("Product Viewed", who, sku="X")
    people.settle()
    lake = ParquetLake(tmp_path / "lake", currency="EUR")
    lake.seal(people.log.read(0, 3))
    parts = Asking(people.log, people.log, people.store, lake, people.belonging)
    found = check_agreement(parts, people.now, 0)
    assert found is not None
    assert (found.checked, found.differ) == (3, ())
    people.send("Page Viewed", "a-1")
    assert people.log.counts()["audience_answers_checked"] == 3
    with people.store.snapshot() as read:
        key, _ = next(
            pair for pair in read.scan("profile_shard", limit=10) if pair[0].startswith("anonymous_id/a-2/")
        )
    people.store.write("profile", people.log.last_offset(), {}, {"profile_shard": [key]})
    broken = check_agreement(parts, people.now, 0)
    assert broken is not None
    assert broken.differ == ("a/a-2",)  # what was lost of her is seen


def test_what_an_audience_would_be(people: People, tmp_path: Path) -> None:
    people.rule("viewers", 'event("Product Viewed").count() >= 1')
    for who in ("a-1", "a-2", "a-2", "a-3"):
        people.send("Product Viewed", who, sku="X", days_ago=20)
    people.settle()
    parts = Asking(
        people.log, people.log, people.store, ParquetLake(tmp_path / "lake", currency="EUR"), people.belonging
    )
    document = {"name": "Twice", "when": 'event("Product Viewed").within(days(30)).count() >= 2'}
    found = foresee(parts, "twice", document, {}, people.now)
    assert (found.found.members, found.found.exact, found.overlap) == (["a/a-2"], True, {"viewers": 1.0})
    assert [size for _, size in found.growth] == [0, 0, 0, 0, 0, 0, 1, 1, 1]
    ((who, why),) = found.sample
    assert who == "a/a-2"
    assert why[0].holds is True
    assert why[0].values == {'event("Product Viewed").within(days(30)).count()': 2}
