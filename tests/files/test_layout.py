from __future__ import annotations

import pytest

from segkit.files.csv_options import CsvOptions
from segkit.files.layout import (
    FOOTER,
    WHITESPACE,
    Layout,
    find_layout,
    is_footer,
    is_total,
    one_line,
    split,
)

ROWS = "".join(f"{n},{n * 3 % 17},{n * 1.25:.2f}\n" for n in range(3, 30))
HEAD = "id,n,spend\n"


def look(text: str, **said: object) -> Layout:
    return find_layout(text, CsvOptions(**said))  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    found = look((HEAD + ROWS).replace(",", delimiter))
    assert (found.delimiter, found.names) == (delimiter, ("id", "n", "spend"))
    assert found.is_plain and not found.titles


@pytest.mark.parametrize(
    ("header", "row"),
    [("id;n;spend", "1;2,5;3,25"), ("id;n", "1;2,5"), ("n;m", "2,5;3,5")],
)
@pytest.mark.parametrize("n", [1, 5, 500])
def test_commas_in_numbers_are_no_delimiters(header: str, row: str, n: int) -> None:
    found = look(f"{header}\n" + f"{row}\n" * n)
    assert found.names == tuple(header.split(";")), found


def test_spaces() -> None:
    found = look("id   n  spend\n1    2   3\n10   20  30\n")
    assert (found.delimiter, found.names) == (WHITESPACE, ("id", "n", "spend"))
    assert not found.is_plain


@pytest.mark.parametrize(
    ("above", "skip", "titles"),
    [
        ("", 0, ()),
        ("sep=,\n", 1, ()),
        ("\n\n", 2, ()),
        ("# made by a tool\n", 1, ("# made by a tool",)),
        ("Report 2024\n", 1, ("Report 2024",)),
        ("Report 2024,,\n\n", 2, ("Report 2024",)),
        ("Report\nof May\n\n", 3, ("Report", "of May")),
        (",orders,\n", 1, ("orders",)),
        ("Sales, 2024\n", 1, ("Sales 2024",)),
        ("Sales,of,2024\n", 1, ("Sales of 2024",)),
    ],
)
def test_lines_above(above: str, skip: int, titles: tuple[str, ...]) -> None:
    found = look(above + HEAD + ROWS)
    assert (found.skip, found.titles, found.names) == (skip, titles, ("id", "n", "spend"))


def test_separator_that_is_said() -> None:
    found = look("sep=;\n" + (HEAD + ROWS).replace(",", ";"))
    assert found.said_separator and found.delimiter == ";"


def test_a_title_over_two_columns() -> None:
    assert look("Report,\nid,n\n1,2\n2,3\n").titles == ("Report",)


def test_no_header() -> None:
    found = look(ROWS)
    assert found.header is None and found.names == ("column_1", "column_2", "column_3")
    assert found.unnamed == ()
    assert look(ROWS, header=True).names == ("3", "9", "3.75")
    assert look(HEAD + ROWS, header=False).names == ("column_1", "column_2", "column_3")
    assert look("a,b\nc,d\n").names == ("a", "b")


def test_years_are_names() -> None:
    assert look("country,2023,2024\nDE,1,2\nFR,3,4\n").names == ("country", "2023", "2024")
    assert look("country,2023,2025\nDE,1,2\nFR,3,4\n").header is None
    assert look("DE,2023,2024\nFR,2022,2023\n").header is None


def test_skip_that_is_said() -> None:
    found = look("x,y,z\n" + HEAD + ROWS, skip=1)
    assert (found.skip, found.names) == (1, ("id", "n", "spend"))


@pytest.mark.parametrize(
    ("text", "names", "dropped"),
    [
        (",id,n\n0,7,2\n1,9,5\n", ("id", "n"), ((0, "index"),)),
        ("Unnamed: 0,id\n0,7\n1,9\n", ("id",), ((0, "index"),)),
        ("id,n\n1,7,2\n2,9,5\n3,8,8\n", ("id", "n"), ((0, "index"),)),  # as R writes
        ("id,n,\n1,2,\n3,4,\n", ("id", "n"), ((2, "empty"),)),
        ("id,n\n1,2,\n3,4,\n", ("id", "n"), ((2, "empty"),)),
        ("id,n,\n1,2\n3,4\n", ("id", "n"), ((2, "empty"),)),
        ("id,,n\n1,5,2\n3,7,4\n", ("id", "column_2", "n"), ()),
    ],
)
def test_columns_that_are_left_out(
    text: str, names: tuple[str, ...], dropped: tuple[tuple[int, str], ...]
) -> None:
    found = look(text)
    assert (found.names, found.dropped) == (names, dropped)
    assert found.width == len(names) + len(dropped)
    assert found.unnamed == tuple(name for name in names if name.startswith("column_"))


def test_names_on_one_line() -> None:
    assert look('"cust\nid", "n "\n1,2\n').names == ("cust id", "n")
    assert look("#id,n\n1,2\n").names == ("id", "n")


@pytest.mark.parametrize(
    ("line", "has_units"),
    [
        ("key,pieces,EUR\n", True), ("int,int,float\n", True), (",(pcs),(EUR)\n", True),
        ("1,NA,2\n", False), ("7,8,9\n", False),
    ],
)  # fmt: skip
def test_a_second_line_of_the_header(line: str, has_units: bool) -> None:
    assert look(HEAD + line + ROWS).has_units == has_units


def test_quotes() -> None:
    assert look("id,n\n'a','b'\n'c','d'\n").quote == "'"
    assert look("id,n\nO'Neil,b\nc,d\n").quote == '"'


def test_line_ends() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert look((HEAD + ROWS).replace("\n", end)).names == ("id", "n", "spend")


def test_records_of_a_text() -> None:
    assert list(split('a,"b\nc"\nd,e', ",")) == [["a", "b\nc"], ["d", "e"]]
    assert list(split("a," + "x" * 200_000, ",")) == [["a", "x" * 200_000]]


@pytest.mark.parametrize(
    "text",
    [
        "Total", "TOTAL:", " Grand total ", "Subtotal", "Sub-Total", "Summe", "Gesamt 2024",
        "Total général", "Total general", "Totaal", "Итого", "合計", "Total (2)", "Total customers",
    ],
)  # fmt: skip
def test_totals(text: str) -> None:
    assert is_total(["", text, "12"])


@pytest.mark.parametrize("text", ["Total Wine", "Summer", "Sum Corp", "Totalenergies", "x total"])
def test_names_that_are_no_totals(text: str) -> None:
    assert not is_total([text, "12"])
    assert not is_total([])


@pytest.mark.parametrize(
    ("record", "is_one"),
    [
        (["Exported on 2024-01-01"], True), (["Rows: 2"], True), (["x"], True),
        (["Source: CRM, 2024", "", ""], True), (["C17", "", ""], False), (["12"], False),
        (["", "", ""], False), (["a", "b", "c"], False), ([], False),
    ],
)  # fmt: skip
def test_footers(record: list[str], is_one: bool) -> None:
    assert is_footer(record, 3) == is_one


def test_in_one_line() -> None:
    assert one_line([" a ", "", "b"]) == "a b"
    assert FOOTER == 5
