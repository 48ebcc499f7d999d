"""Train all models from the lake and publish each as soon as it is sealed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from maatwerk.core.time import DAY
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.recommend.neighbors import NeighborSettings
from maatwerk.decisions.recommend.train import Learn, train_all
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.flows.learn import learn_predicted
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import Lake

HISTORY_DAYS = 365
"""Before the newest thing that happened: a shop that imports old orders still learns from them."""

_TAIL_CHUNK = 5_000
_TAIL_MOST = 200_000


class Publisher(Protocol):
    """Where sealed models go."""

    def publish(self, sealed: Sealed) -> None:
        """Put a model in force."""


def train(
    lake: Lake,
    log: Log,
    catalog: Catalog,
    publisher: Publisher,
    now: int,
    learn: Learn,
    settings: NeighborSettings,
    currency: str,
    said: Callable[[Sealed], None] = lambda sealed: None,
) -> list[str]:
    """Answers the names of what was published. The version is the moment of training."""
    newer = tail(lake, log)
    newest = lake.query("SELECT MAX(time) AS newest FROM line WHERE time <= $now", {"now": now}, tail=newer)
    until = newest[0]["newest"] or now
    interactions = lake.interactions(until - HISTORY_DAYS * DAY, tail=newer)
    published = []
    for sealed in train_all(interactions, catalog, now, str(now), learn, settings):
        publisher.publish(sealed)
        said(sealed)
        published.append(sealed.name)
    sealed = learn_predicted(lake, newer, now, currency, str(now))
    publisher.publish(sealed)
    said(sealed)
    return [*published, sealed.name]


def tail(lake: Lake, log: Log) -> list[Event]:
    """What the log holds above the lake's watermark, bounded."""
    events: list[Event] = []
    after = lake.watermark()
    while len(events) < _TAIL_MOST:
        chunk = log.read(after, _TAIL_CHUNK)
        if not chunk:
            break
        events.extend(chunk)
        after = chunk[-1].offset
    return events
