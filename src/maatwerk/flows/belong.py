"""Which audiences a shopper belongs to, asked by decisions, profiles and the judging in the background."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from maatwerk.decisions.pipeline.words import Affinity
from maatwerk.decisions.recommend.taste import known
from maatwerk.events.log import Log
from maatwerk.events.names import RULE_NAMES
from maatwerk.flows.knowledge import Knowledge, Shares
from maatwerk.flows.predict import Predicting
from maatwerk.views.audience import rows
from maatwerk.views.audience.audiences import NONE, Audiences, Ready, documents_of
from maatwerk.views.audience.facts import Facts, Group, Seeing
from maatwerk.views.audience.fold import LISTS, Behavior
from maatwerk.views.catalog.columns import Catalog, Catalogs
from maatwerk.views.profile.folds import SIGNALS
from maatwerk.views.profile.shopper import Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.rules import book
from maatwerk.views.rules.book import Rule, RuleBook
from maatwerk.views.store import Store

_CHUNK = 10_000


class Belonging:
    """The audiences in force in one process. ``signals`` are what shoppers must be loaded with."""

    def __init__(self, knowledge: Knowledge, currency: str, behavior: Behavior | None = None) -> None:
        """``behavior``: the fold that the process projects with, where it does."""
        self.behavior = behavior or Behavior(currency)
        self.signals = signals_with(self.behavior)
        self.audiences = NONE
        self._knowledge = knowledge
        groups = {"affinity": self._affinity, "predicted": Predicting(knowledge, currency).facts}
        self.seeing = Seeing(self.behavior, knowledge.catalogs, currency, groups)
        self._filled: set[str] = set()
        self._rules: tuple[tuple[str, int], ...] = ()

    def take_over(self, rules: RuleBook) -> bool:
        """Compile the audiences of a rule book; False where they are those already in force."""
        mine: list[Rule] = list(rules.of("audience"))
        versions = tuple((rule.key, rule.version) for rule in mine)
        if versions == self._rules:
            return False
        self._rules = versions
        self.audiences = Audiences(documents_of(mine))
        self.behavior.know(self.audiences.clauses.values())
        self._filled &= self.audiences.clauses.keys()
        return True

    def filling(self, store: Store, keys: Iterable[str] | None = None) -> list[str]:
        """Those of the audiences whose happenings are still being read from history: nobody is in those."""
        clauses = self.audiences.clauses
        if len(self._filled) >= len(clauses):
            return []
        with store.snapshot() as snapshot:
            self._filled |= rows.filled(snapshot, [key for key in clauses if key not in self._filled])
        wanted = self.audiences.by_key if keys is None else keys
        return [key for key in wanted if (each := self.audiences.by_key.get(key)) and not self._whole(each)]

    def _affinity(self, shopper: Shopper, now: int) -> Mapping[str, Any]:
        catalog = self._knowledge.catalogs.of("default")
        return affinity_of(shopper, now, catalog, self._knowledge.baseline(catalog).shares)

    def _whole(self, audience: Ready) -> bool:
        return all(clause.id in self._filled for clause in audience.clauses)

    def facts(self, shopper: Shopper, now: int) -> Facts:
        """The shopper as conditions read her."""
        return self.seeing.facts(shopper, now)

    def of(
        self,
        store: Store,
        shopper: Shopper,
        now: int,
        keys: Iterable[str] | None = None,
        given: Mapping[str, Group] | None = None,
    ) -> list[str]:
        """Which audiences (``keys``; None: all) she belongs to, of those that are whole, sorted."""
        if not self.audiences.by_key or not shopper.known_events:
            return []
        found = self.audiences.of(self.seeing.facts(shopper, now, given), keys)
        filling = self.filling(store, found) if found else []
        return [key for key in found if key not in filling] if filling else found


def signals_with(behavior: Behavior) -> Signals:
    """Every signal of a profile, those of audiences included."""
    return Signals((*SIGNALS, behavior, LISTS))


def audiences_now(log: Log, store: Store) -> Audiences:
    """The audiences in force, read from the stored rules and the log after them."""
    rules = RuleBook()
    with store.snapshot() as read:
        after = read.checkpoint("rules")
        for _, row in read.scan(book.CURRENT, limit=100_000):
            rules.put(book.decode(row))
    while events := log.rules_and_catalog(after, _CHUNK):
        for event in events:
            if event.name in RULE_NAMES:
                rules.apply(event)
        after = events[-1].offset
    return Audiences(documents_of(rules.of("audience")))


def affinity_of(shopper: Shopper, now: int, catalog: Catalog, shares: Shares) -> Mapping[str, Any]:
    """Shares of her interest by facet and value, ``{"category": {"women": 0.4}}``; see
    `maatwerk.decisions.recommend.taste`."""
    actions = [(action.time, action.kind, action.sku) for action in shopper.activity.actions]
    return shares_of(known(actions, (), catalog, shares, now, stated=shopper.preferences).affinity, catalog)


def shares_of(affinity: Affinity, catalog: Catalog) -> Mapping[str, Any]:
    """An affinity by the names of its values."""
    return {
        facet: {catalog.codes[facet].values[number]: share for number, share in found.items()}
        for facet, found in affinity.weights.items()
    }


def belonged(
    rules: RuleBook, catalogs: Catalogs, shares: Shares, store: str, currency: str
) -> tuple[Audiences, Seeing, Signals]:
    """The audiences of a rule book of the past, and what shoppers were seen with then."""
    audiences = Audiences(documents_of(rules.of("audience")))
    behavior = Behavior(currency)
    behavior.know(audiences.clauses.values())
    catalog = catalogs.of(store)
    seeing = Seeing(
        behavior,
        catalogs,
        currency,
        {"affinity": lambda shopper, now: affinity_of(shopper, now, catalog, shares)},
    )
    return audiences, seeing, signals_with(behavior)
