"""A shop's own attributes in columns, so that filters and facets look at many products at once.

Each row holds one number an attribute, which stands for the set of its values: {"blue"}, or {"S", "M"}. A
product has the values of its variants too, because a shopper who wants size M wants the product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Value = str | int | float | bool

ATTRIBUTES_MOST = 200
VALUES_MOST = 100
"""Columns of a catalog, and values of one product in one of them; what is beyond is counted, not kept."""


class Column:
    """One attribute. ``sets[n]`` are the values that number ``n`` stands for; 0 stands for none."""

    def __init__(self, capacity: int) -> None:
        self.numbers: NDArray[np.int32] = np.zeros(capacity, np.int32)
        self.sets: list[tuple[Value, ...]] = [()]
        self._number: dict[tuple[Value, ...], int] = {(): 0}
        self.own: dict[int, tuple[Value, ...]] = {}
        """Values that a product has of itself, where it has variants or is one."""

    def put(self, row: int, values: tuple[Value, ...]) -> None:
        """Let a row stand for these values."""
        if row >= len(self.numbers):
            if not values:
                return
            grown = np.zeros(max(2 * len(self.numbers), row + 1), np.int32)
            grown[: len(self.numbers)] = self.numbers
            self.numbers = grown
        number = self._number.get(values)
        if number is None:
            number = self._number[values] = len(self.sets)
            self.sets.append(values)
        self.numbers[row] = number

    def of(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """The numbers of rows."""
        if len(rows) and int(rows.max()) >= len(self.numbers):
            safe = np.minimum(rows, len(self.numbers) - 1)
            found: NDArray[np.int32] = np.where(rows < len(self.numbers), self.numbers[safe], 0)
            return found
        return self.numbers[rows]

    def values(self, row: int) -> tuple[Value, ...]:
        """The values of one row."""
        return self.sets[self.numbers[row]] if row < len(self.numbers) else ()


class Attributes:
    """The columns of one catalog. ``dropped`` counts attributes that found no room."""

    def __init__(self) -> None:
        self.dropped = 0
        self._columns: dict[str, Column] = {}
        self._touched: set[int] = set()

    def put(self, row: int, attributes: Mapping[str, Any], *, family: bool) -> None:
        """A product's attributes as they are now. ``family``: it has variants, or is one."""
        for name, given in attributes.items():
            column = self._columns.get(name)
            values = values_of(given)
            if column is None:
                if not values:
                    continue
                if len(self._columns) >= ATTRIBUTES_MOST:
                    self.dropped += 1
                    continue
                column = self._columns[name] = Column(row + 1024)
            column.put(row, values)
            if family:
                column.own[row] = values
        for name, column in self._columns.items():
            if name not in attributes and row < len(column.numbers) and column.numbers[row]:
                column.put(row, ())
                column.own.pop(row, None)

    def touch(self, item: int) -> None:
        """The variants of a product are others now: its values are put together anew when next asked for."""
        self._touched.add(item)

    def names(self) -> list[str]:
        """Every attribute that any product has."""
        return sorted(self._columns)

    def column(self, name: str, variants: Callable[[int], Sequence[int]]) -> Column | None:
        """One attribute's column, variants counted in; None where no product has it."""
        self.settle(variants)
        return self._columns.get(name)

    def settle(self, variants: Callable[[int], Sequence[int]]) -> None:
        """Give products the values of their variants."""
        if not self._touched:
            return
        for column in self._columns.values():
            for item in self._touched:
                rows = variants(item)
                mine = column.own.setdefault(item, column.values(item))
                together = dict.fromkeys(mine)
                for row in rows:
                    together.update(dict.fromkeys(column.values(row)))
                column.put(item, tuple(together)[:VALUES_MOST])
        self._touched.clear()


def values_of(given: Any) -> tuple[Value, ...]:
    """The values of one attribute: of a list each, of a scalar itself; what is neither has none."""
    if isinstance(given, (list, tuple)):
        kept = [each for each in given if isinstance(each, (str, int, float, bool)) and each != ""]
        return tuple(dict.fromkeys(kept))[:VALUES_MOST]
    return (given,) if isinstance(given, (str, int, float, bool)) and given != "" else ()
