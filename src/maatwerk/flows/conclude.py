"""End an experiment: by its plan, or by a merchant's hand; and take the end back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from maatwerk.core.errors import Refused
from maatwerk.core.time import Clock
from maatwerk.decisions.experiments.conclude import concluded
from maatwerk.decisions.experiments.verdicts import Verdict
from maatwerk.decisions.experiments.words import Experiment, parse_experiment
from maatwerk.events.log import Log
from maatwerk.flows.publish import Document, publish
from maatwerk.views.rules.book import Rule, RuleBook

KIND = "experiment"
PLAN = "its plan"
"""The author of an end that no person decided on."""


def due(book: RuleBook) -> Iterator[tuple[str, Experiment]]:
    """The experiments that run and may end by themselves."""
    for rule in list(book.of(KIND)):
        experiment = parse_experiment(rule.key, rule.document or {})
        if experiment.state == "running" and experiment.plan.publish:
            yield rule.key, experiment


def conclude(
    log: Log,
    book: RuleBook,
    key: str,
    verdict: Verdict,
    *,
    clock: Clock,
    chance: Callable[[int], bytes],
    author: str = PLAN,
) -> bool:
    """Give everybody the verdict's winner but the holdback; whether that changed anything. Raises
    `Refused`."""
    document = _document(book, key)
    after = concluded(key, document, verdict.winner, verdict.sentence, clock())
    wanted = {(KIND, key): after}
    return bool(
        publish(log, book, wanted, clock=clock, chance=chance, author=author, reason=verdict.sentence[:200])
    )


def before_the_end(key: str, history: Sequence[Rule]) -> Document:
    """The document as it was before it was concluded: what undoing publishes. ``history`` is oldest first.
    Raises `Refused` where it never ended."""
    mine = [rule.document for rule in history if (rule.kind, rule.key) == (KIND, key) and rule.document]
    if mine and mine[-1].get("state") == "concluded":
        for document in reversed(mine):
            if document.get("state") in ("running", "paused"):
                return dict(document)
    raise Refused("experiment_not_concluded", f"{key} has not ended", field="key", status=409)


def _document(book: RuleBook, key: str) -> Document:
    rule = book.get(KIND, key)
    if rule is None or rule.document is None:
        raise Refused("experiment_not_found", f"there is no experiment {key[:80]!r}", field="key", status=404)
    return dict(rule.document)
