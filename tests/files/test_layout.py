from __future__ import annotations

import pytest

from segkit.files.csv_options import CsvOptions
from segkit.files.layout import WHITESPACE, Layout, find_layout, split

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
    assert found.delimiter == ";"


def test_a_title_over_two_columns() -> None:
    assert look("Report,\nid,n\n1,2\n2,3\n").titles == ("Report",)


def test_skip_that_is_said() -> None:
    found = look("x,y,z\n" + HEAD + ROWS, skip=1)
    assert (found.skip, found.names) == (1, ("id", "n", "spend"))


def test_quotes() -> None:
    assert look("id,n\n'a','b'\n'c','d'\n").quote == "'"
    assert look("id,n\nO'Neil,b\nc,d\n").quote == '"'


def test_line_ends() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert look((HEAD + ROWS).replace("\n", end)).names == ("id", "n", "spend")


def test_records_of_a_text() -> None:
    assert list(split('a,"b\nc"\nd,e', ",")) == [["a", "b\nc"], ["d", "e"]]
    assert list(split("a," + "x" * 200_000, ",")) == [["a", "x" * 200_000]]
