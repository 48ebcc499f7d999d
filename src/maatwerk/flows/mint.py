"""Mint codes: by hand over HTTP, or one for a person, by a journey that may be tried twice."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import new_id
from maatwerk.core.money import parse_minor
from maatwerk.core.time import DAY, Clock, parse_time
from maatwerk.decisions.offers.parse import ReadyPool
from maatwerk.effects.claims import Claims, Minted
from maatwerk.effects.codes import checked_prefix, digest_of, new_code, same_code
from maatwerk.flows.publish import MADE_BY_HAND

CODES_MOST = 10_000
"""At once; more are minted by asking again for the same pool."""


class PoolAsk(msgspec.Struct, frozen=True):
    """Codes to mint: a new pool, or more of ``pool`` (one of the rules, or one made so before)."""

    n: int
    budget: int | float | str | None = None
    pool: str = ""
    uses: int = 1
    prefix: str = ""
    expires_at: str = ""
    person: tuple[str, ...] = ()
    """Names of the one person they are good for, as ``user_id/u-1``."""


@dataclass
class Minting:
    """What minting needs; ``secret`` is the workspace's own, and never leaves it."""

    claims: Claims
    secret: bytes
    clock: Clock
    chance: Callable[[int], bytes]
    currency: str


def mint(minting: Minting, pool: ReadyPool, names: Collection[str], key: str) -> str:
    """One code of a pool for a person; asked again with the same ``key`` it is the same code.

    ``names`` are hers as ``namespace/value``, any of which will do when it is redeemed; none: for anybody.
    """
    code = same_code(minting.secret, f"{pool.key}\n{key}", pool.said.prefix)
    bound = pool.said.personal and bool(names)
    until = minting.clock() + pool.said.days * DAY if pool.said.days else 0
    digest = digest_of(minting.secret, code)
    minting.claims.mint([Minted(digest, pool.key, pool.said.uses, until, bound)], names)
    return code


def mint_pool(minting: Minting, ask: PoolAsk, known: Collection[str], key: str = "") -> tuple[str, list[str]]:
    """Codes, and their pool. ``known`` are the pools of the rules; with an idempotency ``key`` the same codes
    come out again. Raises `Refused`."""
    if not 1 <= ask.n <= CODES_MOST:
        raise Refused("number_not_readable", f"n is {ask.n}", field="n", hint=f"1 to {CODES_MOST}")
    if not 0 <= ask.uses <= 1_000_000:
        raise Refused("number_not_readable", f"uses is {ask.uses}", field="uses", hint="0: without end")
    if ask.pool and ask.pool not in known and not ask.pool.startswith(MADE_BY_HAND):
        raise Refused("code_pool_not_found", f"there is no pool {ask.pool[:60]!r}", field="pool", status=404)
    prefix = checked_prefix(ask.prefix)
    until = parse_time(ask.expires_at, "expires_at") if ask.expires_at else 0
    made = same_code(minting.secret, f"pool\n{key}") if key else ""
    fresh = made.replace("-", "").lower() or new_id("p", minting.clock(), minting.chance(10))[2:]
    pool = ask.pool or MADE_BY_HAND + fresh
    codes = [
        same_code(minting.secret, f"codes\n{pool}\n{key}\n{number}", prefix) if key
        else new_code(minting.chance, prefix)
        for number in range(ask.n)
    ]  # fmt: skip
    if not ask.pool:
        budget = None if ask.budget is None else parse_minor(ask.budget, minting.currency, "budget")
        if budget is not None and budget < 0:
            raise Refused("price_out_of_range", "a budget is below nothing", field="budget")
        minting.claims.open_pool(pool, budget)
    elif ask.budget is not None:
        raise Refused("budget_not_here", "a pool's budget is set once", field="budget",
                      hint="leave it out, or make another pool")  # fmt: skip
    rows = [
        Minted(digest_of(minting.secret, code), pool, ask.uses, until, bool(ask.person)) for code in codes
    ]
    minting.claims.mint(rows, ask.person)
    return pool, codes
