"""Records that belong together, gathered from a stream though others stand between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.rows import Row, refusal
from maatwerk.surfaces.files.table import Record, Table

HELD = 100_000
"""Records of unfinished groups that we hold at once."""


def grouped(first: Table, second: Table, key_of: Callable[[list[str]], str]) -> Iterator[list[Record] | Row]:
    """The records of each key as soon as the last of them is read, and the refusals in between.

    The table is read twice: first to count each key's records (about a hundred bytes a key), then to gather
    them, so that a group which another one interrupts is still whole. A record whose key is empty comes
    alone. Where more than `HELD` records wait, the group being read is refused whole (``order_scattered``).
    """
    wanted = Counter(key_of(record.fields) for record in first.records() if record.refused is None)
    waiting: dict[str, list[Record]] = {}
    scattered: set[str] = set()
    held = 0
    for record in second.records():
        if record.refused is not None:
            yield refusal(record.refused, record.line, second.file)
            continue
        key = key_of(record.fields)
        if not key:
            yield [record]
            continue
        if key in scattered:
            yield refusal(_scattered(key), record.line, second.file)
            continue
        group = waiting.setdefault(key, [])
        group.append(record)
        held += 1
        if len(group) == wanted[key]:
            del waiting[key]
            held -= len(group)
            yield group
        elif held > HELD:
            del waiting[key]
            held -= len(group)
            scattered.add(key)
            yield from (refusal(_scattered(key), record.line, second.file) for record in group)


def _scattered(key: str) -> Refused:
    return Refused(
        "order_scattered",
        f"the lines of {key[:40]} are too far apart: more than {HELD} lines of unfinished orders are waiting",
        hint="sort the file by its orders",
    )
