"""What shoppers chose after the same words, whatever place it had."""

from __future__ import annotations

import numpy as np

from maatwerk.decisions.search.choices import Shown, chosen, key_of, train_choices
from maatwerk.engines.tantivy.stems import stem


def _worth(shown: list[Shown], query: str) -> dict[str, float]:
    queries, skus, arrays = train_choices(shown)
    rows = np.arange(len(skus), dtype=np.int32)
    places = {name: place for place, name in enumerate(queries)}
    return {skus[row]: worth for row, worth in chosen(query, places, rows, arrays).items()}


def test_a_product_is_not_liked_less_for_having_stood_further_down() -> None:
    random = np.random.default_rng(7)
    seen = {1: 0.9, 2: 0.5, 3: 0.2}
    wanted = {"A": 0.2, "B": 0.2, "C": 0.6}
    shown = [
        Shown("dress", sku, place, bool(random.random() < seen[place] * wanted[sku]))
        for turn in range(3_000)
        for place, sku in enumerate(("A", "B", "C") if turn % 3 else ("C", "A", "B"), 1)
    ]
    worth = _worth(shown, "dress")
    assert max(worth, key=lambda sku: worth[sku]) == "C"
    raw = {sku: sum(s.clicked for s in shown if s.sku == sku and s.place == 3) for sku in "ABC"}
    assert raw["C"] < sum(s.clicked for s in shown if s.sku == "A")  # by clicks alone it would not lead


def test_a_purchase_says_more_than_a_click_and_one_search_says_little() -> None:
    many = [Shown("coat", "A", 1, True)] * 5 + [Shown("coat", "B", 1, True, True, True)] * 5
    worth = _worth(many, "coat")
    assert worth["B"] > worth["A"] > 0
    assert _worth(many, "hat") == {}
    assert train_choices([])[:2] == ([], [])


def test_queries_of_the_same_words_are_one() -> None:
    assert key_of("Dresses for the Summer", "en", stem) == key_of("summer dress", "en", stem)
