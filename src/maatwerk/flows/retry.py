"""Retry rejected messages after a fix: those that are accepted now leave the quarantine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b

import msgspec

from maatwerk.core.limits import PAGE_LIMIT, REJECTED_BYTES
from maatwerk.events.log import Log, Rejected
from maatwerk.flows.record import Asked, Prepared, Recording, commit, prepare

_PAGE = 500


class StillRejected(msgspec.Struct, frozen=True):
    """A message that is refused again, by its id in the quarantine."""

    id: int
    code: str
    field: str
    detail: str


class Retried(msgspec.Struct):
    """What became of the messages that were tried again; ``unknown`` ids are not in the quarantine."""

    accepted: int = 0
    duplicates: int = 0
    dropped: int = 0
    rejected: list[StillRejected] = []
    unknown: list[int] = []


async def retry_rejected(recording: Recording, ids: Sequence[int] | None = None) -> Retried:
    """Read rejected messages again, all of them without ``ids``, as of the time they were received.

    Safe to repeat: a message that had no id of its own gets the same one each time. Lists at most
    1,000 of those refused again.
    """
    total = Retried()
    async for rows in _pages(recording.log, ids, total):
        done = [await _retry(recording, row, total) for row in rows]
        gone = [row.id for row, accepted in zip(rows, done, strict=True) if accepted]
        if gone:
            await asyncio.to_thread(recording.log.discard_rejected, gone)
    return total


async def _retry(recording: Recording, row: Rejected, total: Retried) -> bool:
    """Whether the message may leave the quarantine."""
    if len(row.message) >= REJECTED_BYTES:
        _still(
            total, row, "message_cut", "", "the message was longer than the quarantine keeps; send it again"
        )
        return False
    chance = blake2b(f"{row.received}/{row.id}".encode(), digest_size=16).digest()
    prepared = prepare(
        recording, [row.message], Asked(proven=row.proven), received=row.received, chance=chance
    )
    if prepared.rejected:
        fault = prepared.rejected[0]
        _still(total, row, fault.code, fault.field, fault.detail)
        return False
    recorded = await commit(recording, Prepared(prepared.events, [], [], prepared.dropped))
    total.accepted += recorded.accepted
    total.duplicates += recorded.duplicates
    total.dropped += recorded.dropped
    return True


def _still(total: Retried, row: Rejected, code: str, field: str, detail: str) -> None:
    if len(total.rejected) < PAGE_LIMIT:
        total.rejected.append(StillRejected(row.id, code, field, detail))


async def _pages(log: Log, ids: Sequence[int] | None, total: Retried) -> AsyncIterator[list[Rejected]]:
    if ids is None:
        after = 0
        while rows := await asyncio.to_thread(log.rejected, after, _PAGE):
            yield rows
            after = rows[-1].id
        return
    for wanted in dict.fromkeys(ids):
        rows = await asyncio.to_thread(log.rejected, wanted - 1, 1)
        if rows and rows[0].id == wanted:
            yield rows
        else:
            total.unknown.append(wanted)
