"""Laws of a cart's price: never below nothing, exact, repeatable, whatever order its lines stand in."""

from __future__ import annotations

from itertools import chain, combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.decisions.offers.carts import at, book, cart, line
from tests.examples import tried

from maatwerk.decisions.offers.book import OfferBook
from maatwerk.decisions.offers.cart import Cart, Line
from maatwerk.decisions.offers.evaluate import Evaluated, evaluate

BRANDS = ("Ida", "Bo", "Cy")
LINES = st.lists(
    st.builds(
        lambda sku, unit, quantity, brand: line(
            f"S{sku}", unit, quantity, brand=brand, categories=[brand.lower()]
        ),
        st.integers(0, 5),
        st.one_of(st.integers(0, 30), st.integers(0, 100_000)),
        st.one_of(st.integers(1, 7), st.sampled_from(["0.5", "1.25", "2.5"])),
        st.sampled_from(BRANDS),
    ),
    min_size=0,
    max_size=7,
)  # fmt: skip
GIVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda p: {"give": "percent", "percent": p}, st.sampled_from([0.5, 7, 12.5, 33.33, 100])),
    st.builds(lambda a: {"give": "amount_per_item", "amount": a}, st.integers(1, 40)),
    st.builds(lambda a: {"give": "amount", "amount": a}, st.integers(1, 200)),
    st.builds(lambda x, y: {"give": "buy_x_get_y", "buy": x, "get": y}, st.integers(1, 3), st.integers(1, 2)),
    st.builds(lambda n: {"give": "cheapest_free", "of": n}, st.sampled_from([0, 2, 3])),
    st.just({"give": "free_shipping"}),
    st.just({"give": "free_gift", "gift": "S1"}),
    st.just({"give": "tiers", "tiers": [{"at": 20, "percent": 5}, {"at": 90, "percent": 10, "amount": 1}]}),
)
BESIDE = st.fixed_dictionaries(
    {},
    optional={
        "items": st.sampled_from(
            ['brand == "Ida"', 'brand in ["Bo", "Cy"]', 'category == "cy"', "price > 5"]
        ),
        "get_items": st.just('brand == "Bo"'),
        "when": st.sampled_from(["cart.subtotal >= 30", "matching.quantity >= 2", "cart.lines < 4"]),
        "priority": st.integers(1, 3),
        "group": st.sampled_from(["g", "h"]),
        "exclusive": st.booleans(),
        "stop": st.booleans(),
        "most": st.integers(1, 50),
        "pieces": st.integers(1, 3),
    },
)
OFFERS = st.lists(st.builds(lambda give, beside: {**give, **beside}, GIVES, BESIDE), min_size=0, max_size=6)
STRANGE: list[dict[str, Any]] = [
    {"items": 'brand == "Zed"'}, {"audience": "a"}, {"codes": ["ZZZ"]}, {"when": "cart.subtotal > 999999"},
    {"when": 'shipping.country == "XX"'},
]  # fmt: skip
POLICY = st.fixed_dictionaries(
    {"choose": st.sampled_from(["best", "priority"])},
    optional={"tax": st.fixed_dictionaries({"rate": st.sampled_from([0, 9, 21]), "included": st.booleans()})},
)


def books(offers: list[dict[str, Any]], policy: dict[str, Any]) -> OfferBook:
    return book(policy, **{f"o{number}": offer for number, offer in enumerate(offers)})


def by_line(found: Evaluated) -> dict[int, tuple[str, int]]:
    """What is left, by the line's name."""
    return {
        one.place: (one.sku, left) for one, left in zip(found.cart.lines, found.combined.left, strict=True)
    }


@tried(30)
@given(LINES, OFFERS, POLICY, st.integers(0, 900), st.randoms(use_true_random=False))
def test_a_cart_is_never_negative_exact_and_blind_to_order(
    lines: list[Line], offers: list[dict[str, Any]], policy: dict[str, Any], shipping: int, random: Any
) -> None:
    rules = books(offers, policy)
    of = cart(*lines, shipping=shipping)
    found = evaluate(of, at(), rules)
    sums = found.totals
    # never below nothing, and exact: what is taken and what is left are what there was
    assert all(0 <= left <= one.total for one, left in zip(of.lines, found.combined.left, strict=True))
    assert 0 <= sums.shipping <= shipping
    goods = sum(sum(each.takes.values()) for each in found.combined.given)
    assert (goods, sums.subtotal - goods) == (sums.discount, sum(found.combined.left))
    on_top = (sums.tax or 0) if not sums.included else 0
    assert sums.total == sums.subtotal - sums.discount + sums.shipping + on_top
    # reckoned again: the same
    assert evaluate(of, at(), rules) == found
    # in another order: the same sums, and lines that differ in nothing but their place get the same together
    order = list(range(len(lines)))
    random.shuffle(order)
    other = evaluate(cart(*(lines[n] for n in order), shipping=shipping), at(), rules)
    assert other.totals == sums
    assert sorted(by_line(other).values()) == sorted(by_line(found).values())
    # every offer is given once at most, one of a group, an exclusive one alone
    keys = [each.eligible.offer.key for each in found.combined.given]
    groups = [
        each.eligible.offer.said.group for each in found.combined.given if each.eligible.offer.said.group
    ]
    assert len(set(keys)) == len(keys)
    assert len(set(groups)) == len(groups)
    if any(each.eligible.offer.said.exclusive for each in found.combined.given):
        assert len(keys) == 1


def alternatives(found: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [list(each) for each in chain.from_iterable(combinations(found, n) for n in range(len(found) + 1))]


@tried(15)
@given(LINES, OFFERS.filter(lambda found: len(found) <= 4))
def test_the_best_is_no_worse_than_any_lawful_set(lines: list[Line], offers: list[dict[str, Any]]) -> None:
    """Fixed amounts are left out: how they are shared among lines may favor a smaller set by a few cents."""
    offers = [each for each in offers if each["give"] != "amount" and "most" not in each]
    of: Cart = cart(*lines, shipping=495)
    best = evaluate(of, at(), books(offers, {"choose": "best"})).combined.worth(lambda each: each.amount)
    for some in alternatives(offers):
        by_priority = evaluate(of, at(), books(some, {"choose": "priority"})).combined
        assert by_priority.worth(lambda each: each.amount) <= best


@tried(15)
@given(LINES, OFFERS, st.integers(0, 40))
def test_offers_that_cannot_match_change_nothing(
    lines: list[Line], offers: list[dict[str, Any]], strangers: int
) -> None:
    of = cart(*lines)
    other = [{"give": "percent", "percent": 50, **STRANGE[n % len(STRANGE)]} for n in range(strangers)]
    alone, among = books(offers, {"choose": "best"}), books([*offers, *other], {"choose": "best"})
    assert evaluate(of, at(), among).totals == evaluate(of, at(), alone).totals
