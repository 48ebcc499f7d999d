"""The room's words: the experiment as the merchant writes it.

The first variant is the control: what everybody gets who does not take part.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from maatwerk.core.errors import Refused

State = Literal["draft", "running", "paused", "concluded"]
Allocation = Literal["fixed", "thompson", "contextual"]
METRICS = ("conversion", "revenue", "margin", "order_value", "clicks", "retention")
VARIANTS_MOST = 100
CHANGED = ("unit", "placement")
"""Kinds of rules that a variant may change; a rule of any kind may carry an arm."""
_KEY_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")

Document = dict[str, Any]


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One arm. ``changes`` maps a rule (``placement/home.for-you``) to fields that are other for this arm;
    ``value`` is what a feature flag of the experiment's key evaluates to."""

    key: str
    name: str = ""
    weight: float = 1.0
    changes: dict[str, Document] = {}
    value: Any = None


class Exclusive(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}
):
    """A stretch of a group's traffic: experiments of one group with stretches that do not touch never meet
    in one shopper."""

    group: str
    start: float = 0.0
    end: float = 1.0


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was decided beforehand.

    ``detect`` is the relative change of the primary metric worth seeing. No verdict before ``minimum_days``;
    after ``maximum_days`` the control stays. With ``publish`` the experiment ends by itself, and a
    ``holdback`` of shoppers keeps the control, to go on watching. ``alpha``: the chance of a false verdict.
    """

    detect: float = 0.05
    minimum_days: int = 7
    maximum_days: int = 42
    publish: bool = False
    holdback: float = 0.05
    alpha: float = 0.05


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A question to the shop's visitors, and how it will be answered.

    ``share`` of those whom it is for take part (raise it to ramp up). ``primary`` decides; a ``guardrail``
    that is hurt blocks the winner. ``winsorize`` caps amounts at that quantile of all. ``allocation``:
    ``fixed`` weights; ``thompson`` moves traffic to what does better, never below ``floor`` an arm, and
    remembers ``memory`` of its evidence from one hour to the next (1: what is best stays best);
    ``contextual`` does so for each kind of shopper. ``winner``, ``verdict`` and ``ended`` (RFC 3339) are
    written when it is concluded.
    """

    variants: tuple[Variant, ...]
    name: str = ""
    hypothesis: str = ""
    state: State = "draft"
    audience: str = ""
    share: float = 1.0
    exclusive: Exclusive | None = None
    primary: str = "conversion"
    guardrails: tuple[str, ...] = ()
    winsorize: float = 0.999
    allocation: Allocation = "fixed"
    floor: float = 0.01
    memory: float = 0.95
    plan: Plan = Plan()
    winner: str = ""
    verdict: str = ""
    ended: str = ""

    @property
    def control(self) -> Variant:
        """What everybody gets who does not take part."""
        return self.variants[0]

    @property
    def weights(self) -> tuple[float, ...]:
        """Shares of the variants, that sum to 1."""
        total = sum(variant.weight for variant in self.variants)
        return tuple(variant.weight / total for variant in self.variants)

    @property
    def keys(self) -> tuple[str, ...]:
        """The variants' keys."""
        return tuple(variant.key for variant in self.variants)


def parse_experiment(key: str, document: Document) -> Experiment:
    """The experiment of a document; `Refused` names what is wrong in it."""
    try:
        experiment = msgspec.convert(document, Experiment)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=f"experiment.{key}") from None
    for field, wrong, hint in _wrong(experiment):
        raise Refused("rule_not_valid", wrong, field=f"experiment.{key}.{field}", hint=hint)
    return experiment


def _wrong(it: Experiment) -> list[tuple[str, str, str]]:
    """Field, what is wrong, and what would be right."""
    keys = it.keys
    amiss = [key for key in keys if not key or not set(key) <= _KEY_CHARS]
    known = [each for each in (it.primary, *it.guardrails) if each not in METRICS]
    places = [where for each in it.variants for where in each.changes if not _changeable(where)]
    plan, group = it.plan, it.exclusive
    checks = (
        (not 2 <= len(keys) <= VARIANTS_MOST, "variants", f"has {len(keys)}", f"2 to {VARIANTS_MOST}"),
        (bool(amiss), "variants", f"{amiss[:1]} is no key", "a-z, 0-9, dot, hyphen, underscore"),
        (len(set(keys)) < len(keys), "variants", "two have one key", "a key of its own for each"),
        (
            any(not 0 <= each.weight < 1e9 for each in it.variants)
            or sum(each.weight for each in it.variants) <= 0,
            "variants",
            "weights are no shares",
            "0 or more, and one above 0",
        ),
        (not 0 < it.share <= 1, "share", f"is {it.share:g}", "above 0, at most 1"),
        (bool(known), "primary" if it.primary in known else "guardrails", f"{known[:1]} is no metric",
         f"one of {', '.join(METRICS)}"),
        (not 0.5 <= it.winsorize <= 1, "winsorize", f"is {it.winsorize:g}", "0.5 to 1"),
        (not 0 <= it.floor * len(keys) < 1, "floor", f"is {it.floor:g} an arm", "so that all fit in 1"),
        (not 0 < it.memory <= 1, "memory", f"is {it.memory:g}", "above 0, at most 1"),
        (bool(places), "variants.changes", f"{places[:1]} cannot be changed", "placement/KEY or unit/KEY"),
        (group is not None and not 0 <= group.start < group.end <= 1, "exclusive", "is no stretch",
         "0 <= from < to <= 1"),
        (not 0 < plan.detect < 10, "plan.detect", f"is {plan.detect:g}", "above 0: 0.05 is 5 %"),
        (not 1 <= plan.minimum_days <= plan.maximum_days <= 400, "plan", "its days do not fit",
         "1 <= minimum_days <= maximum_days <= 400"),
        (not 0 <= plan.holdback <= 0.5, "plan.holdback", f"is {plan.holdback:g}", "0 to 0.5"),
        (not 0 < plan.alpha <= 0.5, "plan.alpha", f"is {plan.alpha:g}", "above 0, at most 0.5"),
        (it.state == "concluded" and it.winner not in keys, "winner", f"{it.winner!r} is no variant",
         f"one of {', '.join(keys[:20])}"),
    )  # fmt: skip
    return [(field, wrong, hint) for bad, field, wrong, hint in checks if bad]


def _changeable(where: str) -> bool:
    kind, _, key = where.partition("/")
    return kind in CHANGED and bool(key)


def check_change(key: str, before: Document | None, after: Document) -> None:
    """What was begun cannot be mixed with something else. Raises `Refused`."""
    if not before or before.get("state") not in ("running", "paused") or after.get("state") == "draft":
        return
    old, new = parse_experiment(key, before), parse_experiment(key, after)
    if old.keys != new.keys or (old.allocation == "fixed" and old.weights != new.weights):
        raise Refused(
            "experiment_running",
            "the variants and weights of an experiment that was begun cannot change: who came before would "
            "be mixed with who comes after",
            field=f"experiment.{key}.variants",
            hint="conclude it, and begin another under a new key; `share` may be raised at any time",
        )
    if old.primary != new.primary:
        raise Refused(
            "experiment_running",
            "the metric that decides cannot be chosen after the fact",
            field=f"experiment.{key}.primary",
            hint="read the others in the results; begin another experiment to decide by one of them",
        )


def arm_of(arm: str, field: str) -> tuple[str, str]:
    """Experiment and variant of ``EXPERIMENT/VARIANT``. Raises `Refused`."""
    experiment, slash, variant = arm.partition("/")
    if not slash or not experiment or not variant:
        raise Refused("rule_not_valid", f"{arm!r} is no arm", field=field, hint="EXPERIMENT/VARIANT")
    return experiment, variant
