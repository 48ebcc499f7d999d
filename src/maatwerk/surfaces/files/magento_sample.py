"""The shape of Magento's sample-data files: one cell holds several values on lines of their own, categories
are names whose tree is in files beside (``name``, ``url_key``, ``path``), links are in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.categories import deepest, gender_of, path_of
from maatwerk.surfaces.files.links import attach
from maatwerk.surfaces.files.magento_values import stock_of
from maatwerk.surfaces.files.prices import plain_price
from maatwerk.surfaces.files.product import Draft
from maatwerk.surfaces.files.rows import Reading, Row, refusal
from maatwerk.surfaces.files.scope import Scope
from maatwerk.surfaces.files.survey import Survey
from maatwerk.surfaces.files.table import open_table
from maatwerk.surfaces.files.text import plain, slug

NEEDED = ("category", "name", "sku", "price")
TREE = ("name", "url_key", "path")

_PRODUCT = frozenset(
    "category name sku price qty description special_price attribute_set gender brand currency".split()
)
_YES_NO = {"1": "Yes", "0": "No"}


class Tree:
    """The shop's categories as paths of names from the root, found by the name a path ends in."""

    def __init__(self) -> None:
        self.paths: set[tuple[str, ...]] = set()
        self._ending: dict[str, set[tuple[str, ...]]] = {}

    def read(self, path: Path, reading: Reading) -> Iterator[Row]:
        """Take in a tree file; yields what could not be read."""
        with open_table(path, reading) as table:
            at_name, _, at_path = table.need(*TREE)
            for record in table.records():
                if record.refused is not None:
                    yield refusal(record.refused, record.line, table.file)
                    continue
                above = [name for name in record.fields[at_path].split("/") if name.strip()]
                names = tuple(name.strip() for name in (*above, record.fields[at_name]))
                self.paths.add(names)
                self._ending.setdefault(names[-1], set()).add(names)
                path_of(names, reading.category_titles)

    def walk(self, names: list[str]) -> tuple[list[tuple[str, ...]], list[str]]:
        """The paths that a list of names walks through, and the names that stand nowhere.

        ``Gear, Bags, Collections, Eco Friendly`` is Gear, Gear/Bags, Collections, Collections/Eco Friendly: a
        name is looked for below the one before it, then at the root, then wherever only one path ends in it.
        """
        found: list[tuple[str, ...]] = []
        lost: list[str] = []
        here: tuple[str, ...] = ()
        for name in names:
            ending = self._ending.get(name, set())
            for path in ((*here, name), (*here[:-1], name), (name,), *(ending if len(ending) == 1 else ())):
                if path in self.paths:
                    here = path
                    found.append(path)
                    break
            else:
                lost.append(name)
        return found, lost


def survey(path: Path, seen: Survey) -> None:
    """Which products there are."""
    with open_table(path) as table:
        at_sku = table.need(*NEEDED)[2]
        seen.skus.update(r.fields[at_sku].strip() for r in table.records() if r.refused is None)


def products(path: Path, scope: Scope, tree: Tree) -> Iterator[Row]:
    """One row a record."""
    with open_table(path, scope.reading) as table:
        table.need(*NEEDED)
        if not tree.paths:
            hint = "import the whole folder, or name the file of categories as well"
            detail = f"its categories are names without a tree: {hint}, and they become paths"
            scope.reading.note(table.file, "category_tree_missing", detail)
        for record in table.records():
            if record.refused is not None:
                yield refusal(record.refused, record.line, table.file)
                continue
            cells = dict(zip(table.columns, record.fields, strict=True))
            try:
                value, warnings = _product(cells, scope, tree)
            except Refused as error:
                yield refusal(error, record.line, table.file)
            else:
                yield Row(record.line, table.file, value, warnings=warnings)


def _product(cells: dict[str, str], scope: Scope, tree: Tree) -> tuple[dict[str, Any], Any]:
    draft = Draft(cells["sku"], cells["name"])
    scope.seen.once(draft)
    draft.put("description", plain(cells.get("description", "")))
    paths = _categories(draft, _values(cells["category"]), tree, scope.reading)
    draft.put("categories", paths)
    draft.put("brand", cells.get("brand", "").strip())
    draft.put("url", f"/{slug(draft.value['name'])}.html")
    draft.attribute("gender", [gender_of(_values(cells.get("gender", "")), paths)])
    for column, cell in cells.items():
        if column and column not in _PRODUCT:
            draft.attribute(column, [_YES_NO.get(value, value) for value in _values(cell)])
    draft.attribute("attribute_set", [cells.get("attribute_set", "")])
    currency = cells.get("currency", "").strip() or scope.currency
    draft.put("currency", currency)
    price = draft.value["price"] = plain_price(cells["price"].strip(), currency)
    special = cells.get("special_price", "").strip()
    if special:
        draft.sale(price, plain_price(special, currency, "special_price"))
    draft.put("stock", stock_of(cells))
    attach(draft, scope.links.of.get(draft.value["sku"], {}), scope.has)
    return draft.done()


def _categories(draft: Draft, names: list[str], tree: Tree, reading: Reading) -> list[str]:
    if not tree.paths:
        return deepest(path_of([name], reading.category_titles) for name in names)
    found, lost = tree.walk(names)
    for name in lost:
        draft.warn("category_not_known", "categories", f"{name} is in no file of categories; left out")
    return deepest(path_of(path, reading.category_titles) for path in found)


def _values(cell: str) -> list[str]:
    return [value.strip() for value in cell.split("\n") if value.strip()]
