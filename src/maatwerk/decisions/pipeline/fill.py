"""Fill one slot: candidates, eligible, scored, arranged, explained; then whoever helps out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from maatwerk.decisions.pipeline.arrange import arrange
from maatwerk.decisions.pipeline.eligible import Rule, eligible
from maatwerk.decisions.pipeline.words import Candidates, Pick, Removed, Scores, Situation, Slot

NOTHING = "nothing_eligible"


class Source(msgspec.Struct, frozen=True):
    """One unit, ready to be asked: what it proposes, what it lets pass, how it scores and explains.

    ``score`` gives the final scores and their named terms; ``reason`` says in words why a candidate
    (by its place) is there.
    """

    key: str
    title: str
    propose: Callable[[Situation], Candidates]
    rules: Sequence[Rule]
    score: Callable[[Situation, Candidates], tuple[Scores, dict[str, Scores]]]
    reason: Callable[[Situation, Candidates, int], str]
    diversity: float = 0.0


def fill(sources: Sequence[Source], situation: Situation, limit: int) -> Slot:
    """At most ``limit`` products from the first source, topped up by the next ones in their order.

    The slot is never empty while any source has anything eligible. ``fallback`` is None when the
    first source did it alone, else the key of the first one that had to help, or `NOTHING`.
    """
    picks: list[Pick] = []
    removed: list[Removed] = []
    helped: str | None = None
    taken = situation.taken
    for number, source in enumerate(sources):
        here = msgspec.structs.replace(situation, taken=taken)
        new, out = _ask(source, here, limit - len(picks), "primary" if number == 0 else source.key)
        if new and number:
            helped = helped or source.key
        picks.extend(new)
        removed.extend(out)
        taken = taken | {pick.row for pick in new}
        if len(picks) >= limit:
            break
    first = sources[0]
    titles = {source.key: source.title for source in sources}
    # What the crowd chose must not stand under "For you".
    alone = picks and all(pick.source != "primary" for pick in picks)
    return Slot(
        unit=first.key,
        title=titles[picks[0].source] if alone else first.title,
        picks=tuple(picks),
        removed=tuple(removed),
        fallback=helped if picks else NOTHING,
    )


def _ask(source: Source, situation: Situation, limit: int, label: str) -> tuple[list[Pick], list[Removed]]:
    found = source.propose(situation)
    stays, removed_by = eligible(found, situation, source.rules)
    out = np.flatnonzero(~stays).tolist()
    removed = [
        Removed(row, score, label, removed_by[place])
        for place, row, score in zip(out, found.rows[out].tolist(), found.scores[out].tolist(), strict=True)
    ]
    places = np.flatnonzero(stays)
    if not len(places) or limit <= 0:
        return [], removed
    kept = found
    if out:
        kept = Candidates(found.rows[places], found.scores[places], found.evidence[places], found.source)
    scores, terms = source.score(situation, kept)
    picks = [
        Pick(
            row=int(kept.rows[place]),
            score=round(float(scores[place]), 6),
            source=label,
            reason=source.reason(situation, kept, place),
            terms={name: round(float(term[place]), 6) for name, term in terms.items()},
        )
        for place in arrange(kept.rows, scores, situation, limit, source.diversity).tolist()
    ]
    return picks, removed
