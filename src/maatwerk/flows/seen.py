"""One person as a step sees her: what is surely hers may cause a message, what may be hers stops one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from maatwerk.core.chance import die
from maatwerk.decisions.contact.judge import agreed_since
from maatwerk.decisions.experiments.board import Assigned, Board, assigned
from maatwerk.decisions.journeys import restock, words
from maatwerk.decisions.journeys.document import Journey
from maatwerk.decisions.journeys.over import CartFacts, cart_over, occurrence, wish_over
from maatwerk.decisions.journeys.seeing import Matches, about
from maatwerk.decisions.journeys.walk import Reach
from maatwerk.decisions.journeys.words import Inside
from maatwerk.events.log import Recent
from maatwerk.flows.belong import Belonging
from maatwerk.flows.knowledge import Knowledge
from maatwerk.views.audience.audiences import documents_of
from maatwerk.views.profile.folds import CART
from maatwerk.views.profile.folds.activity import PURCHASE, VIEW
from maatwerk.views.profile.folds.consent import granted
from maatwerk.views.profile.folds.orders import placed
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.folds.wishes import open_wishes
from maatwerk.views.profile.load import load
from maatwerk.views.profile.shopper import BUILT_IN, Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.store import Snapshot

_VISIT_MS = 3_600_000
_VIEWED = 4
SPACING_MS = 12 * 3_600_000
"""So long after a marketing message of one journey those of lower priority hold theirs back."""


class Person(NamedTuple):
    """One person twice: what is surely hers (address, cart, a yes), and what may be (any no, any order)."""

    sure: Shopper
    wide: Shopper

    @property
    def ordered_at(self) -> int:
        """Her newest order; 0 where there is none."""
        return next((order.time for _, order in placed(self.wide.orders)), 0)

    @property
    def told(self) -> dict[str, Any]:
        """What she told of herself."""
        return traits(self.sure.traits)

    @property
    def address(self) -> str:
        """Her e-mail address, or nothing."""
        email = self.told.get("email")
        return email if isinstance(email, str) and "@" in email else ""

    def named(self, who: str) -> str:
        """How she is called in a message's id: the same on all her devices where that is proven."""
        return f"u/{self.sure.user_id}" if self.sure.user_id and self.sure.proven else who


def person(read: Snapshot, recent: Recent, who: str, now: int, signals: Signals = BUILT_IN) -> Person:
    """Whoever goes by ``u/…`` (a proven user) or ``a/…`` (a device).

    What is only claimed of her, with the public key, may stop a message and never cause one: a device
    that says it is hers must not learn by mail what is in her cart.
    """
    kind, _, value = who.partition("/")
    if kind == "u":
        sure = load(read, recent, user_id=value, user_proven=True, now=now, signals=signals)
        wide = load(read, recent, user_id=value, trusted=True, now=now, signals=signals)
    else:
        sure = load(read, recent, anonymous_id=value, now=now, signals=signals)
        wide = load(
            read, recent, anonymous_id=value, user_id=sure.user_id, trusted=True, now=now, signals=signals
        )
    return Person(sure, wide)


@dataclass
class Eyes:
    """What steps are looked at with, in one process: the catalog, the audiences, compiled conditions."""

    knowledge: Knowledge
    belonging: Belonging
    zone: str = "UTC"
    channels: frozenset[str] = frozenset({"email"})
    ranks: dict[str, int] = field(default_factory=dict)
    """Priority by journey, of those in force."""
    telling: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Priority and time of what somebody is told in this very turn."""
    _compiled: dict[str, Matches] = field(default_factory=dict)
    _rules: int = -1

    def matches(self, condition: str) -> Matches:
        """A condition, compiled once for the rules in force."""
        rules = self.knowledge.rules
        if rules.offset != self._rules:
            self._rules = rules.offset
            self._compiled.clear()
        if condition not in self._compiled:
            documents = {key: document for key, _, document in documents_of(rules.of("audience"))}
            self._compiled[condition] = about(condition, documents)
        return self._compiled[condition]


class Now:
    """See `maatwerk.decisions.journeys.walk.Seen`."""

    def __init__(
        self,
        eyes: Eyes,
        read: Snapshot,
        known: Person,
        who: str,
        names: tuple[str, Journey, str],
        inside: Inside,
        now: int,
    ) -> None:
        """``names``: the journey's key, the journey, and what it is about."""
        self.known, self.who, self.now = known, who, now
        self.key, self.journey, self.subject = names
        self._eyes, self._read, self._inside = eyes, read, inside
        self.arms: list[Assigned] = []
        """The variants she was asked for in this turn."""

    @cached_property
    def occurrence(self) -> str:
        """Names what it is about, so that she is told of it once."""
        per, trigger = self.journey.trigger.per, self.journey.trigger
        if per == "cart":
            return occurrence(self.known.sure.of(CART))
        if trigger.catalog or per == "order":
            return self.subject
        return f"{self.subject}@{self._inside.entered}"

    @cached_property
    def zone(self) -> str:
        """Hers, as her browser told it."""
        told = self.known.sure.context.value("timezone")
        return str(told) if told else self._eyes.zone

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The steps of which she was told, about the same thing."""
        stored = self._read.get(words.PAST, f"{self.who}\t{self.key}")
        return words.decode_past(stored).told.get(self.occurrence, ()) if stored else ()

    @cached_property
    def _facts(self) -> Mapping[str, Any]:
        return self._eyes.belonging.facts(self.known.sure, self.now)

    def holds(self, condition: str) -> bool:
        """Whether a condition holds; what cannot be told does not."""
        return self._eyes.matches(condition)(self._facts)

    def fact(self, path: tuple[str, ...]) -> object:
        """One fact; None where it is not known."""
        value: Any = self._facts
        for name in path:
            try:
                value = value[name]
            except (KeyError, TypeError):
                return None
        return value

    def variant(self, experiment: str) -> str:
        """Her variant of an experiment that runs; it is hers on the site too."""
        rule = self._eyes.knowledge.rules.get("experiment", experiment)
        if rule is None or not rule.document:
            return ""
        board = Board([(rule.kind, rule.key, rule.version, rule.document)])
        if experiment not in board.experiments:
            return ""
        found = board.experiments[experiment]
        audiences = frozenset(self._eyes.belonging.audiences.of(self._facts))
        pinned = self.known.sure.exposures.first.get(experiment)
        arm = assigned(
            experiment,
            found,
            pinned.unit if pinned else self.who.partition("/")[2],
            eligible=not found.audience or found.audience in audiences,
            pinned=pinned.variant if pinned else "",
        )
        self.arms.append(arm)
        return arm.variant

    def draw(self, step: str) -> float:
        """By person, journey, turn and step."""
        return die(f"journey/{self.key}", self.known.named(self.who), step, self._inside.entered)

    @cached_property
    def skus(self) -> tuple[str, ...]:
        """What it is about, as far as it is products."""
        per = self.journey.trigger.per
        if per == "cart":
            return tuple(line.sku for line in self.known.sure.cart.lines[: words.SKUS])
        if self.journey.trigger.catalog:
            return (restock.parse_occurrence(self.subject)[1],)
        if per == "product" and self.subject:
            return (self.subject,)
        orders = placed(self.known.sure.orders)
        if per == "order":
            mine = next((order for order_id, order in orders if order_id == self.subject), None)
            return tuple(sku for sku, _, _ in mine.lines[: words.SKUS]) if mine else ()
        if "Product Viewed" in self.journey.trigger.event:
            return self._viewed()
        return ()

    def _viewed(self) -> tuple[str, ...]:
        """What she looked at since she began, newest first, and did not buy."""
        actions = self.known.sure.activity.actions
        bought = {each.sku for each in actions if each.kind == PURCHASE}
        since = self._inside.entered - _VISIT_MS
        viewed = [each.sku for each in reversed(actions) if each.kind == VIEW and each.time >= since]
        return tuple(dict.fromkeys(sku for sku in viewed if sku not in bought))[:_VIEWED]

    def over(self) -> str:
        """What ended what it is about."""
        if self.journey.trigger.per == "cart":
            cart = self.known.sure.cart
            return cart_over(
                CartFacts(bool(cart.lines), self._inside.touched, cart.updated_at, self.known.ordered_at)
            )
        if self.journey.trigger.catalog:
            _, sku, asked = restock.parse_occurrence(self.subject)
            return wish_over(asked, self.now, open_wishes(self.known.sure.wishes), sku)
        return ""

    def sold_out(self) -> bool:
        """Whether it is about products, and none of them can be bought."""
        catalog = self._eyes.knowledge.catalogs.of(self._inside.store or "default")
        rows = [catalog.row(sku) for sku in self.skus]
        return bool(rows) and not any(row >= 0 and catalog.available[row] for row in rows)

    def reach(self, channels: tuple[str, ...]) -> Reach:
        """The first of these channels that she agreed to and has an address for."""
        able = [channel for channel in channels if channel in self._eyes.channels]
        agreed = [channel for channel in able if self._agreed(channel)]
        found = [channel for channel in agreed if self._has(channel)]
        if found:
            return Reach(found[0], tuple(found[1:]))
        return Reach("email", (), self._unreached(bool(agreed)))

    def _unreached(self, agreed: bool) -> str:
        left = self.known.wide.wishes.unsubscribed
        if left and not agreed_since(self.known.sure.consent, left, "email"):
            return "unsubscribed"
        return "no_address" if agreed or not self.known.address else "no_consent"

    def _agreed(self, channel: str) -> bool:
        sure, wide = granted(self.known.sure.consent, channel), granted(self.known.wide.consent, channel)
        return sure is True and wide is not False

    def _has(self, channel: str) -> bool:
        return bool(self.known.address if channel == "email" else self.known.told.get("phone"))

    def outranked(self, priority: int) -> int:
        """Until when a journey of higher priority has her, because it told her lately. What she asked for
        herself does not wait."""
        if self.journey.trigger.catalog:
            return 0
        told = [
            words.decode_past(stored).sent
            for key, stored in self._read.scan(words.PAST, prefix=f"{self.who}\t")
            if self._eyes.ranks.get(key.partition("\t")[2], 0) > priority
        ]
        told += [at for rank, at in self._eyes.telling.get(self.who, ()) if rank > priority]
        newest = max(told, default=0)
        return newest + SPACING_MS if newest and newest + SPACING_MS > self.now else 0
