"""What a program reads of a command that is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maatwerk.cli.commands import app


@pytest.mark.parametrize("machine", [True, False])
def test_with_json_a_refusal_is_an_object_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: bool
) -> None:
    words = ["status", "--data", str(tmp_path / "nowhere"), *(["--json"] if machine else [])]
    monkeypatch.setattr(sys, "argv", ["maatwerk", *words])
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "no_workspace" in result.stderr
    if machine:
        problem = json.loads(result.stdout)
        assert (problem["code"], problem["field"]) == ("no_workspace", "--data")
        assert problem["detail"]
    else:
        assert result.stdout == ""
