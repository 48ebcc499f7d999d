"""Verifying a receipt later: the signature, and a search of everything anew."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maatwerk.app.erasing import clear, forgetting_of
from maatwerk.app.parts import Parts
from maatwerk.core.traces import all_spellings
from maatwerk.engines.files.keys import erasure_key
from maatwerk.engines.files.tombstones import told
from maatwerk.events.forgetting import Looked
from maatwerk.flows.erase import Receipt, genuine

_EVENTS = 5_000


class Verified(msgspec.Struct):
    """What came of it. ``known``: the list of erasures holds this request."""

    request_id: str
    genuine: bool
    known: bool
    looked: list[Looked]

    @property
    def holds(self) -> bool:
        """Whether the receipt is ours and nothing of the person is found."""
        return self.genuine and self.known and not any(each.found for each in self.looked)


def verify(parts: Parts, receipt: Receipt, values: Sequence[str] = ()) -> Verified:
    """Look for whom a receipt is about: by the keyed hashes of the list, and for the values that are given.

    A receipt names nobody, so that without values it is the identifiers of the log that are compared by hash.
    """
    looked = [_by_hash(parts, receipt)]
    traces = all_spellings(values)
    if traces:
        looked += [each.scan(traces) for each in forgetting_of(parts).looks]
        looked += clear(parts.workspace.folder, ("log", "views", "records"), traces)
    entries = {entry.request_id for entry in parts.tombstones.entries()}
    return Verified(
        receipt.request_id,
        genuine(receipt, erasure_key(parts.workspace)),
        receipt.request_id in entries,
        looked,
    )


def _by_hash(parts: Parts, receipt: Receipt) -> Looked:
    looked = Looked("log, by hash")
    entry = next((each for each in parts.tombstones.entries() if each.request_id == receipt.request_id), None)
    if entry is None:
        return looked
    seen: set[tuple[str, str]] = set()
    after = 0
    while events := parts.log.read(after, _EVENTS):
        after = events[-1].offset
        looked.scanned += len(events)
        for event in events:
            for pair in told(event):
                if pair not in seen and event.time <= entry.at:
                    seen.add(pair)
                    mark = parts.tombstones.mark(*pair).hex()
                    spans = entry.marks.get(mark, ())
                    looked.found += any(since <= event.time <= until for since, until in spans)
    return looked
