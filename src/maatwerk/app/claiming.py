"""Codes and claims, wired."""

from __future__ import annotations

import os

from maatwerk.app.parts import Parts
from maatwerk.engines.sqlite.claims import SqliteClaims
from maatwerk.flows.mint import Minting
from maatwerk.flows.price_cart import Offering

SECRET_BYTES = 32


def minting_of(parts: Parts) -> Minting:
    """What codes are minted and claimed with; the workspace's secret is made by whoever comes first."""
    secret = parts.records.put_once("secret", "codes", os.urandom(SECRET_BYTES))
    claims = SqliteClaims(parts.workspace.records)
    return Minting(claims, secret, parts.clock, os.urandom, parts.settings.currency)


def offering_of(parts: Parts) -> Offering:
    """The offers of a process; its API, console and shop share them."""
    if parts.offering is None:
        parts.offering = Offering(parts.deciding, minting_of(parts))
    return parts.offering
