"""From a message as a client wrote it to a verdict: the one door by which happenings come in.

Pure: the time, chance, the device table and the consent ledger are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id, normalize_id
from maatwerk.core.ids import new_id
from maatwerk.core.limits import ID_CHARS, NAME_CHARS
from maatwerk.events import back_office, consent
from maatwerk.events.bodies import checked
from maatwerk.events.bounds import check_bounds
from maatwerk.events.circumstances import Circumstances, DeviceOf, Surroundings, reduce
from maatwerk.events.consent import NO_TERMS, Gate
from maatwerk.events.event import EMPTY, Context, Event
from maatwerk.events.moments import Written, corrected
from maatwerk.events.names import INTERNAL_NAMES, canonical_name
from maatwerk.events.tcf import Terms
from maatwerk.events.verdict import Rejection, Verdict

KINDS = frozenset({"track", "identify", "page", "screen", "group", "alias"})

Id = str | int | float | None
GateOf = Callable[[dict[str, bool], str, str], Gate]
"""What consent makes of an event: what it states itself, its anonymous id and its user id."""
SignedOf = Callable[[str, str], bool]
"""Whether a signature (second) is of this user (first)."""

_ABSENT = msgspec.Raw(b"")
_NO_MESSAGE_ID = frozenset({"", "null", "undefined", "none", "nan"})
_ANY = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


class Message(msgspec.Struct):
    """A message on the wire; what is heavy or free stays undecoded."""

    type: str | None = None
    messageId: Id = None
    anonymousId: Id = None
    userId: Id = None
    previousId: Id = None
    groupId: Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: Written = None
    originalTimestamp: Written = None
    sentAt: Written = None
    userSignature: str | None = None
    properties: msgspec.Raw = _ABSENT
    traits: msgspec.Raw = _ABSENT
    context: msgspec.Raw = _ABSENT


_DECODER = msgspec.json.Decoder(Message)


class Source(msgspec.Struct):
    """What the messages of one request have in common.

    ``kind`` is the route's where it says one, ``sent_at`` the batch's, ``context`` the batch's own
    (each message's goes over it). ``chance`` makes identifiers for messages without one; ``currency``
    is the workspace's; ``proven``: the secret key was used.
    """

    received: int
    chance: bytes
    gate_of: GateOf
    device_of: DeviceOf
    signed: SignedOf
    around: Surroundings = Surroundings()
    kind: str = ""
    sent_at: Written = None
    context: dict[str, Any] = {}
    proven: bool = False
    dialect: str = "segment"
    origin: str = "collected"
    currency: str = "EUR"
    terms: Terms = NO_TERMS
    """As whom and for what a TC string is read."""
    seen: dict[bytes, Circumstances] = {}
    """Contexts of this request that are reduced already: a server's batch repeats one."""


def read(raw: bytes | msgspec.Raw, index: int, source: Source) -> Verdict:
    """The verdict on one message (valid JSON): an event to keep, a rejection, or nothing to keep."""
    message = bytes(raw)
    try:
        wire = _DECODER.decode(message)
    except (msgspec.DecodeError, RecursionError) as fault:
        return _unread(message, str(fault), index, source)
    around = _circumstances(wire.context, source)
    said_consent = around.context.consent
    anonymous_id, user_id = _who(wire.anonymousId), _who(wire.userId)
    gate = source.gate_of(said_consent, anonymous_id, user_id)
    if not gate.keep and not ((anonymous_id or user_id) and _answers(wire)):
        return Verdict()
    try:
        return _accepted(message, wire, index, source, around, anonymous_id, user_id, gate)
    except Refused as fault:
        return _rejected(fault, index)


def _accepted(
    message: bytes,
    wire: Message,
    index: int,
    source: Source,
    around: Circumstances,
    anonymous_id: str,
    user_id: str,
    gate: Gate,
) -> Verdict:
    check_bounds(message)
    kind = wire.type if source.kind == "" else source.kind
    if kind not in KINDS:
        kind = _kind(wire.type, wire.event)
    name, said = _name(kind, wire.event)
    context = around.context
    currency = context.currency or source.currency
    properties, traits = _contents(kind, wire, around)
    if said != name and back_office.is_adobe(said):
        lifted = back_office.lift(name, _object(properties, "properties"), currency)
        properties = _ENCODER.encode(lifted.properties)
        if lifted.traits:
            traits = msgspec.Raw(_ENCODER.encode(lifted.traits | _object(traits, "traits")))
        if not user_id and (user_id := _who(lifted.user_id)):
            gate = source.gate_of(context.consent, anonymous_id, user_id)
            if not gate.keep:
                return Verdict()
    if name == "Consent Changed":
        properties = _consented(properties, context)
    if not gate.keep:
        # the withdrawal itself is kept, no more
        context = Context(store=context.store, consent=context.consent, consent_by=context.consent_by)
    time, flags = corrected(
        wire.timestamp if wire.originalTimestamp is None else wire.originalTimestamp,
        source.sent_at if wire.sentAt is None else wire.sentAt,
        source.received,
        imported=source.origin == "imported",
    )
    if gate.flags or around.bot or around.opted_out or not (anonymous_id or user_id):
        flags = _flags(flags, gate, around, bool(anonymous_id or user_id))
    event = Event(
        name=name,
        id=_message_id(wire.messageId, index, source),
        time=time,
        received=source.received,
        kind=kind,
        anonymous_id=_bounded(anonymous_id, "anonymousId"),
        user_id=_bounded(user_id, "userId"),
        proven=source.proven or _signed(wire, around, user_id, source),
        origin=source.origin,
        dialect=source.dialect,
        context=context,
        properties=checked(name, properties, currency),
        traits=traits,
        said="" if said == name else said,
        flags=flags,
    )
    warnings = _warnings(wire, event, index)
    if around.trouble is not None:
        warnings += (_told(around.trouble, index),)
    return Verdict(event=event, warnings=warnings)


def _answers(wire: Message) -> bool:
    """Whether it is an answer about consent: kept (bare) though it denies storage."""
    return bool(wire.event) and canonical_name("track", (wire.event or "").strip()) in consent.ANSWERS


def _consented(properties: bytes, context: Context) -> bytes:
    """A consent event without purposes of its own is about what its context states, as in Segment's spec."""
    said = _object(properties, "properties")
    if "purposes" in said or not context.consent:
        return properties
    source = {"source": context.consent_by} if context.consent_by else {}
    return _ENCODER.encode(source | said | {"purposes": context.consent})


def _circumstances(raw: msgspec.Raw, source: Source) -> Circumstances:
    key = bytes(raw)
    found = source.seen.get(key)
    if found is None:
        said = _any(key)
        if source.context:
            said = source.context | (said if isinstance(said, dict) else {})
        found = source.seen[key] = reduce(said, source.around, source.device_of, source.terms)
    return found


def _kind(kind: str | None, event: str | None) -> str:
    lower = (kind or "").lower()
    if lower in KINDS:
        return lower
    if not lower and event:
        return "track"
    raise Refused(
        "type_not_known",
        f"{kind!r} is not a kind of message" if kind else "the message has no type",
        field="type",
        hint="use track, identify, page, screen, group or alias",
    )


def _name(kind: str, event: str | None) -> tuple[str, str]:
    """The canonical name, and what the sender called a track event."""
    if kind != "track":
        return canonical_name(kind, ""), ""
    said = (event or "").strip()
    if not said:
        raise Refused("event_missing", "a track message says which event", field="event", hint="send event")
    if len(said) > NAME_CHARS:
        raise Refused("name_too_long", f"an event's name may have {NAME_CHARS} characters", field="event")
    name = canonical_name(kind, said)
    if name in INTERNAL_NAMES:
        name += " (custom)"  # only Maatwerk writes the plain name: it would change the catalog or the rules
    return name, said


def _contents(kind: str, wire: Message, around: Circumstances) -> tuple[bytes, msgspec.Raw]:
    """Properties and traits of a message, by its kind."""
    properties = bytes(wire.properties)
    if properties in (b"", b"null"):
        properties = b"{}"
    traits = _traits(wire.traits)
    if kind == "track":
        return properties, traits if traits is not EMPTY else around.traits
    if kind == "group":
        # Traits of a group are the group's, not hers.
        group = {"groupId": normalize_id(wire.groupId), "traits": traits}
        return _ENCODER.encode(_object(properties, "properties") | group), EMPTY
    if kind == "alias":
        previous = _bounded(_who(wire.previousId), "previousId")
        if not previous:
            raise Refused(
                "previous_id_missing", "an alias says who she was", field="previousId", hint="send previousId"
            )
        return _ENCODER.encode({"previousId": previous}), traits
    if wire.name or wire.category:
        labels = {"name": wire.name, "category": wire.category}
        given = {label: value for label, value in labels.items() if value}
        return _ENCODER.encode(given | _object(properties, "properties")), traits
    return properties, traits


def _traits(raw: msgspec.Raw) -> msgspec.Raw:
    text = bytes(raw)
    if text in (b"", b"null", b"{}"):
        return EMPTY
    _object(text, "traits")
    return msgspec.Raw(text)


def _object(raw: bytes, field: str) -> dict[str, Any]:
    try:
        value = _ANY.decode(raw)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise Refused("json_not_readable", str(fault)[:200], field=field) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused("wrong_type", f"{field} is not an object", field=field, hint="send {…}")
    return value


def _any(raw: bytes) -> Any:
    """The value where it can be read, else None: circumstances reject nothing."""
    try:
        return _ANY.decode(raw) if raw else None
    except (msgspec.DecodeError, RecursionError):
        return None


def _who(value: object) -> str:
    """An identifier, or nothing where it is missing or stands for nobody."""
    return known_id(value)


def _bounded(identifier: str, field: str) -> str:
    if len(identifier) > ID_CHARS:
        raise Refused("id_too_long", f"{field} may have {ID_CHARS} characters", field=field)
    return identifier


def _message_id(given: Id, index: int, source: Source) -> str:
    message_id = normalize_id(given)
    if message_id.lower() in _NO_MESSAGE_ID:
        chance = blake2b(index.to_bytes(4, "big"), key=source.chance[:64], digest_size=10).digest()
        return new_id("m", source.received, chance)
    return _bounded(message_id, "messageId")


def _signed(wire: Message, around: Circumstances, user_id: str, source: Source) -> bool:
    signature = wire.userSignature or around.signature
    return bool(signature and user_id) and source.signed(user_id, signature)


def _flags(flags: tuple[str, ...], gate: Gate, around: Circumstances, identified: bool) -> tuple[str, ...]:
    flags += gate.flags
    if around.opted_out:
        flags += ("gpc",)
    if around.bot:
        flags += ("bot",)
    if not identified:
        flags += ("no_identity",)
    return flags


def _warnings(wire: Message, event: Event, index: int) -> tuple[Rejection, ...]:
    """What the sender should know though the event was kept."""
    named = (event.anonymous_id or wire.anonymousId is None) and (event.user_id or wire.userId is None)
    if named and (event.proven or not wire.userSignature):
        return ()
    found: list[Rejection] = []
    for field, given, kept in (
        ("anonymousId", wire.anonymousId, event.anonymous_id),
        ("userId", wire.userId, event.user_id),
    ):
        if given is not None and not kept:
            found.append(Rejection(index, "placeholder_id", field, f"{str(given)[:40]!r} stands for nobody"))
    if wire.userSignature and not event.proven:
        found.append(
            Rejection(index, "signature_not_valid", "userSignature", "kept as a claim, not as a proof")
        )
    return tuple(found)


def _unread(message: bytes, fault: str, index: int, source: Source) -> Verdict:
    """A message whose outer fields cannot be read: rejected, unless it says that nothing may be kept."""
    said = _any(message)
    if isinstance(said, dict):
        context = (
            source.context | said["context"] if isinstance(said.get("context"), dict) else source.context
        )
        stated = consent.stated(context.get("consent"), source.terms)
        if not source.gate_of(stated, _who(said.get("anonymousId")), _who(said.get("userId"))).keep:
            return Verdict()
    text, _, path = fault[:400].partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    code = "wrong_type" if field or text.startswith("Expected") else "json_not_readable"
    return _rejected(Refused(code, text, field=field), index)


def _rejected(fault: Refused, index: int) -> Verdict:
    return Verdict(rejection=_told(fault, index))


def _told(fault: Refused, index: int) -> Rejection:
    detail = f"{fault.detail} ({fault.hint})" if fault.hint else fault.detail
    return Rejection(index, fault.code, fault.field, detail)
