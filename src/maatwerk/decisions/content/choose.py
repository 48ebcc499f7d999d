"""Which block stands in a placement, and which of its variants she reads; with what kept the others out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from maatwerk.core.chance import die
from maatwerk.core.time import format_time
from maatwerk.decisions.content.shelf import ReadyBlock
from maatwerk.decisions.content.words import Reader, kept_from
from maatwerk.views.profile.folds.promotions import Met

_NEVER = Met()


class Out(msgspec.Struct, frozen=True):
    """A block that is not shown, and why, in words."""

    block: str
    why: str


class Exposure(msgspec.Struct, frozen=True):
    """She counts in an experiment: what she sees here depends on her arm."""

    experiment: str
    variant: str


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
        why, variant, exposed = _tried(block, reader, can_buy)
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


def _tried(
    block: ReadyBlock, reader: Reader, can_buy: Callable[[str], bool]
) -> tuple[str, int | None, Exposure | None]:
    """Why she may read it, and which variant of it; or why not."""
    said = block.said
    why = _closed(block, reader, can_buy) or kept_from(
        reader, said.audience, said.familiarity, "", country=said.country
    )
    if why:
        return why, None, None
    exposure = _exposed(said.arm, reader)
    if said.arm and said.arm not in reader.arms:
        return kept_from(reader, "", "", said.arm), None, exposure
    why = ""
    for number, variant in enumerate(said.variant):
        why = kept_from(reader, variant.audience, variant.familiarity, "", variant.locale)
        if why:
            continue
        exposure = exposure or _exposed(variant.arm, reader)
        why = kept_from(reader, "", "", variant.arm)
        if not why:
            return (
                _because(said.audience or variant.audience, variant.locale, variant.arm or said.arm),
                number,
                exposure,
            )
    return why, None, exposure


def _closed(block: ReadyBlock, reader: Reader, can_buy: Callable[[str], bool]) -> str:
    """Why nobody may read it now."""
    said = block.said
    if not said.active:
        return "switched off"
    if reader.now < block.hours.since:
        return f"begins {format_time(block.hours.since)}"
    if reader.now >= block.hours.until:
        return f"ended {format_time(block.hours.until)}"
    if said.products and not any(can_buy(sku) for sku in said.products):
        return "none of its products can be bought"
    if said.offer and said.offer not in reader.offers:
        return f"the offer {said.offer} cannot be redeemed or does not apply to her"
    return ""


def _exposed(arm: str, reader: Reader) -> Exposure | None:
    """Her own arm of the experiment that an arm is of."""
    if not arm:
        return None
    experiment = arm.partition("/")[0]
    mine = next((each for each in sorted(reader.arms) if each.startswith(f"{experiment}/")), "")
    return Exposure(experiment, mine.partition("/")[2]) if mine else None


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
