"""A shop's own recommendation lists, from CSV into a sealed model."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.app.parts import Parts
from maatwerk.core.errors import Refused
from maatwerk.decisions.recommend.models import Sealed

PAIRS_MOST = 5_000_000
_COLUMNS = ("sku", "recommended")


def publish_list(parts: Parts, path: Path, name: str) -> tuple[int, int, list[str]]:
    """Publish the list ``name``: how many products it is for, how many pairs, and the refused rows in words.

    Rows without a score keep the file's order. Raises `Refused` where the file cannot be a list.
    """
    if not name or not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_"):
        raise Refused(
            "list_name_not_valid", f"{name!r} is no name", field="--name", hint="use a-z, 0-9, - and _"
        )
    lists, refused = _read(path)
    skus = sorted({sku for key, items in lists.items() for sku in (key, *(item for item, _ in items))})
    number = {sku: place for place, sku in enumerate(skus)}
    indptr, items, scores = [0], [], []
    for sku in skus:
        ranked = sorted(lists.get(sku, ()), key=lambda pair: -pair[1])
        items += [number[item] for item, _ in ranked]
        scores += [score for _, score in ranked]
        indptr.append(len(items))
    arrays: dict[str, NDArray[Any]] = {
        "indptr": np.array(indptr, np.int64),
        "items": np.array(items, np.int32),
        "scores": np.array(scores, np.float32),
    }
    now = parts.clock()
    parts.models.publish(Sealed(f"list-{name}", str(now), skus, arrays, {"file": path.name, "now": now}))
    return len(lists), len(items), refused


def _read(path: Path) -> tuple[dict[str, list[tuple[str, float]]], list[str]]:
    try:
        opened = path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise Refused("file_not_readable", str(error), field="path") from None
    lists: dict[str, list[tuple[str, float]]] = {}
    refused: list[str] = []
    with opened as file:
        reader = csv.DictReader(file)
        missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise Refused(
                "column_missing",
                f"{path.name} has no column {missing[0]!r}",
                hint="the columns are sku,recommended,score",
            )
        for count, row in enumerate(reader):
            if count >= PAIRS_MOST:
                raise Refused("list_too_long", f"more than {PAIRS_MOST} rows", field="path")
            recommended = (row.get("recommended") or "").strip()
            given = (row.get("score") or "").strip()
            try:
                score = (
                    float(given) if given else 1.0 / (1.0 + len(lists.get((row["sku"] or "").strip(), ())))
                )
            except ValueError:
                refused.append(f"line {reader.line_num}: score {given[:20]!r} is no number")
                continue
            if not recommended or not np.isfinite(score) or score <= 0:
                refused.append(f"line {reader.line_num}: needs a recommended SKU and a score above 0")
                continue
            lists.setdefault((row["sku"] or "").strip(), []).append((recommended, score))
    return lists, refused
