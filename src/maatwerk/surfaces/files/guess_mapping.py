"""Which shipped mapping reads a file of orders or customers, by the columns it has."""

from __future__ import annotations

from pathlib import Path

from maatwerk.surfaces.files.mapping import SHIPPED, Mapping, read_mapping
from maatwerk.surfaces.files.sheets import columns_of
from maatwerk.surfaces.files.table import fold


def guess_mapping(path: Path, kind: str) -> Mapping:
    """The shipped mapping whose columns the file has; the plain one of its kind where none fits."""
    columns = {fold(column) for column in columns_of(path)}
    for name in SHIPPED:
        mapping = read_mapping(name)
        if mapping.kind == kind and mapping.detect and columns.issuperset(map(fold, mapping.detect)):
            return mapping
    return read_mapping(kind)
