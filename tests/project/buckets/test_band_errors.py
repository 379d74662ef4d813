from __future__ import annotations

from decimal import Decimal as D

import duckdb
import pytest

from segkit.core.rules import Interval
from segkit.errors import Place, Problem
from segkit.project.buckets.band_errors import Band, BandCoverage
from segkit.project.yaml.marks import Document, Entry


def problems(*bands: Interval, closed: str = "left", relation: str | None = "t") -> list[Problem]:
    named = [Band("abcdefg"[i], interval, Place("a.yml", 1, 1)) for i, interval in enumerate(bands)]
    document = Document("a.yml", "")
    for i in range(len(bands)):
        for column, key in ((1, ()), (10, ("from",)), (20, ("to",))):
            document.values["bands", i, *key] = Place("a.yml", i + 1, column)
    return BandCoverage(Entry(document), "band", "x", named, closed, relation).problems()


def below(end: int) -> Interval:
    return Interval(upper=D(end))


def between(low: int, high: int) -> Interval:
    return Interval(D(low), D(high))


def test_bands_that_cover_all_once() -> None:
    assert problems(below(10), between(10, 20), Interval(D(20))) == []


def test_an_overlap_is_shown_at_both_ends_and_parted() -> None:
    (found,) = problems(below(12), between(10, 20), Interval(D(20)))
    assert (found.code, found.message) == (
        "SK201",
        "bands of `band` overlap: 10 up to 12 is in two of them",
    )
    assert [(str(label.place), label.text) for label in found.labels] == [
        ("a.yml:1:20", '"a" ends before 12'),
        ("a.yml:2:10", '"b" starts at 10'),
    ]
    assert found.help == "use `from: 12`; a band holds from <= x < to"


@pytest.mark.parametrize(
    ("bands", "hint"),
    [
        ((below(10), Interval(D(10)), between(12, 20)), '"c" lies in "b": remove one'),
        ((below(10), Interval(D(10)), Interval(D(15))), 'end "b" with `to: 15`'),
        ((below(20), below(20), Interval(D(20))), '"b" lies in "a": remove one'),
    ],
)
def test_the_edit_that_parts_them(bands: tuple[Interval, ...], hint: str) -> None:
    (found,) = problems(*bands)
    assert (found.help or "").startswith(hint)


def test_three_at_once() -> None:
    found = problems(below(12), Interval(D(10)), between(11, 20))
    assert "11 up to 12 is in three of them" in [p.message for p in found][1]


@pytest.mark.parametrize(
    ("bands", "said", "hint"),
    [
        ((below(10), Interval(D(12))), "10 up to 12 is in none", "`to: 12` in line 1, or"),
        ((below(10), between(10, 20)), "20 and more is in none", "leave out `to: 20`, or add"),
        ((Interval(D(10)),), "everything below 10 is in none", "leave out `from: 10`, or add"),
    ],
)
def test_a_gap_is_closed(bands: tuple[Interval, ...], said: str, hint: str) -> None:
    (found,) = problems(*bands)
    assert found.code == "SK202"
    assert found.message == f"bands of `band` leave a gap: {said}"
    assert found.help == f"close the gap: {hint} a band of its own"


def test_closed_on_the_right_is_said_so() -> None:
    first, second = Interval(upper=D(12), upper_closed=True), Interval(D(10), lower_closed=False)
    (found,) = problems(first, second, closed="right")
    assert [label.text for label in found.labels] == ['"a" ends with 12', '"b" starts above 10']
    assert (found.help or "").endswith("a band holds from < x <= to")


@pytest.mark.parametrize(
    ("bands", "count"),
    [
        ((below(12), Interval(D(10))), 2),  # 10 and 11
        ((below(10), Interval(D(12))), 2),
        ((Interval(D(3)),), 3),  # 0, 1, 2
        ((below(15),), 5),  # 15 to 19
    ],
)
def test_the_rows_concerned_can_be_counted(bands: tuple[Interval, ...], count: int) -> None:
    (found,) = problems(*bands)
    assert found.affected is not None
    sql = f"SELECT count(*) FROM range(20) AS t(x) WHERE {found.affected.condition_sql}"
    assert duckdb.execute(sql).fetchall() == [(count,)]
    assert problems(*bands, relation=None)[0].affected is None
