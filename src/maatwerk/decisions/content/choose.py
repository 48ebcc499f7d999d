"""Which block stands in a placement, and which of its variants she reads; with what kept the others out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from maatwerk.core.chance import die
from maatwerk.decisions.content.shelf import A, Ready, ReadyBlock
from maatwerk.decisions.content.words import (
    Exposure,
    Reader,
    closed_to,
    exposed,
    kept_from,
    not_her_arm,
)
from maatwerk.views.profile.folds.promotions import Met

_NEVER = Met()


class Out(msgspec.Struct, frozen=True):
    """A block that is not shown, and why, in words."""

    block: str
    why: str


class Chosen(msgspec.Struct, frozen=True):
    """A block and a variant of it (by number), or none; ``out`` are the others."""

    block: ReadyBlock | None
    variant: int = 0
    reason: str = ""
    out: tuple[Out, ...] = ()
    exposure: Exposure | None = None
    propensity: float = 1.0


class _May(msgspec.Struct, frozen=True):
    block: ReadyBlock
    variant: int
    why: str


def choose(
    blocks: Sequence[ReadyBlock],
    reader: Reader,
    rotation: str,
    met: Mapping[str, Met],
    can_buy: Callable[[str], bool],
    place: str = "",
) -> Chosen:
    """The block of a placement. ``blocks`` in order of priority, ``met`` what she met here by block.

    Among blocks of the same, highest priority the ``rotation`` goes on: lower ones are the fallback. An
    experiment counts her in where an arm alone decided whether she may see something, whichever arm is hers.
    """
    may: list[_May] = []
    out: list[Out] = []
    exposure: Exposure | None = None
    for block in blocks:
        why, variant, exposed = tried(block, reader, can_buy)
        exposure = exposure or exposed
        if variant is None:
            out.append(Out(block.key, why))
        else:
            may.append(_May(block, variant, why))
    if not may:
        return Chosen(
            None, reason=out[0].why if out else "no block stands here", out=tuple(out), exposure=exposure
        )
    first = [each for each in may if each.block.said.priority == may[0].block.said.priority]
    chosen, how, propensity = _turn(first, reader, rotation, met, place)
    out += [Out(each.block.key, _beaten(each, first)) for each in may if each is not chosen]
    reason = "; ".join(part for part in (chosen.why, how) if part)
    return Chosen(chosen.block, chosen.variant, reason, tuple(out), exposure, propensity)


def tried(
    block: ReadyBlock, reader: Reader, can_buy: Callable[[str], bool]
) -> tuple[str, int | None, Exposure | None]:
    """Why she may read it, and which variant of it; or why not."""
    said = block.said
    why = closed_to(reader, said, block.hours) or _unsellable(block, reader, can_buy)
    if why:
        return why, None, None
    exposure = exposed(reader, said.arm)
    why = not_her_arm(reader, said.arm)
    if why:
        return why, None, exposure
    for number, variant in enumerate(said.variant):
        why = kept_from(reader, variant.audience, variant.familiarity, variant.locale)
        if why:
            continue
        exposure = exposure or exposed(reader, variant.arm)
        why = not_her_arm(reader, variant.arm)
        if not why:
            because = _because(said.audience or variant.audience, variant.locale, variant.arm or said.arm)
            return because, number, exposure
    return why, None, exposure


def _unsellable(block: ReadyBlock, reader: Reader, can_buy: Callable[[str], bool]) -> str:
    """Why what it promotes cannot be had."""
    said = block.said
    if said.products and not any(can_buy(sku) for sku in said.products):
        return "none of its products can be bought"
    if said.offer and said.offer not in reader.offers:
        return f"the offer {said.offer} cannot be redeemed or does not apply to her"
    return ""


def first_for(rules: Iterable[Ready[A]], reader: Reader) -> tuple[Ready[A] | None, Exposure | None]:
    """The strongest of rules that she gets, and the experiment that she counts in for it."""
    exposure: Exposure | None = None
    for rule in rules:
        if closed_to(reader, rule.said, rule.hours):
            continue
        exposure = exposure or exposed(reader, rule.said.arm)
        if not not_her_arm(reader, rule.said.arm):
            return rule, exposure
    return None, exposure


def _because(audience: str, locale: str, arm: str) -> str:
    parts = [f"for the audience {audience}" if audience else "", f"written in {locale}" if locale else ""]
    return "; ".join(part for part in (*parts, f"arm {arm}" if arm else "") if part)


def _turn(
    may: Sequence[_May], reader: Reader, rotation: str, met: Mapping[str, Met], place: str
) -> tuple[_May, str, float]:
    """Whose turn it is among equals, in words, and how probable that was."""
    if len(may) == 1 or rotation == "one":
        return may[0], "first by priority" if len(may) > 1 else "", 1.0
    seen = {each.block.key: met.get(each.block.key, _NEVER) for each in may}
    if rotation == "series":
        turn = min(may, key=lambda each: (seen[each.block.key].last_at, each.block.key))
        return turn, f"the next of {len(may)} in turn", 1.0
    # A round goes through all of them; those of this round are the ones she met last.
    views = sum(each.views for each in met.values())
    done, number = views % len(may), views // len(may)
    by_time = sorted(may, key=lambda each: (-seen[each.block.key].last_at, each.block.key))
    lately = {
        each.block.key for each in by_time[: max(done, 1 if views else 0)] if seen[each.block.key].views
    }
    left = [each for each in may if each.block.key not in lately]
    turn = min(left, key=lambda each: die(reader.seed, "shuffle", reader.unit, place, number, each.block.key))
    return turn, f"one of {len(left)} left of {len(may)}, by chance", 1.0 / len(left)


def _beaten(loser: _May, first: Sequence[_May]) -> str:
    return "not its turn" if loser in first else "another has the higher priority"
