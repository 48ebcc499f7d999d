"""Why each identifier of a profile counts as hers: since when, how surely, and which message showed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from maatwerk.events.log import Recent
from maatwerk.views.profile import words
from maatwerk.views.profile.joined import company, read_known
from maatwerk.views.profile.namespaces import JOINS, PROVEN, VERIFIED
from maatwerk.views.profile.resolve import last_run, ownership_of
from maatwerk.views.profile.words import Telling
from maatwerk.views.store import Snapshot

LISTED = 50
"""Identifiers of one namespace that are told with their evidence."""
_SURENESS = {VERIFIED: "verified", JOINS: "proven", PROVEN: "proven"}


class Link(msgspec.Struct, frozen=True):
    """``sureness``: ``asserted`` (a claim), ``proven`` (secret key or signature) or ``verified``.

    ``since`` is in ms; ``via`` says what linked it: ``sign-in``, ``told``, or the shared address.
    """

    namespace: str
    value: str
    since: int
    sureness: str
    via: str
    evidence: str


def links(snapshot: Snapshot, recent: Recent, identifiers: Mapping[str, Sequence[str]]) -> list[Link]:
    """Of a profile's identifiers (`maatwerk.views.profile.find.Profile`), in its order."""
    user_id = next(iter(identifiers.get("user_id", ())), "")
    found: list[Link] = []
    for namespace, values in identifiers.items():
        for value in values[:LISTED] if namespace != "user_id" else ():
            if namespace == "anonymous_id":
                found.append(_device(snapshot, recent, value, user_id))
            else:
                found.append(_address(snapshot, namespace, value, user_id))
    return found


def _device(snapshot: Snapshot, recent: Recent, value: str, user_id: str) -> Link:
    ownership = ownership_of(snapshot, recent, value)
    run = last_run(ownership)
    if run.owner:
        sureness = "proven" if run.proven else "asserted"
        return Link("anonymous_id", value, run.first[0], sureness, "sign-in", run.evidence)
    party = company(snapshot, value, ownership, run)
    key = words.run_key(value, run.start)
    if user_id == party.user_id or len(party.stretches) > 1:
        for address in run.told:
            telling = read_known(snapshot, address).tellings.get(key)
            if telling is not None:
                return _told("anonymous_id", value, telling, address)
    return Link("anonymous_id", value, run.start[0], "proven", "itself", "")


def _address(snapshot: Snapshot, namespace: str, value: str, user_id: str) -> Link:
    tellings = read_known(snapshot, f"{namespace}/{value}").tellings.values()
    hers = [each for each in tellings if each.who == f"user_id/{user_id}"] if user_id else [*tellings]
    if not hers:
        return Link(namespace, value, 0, "asserted", "told", "")
    return _told(namespace, value, max(hers, key=lambda each: (each.strength, -each.first[0])), "told")


def _told(namespace: str, value: str, telling: Telling, via: str) -> Link:
    return Link(
        namespace, value, telling.first[0], _SURENESS.get(telling.strength, "asserted"), via, telling.evidence
    )
