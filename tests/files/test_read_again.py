"""A column that is read as it was the last time, or cannot be."""

from __future__ import annotations

import pytest

from segkit.files.column_readings import read_columns
from segkit.files.file_columns import ColumnReading, ColumnTexts
from segkit.files.number_columns import FEW
from segkit.files.read_again import is_alike, read_again, recounted
from segkit.files.shapes import count_shapes

THOUSANDS = ["950", "532", "999", "812", "1.043", "1.200", "1.350"]


def texts(given: list[str]) -> ColumnTexts:
    return ColumnTexts("x", count_shapes(given), len(set(given)))


def reading(given: list[str]) -> ColumnReading:
    return read_columns([texts(given)]).columns[0]


@pytest.mark.parametrize(
    ("first", "then", "is_so"),
    [
        (THOUSANDS, ["1.043", "5.678"], True),
        (THOUSANDS, ["1.5"], False),
        (THOUSANDS, ["N/A", "7"], True),
        (THOUSANDS, ["many", "7"], False),
        (["1.5", "2.25"], ["1.043"], False),  # decimals of another length
        (["1.5", "2.125"], ["1.043"], True),
        (["31/12/2024", "01/02/2024"], ["03/04/2024"], True),
        (["31/12/2024", "01/02/2024"], ["12/31/2024"], False),
        (["31/12/2024", "01/02/2024"], ["12/31/2024", "31/12/2024"], False),
        (["1", "2", "3"], ["007"], False),
        (["1", "2", "3"], [], True),
        (["a", "b"], ["a"], False),  # text may have become numbers
    ],
)
def test_again(first: list[str], then: list[str], is_so: bool) -> None:
    last = reading(first)
    found = read_again(texts(then), last)
    assert (found is not None) == is_so
    if found is not None:
        assert (found.type, found.number, found.day) == (last.type, last.number, last.day)


def test_nothing_is_known_of_a_new_column() -> None:
    assert read_again(texts(["1"]), None) is None


def test_words_as_often_as_they_are() -> None:
    column = reading([*map(str, range(200)), *map(str, range(200)), "NA", "many"])
    words = count_shapes(["NA"] * 900 + ["many"] * 5)
    found = recounted(column, words, 1000)
    assert found is not None
    assert [(s.greatest, s.n) for s in (*found.missing, *found.others)] == [
        ("NA", 900),
        ("many", 5),
    ]
    slips = int(FEW * 1000) + 2
    assert recounted(column, count_shapes(["many"] * slips), 1000) is None


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (THOUSANDS, ["950", "532"], True),
        (THOUSANDS, ["1.5", "950"], False),
        (THOUSANDS, ["1.043,5"], False),  # DOUBLE
        (["1.5"], ["1.234,5"], False),
        (["1,234.5"], ["1.5"], True),
        (["31/12/2024"], ["12/31/2024"], False),
        (["31/12/2024"], ["2024-12-31"], True),
        (["45%"], ["45%", "0.2"], False),
    ],
)
def test_alike(one: list[str], other: list[str], alike: bool) -> None:
    assert is_alike(reading(one), reading(other)) == alike
