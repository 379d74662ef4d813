from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.report.tables import render_lines
from segkit.results import Table

CELLS = st.none() | st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans()
TABLES = st.integers(1, 4).flatmap(
    lambda n: st.builds(
        Table,
        st.lists(st.text(min_size=1), min_size=n, max_size=n, unique=True).map(tuple),
        st.lists(st.lists(CELLS, min_size=n, max_size=n).map(tuple), max_size=5).map(tuple),
    )
)
SAMPLE = Table(
    ("customer_id", "spend", "note"),
    (("0048", Decimal("12.50"), None), ("0049", None, "a, b"), ("0050", Decimal("-3"), "")),
)


def render_table(table: Table, output: str) -> str:
    return "\n".join(render_lines(table, output))


def test_a_table_lines_up_and_numbers_stand_on_the_right() -> None:
    assert render_table(SAMPLE, "table").split("\n") == [
        "customer_id  spend  note",
        "0048         12.50  NULL",
        "0049          NULL  a, b",
        "0050            -3",
    ]


def test_csv_leaves_null_empty_and_quotes_an_empty_text() -> None:
    assert render_table(SAMPLE, "csv") == (
        'customer_id,spend,note\n0048,12.50,\n0049,,"a, b"\n0050,-3,""'
    )


def test_a_database_reads_the_csv_back_as_it_was(tmp_path: Path) -> None:
    texts = (None, "", " ", "a,b", 'say "x"', '"', "two\nlines", "a\r\nb", "\rc", "NULL", "é✓", "'")
    table = Table(("n", "text"), tuple(enumerate(texts)))
    path = tmp_path / "rows.csv"
    path.write_bytes(render_table(table, "csv").encode())
    read = (
        f"SELECT * FROM read_csv('{path}', header = true, columns = "
        "{'n': 'BIGINT', 'text': 'VARCHAR'}, quote = '\"', allow_quoted_nulls = false)"
    )
    expected = [(n, "'\rc" if text == "\rc" else text) for n, text in enumerate(texts)]
    assert duckdb.sql(read).fetchall() == expected


def test_no_row_of_a_csv_is_an_empty_line() -> None:
    table = Table(("note",), (("a",), (None,), ("b",)))
    assert render_table(table, "csv") == 'note\na\n""\nb'


def test_a_csv_quotes_whatever_has_a_comma_in_it() -> None:
    table = Table(("x",), ((timedelta(days=-2),), ([1, 2],)))
    rows = list(csv.reader(io.StringIO(render_table(table, "csv"))))
    assert rows == [["x"], ["-2 days, 0:00:00"], ["[1, 2]"]]


OPENERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("start", OPENERS)
def test_csv_keeps_a_spreadsheet_from_running_a_text(start: str) -> None:
    table = Table((f"{start}head",), ((f"{start}1+1",), (-5,), (Decimal("-5.5"),), (-0.5,)))
    rows = list(csv.reader(io.StringIO(render_table(table, "csv"), newline="")))
    assert rows == [[f"'{start}head"], [f"'{start}1+1"], ["-5"], ["-5.5"], ["-0.5"]]


@given(TABLES)
def test_no_text_cell_of_a_csv_is_a_formula(table: Table) -> None:
    rows = list(csv.reader(io.StringIO(render_table(table, "csv"), newline="")))
    assert len(rows) == len(table.rows) + 1
    for row, given_row in zip(rows[1:], table.rows, strict=True):
        for cell, value in zip(row, given_row, strict=True):
            if isinstance(value, str):
                assert cell in (value, f"'{value}")
                assert not cell.startswith(OPENERS)


def test_a_telephone_number_is_a_text_and_a_loss_is_a_number() -> None:
    table = Table(("phone", "profit", "code"), (("+49 30 1", Decimal("-1.50"), "-5"),))
    assert render_table(table, "csv") == "phone,profit,code\n'+49 30 1,-1.50,'-5"


@pytest.mark.parametrize("output", ["csv", "json"])
def test_csv_and_json_read_rows_as_their_lines_are_asked_for(output: str) -> None:
    read = 0

    def rows() -> Iterator[tuple[int]]:
        nonlocal read
        for read in range(1, 1000):
            yield (read,)

    lines = render_lines(Table(("n",), rows()), output)
    for _ in range(10):
        next(lines)
    assert read in (9, 10)


@given(TABLES)
def test_json_gives_back_what_went_in(table: Table) -> None:
    text = render_table(table, "json")
    back = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    expected = [
        {
            c: str(v).replace("inf", "Infinity") if v in (float("inf"), -float("inf")) else v
            for c, v in zip(table.columns, row, strict=True)
        }
        for row in table.rows
    ]
    assert back == expected


@pytest.mark.parametrize(
    ("value", "text", "data"),
    [
        (True, "true", True),
        (Decimal("1E+2"), "100", 100),
        (Decimal("0.1"), "0.1", 0.1),
        (float("nan"), "nan", "NaN"),
        (float("-inf"), "-inf", "-Infinity"),
        (date(2026, 1, 31), "2026-01-31", "2026-01-31"),
        (
            datetime(2026, 1, 31, 8, tzinfo=UTC),
            "2026-01-31 08:00:00+00:00",
            "2026-01-31T08:00:00+00:00",
        ),
        (["a", None, Decimal(2)], '["a", null, 2]', ["a", None, 2]),
        ({"x": date(2026, 1, 1)}, '{"x": "2026-01-01"}', {"x": "2026-01-01"}),
        (b"\x00\xff", "00ff", "00ff"),
        (2**70, str(2**70), 2**70),
    ],
)
def test_every_type_of_value(value: Any, text: str, data: Any) -> None:
    table = Table(("x",), ((value,),))
    assert render_table(table, "table").split("\n")[1].strip() == text
    assert json.loads(render_table(table, "json")) == [{"x": data}]


def test_a_table_shows_control_characters_instead_of_obeying_them() -> None:
    text = render_table(Table(("x\x1b",), (("a\nb\x1b[2J",),)), "table")
    assert text == "x\\x1b\na\\nb\\x1b[2J"


def test_only_a_table_for_people_clips_its_cells() -> None:
    rule = " ".join(["orders"] * 20)
    table = Table(("rule",), ((rule,),))
    assert render_table(table, "table").split("\n")[1] == " ".join(["orders"] * 8) + "..."
    assert rule in render_table(table, "csv")
    assert rule in render_table(table, "json")
    assert rule in render_table(table, "md")


def test_markdown_escapes_what_would_break_the_table() -> None:
    text = render_table(Table(("a|b", "n"), (("x|\ny<br>", 1), (None, 2))), "md")
    assert text.split("\n") == [
        "| a\\|b | n |",
        "| --- | ---: |",
        "| x\\| y&lt;br> | 1 |",
        "|  | 2 |",
    ]


@pytest.mark.parametrize(
    ("output", "text"),
    [("table", "a  b"), ("csv", "a,b"), ("json", "[]"), ("md", "| a | b |\n| --- | --- |")],
)
def test_a_table_without_rows(output: str, text: str) -> None:
    assert render_table(Table(("a", "b"), ()), output) == text


def test_an_unknown_output_is_refused() -> None:
    with pytest.raises(ValueError, match="no output 'xml'"):
        render_table(SAMPLE, "xml")
