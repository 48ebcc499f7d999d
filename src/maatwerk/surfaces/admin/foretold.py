"""What is learnt of everybody: personas, product segments, and who is like a list of shoppers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.flows.predict import Predicting
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.views.predicted.lookalike import Alike
from maatwerk.views.predicted.segments import SEGMENTS

SEEDS_MOST = 10_000
MEMBERS_MOST = 10_000
_LETTERS = {"user_id": "u:", "anonymous_id": "a:"}

FindAlike = Callable[[Sequence[str]], tuple[Alike, list[str]]]
"""Everyone by likeness to visitors (``u:`` or ``a:`` and the id); raises ValueError where none is known."""


class Seed(msgspec.Struct):
    """A shopper of the list: the name space (``user_id`` or ``anonymous_id``) and the id."""

    ns: str
    id: str


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A list, and how many of the likest to name (a share of all others)."""

    seeds: list[Seed]
    reach: float = 0.05


_ASKED = msgspec.json.Decoder(Asked)


def add_foretold(routes: Routes, predicting: Predicting, find_alike: FindAlike) -> None:
    """Serve `GET /v1/personas`, `GET /v1/segments` and `POST /v1/lookalikes`, with the secret key."""

    async def show_personas(request: Request) -> Response:
        found = predicting.personas()
        return json_response(
            {
                "items": msgspec.to_builtins(found.groups),
                "people": found.people,
                "not_enough": found.not_enough or None,
                "version": found.version or None,
                "next": None,
            }
        )

    async def show_segments(request: Request) -> Response:
        limit, _ = request.page(1_000)
        wanted = request.query.get("segment", "")
        if wanted and wanted not in SEGMENTS:
            raise Refused("segment_not_known", f"{wanted[:40]!r} is no segment", field="segment",
                          hint=f"one of {', '.join(SEGMENTS)}")  # fmt: skip
        found = predicting.segments()
        skus = found.listed(wanted) if wanted else found.skus
        start = request.whole_number("cursor", 0, 0, len(skus))
        shown = [{"sku": sku, "segments": found.of(sku)} for sku in skus[start : start + limit]]
        more = start + limit < len(skus)
        return json_response(
            {
                "items": shown,
                "not_enough": found.not_enough or None,
                "version": found.version or None,
                "next": str(start + limit) if more else None,
            }
        )

    async def look_alike(request: Request) -> Response:
        asked = _read(await request.body())
        seeds = [f"{_LETTERS[seed.ns]}{seed.id}" for seed in asked.seeds]
        try:
            alike, visitors = await asyncio.to_thread(find_alike, seeds)
        except ValueError as unknown:
            raise Refused("seeds_not_known", "none of the seeds is known here", field="seeds",
                          hint="name shoppers with events") from unknown  # fmt: skip
        return json_response(_told(alike, visitors, asked.reach))

    routes.add("GET", "/v1/personas", show_personas, Access.SECRET)
    routes.add("GET", "/v1/segments", show_segments, Access.SECRET)
    routes.add("POST", "/v1/lookalikes", look_alike, Access.SECRET)


def _read(body: bytes) -> Asked:
    asked: Asked = read_json(body, _ASKED)
    if not 0 < len(asked.seeds) <= SEEDS_MOST:
        raise Refused("seeds_out_of_bounds", f"{len(asked.seeds)} seeds", field="seeds",
                      hint=f"give 1 to {SEEDS_MOST:,}")  # fmt: skip
    if not 0 < asked.reach <= 1:
        raise Refused("reach_out_of_bounds", f"{asked.reach} is no share", field="reach",
                      hint="above 0, at most 1")  # fmt: skip
    for number, seed in enumerate(asked.seeds):
        if seed.ns not in _LETTERS:
            said, at = f"{seed.ns[:40]!r} is no namespace", f"seeds.{number}.ns"
            raise Refused("namespace_not_known", said, field=at, hint=f"one of {', '.join(_LETTERS)}")
    return asked


def _told(alike: Alike, visitors: Sequence[str], reach: float) -> dict[str, Any]:
    count = min(MEMBERS_MOST, max(1, round(reach * len(alike.order)))) if len(alike.order) else 0
    names = {letter: ns for ns, letter in _LETTERS.items()}
    members = [
        {"ns": names[visitors[row][:2]], "id": visitors[row][2:], "similarity": round(similarity, 4)}
        for row, similarity in zip(
            alike.order[:count].tolist(), alike.similarity[:count].tolist(), strict=True
        )
    ]
    curve = [
        {
            "reach": each.share,
            "people": each.people,
            "similarity": round(each.similarity, 4),
            "found": each.found,
        }
        for each in alike.curve
    ]
    return {"seeds": alike.seeds, "curve": curve, "members": members, "not_enough": alike.not_enough or None}
