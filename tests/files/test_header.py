"""The first line, and the second."""

from __future__ import annotations

import pytest

from segkit.files.text_file import TextProblem
from tests.files.test_layout import HEAD, ROWS, look


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


def test_rows_with_more_values_than_names() -> None:
    """12,5 may be one of them; a column that counts is one only where the id is then an id."""
    for text in ("id,n\n1,12,5\n2,12,25\n3,8,75\n", "id,n\n7,12,5\n9,3,25\n"):
        with pytest.raises(TextProblem, match="3 values in a row, but the header has 2"):
            look(text)
    assert look("age,n\n1,12,5\n2,12,25\n").names == ("age", "n")


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
