"""Every signal of a profile keeps the laws of folds."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import tried

from maatwerk.events.event import Event
from maatwerk.testing import check_fold
from maatwerk.testing.events import histories
from maatwerk.views.fold import Fold
from maatwerk.views.profile.folds import SIGNALS


@pytest.mark.parametrize("fold", SIGNALS, ids=lambda fold: fold.name)
@tried(20)
@given(data=st.data())
def test_the_laws(fold: Fold[Any], data: st.DataObject) -> None:
    events = data.draw(histories(sorted(fold.names)))
    check_fold(fold, events, seed=str(data.draw(st.integers(0, 99))))


class Last(msgspec.Struct, order=True):
    last: str = ""


class LastSku:
    """A fold that breaks a law: it remembers what arrived last, not what happened last."""

    name = "last"
    version = 1
    names = frozenset({"Product Viewed"})

    state = Last

    def step(self, state: Last, event: Event) -> Last:
        return Last(event.id)

    def merge(self, left: Last, right: Last) -> Last:
        return max(left, right)


def test_a_fold_that_minds_the_order_of_arrival_is_caught() -> None:
    events = [Event(name="Product Viewed", id=f"m-{n}", time=n, received=n) for n in (3, 1, 2)]
    with pytest.raises(AssertionError, match="order of arrival"):
        check_fold(LastSku(), events)
