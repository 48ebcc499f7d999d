"""What is scarce, and who has it: codes, budgets, uses. One lock, one transaction, one answer.

A claim is on *things* (``code:…``, ``pool:…``, ``offer:…``), each with its limits. It is held for a cart
until a moment, or spent by an order for good; either takes all its things or none. What a hold counts is free
again when it runs out. Names of people stand apart from claims, so that forgetting somebody changes no sum.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec


class Want(msgspec.Struct, frozen=True, array_like=True):
    """One thing, what is wanted of it, and its limits; None: unlimited. Amounts are minor units."""

    thing: str
    amount: int = 0
    uses: int | None = None
    budget: int | None = None
    hers: int | None = None


class Used(msgspec.Struct, frozen=True):
    """What is spent and held of a thing."""

    uses: int = 0
    amount: int = 0
    hers: int = 0


class Minted(msgspec.Struct, frozen=True):
    """A code as it is kept: its digest, its pool, how often it may be used (0: without end), until when (0:
    for ever), and whether it is one person's."""

    digest: bytes
    pool: str
    uses: int = 1
    until: int = 0
    bound: bool = False


class Taken(msgspec.Struct, frozen=True):
    """How a claim ended. ``refused`` names the thing that stood against it, ``why`` what of it: ``uses``,
    ``budget``, ``hers``, ``key`` (an idempotency key that was of another request)."""

    refused: str = ""
    why: str = ""
    wants: tuple[Want, ...] = ()
    before: bool = False
    """It was so already: the same order, or the same key."""


class PoolFigures(msgspec.Struct, frozen=True):
    """One pool in figures."""

    pool: str
    minted: int
    used: int
    held: int
    spent: int
    budget: int | None


class Claims(Protocol):
    """The port. Every method raises `Unavailable` where the disk fails, and then nothing was claimed."""

    def mint(self, codes: Sequence[Minted], names: Collection[str] = ()) -> None:
        """Keep codes, bound to a person by any of her names where they are bound; known ones stay."""

    def open_pool(self, pool: str, budget: int | None) -> None:
        """Keep a pool made by hand, with the budget of all its codes."""

    def pool_budget(self, pool: str) -> int | None:
        """The budget of a pool made by hand."""

    def pools(self, now: int) -> list[PoolFigures]:
        """Every pool that has codes."""

    def code(self, digest: bytes, names: Collection[str]) -> Minted | None:
        """A code; None where there is none, or where it is bound to somebody else."""

    def spend(
        self,
        order: str,
        wants: Sequence[Want],
        names: Collection[str],
        now: int,
        *,
        key: str = "",
        asked: str = "",
    ) -> Taken:
        """Claim for good. The same order with the same first thing, and the same ``key`` with the same
        ``asked``, get the same answer again."""

    def hold(self, cart: str, wants: Sequence[Want], names: Collection[str], now: int, until: int) -> Taken:
        """Claim for a cart until a moment, in place of what it held."""

    def settle(self, cart: str, order: str, now: int) -> Taken:
        """What a cart holds becomes the order's; what ran out is claimed anew, all or nothing."""

    def release(self, cart: str) -> int:
        """A cart lets go; of how many things."""

    def used(
        self, things: Collection[str], names: Collection[str], now: int, *, but: str = ""
    ) -> Mapping[str, Used]:
        """What is spent and held; ``but``: less what this cart holds."""

    def close(self) -> None:
        """Let go of what is open."""

    def sweep(self, before: int) -> int:
        """Forget holds and keys older than a moment; how many."""
