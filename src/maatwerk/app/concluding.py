"""Experiments after each training: ended where their plan is met, and their traffic moved."""

from __future__ import annotations

import logging
import os

import msgspec

from maatwerk.app.parts import Parts
from maatwerk.core.errors import Refused, Unavailable
from maatwerk.flows.allocate import allocate
from maatwerk.flows.conclude import conclude, due
from maatwerk.flows.erase import watermark
from maatwerk.flows.results import results

_log = logging.getLogger("maatwerk.experiments")


def conclude_due(parts: Parts) -> list[str]:
    """Conclude every running experiment whose plan asks for it and is met; their keys."""
    parts.knowledge.refresh(parts.clock())
    done = []
    for key, experiment in due(parts.knowledge.rules):
        now = parts.clock()
        catalog = parts.knowledge.catalogs.of("default")
        try:
            found = results(
                parts.lake, parts.log, catalog, key, experiment, now=now, currency=parts.settings.currency
            )
            if found.verdict.final and conclude(
                parts.log, parts.knowledge.rules, key, found.verdict, clock=parts.clock, chance=os.urandom
            ):
                _log.warning("experiment %s ended by its plan: %s", key, found.verdict.sentence)
                done.append(key)
        except (Refused, Unavailable) as fault:  # one that cannot be read keeps no other from its end
            _log.warning("experiment %s: %s", key, fault)
    return done


def move_allocations(parts: Parts) -> bool:
    """Publish the weights of experiments whose allocation moves; whether there are any."""
    begun = watermark(parts.records)
    parts.knowledge.refresh(parts.clock())
    sealed = allocate(
        parts.lake, parts.log, parts.knowledge.rules, now=parts.clock(), currency=parts.settings.currency
    )
    if sealed is None or watermark(parts.records) != begun:
        return False
    parts.models.publish(msgspec.structs.replace(sealed, facts=sealed.facts | {"erasures": begun}))
    return True
