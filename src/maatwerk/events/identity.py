"""Who: sign-ins, sign-outs, traits. Traits are what was told, never inferred."""

from __future__ import annotations

import msgspec


class Identified(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person named herself or was named by the shop; traits travel in ``Event.traits``."""


class SignedOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The device's owner left: personal answers end there."""


class Aliased(msgspec.Struct, frozen=True, omit_defaults=True):
    """Segment's alias: ``previousId`` is the same person as the event's user."""

    previous_id: str = msgspec.field(default="", name="previousId")


class ConsentChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Purposes granted or denied, with the text shown and the place it was asked."""

    purposes: dict[str, bool] = {}
    text_version: str = ""
    source: str = ""


class ObjectionChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """She objected to profiling or to direct marketing (GDPR, article 21), or took that back."""

    objections: dict[str, bool] = {}
    text_version: str = ""
    source: str = ""


class PersonErased(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody was forgotten: the audit trail's word for it, without a trace of whom. ``events`` went; ``by``
    says who asked (``api``, ``console``, ``command``)."""

    request_id: str
    events: int = 0
    by: str = ""


class Wished(msgspec.Struct, frozen=True, omit_defaults=True):
    """A wish to be told: back in stock, or a price below ``below``."""

    sku: str = ""
    below: int | float | str | None = None
    email: str = ""


class Merged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Two profiles prove to be one: ``profile_id``, the older, answers for ``other_id`` from now on.

    ``via`` is ``sign-in``, or the address that both told; ``evidence`` the message that showed it.
    """

    profile_id: str = ""
    other_id: str = ""
    via: str = ""
    evidence: str = ""


class Unmerged(msgspec.Struct, frozen=True, omit_defaults=True):
    """An identifier is taken away from a profile. ``links`` are the pairs that no longer count
    (``user_id/u-1``, ``email/x@ex.test``); ``by`` is who decided it."""

    profile_id: str = ""
    ns: str = ""
    id: str = ""
    links: tuple[tuple[str, str], ...] = ()
    by: str = ""
