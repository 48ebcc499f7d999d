"""Forget a person, provably: from the wish to the signed receipt.

A saga whose state is one record, written after each step; every step may be repeated, so that a crash in the
middle costs a repetition and nothing else:

    log     her events, decisions, rejected messages
    views   what was folded from them (by the process that projects)
    rest    sealed history, records, other files, models; then databases are cleared of what rows leave
            behind, and everything is looked through: what is still found begins at ``log`` again
    tell    processors that the settings name
    seal    her identifiers leave the saga's own record, and the receipt is signed
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id, new_id
from maatwerk.core.time import Clock, format_time
from maatwerk.core.traces import all_spellings
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Cleared, Forgettable, Gone, Looked, Searched
from maatwerk.events.identity import PersonErased
from maatwerk.events.log import Log, Recent
from maatwerk.events.names import with_body
from maatwerk.views.profile.closure import closure
from maatwerk.views.store import Store

PENDING, DONE = "erasure", "erased"
"""Kinds in the records: what is being done, with the person's identifiers; and receipts, without."""

WATERMARK = ("history", "erasures")
"""Kind and key in the records of how many erasures the history has been through."""

ROUNDS = 5
"""Times everything is begun again where a search still finds her; then a person has to look."""

STEPS = ("log", "views", "rest", "tell", "seal")
_ID_BYTES = 16


class Told(msgspec.Struct):
    """One processor and how it went: ``waiting``, ``told`` or ``failed``. Times in ms."""

    endpoint: str
    status: str = "waiting"
    tries: int = 0
    due: int = 0
    detail: str = ""


class Backup(msgspec.Struct, frozen=True):
    """A backup made before the erasure, which still holds her until it expires; restoring it erases her."""

    taken: str
    expires: str


class Receipt(msgspec.Struct, frozen=True):
    """What was done, for whoever has to show it. Of the person it says nothing but how many names she had."""

    request_id: str
    asked: str
    finished: str
    seconds: float
    identifiers: dict[str, int]
    cleared: list[Cleared]
    looked: list[Looked]
    processors: list[Told]
    backups: list[Backup]
    seen_again: int
    left: list[str]
    erasures: int
    rounds: int
    version: str
    signature: str = ""


class Erasure(msgspec.Struct):
    """One request at work."""

    request_id: str
    at: int
    asked_by: str
    gone: Gone | None
    step: str = "log"
    rounds: int = 0
    cleared: dict[str, Cleared] = {}
    looked: list[Looked] = []
    told: list[Told] = []
    left: list[str] = []
    seen_again: int = 0
    erasures: int = 0
    trouble: str = ""
    identifiers: dict[str, int] = {}


class Values(Protocol):
    """The part of the records that this needs."""

    def get(self, kind: str, key: str) -> bytes | None:
        """One value."""

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep a value."""

    def drop(self, kind: str, key: str) -> None:
        """Forget a value."""

    def items(self, kind: str) -> dict[str, bytes]:
        """All values of a kind."""


class Listing(Protocol):
    """The list of erasures."""

    def add(self, request_id: str, gone: Gone) -> object:
        """Put a person on it, durably."""


@dataclass(frozen=True)
class Asking:
    """What taking a request in needs."""

    log: Log
    recent: Recent
    store: Store
    records: Values
    tombstones: Listing
    clock: Clock
    chance: Callable[[int], bytes]
    processors: Sequence[str] = ()


def ask(parts: Asking, namespace: str, value: str, by: str) -> str:
    """Take a request in; its id. From now on her past stays out. Raises `Refused` (404), `Unavailable`.

    Asking again while it is being done answers the same request.
    """
    at = parts.clock()
    with parts.store.snapshot() as snapshot:
        gone = closure(snapshot, parts.recent, namespace, value, at)
    if gone is None:
        raise Refused(
            "profile_not_found", f"nobody goes by {namespace} {value[:80]!r}", field="id", status=404
        )
    return begin(parts, gone, by)


def begin(parts: Asking, gone: Gone, by: str, request_id: str = "") -> str:
    """The same for a person who is found already."""
    for waiting in pending(parts.records):
        same = waiting.gone is not None and {*waiting.gone.values()} & {*gone.values()}
        if same and waiting.step == "log" and not waiting.cleared:
            return waiting.request_id
    fresh = request_id or new_id("er", parts.clock(), parts.chance(_ID_BYTES))
    parts.tombstones.add(fresh, gone)
    counts = {
        "user_id": len(gone.user_ids),
        "anonymous_id": len(gone.anonymous_ids) + len(gone.stretches),
        "email": len(gone.emails),
        "phone": len(gone.phones),
    }
    told = [Told(endpoint) for endpoint in parts.processors]
    keep(parts.records, Erasure(fresh, gone.at, by, gone, told=told, identifiers=counts))
    return fresh


def pending(records: Values) -> list[Erasure]:
    """Requests at work, oldest first."""
    found = [_decode(value) for value in records.items(PENDING).values()]
    return sorted(found, key=lambda each: each.request_id)


def keep(records: Values, erasure: Erasure) -> None:
    """Write down how far it is."""
    records.put(PENDING, erasure.request_id, msgspec.json.encode(erasure))


def receipts(records: Values) -> list[Receipt]:
    """Of what is done, newest first."""
    found = [msgspec.json.decode(value, type=Receipt) for value in records.items(DONE).values()]
    return sorted(found, key=lambda each: each.request_id, reverse=True)


def status(records: Values, request_id: str) -> dict[str, object] | None:
    """The answer of the HTTP contract; None for a request that is not known."""
    done = records.get(DONE, request_id)
    if done is not None:
        return {"status": "done", "receipt": msgspec.json.decode(done, type=Receipt)}
    waiting = records.get(PENDING, request_id)
    if waiting is None:
        return None
    erasure = _decode(waiting)
    answer: dict[str, object] = {"status": "pending", "step": erasure.step, "receipt": None}
    return answer | ({"trouble": erasure.trouble} if erasure.trouble else {})


@dataclass(frozen=True)
class Forgetting:
    """What the steps need, beside the projector.

    ``clear(names, traces)`` clears databases of what rows leave behind and looks through them raw, in a
    process of its own; ``models(erasures)`` takes the history's change over into the models.
    """

    records: Values
    log: Forgettable
    history: Forgettable
    others: Sequence[Forgettable]
    left: Callable[[], list[str]]
    seen_since: Callable[[Gone], frozenset[str]]
    clear: Callable[[Sequence[str], Sequence[bytes]], list[Looked]]
    models: Callable[[int], Cleared]
    looks: Sequence[Searched]


def forget_log(parts: Forgetting, erasure: Erasure) -> None:
    """Step ``log``."""
    assert erasure.gone is not None
    _add(erasure, parts.log.forget(erasure.gone))
    _on(parts.records, erasure, "views")


def forget_rest(parts: Forgetting, erasure: Erasure) -> None:
    """Step ``rest``: on to ``tell`` where nothing is found any more, else back to ``log``."""
    assert erasure.gone is not None
    _add(erasure, parts.history.forget(erasure.gone))
    erasure.erasures = _through(parts.records, erasure)
    for other in parts.others:
        _add(erasure, other.forget(erasure.gone))
    erasure.left = parts.left()
    _add(erasure, parts.models(erasure.erasures))
    again = parts.seen_since(erasure.gone)
    erasure.seen_again = len(again)
    traces = all_spellings(erasure.gone.without(again).traceable())
    looked = parts.clear(("log", "views"), traces)
    looked += [look.scan(traces) for look in parts.looks]
    erasure.looked = looked
    found = sum(each.found for each in looked if each.store != "files")
    erasure.rounds += 1
    if not found:
        erasure.trouble = ""
        _on(parts.records, erasure, "tell")
        return
    where = "; ".join(f"{each.store}: {each.found}" for each in looked if each.found)
    erasure.trouble = f"still found after round {erasure.rounds}: {where}"
    _on(parts.records, erasure, "log")


def seal(
    parts: Forgetting,
    erasure: Erasure,
    *,
    log: Log,
    now: int,
    key: bytes,
    version: str,
    backups: Sequence[Backup],
) -> Receipt:
    """Step ``seal``: the person leaves the record of her own forgetting; then it is done."""
    traces = all_spellings(erasure.gone.traceable()) if erasure.gone is not None else []
    erasure.gone = None
    _on(parts.records, erasure, "seal")
    log.append_now([_event(erasure, now)])
    erasure.looked = [*erasure.looked, *parts.clear(("records",), traces)]
    receipt = Receipt(
        request_id=erasure.request_id,
        asked=format_time(erasure.at),
        finished=format_time(now),
        seconds=round((now - erasure.at) / 1000, 1),
        identifiers=erasure.identifiers,
        cleared=list(erasure.cleared.values()),
        looked=erasure.looked,
        processors=[msgspec.structs.replace(each, endpoint=_shown(each.endpoint)) for each in erasure.told],
        backups=list(backups),
        seen_again=erasure.seen_again,
        left=erasure.left,
        erasures=erasure.erasures,
        rounds=erasure.rounds,
        version=version,
    )
    receipt = msgspec.structs.replace(receipt, signature=signature(receipt, key))
    parts.records.put(DONE, erasure.request_id, msgspec.json.encode(receipt))
    parts.records.drop(PENDING, erasure.request_id)
    return receipt


def _shown(endpoint: str) -> str:
    """Without the path, which may hold a secret of the processor's."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def signature(receipt: Receipt, key: bytes) -> str:
    """HMAC-SHA256 over the receipt's JSON with its fields in order and an empty signature, in hex."""
    bare = msgspec.structs.replace(receipt, signature="")
    return hmac.new(key, b"receipt\x1f" + msgspec.json.encode(bare), sha256).hexdigest()


def genuine(receipt: Receipt, key: bytes) -> bool:
    """Whether a receipt is this workspace's, unchanged."""
    return hmac.compare_digest(signature(receipt, key), receipt.signature)


def watermark(records: Values) -> int:
    """How many erasures the history has been through: what was learnt from it before is out of date."""
    stored = records.get(*WATERMARK)
    return int(stored) if stored else 0


def _through(records: Values, erasure: Erasure) -> int:
    number = watermark(records) + 1
    records.put(*WATERMARK, str(number).encode())
    return number


def _add(erasure: Erasure, cleared: Cleared) -> None:
    before = erasure.cleared.get(cleared.store, Cleared(cleared.store))
    erasure.cleared[cleared.store] = before.plus(cleared)


def add_views(records: Values, erasure: Erasure, cleared: Cleared) -> None:
    """Step ``views`` is done, by the process that projects."""
    _add(erasure, cleared)
    _on(records, erasure, "rest")


def _on(records: Values, erasure: Erasure, step: str) -> None:
    erasure.step = step
    keep(records, erasure)


def _decode(value: bytes) -> Erasure:
    return msgspec.json.decode(value, type=Erasure)


def _event(erasure: Erasure, now: int) -> Event:
    log = erasure.cleared.get("log", Cleared("log"))
    return with_body(
        "Person Erased",
        PersonErased(erasure.request_id, log.removed, erasure.asked_by),
        id=derived_id("pe", erasure.request_id),
        time=now,
        received=now,
        origin="internal",
    )
