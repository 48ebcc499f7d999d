"""Where the merchant's rules pull against each other, in words, before they are published.

Nothing of this is forbidden: the stronger rule wins, as the engine says. But who writes the second rule
should know of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from maatwerk.core.errors import Refused
from maatwerk.decisions.pipeline.merchandise import Rule
from maatwerk.decisions.pipeline.where import Where
from maatwerk.decisions.pipeline.words import Rows
from maatwerk.views.catalog.columns import Catalog


def conflicts(rule: Rule, others: Iterable[Rule], catalog: Catalog, now: int) -> list[str]:
    """What a rule says against others that may apply at the same time and place, and against itself."""
    said = [*_within(rule, catalog)]
    for other in others:
        if other.key != rule.key and other.said.active and _meet(rule, other):
            said += _between(rule, other, catalog, now)
    return said


def _meet(one: Rule, other: Rule) -> bool:
    """Whether both may apply to one list. Conditions in ``when`` are not compared: they may always meet."""
    mine, theirs = one.said, other.said
    return (
        bool(set(mine.on) & set(theirs.on))
        and one.since < other.until
        and other.since < one.until
        and _overlap(mine.queries, theirs.queries)
        and _overlap(mine.placements, theirs.placements)
        and _overlap(mine.units, theirs.units)
        and (not mine.categories or not theirs.categories or _near(mine.categories, theirs.categories))
    )


def _overlap(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether two lists of which an empty one means everything have something in common."""
    return not mine or not theirs or bool({_plain(m) for m in mine} & {_plain(t) for t in theirs})


def _near(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return any(f"{m}/".startswith(f"{t}/") or f"{t}/".startswith(f"{m}/") for m in mine for t in theirs)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _within(rule: Rule, catalog: Catalog) -> Iterator[str]:
    pinned: dict[int, str] = {}
    for pin in rule.said.pin:
        if catalog.item(pin.sku) < 0:
            yield f"{rule.key} pins {pin.sku}, which the catalog does not have"
        if pin.position in pinned:
            yield f"{rule.key} pins both {pinned[pin.position]} and {pin.sku} to {pin.position}"
        pinned[pin.position] = pin.sku
    texts = (*(move.where for move in (*rule.said.boost, *rule.said.bury)), *rule.said.hide)
    for text in texts:
        try:
            Where(text, catalog)
        except Refused as refused:
            yield f"{rule.key}: {text!r} matches nothing now: {refused.detail}"


def _between(one: Rule, other: Rule, catalog: Catalog, now: int) -> Iterator[str]:
    stronger = (
        "the stronger of the two wins" if one.said.priority != other.said.priority else "set a priority"
    )
    for mine in one.said.pin:
        for theirs in other.said.pin:
            if mine.position == theirs.position and mine.sku != theirs.sku:
                yield (
                    f"{one.key} pins {mine.sku} to {mine.position}, and {other.key} pins {theirs.sku} there: "
                    f"{stronger}, the other moves one place on"
                )
    for pinning, hiding in ((one, other), (other, one)):
        for sku in _hidden(pinning, hiding, catalog, now):
            yield f"{pinning.key} pins {sku}, which {hiding.key} hides: it stays pinned"
    up, down = ({move.where for move in rule.said.boost} for rule in (one, other))
    lowered, mine_lowered = ({move.where for move in rule.said.bury} for rule in (other, one))
    for text in sorted((up & lowered) | (down & mine_lowered)):
        yield f"{one.key} and {other.key} push {text!r} in opposite directions: they cancel out in part"


def _hidden(pinning: Rule, hiding: Rule, catalog: Catalog, now: int) -> list[str]:
    rows: Rows = catalog.rows(pin.sku for pin in pinning.said.pin)
    found = []
    for text in hiding.said.hide if len(rows) else ():
        try:
            mask = Where(text, catalog).mask(catalog, now, rows)
        except Refused:
            continue
        found += [catalog.skus[row] for row in rows[mask].tolist()]
    return found
