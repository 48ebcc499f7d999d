"""Exposure over the real log: noted once, hers on every device, by nobody without consent; and flags."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.decisions.test_experiments import changing

from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.board import assigned
from maatwerk.decisions.experiments.words import parse_experiment
from maatwerk.events.decisions import decode
from maatwerk.events.event import Event
from maatwerk.flows.decide import Ask, decide
from maatwerk.flows.flags import definitions
from maatwerk.flows.publish import publish
from maatwerk.flows.put_products import put_products_blocking
from maatwerk.flows.record import Asked
from maatwerk.flows.replay import replay
from maatwerk.surfaces.http.routes import Routes
from maatwerk.surfaces.storefront import sdk_route
from maatwerk.surfaces.storefront.experiments import ExperimentSurface
from maatwerk.testing.events import START

SECRET = Asked(proven=True)
LOOPS: list[asyncio.AbstractEventLoop] = []
"""One a test, closed after the log: a commit that comes late, on a busy machine, still finds it."""
MODULE = Path(sdk_route.__file__).parent / "sdk" / "maatwerk-experiments.js"


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    make_workspace(tmp_path / "workspace")
    opened = open_parts(tmp_path / "workspace", projects=True)
    opened.projector().prepare()
    opened.knowledge.load()
    things = [{"sku": f"s-{n}", "name": f"thing {n}", "price": 10 + n, "stock": 5} for n in range(12)]
    assert sum(each.accepted for each in put_products_blocking(opened.recording, map(raw, things))) == 12
    LOOPS.append(asyncio.new_event_loop())
    yield opened
    opened.close()
    LOOPS.pop().close()


def put(parts: Parts, kind: str, key: str, document: dict[str, Any] | None) -> None:
    parts.knowledge.refresh(parts.clock())
    publish(
        parts.log,
        parts.knowledge.rules,
        {(kind, key): document},
        clock=parts.clock,
        chance=bytes,
        author="test",
    )
    parts.knowledge.refresh(parts.clock())


def begun(parts: Parts) -> None:
    put(parts, "unit", "newest-alone", {"recommender": "newest", "title": "New"})
    put(parts, "unit", "views-alone", {"recommender": "most-viewed", "fallback": ["newest-alone"]})
    put(parts, "placement", "slot", {"page": "other", "unit": "views-alone"})
    new = {"key": "new", "changes": {"placement/slot": {"unit": "newest-alone"}}}
    put(parts, "experiment", "e", changing(variants=[{"key": "old"}, new]))


def show(parts: Parts, anonymous_id: str, user_id: str = "", **context: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"anonymousId": anonymous_id, "userId": user_id, "context": context}
    ask = parts_ask(fields | {"placements": ["slot"]})
    return LOOPS[-1].run_until_complete(decide(parts.deciding, ask, SECRET, signed=False))


def parts_ask(fields: dict[str, Any]) -> Ask:
    return msgspec.json.decode(msgspec.json.encode(fields), type=Ask)


def exposed(parts: Parts) -> list[Event]:
    return [event for event in parts.log.read(0, 10_000) if event.name == "Experiment Viewed"]


def unit_of(variant: str, skip: int = 0) -> str:
    experiment = parse_experiment("e", changing())
    found = [f"a-{n}" for n in range(200) if assigned("e", experiment, f"a-{n}").variant == variant]
    return found[skip]


def test_a_shopper_is_exposed_once_and_her_record_can_be_replayed(parts: Parts) -> None:
    begun(parts)
    new, old = unit_of("new"), unit_of("old")
    answer = show(parts, new)
    slot = answer["placements"]["slot"]
    assert slot["experiment"] == {"key": "e", "variant": "new"}
    assert slot["unit"] == "newest-alone"
    assert show(parts, old)["placements"]["slot"]["unit"] == "views-alone"
    again = show(parts, new)
    assert again["placements"]["slot"]["experiment"] == {"key": "e", "variant": "new"}
    assert not again["personal"], "an exposure is nothing that she did"
    assert [(event.anonymous_id, json.loads(bytes(event.properties))) for event in exposed(parts)] == [
        (new, {"experiment_id": "e", "variation_id": "new", "propensity": 0.5}),
        (old, {"experiment_id": "e", "variation_id": "old", "propensity": 0.5}),
    ]
    row = parts.log.decision(answer["decisionId"])
    assert row is not None
    record = decode(row.payload)
    assert record.variants == {"e": "new"}
    assert record.slots[0].propensity == 0.5
    assert replay(parts.deciding, record, parts.models.read).verdict == "identical"


def test_who_cannot_take_part_gets_the_control_and_is_not_counted(parts: Parts) -> None:
    begun(parts)
    for anonymous_id, consent in (("", None), (unit_of("new"), {"analytics": "denied"})):
        slot = show(parts, anonymous_id, consent=consent)["placements"]["slot"]
        assert slot["experiment"] is None
        assert slot["unit"] == "views-alone"
    assert exposed(parts) == []


def test_her_first_device_decides_for_all_of_hers(parts: Parts) -> None:
    begun(parts)
    first, second = unit_of("new"), unit_of("old")
    sign_in = {"type": "identify", "userId": "u-1", "messageId": "m-1"}
    fields = {"anonymousId": first, "userId": "u-1", "placements": ["slot"]}
    for anonymous_id, number in ((first, 1), (second, 2)):
        message = sign_in | {"anonymousId": anonymous_id, "messageId": f"m-{number}"}
        ask = parts_ask(fields | {"anonymousId": anonymous_id, "events": [message]})
        answer = LOOPS[-1].run_until_complete(decide(parts.deciding, ask, SECRET, signed=False))
        assert answer["placements"]["slot"]["experiment"] == {"key": "e", "variant": "new"}
        while parts.projector().run_once():
            pass
    assert [event.anonymous_id for event in exposed(parts)] == [first]


def raw(message: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(message))


def test_a_rule_with_an_arm_is_shown_to_that_arm_alone(parts: Parts) -> None:
    begun(parts)
    put(parts, "placement", "slot", {"page": "other", "unit": "newest-alone", "arm": "e/new"})
    assert show(parts, unit_of("new"))["placements"]["slot"]["kind"] == "products"
    assert show(parts, unit_of("old"))["placements"]["slot"]["reason"] == "for the arm e/new alone"
    put(parts, "experiment", "e", changing(state="draft"))
    assert show(parts, unit_of("new"))["placements"]["slot"]["kind"] == "none"
    with pytest.raises(Refused, match="does not exist"):
        put(parts, "experiment", "e", None)


def test_a_block_with_an_arm_counts_whom_it_decided_on(parts: Parts) -> None:
    put(parts, "placement", "slot", {"page": "other", "kind": "content"})
    put(parts, "experiment", "b", changing(variants=[{"key": "old"}, {"key": "new"}]))
    block = {"placements": ["slot"], "variant": [{"title": "Hi", "arm": "b/new"}, {"title": "Hello"}]}
    put(parts, "block", "greeting", block)
    experiment = parse_experiment("b", changing())
    for number in range(6):
        slot = show(parts, f"a-{number}")["placements"]["slot"]
        arm = assigned("b", experiment, f"a-{number}").variant
        assert slot["experiment"] == {"key": "b", "variant": arm}
        assert slot["data"]["title"] == ("Hi" if arm == "new" else "Hello")
    assert len(exposed(parts)) == 6
    put(parts, "block", "greeting", {**block, "active": False})
    assert show(parts, "a-7")["placements"]["slot"]["experiment"] is None
    assert len(exposed(parts)) == 6


class Client:
    """Calls a worker's routes without a network."""

    def __init__(self, parts: Parts) -> None:
        self._routes = Routes(parts.keys)
        ExperimentSurface(parts.deciding).add_to(self._routes)
        self._key = parts.keys.write_key

    def call(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        named = {"authorization": f"Bearer {self._key}"} | headers
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()],
        }
        asyncio.run(self._routes(scope, receive, send))
        answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        text = b"".join(each.get("body", b"") for each in sent[1:])
        return sent[0]["status"], json.loads(text) if text else None, answered


def test_assignment_and_openfeature_flags_over_http(parts: Parts) -> None:
    begun(parts)
    put(
        parts,
        "experiment",
        "color",
        changing(variants=[{"key": "a", "value": "red"}, {"key": "b", "value": "blue"}]),
    )
    client, new = Client(parts), unit_of("new")
    assert client.call("GET", f"/v1/assign/e/{new}")[:2] == (
        200,
        {"experiment": "e", "variant": "new", "in_experiment": True},
    )
    assert client.call("GET", "/v1/assign/gone/a-1")[0] == 404
    assert exposed(parts) == []
    body = json.dumps({"context": {"targetingKey": new}}).encode()
    status, flag, _ = client.call("POST", "/ofrep/v1/evaluate/flags/e", body)
    assert (status, flag["value"], flag["variant"], flag["reason"]) == (200, True, "new", "SPLIT")
    assert len(exposed(parts)) == 1
    status, every, headers = client.call("POST", "/ofrep/v1/evaluate/flags", body)
    assert status == 200
    assert {each["key"]: each["value"] for each in every["flags"]}["color"] in ("red", "blue")
    again = client.call("POST", "/ofrep/v1/evaluate/flags", body, if_none_match=headers["etag"])
    assert again[0] == 304
    assert len(exposed(parts)) == 1, "a list to be kept exposes nobody"
    for path, sent, code, expected in (
        ("/e", b"", "TARGETING_KEY_MISSING", 400),
        ("/e", b'{"context": {}}', "TARGETING_KEY_MISSING", 400),
        ("/e", b'{"context": [1]}', "INVALID_CONTEXT", 400),
        ("/e", b"{", "PARSE_ERROR", 400),
        ("/gone", body, "FLAG_NOT_FOUND", 404),
        ("", b"{", "PARSE_ERROR", 400),
    ):
        status, problem, _ = client.call("POST", f"/ofrep/v1/evaluate/flags{path}", sent)
        assert (status, problem["errorCode"]) == (expected, code)
    denied = client.call("POST", "/ofrep/v1/evaluate/flags/e", body, authorization="Bearer wk_wrong")
    assert denied[0] == 401


@pytest.mark.node
def test_a_browser_assigns_as_the_server_does(node_path: Path, tmp_path: Path) -> None:
    kinds = {
        "half": changing(),
        "ramped": changing(share=0.3, variants=[{"key": "a", "weight": 2}, {"key": "b"}, {"key": "ü"}][:2]),
        "grouped": changing(exclusive={"group": "g", "from": 0.2, "to": 0.7}),
        "ended": changing(state="concluded", winner="new", plan={"holdback": 0.1}),
        "paused": changing(state="paused"),
    }
    made = {key: parse_experiment(key, document) for key, document in kinds.items()}
    units = [f"a-{n}" for n in range(400)] + ["", "ünïcode-用户", "😀", str(START)]
    told = tmp_path / "told.json"
    told.write_text(json.dumps({"experiments": definitions(made), "units": units}), encoding="utf-8")
    script = (
        f"import {{ assign }} from {json.dumps(MODULE.as_uri())};"
        f"import {{ readFileSync }} from 'node:fs';"
        f"const told = JSON.parse(readFileSync({json.dumps(str(told))}));"
        "console.log(JSON.stringify(told.experiments.map(e => told.units.map(u => assign(e, u)))))"
    )
    found = subprocess.run(
        [str(node_path), "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    ours = [
        [
            {"experiment": key, "variant": arm.variant, "counted": arm.counted}
            for arm in (assigned(key, made[key], unit) for unit in units)
        ]
        for key in sorted(made)
    ]
    assert json.loads(found.stdout) == ours
