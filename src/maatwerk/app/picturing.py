"""Open-time pictures, wired: whose product, and its photograph, which is fetched from the shop alone."""

from __future__ import annotations

import os
from collections import OrderedDict
from urllib.parse import urlsplit

import httpx

from maatwerk.app.parts import Parts
from maatwerk.effects.channels.letter import Sender, Shown, absolute, shown
from maatwerk.effects.unsubscribe import Link
from maatwerk.flows.choose_for import choose_for
from maatwerk.flows.unsubscribe import link_key
from maatwerk.surfaces.messages.pictures import PLACES, Picturing
from maatwerk.views.profile.load import load
from maatwerk.views.profile.shopper import NOBODY

_KEPT = 64
_BYTES = 4 * 1024 * 1024
_SECONDS = 3.0
CROWD = "bestsellers"


def picturing(parts: Parts) -> Picturing:
    """What the routes need."""
    settings = parts.settings
    home = settings.shop_url or settings.public_url or "http://localhost"
    at = Sender(settings.name, "", "", "", settings.public_url, home, home)

    def product(link: Link | None, unit: str, place: int) -> Shown | None:
        now = parts.clock()
        parts.knowledge.refresh(now)
        who = NOBODY
        if link is not None:
            with parts.store.snapshot() as read:
                who = load(
                    read,
                    parts.log,
                    anonymous_id=link.anonymous_id,
                    user_id=link.user_id,
                    trusted=True,
                    now=now,
                )
        for key in (unit, CROWD, "most-viewed", "newest"):
            found = choose_for(parts.deciding, who, "default", key, PLACES, now)
            if len(found) >= place:
                return shown([found[place - 1][0]], "open-time", at, now)[0]
        return None

    return Picturing(product, Photographs(home).of, link_key(parts.records, os.urandom), settings.public_url)


class Photographs:
    """Fetches pictures from the shop's own host, and keeps the newest; no other host is ever asked."""

    def __init__(self, home: str) -> None:
        self._host = urlsplit(home).netloc
        self._home = home
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def of(self, url: str) -> bytes:
        """The bytes of a picture; empty where it cannot be had."""
        whole = absolute(url, self._home)
        if not whole or urlsplit(whole).netloc != self._host:
            return b""
        known = self._kept.get(whole)
        if known is not None:
            return known
        found = _fetched(whole)
        self._kept[whole] = found
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found


def _fetched(url: str) -> bytes:
    try:
        with httpx.stream("GET", url, timeout=_SECONDS, follow_redirects=False) as answer:
            if answer.status_code != 200:
                return b""
            read = b""
            for chunk in answer.iter_bytes():
                read += chunk
                if len(read) > _BYTES:
                    return b""
            return read
    except httpx.HTTPError:
        return b""
