"""Conditions name predictions as the record does, and a name that does not exist is refused."""

import pytest

from maatwerk.core.conditions import RefusedCondition, check, parse
from maatwerk.views.audience.vocabulary import SCHEMA
from maatwerk.views.predicted.words import Estimate, Likeness, Predicted, facts

SURE = Estimate(0.5, 0.4, 0.6)
WHOLE = Predicted(
    "EUR", SURE, SURE, SURE, SURE, SURE, 30, SURE, 40, SURE, Likeness("women-keen", "Women, keen", 0.7)
)


@pytest.mark.parametrize("name", sorted(facts(WHOLE)))
def test_every_prediction_can_be_asked_for(name: str) -> None:
    check(parse(f"has(predicted.{name})"), SCHEMA)


def test_another_name_is_refused() -> None:
    with pytest.raises(RefusedCondition, match="buy_30d"):
        check(parse("predicted.buy_30d >= 0.3"), SCHEMA)
