"""One tree, two interpreters: whom an audience holds for, asked shopper by shopper from what was kept, and
asked of everybody by a query over history. They name the same people, at any moment."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.examples import tried
from tests.views.audience.people import START, People

from maatwerk.core.time import DAY
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.events.event import Event
from maatwerk.flows.everyone import Asking, ask, everybody, shopper_of
from maatwerk.testing.events import histories

CATALOG: dict[str, dict[str, Any]] = {
    "DR01-S-Red": {
        "brand": "X",
        "categories": ["women/dresses"],
        "price": "59.95",
        "attributes": {"color": "red"},
    },
    "SH02": {"brand": "Y", "categories": ["women/shoes"], "price": "80.00", "attributes": {"heel": 4}},
    "BG03": {"brand": "X", "categories": ["bags"], "margin": 0.4},
}

_names = st.sampled_from(
    [
        "Product Viewed",
        "Product Added",
        "Order Completed",
        "Checkout Started",
        "Page Viewed",
        "Products Searched",
    ]
)
_spans = st.one_of(
    st.integers(1, 50).map(lambda n: f"days({n})"), st.integers(1, 72).map(lambda n: f"hours({n})")
)
_about = st.sampled_from(
    [
        'e.sku == "SH02"',
        "e.price > 20.0",
        "e.quantity >= 2.0",
        'e.product.brand == "X"',
        '"women" in e.product.categories',
        'e.product.categories.exists(c, c.startsWith("women/"))',
        'e.product.attributes.color == "red"',
        "e.product.attributes.heel > 3",
        "e.product.price > 60.0 || e.price < 20.0",
        'e.device == "mobile"',
        'e.campaign == "newsletter"',
        "has(e.order_id)",
        "e.value >= 50.0",
        'e.properties.cart_id == "c-1"',
        'e.properties["price"] == 12',
        'e.query.contains("dress")',
        '!(e.country == "NL")',
        'e.time > timestamp("2025-12-03T00:00:00Z")',
    ]
)


@st.composite
def _streams(draw: st.DrawFn, deep: int = 1) -> str:
    text = f'{draw(st.sampled_from(["event", "item"]))}("{draw(_names)}")'
    for _ in range(draw(st.integers(0, 2))):
        text += f".where(e, {draw(_about)})"
    if draw(st.booleans()):
        text += f".within({draw(_spans)})"
    if draw(st.integers(0, 3)) == 0:
        text += f".before({draw(_spans)})"
    if draw(st.integers(0, 5)) == 0:
        text += f".{draw(st.sampled_from(['since', 'until']))}(orders.first_at)"
    if deep and draw(st.booleans()):
        step = draw(st.sampled_from(["followedBy", "notFollowedBy"]))
        by = draw(st.sampled_from(["", ', "sku"', ', "country"']))
        text += f".{step}({draw(_streams(deep - 1))}, {draw(_spans)}{by})"
    return text


@st.composite
def _atoms(draw: st.DrawFn) -> str:
    stream = draw(_streams())
    relation = draw(st.sampled_from([">=", "<", "==", "!=", ">"]))
    return draw(
        st.sampled_from(
            [
                f"{stream}.count() {relation} {draw(st.integers(0, 3))}",
                f"{stream}.count() {relation} orders.count",
                f"{stream}.sum(e, e.quantity) {relation} {draw(st.integers(0, 4))}",
                f"{stream}.sum(e, e.price * e.quantity) {relation} 60",
                f"{stream}.average(e, e.price) {relation} 30.0",
                f"{stream}.greatest(e, e.price) {relation} 59.95",
                f"{stream}.distinct(e, e.sku) {relation} {draw(st.integers(0, 2))}",
                f"now - {stream}.latest() {relation} {draw(_spans)}",
                f"{stream}.earliest() < {stream}.latest()",
                f"{stream}.exists(x, x.price > 1.0)",
                "orders.revenue > 50.0",
                "consent.email || !has(traits.age) || traits.age > 40",
                "cart.size >= 1",
                '"SH02" in cart.skus',
                'device == "mobile"',
                "now - profile.first_seen_at > days(5)",
                'listed["somewhere"]',
                "profile.customer",
                'profile.user_id in ["u-1", "u-9"]',
            ]
        )
    )


_conditions = st.recursive(
    _atoms(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' && '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' || '.join(parts)})"),
        inner.map(lambda part: f"!({part})"),
    ),
    max_leaves=4,
)


@tried(8, suppress_health_check=list(HealthCheck))
@given(
    events=histories(max_size=40),
    conditions=st.lists(_conditions, min_size=6, max_size=12),
    later=st.integers(0, 60 * DAY),
    sealed=st.integers(0, 40),
)
def test_shopper_by_shopper_and_everybody_at_once(
    events: list[Event], conditions: list[str], later: int, sealed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        people = People(Path(folder))
        try:
            _agree(people, Path(folder), events, conditions, later, sealed)
        finally:
            people.close()


def _agree(
    people: People, folder: Path, events: list[Event], conditions: list[str], later: int, sealed: int
) -> None:
    for sku, fields in CATALOG.items():
        people.product(sku, **fields)
    people.rules(
        {("audience", f"c-{place}"): {"name": "made", "when": text} for place, text in enumerate(conditions)}
    )
    people.log.append_now(events)
    for named in ({"anon": "a-1"}, {"user": "u-1"}):
        for listed in (len(events) % 2 == 0, len(events) % 3 == 0):
            people.send("Audience Listed", **named, audience="somewhere", listed=listed, origin="internal")
    people.now = max((max(e.time, e.received) for e in events), default=START) + later
    people.settle()
    lake = ParquetLake(folder / "lake", currency="EUR")
    if sealed:
        lake.seal(people.log.read(0, sealed))
    parts = Asking(people.log, people.log, people.store, lake, people.belonging)
    audiences = list(people.belonging.audiences.by_key.values())
    asked = ask(parts, audiences, people.now)
    at_once = {each.key: sorted(found.members) for each, found in zip(audiences, asked, strict=True)}
    one_by_one: dict[str, list[str]] = {each.key: [] for each in audiences}
    with people.store.snapshot() as read:
        for who in everybody(people.store).names:
            shopper = shopper_of(parts, read, who, people.now)
            for key in people.belonging.of(people.store, shopper, people.now):
                one_by_one[key].append(who)
    for each in audiences:
        assert at_once[each.key] == sorted(one_by_one[each.key]), each.audience.when
        assert people.members(each.key) == sorted(one_by_one[each.key]), each.audience.when
