from __future__ import annotations

import io

import pytest

from segkit.files.csv_options import CsvOptions
from segkit.files.footer import FOOTER
from segkit.files.layout import find_layout
from segkit.files.rows import LeftOut, records, rows
from segkit.files.text_file import TextProblem

HEAD = "id,n,spend\n"
ROWS = "1,2,3.5\n2,3,4.5\n3,4,5.5\n"


def read(text: str, **said: object) -> tuple[list[list[str]], LeftOut]:
    layout = find_layout(text, CsvOptions(**said))  # type: ignore[arg-type]
    left_out = LeftOut()
    return list(rows(io.StringIO(text, newline=""), layout, left_out)), left_out


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows(end: str) -> None:
    found, left_out = read((HEAD + ROWS).replace("\n", end))
    assert found == [["1", "2", "3.5"], ["2", "3", "4.5"], ["3", "4", "5.5"]]
    assert left_out == LeftOut()


@pytest.mark.parametrize(
    ("end", "totals", "footers"),
    [
        ("Total,9,13.5\n", ["Total 9 13.5"], []),
        ("Total,9\n", ["Total 9"], []),
        ("\nExported by CRM\n", [], ["Exported by CRM"]),
        ('"Source: CRM, 2024",,\n', [], ["Source: CRM, 2024"]),
        (",,\n" * 9, [], []),
        (",,\nTotal,9,13.5\n,,\n", ["Total 9 13.5"], []),
    ],
)
def test_what_stands_below(end: str, totals: list[str], footers: list[str]) -> None:
    found, left_out = read(HEAD + ROWS + end)
    assert len(found) == 3
    assert (left_out.totals, left_out.footers, left_out.kept_totals) == (totals, footers, [])


def test_a_total_in_the_midst_is_a_row_and_named() -> None:
    found, left_out = read(HEAD + ROWS + "Subtotal,9,13.5\n" + ROWS + "Total,18,27\n")
    assert len(found) == 7
    assert left_out.kept_totals == ["Subtotal 9 13.5"]
    assert left_out.totals == ["Total 18 27"]


def test_rows_without_values_in_the_midst_are_rows() -> None:
    found, _ = read(HEAD + ROWS + ",,\n" * (FOOTER + 3) + ROWS)
    assert len(found) == 6 + FOOTER + 3


def test_the_header_again_and_units() -> None:
    found, left_out = read(HEAD + "key,pieces,EUR\n" + ROWS + HEAD + ROWS)
    assert len(found) == 6
    assert (left_out.repeated, left_out.units) == (1, "key pieces EUR")


def test_columns_that_are_left_out() -> None:
    assert read(",id,n,\n0,7,8,\n1,9,5,\n")[0] == [["7", "8"], ["9", "5"]]
    assert read("id,n,\n1,2\n3,4,\n")[0] == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (HEAD + ROWS + "4,5\n" + ROWS, "2 values, but the header has 3", 5),
        (HEAD + ROWS + "4,5,6,7\n" + ROWS, "4 values, but the header has 3", 5),
        (HEAD + "7\n" + ROWS, "1 value, but the header has 3", 2),
        ('id,n\n"a\nb",2\n3\n4,5\n', "1 value", 4),
        ('id,n\n1,"x\n2,3\n', "a quote that is never closed", 2),
    ],
)
def test_odd_lines(text: str, message: str, line: int) -> None:
    with pytest.raises(TextProblem, match=message) as caught:
        read(text)
    assert caught.value.line == line


def test_lines_in_which_records_begin() -> None:
    text = "Report\nid,n\n1,2\n'a\nb',3\n".replace("'", '"')
    layout = find_layout(text, CsvOptions())
    found = [line for _, line in records(io.StringIO(text, newline=""), layout)]
    assert found == [2, 3, 4]
    spaced = "id n\n1  2\n"
    layout = find_layout(spaced, CsvOptions())
    assert list(records(io.StringIO(spaced), layout)) == [(["id", "n"], 1), (["1", "2"], 2)]
