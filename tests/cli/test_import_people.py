"""Customers and orders of several sources become one person, from files and from an address."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from maatwerk.app.parts import open_parts
from maatwerk.cli.commands import app
from maatwerk.views.profile.find import profile
from maatwerk.views.profile.folds.orders import summary
from maatwerk.views.profile.folds.traits import sources, traits

CUSTOMERS = """Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total Orders,Phone
7001,Ada,Byron,ada@ex.test,yes,10.00,1,+31 1
"""
ORDERS = """Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku
#1001,ada@ex.test,paid,EUR,24.95,2026-05-01 10:11:12 +0200,1,Tee,20.00,WS12
#1002,guest@ex.test,paid,EUR,9.95,2026-05-01 10:11:12 +0200,1,Hat,9.95,HT01
"""  # noqa: E501 - as exported
TILL_MAPPING = """
name = "till"
kind = "orders"
source = "till"
currency = "EUR"
channel = "store"
order_prefix = "till-"
[match]
by = ["email"]
unmatched = "refuse"
[columns]
order_id = "receipt"
date = "at"
sku = "article"
price = "price"
email = "mail"
[date]
timezone = "Europe/Amsterdam"
"""
TILL = """receipt;at;article;price;mail
1001;2026-06-01 12:00;WS12;20.00;ADA@ex.test
1002;2026-06-01 12:00;WS12;20.00;stranger@ex.test
"""


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing on standard error."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder of exports, and the address it is served at."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for name, text in (
        ("c.csv", CUSTOMERS),
        ("o.csv", ORDERS),
        ("till.toml", TILL_MAPPING),
        ("till.csv", TILL),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(*arguments: str) -> dict[str, Any]:
    answer = CliRunner().invoke(app, [*arguments, "--json"])
    assert answer.exit_code == 0, answer.output
    told: dict[str, Any] = msgspec.json.decode(answer.stdout)
    return told


def folded(data: Path) -> None:
    parts = open_parts(data, projects=True)
    projector = parts.projector()
    projector.prepare()
    while projector.run_once():
        pass
    parts.close()


def test_one_person_from_export_till_and_address(tmp_path: Path, files: tuple[Path, str]) -> None:
    folder, address = files
    data = tmp_path / "shop"
    run("init", "--data", str(data))
    told = run("import", "customers", f"{address}/c.csv", "--data", str(data))
    assert (told["records"], told["new"], told["refused"]) == (1, 2, 0)
    folded(data)
    assert run("import", "orders", f"{address}/o.csv", "--format", "shopify", "--data", str(data))["new"] == 2
    till = (
        "import",
        "orders",
        str(folder / "till.csv"),
        "--mapping",
        str(folder / "till.toml"),
        "--data",
        str(data),
    )
    told = run(*till)
    assert (told["new"], told["refused"], told["refusals"][0]["code"]) == (1, 1, "nobody_matched")
    again = run(*till)
    assert (again["new"], again["same"]) == (0, 1), "an import repeated adds nothing"
    folded(data)

    parts = open_parts(data)
    with parts.store.snapshot() as snapshot:
        ada = profile(snapshot, parts.log, "email", "ada@ex.test", parts.clock())
        guest = profile(snapshot, parts.log, "email", "guest@ex.test", parts.clock())
    parts.close()
    assert ada is not None
    assert ada.identifiers["user_id"] == ["7001"]
    total = summary(ada.shopper.orders)
    assert (total.count, total.in_store, total.revenue) == (2, 1, {"EUR": 2495 + 2000})
    assert ada.shopper.familiarity == "known"
    assert traits(ada.shopper.traits)["firstName"] == "Ada"
    assert sources(ada.shopper.traits)["phone"][0][0].source == "shopify"
    assert ada.shopper.granted("email") is True
    assert guest is not None
    assert "user_id" not in guest.identifiers


def test_an_address_without_a_file_is_refused_in_words(tmp_path: Path, files: tuple[Path, str]) -> None:
    data = tmp_path / "shop"
    run("init", "--data", str(data))
    answer = CliRunner().invoke(
        app, ["import", "orders", f"{files[1]}/none.csv", "--data", str(data), "--json"]
    )
    assert answer.exit_code == 1
    assert "url_not_readable" in answer.output
