"""The described contract is the served one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from maatwerk.app.contract import OPERATIONS, RULE_SCHEMAS
from maatwerk.app.parts import open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.app.worker import Worker
from maatwerk.surfaces.http.openapi import describe, page


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("workspace") / "shop"
    make_workspace(folder)
    parts = open_parts(folder)
    yield Worker(parts)
    parts.close()


def test_every_route_is_described_and_every_description_is_of_a_route(worker: Worker) -> None:
    served = {(method, pattern) for method, pattern, _ in worker.routes.paths()}
    assert served == set(OPERATIONS)


def test_the_document_holds_the_schemas_of_rules_and_refers_to_nothing_missing(worker: Worker) -> None:
    document = describe(worker.routes, OPERATIONS, tuple(RULE_SCHEMAS.values()))
    schemas = document["components"]["schemas"]
    assert {"Ask", "Unit", "Placement", "Problem"} <= set(schemas)
    text = msgspec.json.encode(document).decode()
    for part in text.split('"$ref":"#/components/schemas/')[1:]:
        assert part.split('"')[0] in schemas
    assert all(operation["summary"] for path in document["paths"].values() for operation in path.values())


def test_the_page_for_people_is_safe_and_whole(worker: Worker) -> None:
    text = page(describe(worker.routes, OPERATIONS))
    assert "/v1/decide" in text
    assert "<script" not in text


def test_a_new_workspace_has_keys_only_its_owner_reads_and_valid_rules(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    made = make_workspace(folder)
    assert made.created
    assert made.secret_key.startswith("sk_")
    assert (folder / "first-run-keys.txt").stat().st_mode & 0o777 == 0o600
    assert made.secret_key not in (folder / "keys.json").read_text()
    again = make_workspace(folder)
    assert not again.created
    assert again.write_key == made.write_key
    parts = open_parts(folder)
    parts.knowledge.load()
    assert not parts.deciding.desk.refused
    assert parts.deciding.desk.on_page("home")
    assert parts.keys.check(made.secret_key) == "secret"
    assert parts.keys.check(made.write_key) == "write"
    assert parts.keys.check("") is None
    parts.close()
