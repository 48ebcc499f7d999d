"""The words of profiles: identifiers, ownership, shards."""

from __future__ import annotations

import msgspec

from maatwerk.core.ids import digest16, new_id

NOT_HERS = frozenset({"Experiment Viewed"})
"""What is noted about her without her having done anything: nobody is known by it."""

OWNERS = "profile_owner"
"""Ownership by anonymous id."""
DEVICES = "profile_devices"
"""The stretches a user owns, by user id."""
SHARDS = "profile_shard"
"""What happened, by shard key."""
KNOWN = "profile_known"
"""Who told an address or number, by identifier (``email/x@ex.test``)."""
DROPPED = "profile_dropped"
"""What a cap took off a user, by user and shard key or identifier: it stays findable for erasure."""
MERGES = "profile_merge"
"""Merges that are not in the log yet, by the id of the event that will say so."""
ALARMS = "profile_alarm"
"""Where a bound was met that somebody should look at, by kind and identifier."""
TABLES = (OWNERS, DEVICES, SHARDS, KNOWN, DROPPED, MERGES, ALARMS)

VIEW = "profile"

Moment = tuple[int, int]
"""``(time, offset)``: events of one millisecond happened in the order in which they arrived."""

BEGINNING: Moment = (0, 0)

RUNS = 500
"""Stretches kept of one anonymous id; the oldest are closed for late events first."""
LIVE_DEVICES = 500
"""Stretches that count for one user; claims go before proven ones, then those not seen for longest."""
REFOLD_EVENTS = 20_000
"""Events read again when a late sign-in divides a stretch; beyond it the stretch stays whole, flagged."""
REFOLDS = 50
"""Times one anonymous id is read again in its life: a bound on what a hostile sender may ask of us."""


TELLINGS = 200
"""Kept of one address: those that are proven first, then the newest."""
GUESTS = 50
"""Visitors that one address can bring together; told by more, it is nobody's."""
TOLD = 10
"""Addresses of one stretch that count."""


class Identifier(msgspec.Struct, frozen=True, array_like=True):
    """A namespace (``user_id``, ``anonymous_id``, ``email``, ``phone`` …) and a value in it."""

    namespace: str
    value: str


class Run(msgspec.Struct, array_like=True):
    """One stretch of ownership of an anonymous id, from ``start`` to the next run's.

    ``owner`` is empty while nobody signed in. ``first`` and ``last`` are the sign-ins seen in it;
    ``evidence`` is the event that links best (the first proven one, else the first).
    """

    start: Moment = BEGINNING
    owner: str = ""
    proven: bool = False
    first: Moment = BEGINNING
    last: Moment = BEGINNING
    evidence: str = ""
    evident: Moment = BEGINNING
    signed_out: bool = False
    """It ended with a sign-out: without proof nobody gets back to it from this device."""
    profile_id: str = ""
    told: list[str] = []
    """Addresses told in it, the first ones: ``email/x@ex.test``."""


class Cut(msgspec.Struct, array_like=True):
    """An un-merge: what happened up to ``at`` is not hers, and only an explicit sign-in links again."""

    at: Moment
    lifted: Moment = BEGINNING


class Ownership(msgspec.Struct, array_like=True):
    """Who owned a device when. ``latest`` is the newest moment folded for it."""

    runs: list[Run] = msgspec.field(default_factory=lambda: [Run()])
    latest: Moment = BEGINNING
    dropped: int = 0
    refolds: int = 0
    cut: bool = False
    """A late sign-in came that could not be put in its place any more; it counts from then on."""
    cuts: dict[str, Cut] = {}
    """Negative links, by user."""


class Device(msgspec.Struct, array_like=True):
    """One stretch that a user owns; ``seen`` is to the hour."""

    anonymous_id: str
    start: Moment
    proven: bool
    seen: int
    profile_id: str


class Devices(msgspec.Struct, array_like=True):
    """All of a user's stretches by shard key. ``profile_id`` is that of the user id alone."""

    profile_id: str = ""
    stretches: dict[str, Device] = {}
    dropped: int = 0
    dropped_id: str = ""
    """The oldest profile id among the dropped: the profile still answers to it."""
    addresses: dict[str, tuple[int, int]] = {}
    """Addresses told of her: how strongly (`Telling.strength`), and when last."""
    guests: list[str] = []
    """Addresses of hers that visitors without an account told, too."""

    def oldest_id(self, *, claims: bool = True) -> str:
        """The profile's id: that of its oldest part; without ``claims``, of its oldest proven part."""
        ids = [each.profile_id for each in self.stretches.values() if claims or each.proven]
        return min(filter(None, [self.profile_id, self.dropped_id if claims else "", *ids]), default="")


class Shard(msgspec.Struct, array_like=True):
    """What happened under one identifier in one stretch: the state of every fold, encoded."""

    profile_id: str = ""
    events: int = 0
    states: dict[str, msgspec.Raw] = {}


class Telling(msgspec.Struct, array_like=True):
    """An address told in one stretch, or of a user without a device.

    ``who`` is whose that is now: ``user_id/u-1``, or ``anonymous_id/a-1`` where it is nobody's.
    ``strength``: 0 a claim, 1 proven, 2 joins because the shop set it so, 3 verified. ``again`` is the
    newest explicit sign-in that told it.
    """

    who: str
    first: Moment
    last: int
    strength: int
    evidence: str
    again: Moment = BEGINNING
    profile_id: str = ""


class Known(msgspec.Struct, array_like=True):
    """Who told an address: by stretch (its shard key) or user. ``cuts`` are un-merges, by `Telling.who`."""

    tellings: dict[str, Telling] = {}
    cuts: dict[str, Moment] = {}
    dropped: int = 0


class Alarm(msgspec.Struct, array_like=True):
    """A bound that was met: how often, and when last."""

    count: int = 0
    last: int = 0


def run_key(anonymous_id: str, start: Moment) -> str:
    """The shard key of a stretch of an anonymous id."""
    return f"anonymous_id/{anonymous_id}/{start[0]}.{start[1]}"


def dropped_key(user_id: str, key: str = "") -> str:
    """The key of what a cap took off a user; without ``key`` what all of hers begin with."""
    return f"{user_id}\x1f{key}"


def minted(key: str, received: int) -> str:
    """The profile id of what is first heard of at a time: the same whenever it is computed again."""
    return new_id("p", received, digest16(key))


def user_key(user_id: str, proven: bool) -> str:
    """The shard key of what happened under a user id without a device: proven and asserted apart."""
    return f"user_id/{user_id}/{'proven' if proven else 'asserted'}"


encode = msgspec.msgpack.Encoder().encode
"""The bytes of any record of this room."""
decode_ownership = msgspec.msgpack.Decoder(Ownership).decode
decode_devices = msgspec.msgpack.Decoder(Devices).decode
decode_shard = msgspec.msgpack.Decoder(Shard).decode
decode_known = msgspec.msgpack.Decoder(Known).decode
decode_device = msgspec.msgpack.Decoder(Device).decode
decode_alarm = msgspec.msgpack.Decoder(Alarm).decode
