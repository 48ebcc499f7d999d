"""The clauses of a new audience, folded from history into the shards that are there."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from maatwerk.events.event import Event
from maatwerk.views.audience.fold import Behavior, Kept
from maatwerk.views.profile import words
from maatwerk.views.profile.ownership import moment_of, run_at
from maatwerk.views.store import Snapshot

_DECODE = msgspec.msgpack.Decoder(Kept).decode


def refilled(events: Sequence[Event], read: Snapshot, behavior: Behavior) -> dict[str, bytes]:
    """Shards to put, by key, with what ``behavior`` keeps of these events. A row that is there already stays
    one, so that history may be read while the newest is folded."""
    parts: dict[str, Kept] = {}
    ownership: dict[str, words.Ownership] = {}
    nothing = Kept()
    for event in events:
        if not behavior.reads(event):
            continue
        key = _shard_key(event, read, ownership)
        if key:
            parts[key] = behavior.step(parts.get(key, nothing), event)
    puts = {}
    for key, part in parts.items():
        stored = read.get(words.SHARDS, key) if part.rows else None
        if stored:  # else it was taken apart or forgotten meanwhile
            shard = words.decode_shard(stored)
            before = shard.states.get(behavior.name)
            kept = behavior.merge(_DECODE(before), part) if before is not None else part
            states = {**shard.states, behavior.name: msgspec.Raw(words.encode(kept))}
            puts[key] = words.encode(msgspec.structs.replace(shard, states=states))
    return puts


def _shard_key(event: Event, read: Snapshot, known: dict[str, words.Ownership]) -> str:
    anonymous_id = event.anonymous_id
    if not anonymous_id:
        return words.user_key(event.user_id, event.proven) if event.user_id else ""
    if anonymous_id not in known:
        stored = read.get(words.OWNERS, anonymous_id)
        known[anonymous_id] = words.decode_ownership(stored) if stored else words.Ownership()
    run = run_at(known[anonymous_id], moment_of(event))
    return words.run_key(anonymous_id, run.start) if run is not None else ""
