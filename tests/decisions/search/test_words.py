"""Words, sizes, compounds and slips of the finger."""

from __future__ import annotations

import pytest

from maatwerk.decisions.search.describe import sku_ends
from maatwerk.decisions.search.spelling import Vocabulary, slips_between
from maatwerk.decisions.search.synonyms import parse_synonyms, table
from maatwerk.decisions.search.text import fold, language_of, words
from maatwerk.decisions.search.understand import Reader, Understood
from maatwerk.engines.tantivy.stems import stem


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Women's Café-Crème", "en", ["women", "cafe", "creme"]),
        ("GRÖSSE Größe", "de", ["grosse", "grosse"]),
        ("l'homme d’été", "fr", ["homme", "ete"]),
        ('Samsung 43" TV', "en", ["samsung", "43", "inch", "43inch", "tv"]),
        ("0,5 l 500ml 50 cl", "nl", ["0.5", "l", "500ml", "500", "ml", "500ml", "50", "cl", "500ml"]),
        ("WS12-M-Blue", "en", ["ws12", "m", "blue"]),
        ("東京タワー", "", ["東京", "京タ", "タワ", "ワー"]),
        ("  ", "en", []),
    ],
)
def test_words_are_folded_and_sizes_share_a_measure(text: str, language: str, expected: list[str]) -> None:
    assert words(text, language) == expected


def test_slips_count_letters_lost_added_changed_and_swapped() -> None:
    assert [slips_between("dress", other, 2) for other in ("dress", "dres", "drses", "drexs", "desk")] == [
        0, 1, 1, 1, 2,
    ]  # fmt: skip
    assert slips_between("dress", "trousers", 2) == 3


@pytest.mark.parametrize(
    ("language", "counts", "word", "parts"),
    [
        ("nl", {"winter": 5, "jas": 9}, "winterjas", ("winter", "jas")),
        ("nl", {"kind": 3, "stoel": 2}, "kinderstoel", ("kind", "stoel")),
        ("de", {"arbeit": 3, "jacke": 4}, "arbeitsjacke", ("arbeit", "jacke")),
        ("de", {"damen": 3, "hand": 4, "schuhe": 5}, "damenhandschuhe", ("damen", "hand", "schuhe")),
        ("en", {"winter": 5, "coat": 9}, "wintercoat", ()),
        ("nl", {"winter": 5}, "winterjas", ()),
    ],
)
def test_compounds_are_split_where_the_catalog_has_their_parts(
    language: str, counts: dict[str, int], word: str, parts: tuple[str, ...]
) -> None:
    assert Vocabulary(counts, language, stem).parts(word) == parts


def test_language_is_told_by_its_commonest_words() -> None:
    assert language_of(["Een jas van wol met een capuchon"]) == "nl"
    assert language_of(["Die Jacke ist aus Wolle und mit Kapuze"]) == "de"
    assert language_of(["Un manteau en laine avec des poches"]) == "fr"
    assert language_of(["Una chaqueta de lana con el forro"]) == "es"
    assert language_of(["A17 B18"]) == "en"


def test_a_sku_is_found_from_any_place_where_one_would_begin_to_type() -> None:
    assert {"ab001234", "001234", "1234"} <= set(sku_ends("AB-001234"))


def _understood(text: str, *groups: tuple[str, ...], **counts: int) -> Understood:
    vocabulary = Vocabulary({"dress": 40, "red": 30, "sneaker": 20, **counts}, "en", stem)
    rules = [parse_synonyms("s", {"two-way": [list(group) for group in groups]})] if groups else []
    return Reader(vocabulary, stem, table(rules, "en", stem)).understand(text, typing=False)


def test_a_mistyped_word_is_corrected_and_a_known_one_is_not() -> None:
    assert _understood("red drees").corrected == "red dress"
    assert _understood("red dresses").corrected == ""
    assert _understood("reddress").corrected == "red dress"


def test_synonyms_of_several_words_hold_both_ways() -> None:
    forth = _understood("red running shoes", ("running shoe", "sneaker"))
    assert forth.synonyms == ("running shoes = sneaker",)
    assert _understood("sneakers", ("running shoe", "sneaker")).synonyms == ("sneakers = running shoe",)


def test_two_words_that_the_catalog_writes_as_one_are_found_as_one() -> None:
    concept = _understood("play station", playstation=9).concepts[0]
    assert [each.why for each in concept.alternatives] == ["", "joined"]


def test_accents_and_ligatures_fold_to_plain_letters() -> None:
    assert fold("Œuvre Ærø ŁÓDŹ") == "oeuvre aero lodz"
