"""The words of predictions: an estimate with its interval and reasons, and all that is expected of one
shopper.
"""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.money import Money
from maatwerk.core.time import format_time

HORIZON_DAYS = 365
SURE = 0.8
"""The odds that an interval holds what it speaks of."""


class Estimate(msgspec.Struct, frozen=True):
    """A figure between ``low`` and ``high`` with odds of four in five; None where nothing can be said.

    ``reasons`` are sentences without a full stop, the weightiest first. ``not_enough`` says what of the
    shop's history is still too short (``not enough data yet: 12 of 50 …``): a prior then speaks louder than
    the shop.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    reasons: tuple[str, ...] = ()
    not_enough: str = ""


class Likeness(msgspec.Struct, frozen=True):
    """The persona she is likest to, how much sooner that one than another (in [0, 1]), and why."""

    key: str
    title: str
    share: float
    reasons: tuple[str, ...] = ()


class Predicted(msgspec.Struct, frozen=True):
    """What is expected of one shopper at one moment.

    ``lifetime_value`` is what she is expected to spend in a year, in minor units; ``orders`` the orders in
    it. ``p_alive``, ``propensity`` (an order within ``propensity_days``) and ``churn_risk`` (none within
    ``threshold_days``) are chances; ``next_order`` is a time in ms. ``discount_affinity`` is the share of
    her orders that needed a discount, in [0, 1]: the rest would have been placed anyway.
    """

    currency: str
    lifetime_value: Estimate = Estimate()
    orders: Estimate = Estimate()
    p_alive: Estimate = Estimate()
    next_order: Estimate = Estimate()
    propensity: Estimate = Estimate()
    propensity_days: int = 30
    churn_risk: Estimate = Estimate()
    threshold_days: int | None = None
    discount_affinity: Estimate = Estimate()
    persona: Likeness | None = None
    model: str = ""
    version: str = ""


def silent(currency: str, reason: str) -> Predicted:
    """Nothing is predicted, for this reason."""
    nothing = Estimate(reasons=(reason,))
    return Predicted(currency, nothing, nothing, nothing, nothing, nothing, 30, nothing, None, nothing)


CHANCES = ("p_alive", "propensity", "churn_risk", "discount_affinity")


def wire(predicted: Predicted) -> dict[str, Any]:
    """As the HTTP contract writes it: money as amounts with a currency, times as RFC 3339, chances in [0,
    1].
    """
    currency = predicted.currency
    told: dict[str, Any] = {
        "lifetime_value": _wired(predicted.lifetime_value, lambda each: Money(round(each), currency).wire())
        | {"days": HORIZON_DAYS},
        "orders": _wired(predicted.orders, lambda each: round(each, 3)) | {"days": HORIZON_DAYS},
        "next_order": _wired(predicted.next_order, lambda each: format_time(round(each))),
    }
    for name in CHANCES:
        told[name] = _wired(getattr(predicted, name), lambda each: round(each, 4))
    told["propensity"]["days"] = predicted.propensity_days
    told["churn_risk"]["threshold_days"] = predicted.threshold_days
    persona = predicted.persona
    told["persona"] = None if persona is None else msgspec.structs.asdict(persona)
    return told | {"model": predicted.model or None, "version": predicted.version or None}


def facts(predicted: Predicted) -> dict[str, Any]:
    """As rules read it, ``predicted.propensity > 0.3``: amounts in whole units of the shop's currency, times
    in ms, what cannot be said left out."""
    found: dict[str, Any] = {}
    for name in ("orders", *CHANCES):
        if (value := getattr(predicted, name).value) is not None:
            found[name] = float(value)
    if predicted.lifetime_value.value is not None:
        found["lifetime_value"] = float(
            Money(round(predicted.lifetime_value.value), predicted.currency).decimal()
        )
    if predicted.next_order.value is not None:
        found["next_order"] = round(predicted.next_order.value)
    if predicted.threshold_days is not None:
        found["threshold_days"] = predicted.threshold_days
    if predicted.persona is not None:
        found["persona"] = predicted.persona.key
    return found


def _wired(estimate: Estimate, write: Any) -> dict[str, Any]:
    def told(value: float | None) -> Any:
        return None if value is None else write(value)

    return {
        "value": told(estimate.value),
        "low": told(estimate.low),
        "high": told(estimate.high),
        "reasons": list(estimate.reasons),
        "not_enough": estimate.not_enough or None,
    }
