"""Whose record it is: a file names an address or a telephone number, and a known customer may go by it.

Only what is proven joins: an address that somebody claimed in a browser leads nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from maatwerk.core.time import Clock
from maatwerk.events.log import Recent
from maatwerk.views.profile.find import profile
from maatwerk.views.profile.folds.traits import sources
from maatwerk.views.store import Store

REMEMBERED = 100_000

Value = dict[str, Any]


@dataclass
class Matching:
    """What matching needs; remembers what it found, so that a file's repeated customers cost once."""

    store: Store
    recent: Recent
    clock: Clock
    found: dict[tuple[str, str], str] = field(default_factory=dict)

    def matched(self, value: Value) -> Value | None:
        """The value as the log takes it: with her user id where one of its identifiers leads to a customer.

        None where it leads to nobody and the mapping refuses such records.
        """
        ask = value.pop("match", None)
        if ask is None:
            return value
        for namespace, identifier in ask["by"]:
            user_id = self._customer(namespace, identifier, ask["prefix"], known_only=ask["refuse"])
            if user_id:
                if "anonymousId" in value and str(value["anonymousId"]).startswith(
                    ("email:", "phone:", "order:")
                ):
                    del value["anonymousId"]  # it only stood for her
                return value | {"userId": user_id}
        return None if ask["refuse"] else value

    def _customer(self, namespace: str, identifier: str, prefix: str, *, known_only: bool) -> str:
        if namespace == "customer_id" and not known_only:
            return prefix + identifier
        key = (namespace, identifier)
        if key not in self.found:
            if len(self.found) >= REMEMBERED:
                self.found.clear()
            self.found[key] = self._looked_up(
                namespace, prefix + identifier if namespace == "customer_id" else identifier
            )
        return self.found[key]

    def _looked_up(self, namespace: str, identifier: str) -> str:
        with self.store.snapshot() as snapshot:
            known = profile(
                snapshot,
                self.recent,
                "user_id" if namespace == "customer_id" else namespace,
                identifier,
                self.clock(),
            )
        users = known.identifiers.get("user_id", []) if known else []
        if known is None or len(users) != 1:
            return ""
        if namespace == "customer_id":
            return users[0]
        told = sources(known.shopper.traits).get(namespace, [])
        proven = any(word.proven and _same(value, identifier) for word, value in told)
        return users[0] if proven else ""


def _same(value: Any, identifier: str) -> bool:
    return isinstance(value, str) and value.strip().lower() == identifier.strip().lower()
