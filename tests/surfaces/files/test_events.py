"""Event logs through mappings."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.surfaces.files import SHIPPED, Mapping, Row, read_mapping, read_messages

ROCKET = read_mapping("retailrocket")
EVENTS = read_mapping("events")

LOG = """\
timestamp,visitorid,event,itemid,transactionid
1433221332117,257597,view,355908,
1433224214164,992329,addtocart,248676,
1433222276276,599528,transaction,356475,4000
1433221999827,599528,transaction,15335,4000
1433221332117,257597,view,355908,
1433221955914,111,stare,1,
1433221955914,,view,1,
1433221955914,111,transaction,1,
1433221955914,111,view,,
soon,111,view,1,
"""


def read(tmp_path: Path, text: str, mapping: Mapping) -> list[Row]:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    return list(read_messages(path, mapping))


def messages(rows: list[Row]) -> list[dict[str, Any]]:
    return [row.value for row in rows if row.value is not None]


def test_retailrocket(tmp_path: Path) -> None:
    rows = read(tmp_path, LOG, ROCKET)
    view, cart, order, again = messages(rows)
    assert view | {"messageId": ""} == {
        "type": "track",
        "event": "Product Viewed",
        "messageId": "",
        "anonymousId": "257597",
        "timestamp": "2015-06-02T05:02:12.117Z",
        "properties": {"sku": "355908"},
        "context": {"library": {"name": "maatwerk-import"}, "source": {"name": "retailrocket"}},
    }
    assert cart["event"] == "Product Added"
    assert (order["event"], order["messageId"]) == ("Order Completed", "import:retailrocket:4000")
    assert order["anonymousId"] == "599528"
    assert order["properties"]["products"] == [
        {"sku": "356475", "quantity": 1},
        {"sku": "15335", "quantity": 1},
    ]
    assert again["messageId"] == view["messageId"]  # told twice, counted once
    assert [(row.line, row.code) for row in rows if row.value is None] == [
        (7, "event_not_known"),
        (8, "nobody_named"),
        (9, "order_id_missing"),
        (10, "sku_missing"),
        (11, "time_not_readable"),
    ]
    assert sum(row.lines for row in rows) == 10


PLAIN = """\
timestamp\tevent\tuser_id\tanonymous_id\tsku\tquantity\tprice\tcurrency\torder_id\tquery\turl\tmessage_id
2026-01-01T10:00:00Z\tProduct Viewed\t\ta1\tA\t\t9.5\tEUR\t\t\t\tm-1
2026-01-01T10:00:01Z\tproductPageView\tu1\ta1\tA\t\t\t\t\t\t\t
2026-01-01T10:00:02Z\tsearch\t\ta1\t\t\t\t\t\tdress\t\t
2026-01-01T10:00:03Z\tpage\t\ta1\t\t\t\t\t\t\t/home\t
2026-01-01T10:00:04Z\tpurchase\tu1\t\tA\t2\t9.50\tEUR\to1\t\t\t
2026-01-01T10:00:05Z\tpurchase\tu1\t\tB\t1\t1.00\tEUR\to1\t\t\t
2026-01-01T10:00:06Z\tSpun The Wheel\t\ta1\t\t\t\t\t\t\t\t
2026-01-01T10:00:07Z\tsearch\t\ta1\t\t\t\t\t\t\t\t
2026-01-01T10:00:08Z\tview\t\ta1\tA\t\t9.5\t\t\t\t\t
2026-01-01T10:00:09Z\t\t\ta1\t\t\t\t\t\t\t\t
"""


def test_plain_events(tmp_path: Path) -> None:
    rows = read(tmp_path, PLAIN, EVENTS)
    view, other, search, page, order, custom = messages(rows)
    assert view["messageId"] == "m-1"
    assert view["properties"] == {"sku": "A", "price": "9.50", "currency": "EUR"}
    assert (other["event"], other["userId"], other["anonymousId"]) == ("Product Viewed", "u1", "a1")
    assert (search["event"], search["properties"]) == ("Products Searched", {"query": "dress"})
    assert (page["type"], page["properties"]) == ("page", {"url": "/home"})
    assert "event" not in page
    assert (order["userId"], order["properties"]["total"]) == ("u1", "20.00")
    assert custom["event"] == "Spun The Wheel"
    assert [(row.line, row.code) for row in rows if row.value is None] == [
        (9, "query_missing"),
        (10, "currency_missing"),
        (11, "event_not_known"),
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_mappings_are_valid_and_named_as_their_files(name: str) -> None:
    mapping = read_mapping(name)
    assert mapping.name == name
    assert set(mapping.optional) <= set(mapping.columns)


cells = st.sampled_from(["", "1", "view", "transaction", "addtocart", "x", "1433221332117"])


@given(rows=st.lists(st.lists(cells, min_size=5, max_size=5), max_size=12))
def test_no_event_is_lost(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    text = LOG.split("\n", 1)[0] + "\n" + "".join(",".join(row) + "\n" for row in rows)
    found = read(tmp_path_factory.mktemp("law"), text, ROCKET)
    assert sum(row.lines for row in found) == len(rows)
