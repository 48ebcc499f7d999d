"""Codes and claims, wired."""

from __future__ import annotations

import os

from maatwerk.app.parts import Parts
from maatwerk.engines.sqlite.claims import SqliteClaims
from maatwerk.flows.mint import Minting

SECRET_BYTES = 32


def minting_of(parts: Parts) -> Minting:
    """What codes are minted and claimed with; the workspace's secret is made by whoever comes first."""
    secret = parts.records.put_once("secret", "codes", os.urandom(SECRET_BYTES))
    claims = SqliteClaims(parts.workspace.records)
    return Minting(claims, secret, parts.clock, os.urandom, parts.settings.currency)
