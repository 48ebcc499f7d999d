"""What is indexed of a product: its words by field, those of its variants with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from maatwerk.decisions.search.index import Entry, id_of
from maatwerk.decisions.search.spelling import Vocabulary
from maatwerk.decisions.search.text import Stem, fold, umlauts_written_out, words
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

BODY_LETTERS = 4_000
"""Of a description; shops paste whole manuals."""

_VARIANTS_MOST = 500
_SKU_ENDS = 12


class Describer:
    """Makes entries, always the same of the same product and vocabulary."""

    def __init__(self, language: str, stem: Stem) -> None:
        self.language = language
        self._stem = lru_cache(maxsize=200_000)(lambda word: stem(language, word))

    def entry(self, product: Product, variants: Sequence[Product], vocabulary: Vocabulary | None) -> Entry:
        """One product with its variants. Without a vocabulary compounds stay whole."""
        title = self._words(product.name)
        brand = self._words(product.brand)
        category = self._words(" ".join(product.categories).replace("/", " ").replace("-", " "))
        attributes = self._words(" ".join(dict.fromkeys(_values((product, *variants)))))
        body = self._words(product.description[:BODY_LETTERS])
        telling = dict.fromkeys([*title, *brand, *category, *attributes])
        parts: dict[str, None] = {}
        if vocabulary is not None:
            for word in dict.fromkeys([*telling, *body]):
                parts.update(dict.fromkeys(vocabulary.parts(word)))
        fields = {
            "title": self._stems(title),
            "brand": self._stems(brand),
            "category": self._stems(category),
            "attributes": self._stems(attributes),
            "parts": self._stems(parts),
            "body": self._stems(body),
        }
        skus = [product.sku, *(variant.sku for variant in variants[:_VARIANTS_MOST])]
        return Entry(
            id_of(product.sku),
            fields,
            " ".join(telling),
            tuple(dict.fromkeys(end for sku in skus for end in sku_ends(sku))),
            tuple(dict.fromkeys(place for path in product.categories for place in with_parents(path))),
        )

    def words(self, product: Product) -> list[str]:
        """The words that may be compounds or their parts."""
        return self._words(" ".join((product.name, product.brand, *product.categories)).replace("/", " "))

    def stems(self, product: Product) -> list[str]:
        """All stems of a product in order, its name's and brand's first; what models of meaning read."""
        text = " ".join((product.name, product.brand, *_values((product,))))
        category = " ".join(product.categories).replace("/", " ").replace("-", " ")
        return [self._stem(word) for word in self._words(f"{text} {category}")]

    def body_stems(self, product: Product) -> list[str]:
        """The stems of its description."""
        return [self._stem(word) for word in self._words(product.description[:BODY_LETTERS])]

    def _words(self, text: str) -> list[str]:
        found = words(text, self.language)
        if self.language == "de":
            found += [out for word in text.split() if (out := umlauts_written_out(word.strip(",.;:()")))]
        return found

    def _stems(self, given: Iterable[str]) -> str:
        return " ".join(map(self._stem, given))


def entry_of(catalog: Catalog, row: int, describer: Describer, vocabulary: Vocabulary | None) -> Entry | None:
    """What is indexed of a row; None for a variant, and for what is not on sale."""
    if catalog.parent[row] >= 0 or not catalog.shown[row]:
        return None
    variants = [
        catalog.product(child) for child in catalog.variants(row)[:_VARIANTS_MOST] if catalog.shown[child]
    ]
    return describer.entry(catalog.product(row), variants, vocabulary)


def sku_ends(sku: str) -> list[str]:
    """A SKU in letters and digits alone, and its ends from every place where somebody may begin to type it:
    after a separator, where digits begin or end, and within digits."""
    plain, starts = "", {0}
    for letter in fold(sku):
        if not letter.isalnum():
            starts.add(len(plain))
            continue
        if plain and (plain[-1].isdigit() or letter.isdigit()) and len(starts) < _SKU_ENDS:
            starts.add(len(plain))
        plain += letter
    return [plain[start:] for start in sorted(starts) if len(plain) - start >= 2 or start == 0]


def with_parents(path: str) -> list[str]:
    """``women/dresses`` to ``women`` and ``women/dresses``."""
    pieces = path.split("/")
    return ["/".join(pieces[: depth + 1]) for depth in range(len(pieces))]


def _values(products: Iterable[Product]) -> Iterable[str]:
    for product in products:
        for value in product.attributes.values():
            for each in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(each, str) and len(each) <= 100 and "://" not in each:
                    yield each
                elif type(each) in (int, float):
                    yield str(each)
