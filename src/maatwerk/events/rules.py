"""Rules published and withdrawn. A rule is a small document; publishing it is an event."""

from __future__ import annotations

from typing import Any

import msgspec


class RulePublished(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule document of a kind (``unit``, ``placement``, …) under its key, checked as a whole."""

    kind: str
    key: str
    document: dict[str, Any]
    author: str = ""
    reason: str = ""


class RuleWithdrawn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule left the rule book."""

    kind: str
    key: str
    author: str = ""
    reason: str = ""
