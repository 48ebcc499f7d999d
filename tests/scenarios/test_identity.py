"""The twenty-four identity scenarios, over HTTP with the secret key, against a real server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.scenarios.server import SECRET, WEB, Server

from maatwerk.core.limits import BATCH_EVENTS

SCENARIOS = {
    each["id"]: each for each in json.loads(Path(__file__).with_name("identity.json").read_text("utf-8"))
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    opened = Server(tmp_path_factory.mktemp("identity") / "workspace", workers=2)
    opened.start()
    yield opened
    opened.stop()


class Told:
    """One scenario in a workspace of many: every identifier in it begins with the scenario's own mark."""

    def __init__(self, server: Server, mark: str) -> None:
        self.server = server
        self.mark = mark
        self._at = 0
        self._events = 0

    def own(self, value: str | None) -> str | None:
        if value is None or self.mark == "ID06":
            return value
        return f"{self.mark}-{value}"

    def value(self, name: str) -> tuple[str, str]:
        namespace, _, value = name.partition(":")
        if namespace == "phone":
            return namespace, f"+1{self.mark[2:]}{value[1:]}"
        own = str(self.own(value))
        return namespace, own.lower() if namespace == "email" else own

    def message(self, step: dict[str, Any]) -> dict[str, Any]:
        traits = dict(step.get("traits") or {})
        at = step.get("ts", traits.pop("ts", None))
        if isinstance(traits.get("email"), str):
            address = traits["email"]
            lead = len(address) - len(address.lstrip())
            traits["email"] = address[:lead] + self.mark + "-" + address[lead:]
        if "phone" in traits:
            traits["phone"] = self.value(f"phone:{traits['phone']}")[1]
        properties = dict(step.get("properties") or {})
        if "email" in properties:
            properties["email"] = f"{self.mark}-{properties['email']}"
        self._events += 1
        message: dict[str, Any] = {
            "type": step["op"],
            "messageId": f"{self.mark}-m{self._events}",
            "anonymousId": self.own(step.get("anonymousId")),
            "userId": self.own(step.get("userId")),
        }
        if step["op"] == "track":
            message["event"] = "Order Completed" if step["event"] == "order" else step["event"]
            message["messageId"] = f"{self.mark}-{step['event']}-{self._events}"
            properties.setdefault("order_id", f"{self.mark}-o{self._events}")
            message["properties"] = properties
        else:
            message["traits"] = traits
        if at is not None:
            message["timestamp"] = _recent(at)
        if "consent" in step:
            message["context"] = {"consent": step["consent"]}
        return message

    def run(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            if step["op"] in ("track", "identify"):
                self.server.post("/v1/batch", {"batch": [self.message(step)]}, secret=True)
            elif step["op"] == "many":
                self.many(step)
            elif step["op"] == "parallel":
                with ThreadPoolExecutor(len(step["steps"])) as pool:
                    list(pool.map(self.run, [[each] for each in step["steps"]]))
            elif step["op"] == "unmerge":
                profile_id = self.profile("user_id:" + step["frm"])["profile_id"]
                body = {"profile_id": profile_id, "ns": step["ns"], "id": self.own(step["id"])}
                self.server.post("/v1/profiles/unmerge", body, secret=True)
            elif step["op"] == "erase":
                self.erase(step["ns"], step["id"])

    def many(self, step: dict[str, Any]) -> None:
        each = step["template"]
        messages = [
            self.message(each | {"anonymousId": each["anonymousId"].format(n=n)}) for n in range(step["n"])
        ]
        for first in range(0, len(messages), BATCH_EVENTS):
            self.server.post("/v1/batch", {"batch": messages[first : first + BATCH_EVENTS]}, secret=True)

    def erase(self, namespace: str, value: str) -> None:
        path = f"{self.server.url}/v1/profiles/{namespace}/{self.own(value)}"
        answer = WEB.delete(path, auth=(SECRET, ""))
        if answer.status_code in (404, 405):
            pytest.skip("this version erases nobody")
        request = answer.json()["request_id"]
        until = time.monotonic() + 60
        while self.server.call("GET", f"/v1/erasures/{request}")["status"] != "done":
            assert time.monotonic() < until, "not erased within a minute"
            time.sleep(0.1)

    def profile(self, name: str) -> Any:
        namespace, value = self.value(name)
        answer = WEB.get(
            f"{self.server.url}/v1/profiles/{namespace}/{_quoted(value)}", auth=(SECRET, ""), timeout=20
        )
        return answer.json() if answer.status_code == 200 else None

    def timeline(self, name: str) -> list[str]:
        namespace, value = self.value(name)
        page = self.server.call("GET", f"/v1/profiles/{namespace}/{_quoted(value)}/timeline")
        return [item["event"] for item in page["items"]]

    def names_of(self, profile: Any) -> set[tuple[str, str]]:
        return {(ns, value) for ns, values in profile["identifiers"].items() for value in values}

    def owners(self) -> dict[str, str | None]:
        """By what a track event is called in the scenario, its owner's profile id as the log names it."""
        found = {}
        for line in self.server.call_lines("/v1/admin/events"):
            message_id = str(line["messageId"])
            if message_id.startswith(f"{self.mark}-") and message_id.count("-") == 2:
                found[message_id.split("-")[1]] = line["profile_id"]
        return found

    def check(self, expected: dict[str, Any]) -> None:
        seen = set()
        for names in expected["profiles"]:
            profiles = [self.profile(name) for name in names]
            assert all(profiles), names
            assert len({each["profile_id"] for each in profiles}) == 1, names
            assert self.names_of(profiles[0]) == {self.value(name) for name in names}
            seen.add(profiles[0]["profile_id"])
        assert len(seen) == len(expected["profiles"])
        owners = self.owners() if expected["events"] else {}
        for event, who in expected["events"].items():
            owner = self.profile(f"user_id:{who}") or self.profile(f"anonymous_id:{who}")
            assert owners[event] == owner["profile_id"], (event, who)


def _eventually(holds: Callable[[], bool]) -> bool:
    for _ in range(100):
        if holds():
            return True
        time.sleep(0.05)
    return False


def _recent(at: float) -> str:
    """Seconds after a start that is the same for all of this run, an hour ago."""
    return datetime.fromtimestamp(_NOW - 3600 + at, UTC).isoformat()


APART = {"ID06", "ID15", "ID17", "ID18", "ID20"}
NAMES = sorted(set(SCENARIOS) - APART)
_NOW = datetime.now(UTC).timestamp()


def _quoted(value: str) -> str:
    return str(httpx.URL("http://x").copy_with(path="/" + value).raw_path.decode()[1:]).replace("+", "%2B")


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_comes_out_exactly(server: Server, name: str) -> None:
    told = Told(server, name)
    told.run(SCENARIOS[name]["steps"])
    told.check(SCENARIOS[name]["expected"])
    also = ALSO.get(name)
    if also:
        also(told)


def also_id04(told: Told) -> None:
    ids = {told.profile(f"user_id:u{n}")["profile_id"] for n in range(20)}
    assert len(ids) == 20


def also_id07(told: Told) -> None:
    assert told.profile("email:test@test.com") is None, "demoted to a plain trait"
    assert told.profile("user_id:u0")["traits"]["email"] == "id07-test@test.com"


def also_id08(told: Told) -> None:
    profile = told.profile("user_id:u1")
    assert profile["traits"]["email"] == "id08-new@ex.test"
    old = told.profile("email:old@ex.test")
    assert old["profile_id"] == profile["profile_id"], "what holds for the old address still finds her"


def also_id11(told: Told) -> None:
    assert told.profile("phone:+15550001") is None


def also_id16(told: Told) -> None:
    assert "Profile Unmerged" in told.timeline("user_id:u1")
    assert "Profile Unmerged" in told.timeline("anonymous_id:a1")
    again = {"op": "identify", "anonymousId": "a1", "userId": "u1", "traits": {}}
    told.run([{"op": "track", "anonymousId": "a1", "userId": "u1", "event": "e3"}])
    assert told.names_of(told.profile("user_id:u1")) == {told.value("user_id:u1")}, "not by what repeats it"
    told.run([again])
    linked = told.profile("user_id:u1")
    assert told.profile("anonymous_id:a1")["profile_id"] == linked["profile_id"]
    assert told.names_of(linked) == {told.value("user_id:u1"), told.value("anonymous_id:a1")}


def also_id21(told: Told) -> None:
    assert told.profile("user_id:u1") is None
    assert told.profile("anonymous_id:a1")["traits"] == {}


def also_id22(told: Told) -> None:
    user, device = told.profile("user_id:u1"), told.profile("anonymous_id:a1")
    assert user is None or "anonymous_id" not in user["identifiers"]
    assert device is None or "user_id" not in device["identifiers"]


def also_id23(told: Told) -> None:
    assert told.profile("user_id:u1")["orders"]["count"] == 1


def also_id24(told: Told) -> None:
    orders = told.profile("user_id:u1")["orders"]
    assert (orders["count"], orders["revenue"]) == (2, [{"amount": "30.00", "currency": "EUR"}])
    assert _eventually(lambda: "Profiles Merged" in told.timeline("user_id:u1"))


ALSO: dict[str, Callable[[Told], None]] = {
    "ID04": also_id04,
    "ID07": also_id07,
    "ID08": also_id08,
    "ID11": also_id11,
    "ID16": also_id16,
    "ID21": also_id21,
    "ID22": also_id22,
    "ID23": also_id23,
    "ID24": also_id24,
}
"""What a scenario asks beside its sets of identifiers and owners."""


def test_placeholders_are_kept_without_a_profile(server: Server) -> None:
    before = server.call("GET", "/v1/admin/stats")
    told = Told(server, "ID06")
    told.run(SCENARIOS["ID06"]["steps"])
    after = server.call("GET", "/v1/admin/stats")
    count = len(SCENARIOS["ID06"]["steps"])
    assert after["events_total"] - before["events_total"] == count
    assert set(told.owners().values()) == {None}
    assert after["no_identity"] - before.get("no_identity", 0) == count
    for step in SCENARIOS["ID06"]["steps"]:
        if step["anonymousId"].strip():
            assert told.profile(f"anonymous_id:{step['anonymousId']}") is None


@pytest.mark.parametrize("devices", [700, pytest.param(10_000, marks=pytest.mark.prove)])
def test_an_account_with_too_many_devices_is_kept_small(server: Server, devices: int) -> None:
    told = Told(server, f"ID17x{devices}")
    (step,) = SCENARIOS["ID17"]["steps"]
    assert step["n"] == 10_000
    told.run([step | {"n": devices}])
    profile = told.profile("user_id:u1")
    assert len(profile["identifiers"]["anonymous_id"]) == 500
    first = told.profile("anonymous_id:a0")
    assert first["profile_id"] == profile["profile_id"], "a dropped one still finds her"
    assert told.server.call("GET", "/v1/admin/stats")["identity_alarms"] >= 1


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.prove)])
def test_a_race_makes_one_profile(server: Server, rounds: int) -> None:
    steps = SCENARIOS["ID15"]["steps"]
    for number in range(rounds):
        told = Told(server, f"ID15x{rounds}x{number}")
        told.run(steps)
        told.check(SCENARIOS["ID15"]["expected"])


def test_composed_and_decomposed_letters_are_one_user(server: Server) -> None:
    told = Told(server, "ID20")
    told.run(SCENARIOS["ID20"]["steps"])
    ids = [step["userId"] for step in SCENARIOS["ID20"]["steps"]]
    assert len({told.profile(f"user_id:{each}")["profile_id"] for each in ids}) == 1


def test_workspaces_do_not_know_each_other(server: Server, shop: Server) -> None:
    tellers = [Told(server, "ID18"), Told(shop, "ID18")]
    for told, step in zip(tellers, SCENARIOS["ID18"]["steps"], strict=True):
        told.run([step["steps"][0] | {"traits": {"email": "x@ex.test", "only": step["ws"]}}])
    profiles = [told.profile("user_id:u1") for told in tellers]
    assert profiles[0]["profile_id"] != profiles[1]["profile_id"]
    assert [profile["traits"]["only"] for profile in profiles] == ["A", "B"]
