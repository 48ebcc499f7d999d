"""What experiments make different on pages: which placements they touch, and a desk for each arm.

A variant changes fields of units and placements; or whole rules carry an arm. Desks are made when first
asked for and kept, as many as combinations of arms meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.board import Board, apart
from maatwerk.decisions.experiments.words import CHANGED, Experiment, arm_of, parse_experiment
from maatwerk.decisions.recommend.desk import Desk, make_ready
from maatwerk.decisions.recommend.words import parse_placement

_DESKS_MOST = 200

Documents = list[tuple[str, str, int, dict[str, Any]]]


class Varied:
    """The desks of one rule book."""

    def __init__(self, documents: Iterable[tuple[str, str, int, dict[str, Any]]]) -> None:
        self._documents: Documents = list(documents)
        self.board = Board(self._documents)
        self.desk = Desk(self._documents, self.board)
        self._desks: dict[tuple[tuple[str, str], ...], Desk] = {}
        changing = {
            key
            for key, experiment in self.board.experiments.items()
            if any(variant.changes for variant in experiment.variants)
        }
        self._changing = frozenset(changing)
        self._touching = self._touched()
        self._named = self._named_by_content()

    def touching(self, placement: str) -> tuple[str, ...]:
        """The experiments that make a difference in a placement, by key."""
        return self._touching.get(placement, ())

    def meeting(self, placement: str) -> tuple[str, ...]:
        """Those, and the ones that only some content of the placement names."""
        return (*self.touching(placement), *self._named.get(placement, ()))

    def desk_of(self, variants: Mapping[str, str]) -> Desk:
        """The desk of a shopper with these variants."""
        mine = tuple(sorted(pair for pair in variants.items() if pair[0] in self._changing))
        changes = self._changes(mine)
        if not changes:
            return self.desk
        found = self._desks.get(mine)
        if found is None:
            if len(self._desks) >= _DESKS_MOST:
                self._desks.clear()
            found = self._desks[mine] = Desk(varied(self._documents, changes), self.board)
        return found

    def _changes(self, variants: tuple[tuple[str, str], ...]) -> dict[str, dict[str, Any]]:
        changes: dict[str, dict[str, Any]] = {}
        for key, chosen in variants:
            for variant in self.board.experiments[key].variants:
                if variant.key == chosen:
                    for where, fields in variant.changes.items():
                        changes[where] = changes.get(where, {}) | fields
        return changes

    def _touched(self) -> dict[str, tuple[str, ...]]:
        if not self.board.experiments:
            return {}
        by_rule: dict[str, set[str]] = {}
        for key, experiment in self.board.experiments.items():
            for variant in experiment.variants:
                for where in variant.changes:
                    by_rule.setdefault(where, set()).add(key)
        for kind, key, _, document in self._documents:
            armed = str(document.get("arm", "")).partition("/")[0]
            if armed in self.board.experiments:
                by_rule.setdefault(f"{kind}/{key}", set()).add(armed)
        desks = [self.desk, *(self._every_variant())]
        found: dict[str, set[str]] = {}
        for desk in desks:
            for key in desk.placements:
                rules = [f"placement/{key}", *(f"unit/{unit}" for unit in desk.units_of(key))]
                mine = set().union(*(by_rule.get(rule, set()) for rule in rules))
                found.setdefault(key, set()).update(mine)
        return {key: tuple(sorted(mine)) for key, mine in found.items() if mine}

    def _named_by_content(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for _, _, _, document in self._documents:
            named = {arm.partition("/")[0] for arm in _arms_in(document)} & self.board.experiments.keys()
            for placement in document.get("placements", ()) if named else ():
                found.setdefault(str(placement), set()).update(named)
        return {placement: tuple(sorted(named)) for placement, named in found.items()}

    def _every_variant(self) -> Iterable[Desk]:
        for key in self._changing:
            for variant in self.board.experiments[key].variants:
                if variant.changes:
                    yield self.desk_of({key: variant.key})


def _arms_in(value: Any) -> Iterator[str]:
    """Every arm in a document, its variants' too."""
    if isinstance(value, dict):
        arm = value.get("arm")
        if isinstance(arm, str) and arm:
            yield arm
        for each in value.values():
            yield from _arms_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _arms_in(each)


def check_experiments(rules: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Experiments against the rules they meet: what a variant changes exists and stays valid, what carries an
    arm names one that exists, and two experiments change one rule only where nobody is in both.

    ``rules``: kind and key to document, of all that would be in force. Raises `Refused`.
    """
    experiments = {
        key: parse_experiment(key, document)
        for (kind, key), document in rules.items()
        if kind == "experiment"
    }
    for key, experiment in experiments.items():
        for variant in experiment.variants:
            for where, fields in variant.changes.items():
                _check_changed(where, fields, rules, f"experiment.{key}.variants.{variant.key}.changes")
    for (kind, key), document in rules.items():
        if kind in CHANGED and document.get("arm"):
            _check_arm(str(document["arm"]), experiments, f"{kind}.{key}.arm")
    _check_apart({key: each for key, each in experiments.items() if each.state in ("running", "paused")})


def _check_changed(
    where: str, fields: dict[str, Any], rules: Mapping[tuple[str, str], dict[str, Any]], field: str
) -> None:
    kind, _, key = where.partition("/")
    document = rules.get((kind, key))
    if document is None:
        raise Refused("rule_not_found", f"changes {where}, which does not exist", field=field, status=422)
    try:
        if kind == "unit":
            make_ready(key, {**document, **fields})
            return
        unit = parse_placement(key, {**document, **fields}).unit
    except Refused as fault:
        raise Refused(
            fault.code, f"{where} would not be valid: {fault.detail}", field=field, hint=fault.hint
        ) from None
    if unit and ("unit", unit) not in rules:
        raise Refused("unit_not_found", f"names the unit {unit!r}, which does not exist", field=field)


def _check_arm(arm: str, experiments: Mapping[str, Experiment], field: str) -> None:
    experiment, variant = arm_of(arm, field)
    if experiment not in experiments:
        raise Refused(
            "experiment_not_found",
            f"names the experiment {experiment!r}, which does not exist",
            field=field,
            hint="publish the experiment first, or with it",
        )
    if variant not in experiments[experiment].keys:
        keys = ", ".join(experiments[experiment].keys)
        raise Refused("rule_not_valid", f"{variant!r} is none of its variants", field=field, hint=keys)


def _check_apart(experiments: Mapping[str, Experiment]) -> None:
    taken: dict[str, list[str]] = {}
    for key, experiment in sorted(experiments.items()):
        for where in sorted({where for variant in experiment.variants for where in variant.changes}):
            for other in taken.get(where, ()):
                if not apart(experiment, experiments[other]):
                    raise Refused(
                        "experiments_meet",
                        f"{key} and {other} both change {where}, and shoppers could be in both",
                        field=f"experiment.{key}.exclusive",
                        hint="give both the same group, and stretches of it that do not touch",
                        status=409,
                    )
            taken.setdefault(where, []).append(key)


def varied(documents: Documents, changes: Mapping[str, dict[str, Any]]) -> Documents:
    """The documents with the changed fields put in."""
    return [
        (kind, key, version, {**document, **changes[f"{kind}/{key}"]})
        if f"{kind}/{key}" in changes
        else (kind, key, version, document)
        for kind, key, version, document in documents
    ]
