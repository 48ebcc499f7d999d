"""Codes, uses and budgets: whatever happens at once, nothing is given twice and no budget is overdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from maatwerk.core.errors import Refused
from maatwerk.decisions.offers.book import OfferBook
from maatwerk.decisions.offers.cart import Code
from maatwerk.decisions.offers.evaluate import UNKNOWN_CODE
from maatwerk.decisions.offers.parse import plain_code
from maatwerk.effects.claims import Minted, Want
from maatwerk.effects.codes import digest_of, new_code, same_code
from maatwerk.engines.sqlite.claims import SqliteClaims
from maatwerk.engines.sqlite.records import SqliteRecords
from maatwerk.flows.claim import CartRedeem, RedeemAsk, codes_of, hold, redeem, release, settle
from maatwerk.flows.claim import CartRelease as Release
from maatwerk.flows.mint import Minting, PoolAsk, mint, mint_pool

NOW = 1_764_547_200_000
MINUTE = 60_000
HER = frozenset({"user_id/u-1"})


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def claims(tmp_path: Path) -> Iterator[SqliteClaims]:
    records = SqliteRecords(tmp_path / "records.db")
    opened = SqliteClaims(records.path)
    yield opened
    opened.close()
    records.close()


@pytest.fixture
def minting(claims: SqliteClaims) -> Minting:
    numbers = iter(range(1, 1_000_000))
    return Minting(claims, b"s" * 32, Clock(), lambda size: next(numbers).to_bytes(size, "big"), "EUR")


BOOK = OfferBook(
    [
        ("code_pool", "welcome", 1, {"prefix": "HI", "days": 7}),
        ("code_pool", "shared", 1, {"uses": 3, "personal": False, "budget": "10.00"}),
        ("offer", "spring", 1, {"give": "percent", "percent": 10, "codes": ["SPRING"], "uses": 2}),
    ]
)


def used(minting: Minting, code: str, order: str, amount: Any = 5, key: str = "", **who: str) -> bool:
    return redeem(minting, BOOK, RedeemAsk(code, order, amount, **who), key)[0] is not None


def test_codes_are_read_by_people_and_guessed_by_nobody() -> None:
    code = new_code(lambda size: bytes(range(100, 100 + size)), "SPRING")
    assert len(code.replace("-", "")) == len("SPRING") + 13
    assert plain_code(code.lower().replace("0", "o")) == plain_code(code)
    assert len({new_code(lambda size, n=n: n.to_bytes(size, "big")) for n in range(1_000)}) == 1_000  # type: ignore[misc]
    assert same_code(b"a", "x") == same_code(b"a", "x") != same_code(b"b", "x")
    assert digest_of(b"a", "ab-c0") == digest_of(b"a", "ABCO") != digest_of(b"b", "ABC0")


def test_a_code_is_used_once_and_says_so_again_to_the_same_order(minting: Minting) -> None:
    pool, (code, other) = mint_pool(minting, PoolAsk(2), BOOK.pools)
    assert used(minting, code, "o-1", key="k-1")
    assert used(minting, code, "o-1", key="k-1")  # the same key
    assert used(minting, code, "o-1")  # the same order
    assert not used(minting, code, "o-2")
    assert not used(minting, "NOPE-NOPE-NOPE0", "o-3")
    with pytest.raises(Refused) as fault:
        used(minting, other, "o-1", key="k-1")
    assert fault.value.code == "idempotency_key_reused"
    assert used(minting, other, "o-1")  # a second code of the pool in one order
    (figures,) = minting.claims.pools(NOW)
    assert (figures.pool, figures.minted, figures.used, figures.spent) == (pool, 2, 2, 1000)


def test_the_same_key_mints_the_same_codes(minting: Minting) -> None:
    ask = PoolAsk(3, budget=100, prefix="x")
    first = mint_pool(minting, ask, BOOK.pools, "key")
    assert mint_pool(minting, ask, BOOK.pools, "key") == first
    assert mint_pool(minting, ask, BOOK.pools, "other") != first
    welcome = BOOK.pools["welcome"]
    assert mint(minting, welcome, HER, "journey/1") == mint(minting, welcome, HER, "journey/1")
    assert mint(minting, welcome, HER, "journey/1") != mint(minting, welcome, HER, "journey/2")


def test_a_code_may_be_hers_alone_and_run_out(minting: Minting) -> None:
    code = mint(minting, BOOK.pools["welcome"], {*HER, "anonymous_id/a-1"}, "j")
    assert code.startswith("HI-")
    assert not used(minting, code, "o-1")
    assert not used(minting, code, "o-1", user_id="u-2")
    late = mint(minting, BOOK.pools["welcome"], HER, "late")
    assert used(minting, code, "o-1", anonymous_id="a-1")
    minting.clock.now += 7 * 24 * 60 * MINUTE  # type: ignore[attr-defined]
    assert used(minting, code, "o-1", anonymous_id="a-1")  # what was used in time stays so
    assert not used(minting, late, "o-2", user_id="u-1")


def test_budgets_are_exact_and_clocks_may_go_back(minting: Minting) -> None:
    code = mint(minting, BOOK.pools["shared"], (), "j")
    assert [used(minting, code, f"o-{n}", "4.00") for n in range(4)] == [True, True, False, False]
    assert used(minting, code, "o-9", "2.00")
    minting.clock.now -= 1_000 * MINUTE  # type: ignore[attr-defined]
    assert not used(minting, code, "o-10", "0.00")  # three uses, whatever the clock says
    assert [used(minting, "spring", f"s-{n}") for n in range(3)] == [True, True, False]


def test_what_a_cart_holds_is_nobody_elses_until_it_lets_go(minting: Minting) -> None:
    want = [Want("offer:x", 300, uses=1, budget=500, hers=1)]
    assert not hold(minting, "c-1", want, HER, 30).refused
    assert not hold(minting, "c-1", want, HER, 30).refused  # its own hold does not stand in its way
    refused = hold(minting, "c-2", want, HER, 30)
    assert (refused.refused, refused.why) == ("offer:x", "uses")
    assert release(minting, Release("c-1"))["released"] == 1
    assert not hold(minting, "c-2", want, HER, 30).refused
    minting.clock.now += 31 * MINUTE  # type: ignore[attr-defined]
    assert not hold(minting, "c-3", want, HER, 30).refused  # the other ran out
    with pytest.raises(Refused, match="as often as it may"):
        settle(minting, CartRedeem("c-2", "o-2"))
    assert settle(minting, CartRedeem("c-3", "o-3"))["redeemed"] == [{"what": "offer x", "amount": "3.00"}]
    assert settle(minting, CartRedeem("c-3", "o-3"))["redeemed"] == [{"what": "offer x", "amount": "3.00"}]
    assert release(minting, Release("c-3"))["released"] == 0
    used = minting.claims.used(["offer:x"], HER, minting.clock())["offer:x"]
    assert (used.uses, used.amount, used.hers) == (1, 300, 1)


def test_a_hold_that_ran_out_is_claimed_anew_where_it_still_can_be(minting: Minting) -> None:
    assert not hold(minting, "c-1", [Want("offer:x", 300, uses=1)], HER, 30).refused
    minting.clock.now += 60 * MINUTE  # type: ignore[attr-defined]
    assert settle(minting, CartRedeem("c-1", "o-1"))["redeemed"]
    assert minting.claims.sweep(minting.clock()) == 0


def test_codes_in_a_cart_are_told_apart_without_saying_which_were_used(minting: Minting) -> None:
    _, (fresh, spent) = mint_pool(minting, PoolAsk(2), BOOK.pools)
    assert used(minting, spent, "o-1")
    typed = [Code(text, plain_code(text)) for text in (fresh, spent, "nope", "spring")]
    found = codes_of(minting, BOOK, typed, HER, NOW, "c-1")
    assert [(bool(each.pools), each.problem) for each in found] == [
        (True, ""), (False, UNKNOWN_CODE), (False, ""), (False, "")
    ]  # fmt: skip


def test_many_at_once_take_each_code_once_and_no_budget_is_overdrawn(
    claims: SqliteClaims, tmp_path: Path
) -> None:
    """Two openings of the file, as two processes have, and eight threads."""
    codes = [bytes([n]) * 16 for n in range(10)]
    claims.mint([Minted(each, "p") for each in codes])
    other = SqliteClaims(tmp_path / "records.db")

    def attempt(number: int) -> bool:
        code = codes[number % len(codes)].hex()
        wants = [Want(f"code:{code}", 7, uses=1), Want("pool:p", 7, budget=50)]
        return not (claims, other)[number % 2].spend(f"o-{number}", wants, (), NOW).refused

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(attempt, range(80)))
    figures = claims.pools(NOW)[0]
    assert (taken, figures.used, figures.spent) == (7, 7, 49)
    other.close()
