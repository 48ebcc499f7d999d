"""`export person` and the periods that `doctor` tells, on a real workspace."""

import json
import zipfile
from pathlib import Path

from typer.testing import CliRunner

from maatwerk.app.parts import open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.cli.commands import app
from maatwerk.flows.record import Asked, record_blocking


def test_a_person_is_exported_and_nobody_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "workspace"
    make_workspace(data)
    parts = open_parts(data, projects=True)
    said = {"type": "identify", "userId": "u-1", "traits": {"email": "ida@shop.test", "note": "=1+1"}}
    assert [
        done.accepted
        for done in record_blocking(parts.recording, [json.dumps(said).encode()], Asked(proven=True))
    ] == [1]
    projector = parts.projector()
    projector.prepare()
    while projector.run_once():
        pass
    parts.close()
    target = tmp_path / "ida.zip"
    run = CliRunner()
    done = run.invoke(
        app, ["export", "person", "email", "ida@shop.test", "--data", str(data), "--out", str(target)]
    )
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(target) as packed:
        assert "'=1+1" in packed.read("traits.csv").decode()
    assert target.stat().st_mode & 0o077 == 0, "nobody else on this machine may read it"
    whole = run.invoke(app, ["export", "person", "user_id", "u-1", "--data", str(data), "--json"])
    assert json.loads(whole.stdout)["traits"]["email"] == "ida@shop.test"
    nobody = run.invoke(app, ["export", "person", "user_id", "u-2", "--data", str(data)])
    assert nobody.exit_code == 1
    assert "nobody goes by user_id" in nobody.output
    told = run.invoke(app, ["doctor", "--data", str(data)])
    assert "events, sealed history, profiles 395 days" in told.output
    assert (
        json.loads(run.invoke(app, ["doctor", "--data", str(data), "--json"]).stdout)["kept_days"][
            "decisions"
        ]
        == 90
    )
