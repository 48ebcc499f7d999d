"""Rules as they stand, and as they stood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from maatwerk.events import names
from maatwerk.events.event import Event
from maatwerk.events.names import RULE_NAMES
from maatwerk.views.store import Snapshot

CURRENT = "rule"
HISTORY = "rule_history"


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """One published document. ``document`` None: withdrawn."""

    kind: str
    key: str
    version: int
    document: dict[str, Any] | None
    time: int
    author: str = ""
    reason: str = ""


class RuleBook:
    """The rules in force at ``offset``."""

    def __init__(self) -> None:
        self.offset = 0
        self._rules: dict[tuple[str, str], Rule] = {}

    def apply(self, event: Event) -> None:
        """One rule event, newer than ``offset``."""
        rule = rule_of(event)
        if rule.document is None:
            self._rules.pop((rule.kind, rule.key), None)
        else:
            self._rules[rule.kind, rule.key] = rule
        self.offset = max(self.offset, event.offset)

    def put(self, rule: Rule) -> None:
        """A stored rule."""
        self._rules[rule.kind, rule.key] = rule

    def get(self, kind: str, key: str) -> Rule | None:
        """One rule, if it is in force."""
        return self._rules.get((kind, key))

    def of(self, kind: str) -> Iterator[Rule]:
        """All rules of a kind, by key."""
        for (its_kind, _), rule in sorted(self._rules.items()):
            if its_kind == kind:
                yield rule

    def all(self) -> list[Rule]:
        """Every rule in force, by kind and key."""
        return [rule for _, rule in sorted(self._rules.items())]


class RulesView:
    """Stores the rule book and its history; part of the projector."""

    name = "rules"
    version = 1
    tables = (CURRENT, HISTORY)
    names = RULE_NAMES

    def apply(
        self, events: Sequence[Event], read: Snapshot
    ) -> tuple[dict[str, dict[str, bytes]], dict[str, list[str]]]:
        """Rows to put and to delete for a stretch of the log."""
        current: dict[str, bytes | None] = {}
        history: dict[str, bytes] = {}
        for event in events:
            if event.name in RULE_NAMES:
                rule = rule_of(event)
                payload = encode(rule)
                current[f"{rule.kind}/{rule.key}"] = None if rule.document is None else payload
                history[f"{rule.version:016d}"] = payload
        puts = {CURRENT: {k: v for k, v in current.items() if v is not None}, HISTORY: history}
        return puts, {CURRENT: [k for k, v in current.items() if v is None]}


def rule_of(event: Event) -> Rule:
    """The rule that a rule event leaves behind."""
    record = names.body(event)
    document = record.document if event.name == "Rule Published" else None
    return Rule(record.kind, record.key, event.offset, document, event.time, record.author, record.reason)


def encode(rule: Rule) -> bytes:
    """The stored form (JSON: rules are read by people too)."""
    return _ENCODER.encode(rule)


def decode(payload: bytes) -> Rule:
    """The rule of a stored row."""
    return _DECODER.decode(payload)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Rule)
