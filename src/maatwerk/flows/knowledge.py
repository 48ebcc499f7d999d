"""What a process knows of the shop: catalog, rules and models, brought up to date before each request.

The stored views are read once, at start; after that the newest catalog and rule events come from
the log itself, so that a price change counts in the very next decision of every process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.time import MINUTE
from maatwerk.decisions.recommend.models import Models, Sealed
from maatwerk.decisions.recommend.taste import by_value, catalog_baseline
from maatwerk.events.log import Log
from maatwerk.events.names import CATALOG_NAMES
from maatwerk.views.catalog import fold as catalog_fold
from maatwerk.views.catalog.columns import Catalog, Catalogs
from maatwerk.views.rules import book
from maatwerk.views.store import Store

Shares = dict[str, NDArray[np.float64]]

_CHUNK = 10_000
_PRICES_MS = MINUTE


class Baseline(NamedTuple):
    """The shop's shares, and the log offset they were reckoned at."""

    shares: Shares
    offset: int
    stamp: tuple[int, str]


class Knowledge:
    """Catalogs, rule book and models of one process."""

    def __init__(self, log: Log, store: Store, sealed: Callable[[], Mapping[str, Sealed] | None]) -> None:
        """``sealed`` answers the models in force when they changed since it was last asked, else None."""
        self._log = log
        self._store = store
        self._sealed = sealed
        self.catalogs = Catalogs()
        self.rules = book.RuleBook()
        self.models = Models({})
        self.offset = 0
        self._prices_at = 0
        self._baselines: dict[str, Baseline] = {}
        self.on_rules: list[Callable[[book.RuleBook], None]] = []
        """Called whenever the rules changed (to compile them)."""

    def load(self) -> None:
        """Read the stored views; call once before the first `refresh`."""
        with self._store.snapshot() as read:
            # both views are folded in the order of the log; the lower checkpoint is where both are whole
            self.offset = min(read.checkpoint("catalog"), read.checkpoint("rules"))
            self.rules.offset = self.catalogs.offset = self.offset
            for _, row in read.scan(book.CURRENT, limit=100_000):
                self.rules.put(book.decode(row))
        for _, row in self._store.every(catalog_fold.TABLE):
            self.catalogs.put(row)
        self.refresh(0)
        for listener in self.on_rules:
            listener(self.rules)

    def refresh(self, now: int) -> None:
        """Fold what the log has learnt since; costs microseconds when that is nothing."""
        rules_changed = False
        while True:
            events = self._log.rules_and_catalog(self.offset, _CHUNK)
            for event in events:
                if event.name in CATALOG_NAMES:
                    self.catalogs.apply(event)
                else:
                    self.rules.apply(event)
                    rules_changed = True
            if events:
                self.offset = events[-1].offset
            if len(events) < _CHUNK:
                break
        if rules_changed:
            for listener in self.on_rules:
                listener(self.rules)
        if now - self._prices_at > _PRICES_MS:
            self._prices_at = now
            for name in self.catalogs.stores():
                self.catalogs.of(name).refresh_prices(now)

    def refresh_models(self) -> None:
        """Take over newly published models, if any."""
        self.take_over(self.new_models())

    def new_models(self) -> Models | None:
        """Newly published models, made ready so that no request has to wait for it; None where there are
        none. Touches nothing that requests see: it may run in a thread of its own."""
        sealed = self._sealed()
        if sealed is None:
            return None
        models = Models(sealed)
        for store in self.catalogs.stores():
            catalog = self.catalogs.of(store)
            for name in sealed:
                models.get(name, catalog)
            models.once(("baseline", store, catalog.size), partial(baseline_of, catalog, models))
        return models

    def take_over(self, models: Models | None) -> None:
        """Put new models in force."""
        if models is not None:
            self.models = models

    def baseline(self, catalog: Catalog) -> Baseline:
        """The shop's own share of every facet value, reckoned anew when catalog or models have grown."""
        bound = self.models.get("popularity", catalog)
        stamp = (catalog.size, bound.sealed.version if bound else "")
        known = self._baselines.get(catalog.store)
        if known is None or known.stamp != stamp:
            models = self.models
            key = ("baseline", catalog.store, catalog.size)
            known = Baseline(models.once(key, partial(baseline_of, catalog, models)), self.offset, stamp)
            self._baselines[catalog.store] = known
        return known


def baseline_of(catalog: Catalog, models: Models) -> Shares:
    """Shares per facet value: by the sessions that viewed, where they were counted, else by catalog."""
    shares = catalog_baseline(catalog)
    bound = models.get("popularity", catalog)
    return shares if bound is None else _by_interest(catalog, bound, shares)


def _by_interest(catalog: Catalog, bound: Any, shares: Shares) -> Shares:
    """Shares by the sessions that viewed, with the catalog's shares as a prior of 50 sessions."""
    interest = np.asarray(bound.arrays["interest"], dtype=np.float64)
    here = bound.row_of >= 0
    weight = np.bincount(bound.row_of[here], interest[here], catalog.size).astype(np.float64)
    total = float(weight.sum())
    return {
        facet: (sums + 50.0 * shares[facet]) / (total + 50.0)
        for facet, sums in by_value(catalog, weight).items()
    }
