"""What must be known of all files before the first product can be told: who is there, whose variant it is."""

from __future__ import annotations

from collections.abc import Iterable

from maatwerk.surfaces.files.product import Draft


class Survey:
    """Every sku of the files, and the families of variants; some hundred bytes a product."""

    def __init__(self) -> None:
        self.skus: set[str] = set()
        self.parents: dict[str, str] = {}
        """variant -> parent"""
        self.varies: dict[str, dict[str, str]] = {}
        """variant -> what sets it apart (size, color)"""
        self.urls: dict[str, str] = {}
        """parent -> its page"""
        self.prices: dict[str, str] = {}
        """product that stands alone or is a variant -> its price as written"""
        self._children: dict[str, list[str]] = {}
        self._told: set[tuple[str, str]] = set()

    def adopt(self, parent: str, url: str, children: Iterable[tuple[str, dict[str, str]]]) -> None:
        """A configurable product and its variants; a variant keeps the first parent that names it."""
        self.urls[parent] = url
        for child, varies in children:
            if child != parent and self.parents.setdefault(child, parent) == parent:
                self.varies[child] = varies
                self._children.setdefault(parent, []).append(child)

    def missing_children(self, parent: str) -> list[str]:
        """Variants that the parent names and no file has."""
        return [child for child in self._children.get(parent, ()) if child not in self.skus]

    def lowest_price(self, parent: str) -> str:
        """The lowest price of the variants, as written; empty where none can be read."""
        lowest: tuple[float, str] | None = None
        for child in self._children.get(parent, ()):
            text = self.prices.get(child, "")
            try:
                price = float(text)
            except ValueError:
                continue
            if lowest is None or price < lowest[0]:
                lowest = (price, text)
        return lowest[1] if lowest else ""

    def once(self, draft: Draft, store: str = "") -> None:
        """Warn where a product comes a second time: the later record is what counts."""
        key = (draft.value["sku"], store)
        if key in self._told:
            draft.warn(
                "sku_repeated", "sku", f"{key[0]} was already in these files; this later record replaces it"
            )
        self._told.add(key)
