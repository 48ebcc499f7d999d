"""Tables as shops save them, and the law that no record of one is lost."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.rows import Reading
from maatwerk.surfaces.files.table import Record, open_table


def read(path: Path) -> list[Record]:
    with open_table(path) as table:
        return list(table.records())


def write(tmp_path: Path, data: bytes | str, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_and_line_ends(tmp_path: Path, separator: str, end: str) -> None:
    text = end.join([f"sku{separator}name", f'A{separator}"one{end}two"', f"B{separator}three", ""])
    records = read(write(tmp_path, text))
    assert [record.fields for record in records] == [["A", f"one{end}two"], ["B", "three"]]
    assert [record.line for record in records] == [2, 4]  # a record's line is its first


def test_lines_count_past_empty_ones(tmp_path: Path) -> None:
    records = read(write(tmp_path, "\n\nsku,name\n\nA,a\n\n\nB,b\n"))
    assert [(record.line, record.fields[0]) for record in records] == [(5, "A"), (8, "B")]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("sku,name\nA,Café".encode("utf-8-sig"), "Café"),
        ("sku,name\nA,Café".encode("utf-16"), "Café"),
        (gzip.compress("sku,name\nA,Café".encode(), mtime=0), "Café"),
        ("sku,name\nA,Café €".encode("cp1252"), "Café €"),
    ],
)
def test_encodings_and_gzip_whatever_the_name(tmp_path: Path, data: bytes, name: str) -> None:
    records = read(write(tmp_path, data))
    assert [record.fields for record in records] == [["A", name]]


def test_an_old_encoding_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path, "sku,name\nA,Café".encode("cp1252"))
    reading = Reading(lambda _: iter(()))
    with open_table(path, reading) as table:
        list(table.records())
    assert [note.code for note in reading.notes] == ["encoding_guessed"]


def test_misfits_are_refused_and_the_next_record_is_read(tmp_path: Path) -> None:
    records = read(write(tmp_path, "sku,name\nA\nB,b,b\nC,c\nD,\0\n"))
    refused = [(record.line, record.refused.code) for record in records if record.refused]
    assert refused == [(2, "wrong_number_of_fields"), (3, "wrong_number_of_fields"), (5, "nul_byte")]
    assert [record.fields for record in records if not record.refused] == [["C", "c"]]


def test_an_open_quotation_mark_does_not_swallow_the_file_unseen(tmp_path: Path) -> None:
    lines = "".join(f"S{n},name {n}\n" for n in range(40_000))
    records = read(write(tmp_path, f'sku,name\nA,"open\n{lines}'))
    assert records[0].refused is not None
    assert records[0].refused.code == "field_too_long"
    assert "lines 2-" in records[0].refused.detail
    assert records[-1].fields == ["S39999", "name 39999"]


def test_a_record_that_runs_on_names_all_its_lines(tmp_path: Path) -> None:
    (record,) = read(write(tmp_path, 'sku,name\n"A,open\nB,b\nC,c\n'))
    assert record.refused is not None
    assert "lines 2-4" in record.refused.detail


def test_a_line_without_end_ends_the_table(tmp_path: Path) -> None:
    records = read(write(tmp_path, "sku,name\nA,a\nB," + "b" * (1024 * 1024 + 1)))
    assert [record.refused and record.refused.code for record in records] == [None, "line_too_long"]


def test_a_cut_off_gzip_ends_with_a_refusal(tmp_path: Path) -> None:
    text = "sku,name\n" + "".join(f"S{n},name {n * 7919}\n" for n in range(20_000))
    packed = gzip.compress(text.encode())
    records = read(write(tmp_path, packed[: len(packed) // 2]))
    assert len(records) > 100
    assert records[-1].refused is not None
    assert records[-1].refused.code == "file_damaged"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "header_missing"),
        (b"\n\n", "header_missing"),
        (b"a\0b,c\n", "not_a_table"),
        (b"x" * (1024 * 1024 + 1), "line_too_long"),
        (gzip.compress(b"sku,name\n", mtime=0)[:8], "file_damaged"),
    ],
)
def test_what_is_no_table_says_so(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read(write(tmp_path, data))
    assert caught.value.code == code


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    with open_table(write(tmp_path, "SKU,Product Name\n")) as table:
        assert table.need("sku", "product_name") == [0, 1]
        with pytest.raises(Refused, match=r"no column price.*SKU, Product Name"):
            table.need("sku", "price")


cell = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=12)


@given(rows=st.lists(st.lists(cell, min_size=1, max_size=4), max_size=12), packed=st.booleans())
def test_no_record_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], packed: bool
) -> None:
    """Records in = records read + refusals, and what fits the header comes back as it was written."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["one", "two", "three"])
    writer.writerows(rows)
    data = text.getvalue().encode()
    path = tmp_path_factory.mktemp("law") / "t.csv"
    path.write_bytes(gzip.compress(data) if packed else data)
    records = read(path)
    assert len(records) == len(rows)
    assert [record.fields for record in records if not record.refused] == [
        row for row in rows if len(row) == 3
    ]
