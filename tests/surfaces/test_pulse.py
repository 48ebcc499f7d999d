"""What is long waits for its turn, so that the event loop comes round for everybody else."""

from __future__ import annotations

import asyncio
import itertools
import time

from maatwerk.events.log import Overloaded
from maatwerk.surfaces.http.pulse import Pulse


async def _rounds(seen: list[str]) -> None:
    while True:
        seen.append("round")
        await asyncio.sleep(0)


def test_long_work_is_done_one_a_round_in_order() -> None:
    async def run() -> list[str]:
        pulse, seen = Pulse(), list[str]()

        async def work(name: str) -> None:
            await pulse.turn()
            seen.append(name)

        beside = asyncio.create_task(_rounds(seen))
        await asyncio.gather(*(work(name) for name in "abcde"))
        beside.cancel()
        return seen

    seen = asyncio.run(run())
    assert [each for each in seen if each != "round"] == list("abcde")
    assert all("round" in pair for pair in itertools.pairwise(seen)), seen


def test_what_waited_too_long_for_its_turn_is_refused() -> None:
    async def run() -> list[object]:
        pulse = Pulse(behind_seconds=0.01)

        async def work() -> None:
            await pulse.turn()
            time.sleep(0.03)

        return await asyncio.gather(*(work() for _ in range(3)), return_exceptions=True)

    done = asyncio.run(run())
    assert done[0] is None
    assert isinstance(done[-1], Overloaded)
