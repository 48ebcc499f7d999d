"""Journeys ready to switch on: documents that are part of the program, and what a rule changes of them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.decisions.journeys.document import Journey, read

ABANDONED_CART, BACK_IN_STOCK = "abandoned-cart", "back-in-stock"

_FOLDER = "shipped"


@cache
def texts() -> dict[str, str]:
    """The documents as they are shipped, by key."""
    folder = files(__package__).joinpath(_FOLDER)
    found = {
        each.name.removesuffix(".toml"): each.read_text("utf-8")
        for each in folder.iterdir()
        if each.name.endswith(".toml")
    }
    return dict(sorted(found.items()))


@cache
def documents() -> dict[str, dict[str, Any]]:
    """The same, read."""
    return {key: tomllib.loads(text) for key, text in texts().items()}


def whole(key: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document of a rule, over the shipped one of its key where it names no steps of its own."""
    if "steps" in document or key not in documents():
        return document
    return {**documents()[key], **document}


def journey_of(key: str, document: dict[str, Any]) -> Journey:
    """The journey of a rule. Raises `Refused`."""
    if "steps" not in document and key not in documents():
        raise Refused(
            "journey_not_known",
            f"there is no shipped journey {key[:60]!r}, and this one has no steps",
            field="key",
            hint=f"give it steps, or take one of {', '.join(documents())}",
        )
    return read(key, whole(key, document))


def shipped() -> dict[str, Journey]:
    """The shipped journeys, as they are without a change."""
    return {key: journey_of(key, {}) for key in documents()}
