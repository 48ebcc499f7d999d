"""What the console needs of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from maatwerk.decisions.recommend.models import Sealed
from maatwerk.events.log import Log
from maatwerk.flows import erase
from maatwerk.flows.accounts import Accounts
from maatwerk.flows.decide import Deciding
from maatwerk.flows.everyone import Asking
from maatwerk.flows.export import Exporting
from maatwerk.flows.insight import Reporting
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.price_cart import Offering
from maatwerk.flows.review import Keeping
from maatwerk.flows.search import Searching
from maatwerk.surfaces.http.keys import Keys
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import Lake


@dataclass(frozen=True)
class ConsoleAccess:
    """``deciding`` brings the log, the store, the clock and the knowledge; ``reporting`` reads
    reports; ``accounts`` says who may sign in.

    ``signing_secret`` answers the secret that sessions are signed with, the same in every worker.
    ``sealed(name, version)`` reads a model. ``lag`` answers how far the views are behind (``lag_seconds``,
    ``lag_events``), ``sizes`` the bytes of each part of the workspace, ``truth`` what a simulation knows to
    be true, or None.
    ``exporting`` reads all of one person; ``kept_days`` says how long each class is kept;
    ``erasures`` how many requests are ``done`` and ``pending``.
    ``open_access``: whoever asks from this machine needs no key (the demo on loopback). ``shop_url`` is where
    the shop's pages are, for links. ``erasing`` takes requests to be forgotten in. ``stopping`` says that the
    server is to end: open streams end then.
    """

    name: str
    currency: str
    deciding: Deciding
    reporting: Reporting
    accounts: Accounts
    answers: Keeping
    write_key: Callable[[], str]
    keys: Keys
    signing_secret: Callable[[], str]
    sealed: Callable[[str, str], Sealed]
    lag: Callable[[], Mapping[str, Any]]
    exporting: Exporting
    kept_days: Mapping[str, int]
    erasures: Callable[[], Mapping[str, int]] = dict
    searching: Searching | None = None
    """What search is tried with."""
    offering: Offering | None = None
    """The offers in force, and the codes."""
    asking: Asking | None = None
    """What asks an audience of everybody."""
    sizes: Callable[[], Mapping[str, int]] = dict
    truth: Callable[[], Mapping[str, Any] | None] = lambda: None
    open_access: bool = False
    shop_url: str = ""
    address: str = ""
    """Where shoppers' browsers reach this server; nothing: where the console is asked for."""
    erasing: erase.Asking | None = None
    stopping: Callable[[], bool] = lambda: False

    @property
    def log(self) -> Log:
        """The log."""
        return self.deciding.recording.log

    @property
    def lake(self) -> Lake:
        """The sealed history."""
        return self.reporting.lake

    @property
    def knowledge(self) -> Knowledge:
        """Catalog, rules and models, as of the last `fresh`."""
        return self.deciding.knowledge

    @property
    def catalog(self) -> Catalog:
        """The default store's products."""
        return self.deciding.knowledge.catalogs.of("default")

    def now(self) -> int:
        """The workspace's moment."""
        return self.deciding.recording.clock()

    def fresh(self) -> int:
        """Bring catalog and rules up to now; answers the moment. For the event loop's thread alone."""
        now = self.now()
        self.deciding.knowledge.refresh(now)
        return now
