"""Train all models from the lake and publish each as soon as it is sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Protocol

import msgspec

from maatwerk.core.time import DAY
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.recommend.neighbors import NeighborSettings
from maatwerk.decisions.recommend.train import Learn, train_all, without_gone
from maatwerk.events.event import Event
from maatwerk.events.log import Log
from maatwerk.flows.group import learn_personas, learn_segments
from maatwerk.flows.learn import learn_predicted
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import Lake
from maatwerk.views.predicted import personas

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
    former: Mapping[str, Sealed],
    said: Callable[[Sealed], None] = lambda sealed: None,
    erasures: Callable[[], int] = lambda: 0,
) -> list[str]:
    """Answers the names of what was published. The version is the moment of training.

    ``former``: the models in force, whose names personas keep. ``erasures`` says how many the history has
    been through; each model carries it. Where one comes in the middle, what was read before it is not
    published any more: it is trained anew.
    """
    begun = erasures()
    newer = tail(lake, log)
    interactions = lake.interactions(_since(lake, now, newer), tail=newer)
    published = []
    for sealed in chain(
        train_all(interactions, catalog, now, str(now), learn, settings),
        _foretold(lake, newer, now, catalog, currency, former),
    ):
        if erasures() != begun:
            break
        publisher.publish(_after(sealed, begun))
        said(sealed)
        published.append(sealed.name)
    return published


def forget_in_models(
    lake: Lake,
    log: Log,
    catalog: Catalog,
    publisher: Publisher,
    now: int,
    erasures: int,
    former: Mapping[str, Sealed],
) -> list[str]:
    """Publish anew, without somebody whom log and lake have let go, the models that hold people's rows and
    counts; their names. ``former``: the models in force, which keep what they learnt of items.
    """
    newer = tail(lake, log)
    interactions = lake.interactions(_since(lake, now, newer), tail=newer)
    published = []
    for sealed in without_gone(interactions, catalog, now, former):
        publisher.publish(_after(sealed, erasures))
        published.append(sealed.name)
    return published


def _after(sealed: Sealed, erasures: int) -> Sealed:
    return msgspec.structs.replace(sealed, facts=sealed.facts | {"erasures": erasures})


def _foretold(
    lake: Lake, newer: list[Event], now: int, catalog: Catalog, currency: str, former: Mapping[str, Sealed]
) -> Iterator[Sealed]:
    """What predictions, personas and product segments go by."""
    version = str(now)
    yield learn_predicted(lake, newer, now, currency, version)
    yield learn_personas(lake, newer, now, catalog, currency, version, former.get(personas.NAME))
    yield learn_segments(lake, newer, now, catalog, currency, version)


def _since(lake: Lake, now: int, newer: list[Event]) -> int:
    newest = lake.query("SELECT MAX(time) AS newest FROM line WHERE time <= $now", {"now": now}, tail=newer)
    return int(newest[0]["newest"] or now) - HISTORY_DAYS * DAY


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
