"""Journeys: what runs, its picture with live counts, who is inside and why, and the switch."""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import Iterable
from typing import Any

import tomlkit
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.decisions.journeys.document import Journey
from maatwerk.decisions.journeys.draw import Picture, begun_by, picture
from maatwerk.decisions.journeys.ready_made import journey_of, shipped, whole
from maatwerk.flows.journey_state import Standing, standing
from maatwerk.flows.publish import publish
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need

_AUTHOR = "console"
_STEP, _BOX, _WIDE, _INSET, _TOP = 76, 52, 400, 44, 62


class JourneyPages:
    """The routes of journeys."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/journeys", self.listed, "GET"),
            ("/journeys/{key}", self.read, "GET"),
            ("/journeys/{key}", self.act, "POST", Need.EDIT),
        ]

    async def listed(self, request: Request) -> Response:
        """Those that are on, off, and ready to be switched on."""
        rows = await asyncio.to_thread(self._rows)
        return self._rendering.page(request, "journeys.html", section="journeys", rows=rows)

    async def read(self, request: Request) -> Response:
        """One journey."""
        return await self._read(request)

    async def act(self, request: Request) -> Response:
        """Switch it on or off, pause it, let it go on, change it."""
        form = await self._rendering.form(request)
        key, action = request.path_params["key"], form.get("action", "")
        rule = self._access.knowledge.rules.get("journey", key)
        document = dict(rule.document or {}) if rule else {}
        changes: dict[str, dict[str, Any]] = {
            "on": {"enabled": True, "paused": False},
            "off": {"enabled": False},
            "pause": {"paused": True},
            "go-on": {"paused": False},
        }
        try:
            if action == "save":
                document = _toml(form.get("text", ""))
            else:
                document |= changes.get(action, {})
            await asyncio.to_thread(self._publish, key, document)
        except Refused as fault:
            return await self._read(request, fault=fault, text=form.get("text", ""), status=422)
        self._access.fresh()
        return RedirectResponse(f"/console/journeys/{key}?done={action}", 303)

    async def _read(
        self, request: Request, *, fault: Refused | None = None, text: str = "", status: int = 200
    ) -> Response:
        key = request.path_params["key"]
        rule = self._access.knowledge.rules.get("journey", key)
        document = rule.document or {} if rule else {}
        journey = journey_of(key, document)
        if rule is None:
            journey = journey_of(key, {"enabled": False})
        found = await asyncio.to_thread(self._standing, key, journey)
        return self._rendering.page(
            request,
            "journey.html",
            status,
            section="journeys",
            key=key,
            rule=rule,
            it=journey,
            found=found,
            drawn=drawn(picture(journey), found),
            text=text or tomlkit.dumps(whole(key, document)),
            fault=fault,
            done=request.query_params.get("done", ""),
        )

    def _rows(self) -> list[dict[str, Any]]:
        found = []
        rules = {rule.key: rule for rule in self._access.knowledge.rules.of("journey")}
        with self._access.deciding.store.snapshot() as read:
            for key in sorted(shipped().keys() | rules.keys()):
                rule = rules.get(key)
                try:
                    journey = journey_of(key, (rule.document or {}) if rule else {"enabled": False})
                except Refused:
                    continue  # another version's: the health page names it
                how = standing(read, key, journey, self._access.now())
                state = "paused" if journey.enabled and journey.paused else "on" if journey.enabled else "off"
                found.append(
                    {
                        "key": key,
                        "it": journey,
                        "state": state,
                        "found": how,
                        "begins": begun_by(journey.trigger),
                    }
                )
        order = {"on": 0, "paused": 1, "off": 2}
        return sorted(found, key=lambda row: (order[row["state"]], -row["it"].priority, row["key"]))

    def _standing(self, key: str, journey: Journey) -> Standing:
        with self._access.deciding.store.snapshot() as read:
            return standing(read, key, journey, self._access.now())

    def _publish(self, key: str, document: dict[str, Any]) -> None:
        access = self._access
        publish(
            access.log,
            access.knowledge.rules,
            {("journey", key): document},
            clock=access.now,
            chance=os.urandom,
            author=_AUTHOR,
        )


def drawn(shown: Picture, found: Standing) -> Markup:
    """The picture as SVG, with how many wait at each step and how many passed it."""
    height = _TOP + len(shown.boxes) * _STEP
    parts = [
        f'<svg class="journey" viewBox="0 0 {_WIDE} {height}" role="img" '
        f'aria-label="{escape(f"The steps of this journey: {len(shown.boxes)}")}">',
        f'<rect class="journey-begin" x="1" y="1" width="{_WIDE - _INSET - 2}" height="40" rx="20"/>',
        f'<text x="20" y="26">{escape(_short(shown.begins, 44))}</text>',
        f'<path class="journey-line" d="M28 41V{_TOP}"/>',
    ]
    parts += [_line(line.start, line.end, line.words) for line in shown.lines]
    for box in shown.boxes:
        top, left = _TOP + box.row * _STEP, 1 + box.column * 18
        words = escape(_short(box.words, 42))
        count = found.steps.get(box.key)
        inside, passed = (count.inside, count.passed) if count else (0, 0)
        told = f"{inside} waiting · {passed} passed" if inside else f"{passed} passed"
        parts.append(
            f"<g><title>{escape(f'{box.key}: {box.words}; {told}')}</title>"
            f'<rect class="journey-step journey-{box.verb}{" journey-held" if inside else ""}" x="{left}" '
            f'y="{top}" width="{_WIDE - _INSET - left - 1}" height="{_BOX}" rx="8"/>'
            f'<text class="journey-words" x="{left + 14}" y="{top + 22}">{words}</text>'
            f'<text class="journey-count" x="{left + 14}" y="{top + 41}">{escape(told)}</text></g>'
        )
    return Markup("".join(parts) + "</svg>")


def _line(start: int, end: int, words: str) -> str:
    top, bottom = _TOP + start * _STEP + _BOX, _TOP + end * _STEP
    said = escape(words)
    if end == start + 1:
        label = f'<text class="journey-said" x="40" y="{top + 16}">{said}</text>' if words else ""
        return f'<path class="journey-line" d="M28 {top}V{bottom}"/>{label}'
    side, there = _WIDE - _INSET - 1, bottom + _BOX // 2
    here = top - _BOX // 2
    out = side + 12 + 6 * (abs(end - start) % 4)
    label = f'<text class="journey-said" x="{side - 6}" y="{there - 30}" text-anchor="end">{said}</text>'
    path = f'<path class="journey-line journey-aside" d="M{side} {here}H{out}V{there}H{side}"/>'
    return path + (label if words else "")


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Refused("toml_not_readable", str(fault), field="text") from None
