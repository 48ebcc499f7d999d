"""Experiments for the shop's own code: assignment, definitions for browsers, and OpenFeature's protocol.

`/ofrep/v1/evaluate/flags[/{key}]` as the OpenFeature Remote Evaluation Protocol (OFREP 0.1.0) describes it:
its own shape of errors, an ETag on the bulk answer, and a key in ``X-API-Key``, as Bearer or as Basic.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.flows.decide import Ask, Circumstances, Deciding
from maatwerk.flows.flags import Flag, arms, definitions, flags, put_to_use
from maatwerk.flows.record import Asked
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_JSON = b"application/json"


class ExperimentSurface:
    """The routes of experiments that a shop's pages may call."""

    def __init__(self, deciding: Deciding) -> None:
        self._deciding = deciding

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("GET", "/v1/assign/{experiment}/{unit}", self.assign, Access.WRITE)
        routes.add("GET", "/v1/experiments/definitions", self.defined, Access.WRITE)
        routes.add("POST", "/ofrep/v1/evaluate/flags", self.every_flag, Access.BODY)
        routes.add("POST", "/ofrep/v1/evaluate/flags/{key}", self.one_flag, Access.BODY)

    async def assign(self, request: Request) -> Response:
        """A unit's variant; notes nothing."""
        key, unit = request.params["experiment"], known_id(request.params["unit"])
        asked = Asked(proven=request.key_kind == "secret", around=surroundings(request))
        found, _ = arms(self._deciding, Ask(anonymous_id=unit), asked, [key])
        arm = found[key]
        return json_response({"experiment": key, "variant": arm.variant, "in_experiment": arm.counted})

    async def defined(self, request: Request) -> Response:
        """What `maatwerk-experiments.js` assigns by."""
        self._deciding.knowledge.refresh(self._deciding.recording.clock())
        return json_response({"experiments": definitions(self._deciding.varied.board.experiments)})

    async def one_flag(self, request: Request) -> Response:
        """One flag for one shopper. Asking is putting it to use: she is exposed."""
        key = request.params["key"]
        self._authorize(request)
        try:
            ask = _ask(await request.body())
            (flag,), new = flags(self._deciding, ask, self._asked(request, ask), [key])
        except Refused as fault:
            return _failed(fault, key)
        await put_to_use(self._deciding, new)
        return json_response(_wire(flag))

    async def every_flag(self, request: Request) -> Response:
        """All flags for one shopper, to be kept by a client. Nobody is exposed by it: whoever uses one sends
        `Experiment Viewed`."""
        self._authorize(request)
        try:
            ask = _ask(await request.body())
            found, _ = flags(self._deciding, ask, self._asked(request, ask))
        except Refused as fault:
            return _failed(fault)
        body = msgspec.json.encode({"flags": [_wire(flag) for flag in found]})
        tag = f'"{sha256(body).hexdigest()[:20]}"'
        if request.header(b"if-none-match") == tag:
            return Response(b"", 304, _JSON, [(b"etag", tag.encode())])
        return Response(body, 200, _JSON, [(b"etag", tag.encode())])

    def _authorize(self, request: Request) -> None:
        request.authorize(request.header(b"x-api-key"))

    def _asked(self, request: Request, ask: Ask) -> Asked:
        context: dict[str, Any] = {"store": ask.context.store}
        if ask.context.consent is not None:
            context["consent"] = ask.context.consent
        return Asked(proven=request.key_kind == "secret", context=context, around=surroundings(request))


def _ask(body: bytes) -> Ask:
    """The shopper of an evaluation context: ``targetingKey`` is her anonymous id."""
    if not body.strip():
        raise Refused("TARGETING_KEY_MISSING", "the request has no context")
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise Refused("PARSE_ERROR", str(fault)[:200]) from None
    context = read.get("context") if isinstance(read, dict) else None
    if not isinstance(context, dict):
        missing = isinstance(read, dict) and context is None
        code = "TARGETING_KEY_MISSING" if missing else "INVALID_CONTEXT"
        raise Refused(code, "context is an object with a targetingKey")
    unit = context.get("targetingKey")
    if unit is None or unit == "":
        raise Refused("TARGETING_KEY_MISSING", "context.targetingKey is her anonymous id")
    if not isinstance(unit, str | int) or isinstance(unit, bool):
        raise Refused("INVALID_CONTEXT", "context.targetingKey is text")
    said = {name: context[name] for name in ("store", "locale", "country", "device") if name in context}
    if not all(isinstance(value, str) for value in said.values()):
        raise Refused("INVALID_CONTEXT", f"{', '.join(said)} are texts")
    user = context.get("userId", "")
    return Ask(
        anonymous_id=known_id(str(unit)),
        user_id=known_id(str(user)) if isinstance(user, str | int) else "",
        context=Circumstances(consent=context.get("consent"), **said),
    )


def _wire(flag: Flag) -> dict[str, Any]:
    return {
        "key": flag.key,
        "value": flag.value,
        "variant": flag.variant,
        "reason": flag.reason,
        "metadata": {"counted": flag.counted},
    }


def _failed(fault: Refused, key: str = "") -> Response:
    """OFREP's errors, not ours: its clients read ``errorCode``."""
    known = {"experiment_not_found": ("FLAG_NOT_FOUND", 404)}
    code, status = known.get(fault.code, (fault.code if fault.code.isupper() else "GENERAL", 400))
    problem = {"errorCode": code, "errorDetails": fault.detail}
    return json_response({"key": key, **problem} if key else problem, status)
