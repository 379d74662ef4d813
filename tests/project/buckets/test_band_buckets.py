"""Bands with their ends: what they hold, overlaps and gaps."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import Affected
from tests.project.buckets.bucket_columns import BANDS, column
from tests.project.projects import problems_of, write_project


def test_bands_keep_the_order_in_which_they_are_listed() -> None:
    built, found = column(
        "{name: b, column: x, bands: [{label: High, from: 2}, {label: Low, to: 1}, "
        "{label: Mid, from: 1, to: 2}]}"
    )
    assert found == []
    assert [band.label for band in built.bands] == ["High", "Low", "Mid"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bands: [{label: a, from: 1, to: 1}, {label: b}]", ["SK204"]),
        ("bands: [{label: a}, {label: b}]", ["SK201"]),
        ("bands: [{label: a, to: 1}]", ["SK202"]),
        (
            "bands: [{label: a, to: 1}, {label: b, from: 2}, {label: c, from: 0}]",
            ["SK201", "SK201"],
        ),
        ('bands: [{label: "<5", to: 1}, {label: b, from: 1}]', ["SK203"]),
        ("bands: [{label: a}]", []),
    ],
)
def test_what_is_wrong(text: str, expected: list[str]) -> None:
    assert column(f"{{name: b, column: x, {text}}}")[1] == expected


NUMBERS = st.decimals(-1000, 1000, places=1)


@given(st.lists(NUMBERS, min_size=1, max_size=5, unique=True), st.booleans(), st.booleans())
def test_bands_cut_at_edges_are_exact_and_a_moved_end_is_not(
    edges: list[Decimal], right: bool, gap: bool
) -> None:
    ends = [None, *sorted(edges), None]
    bands = list(pairwise(ends))

    def text(bands: list[tuple[Decimal | None, Decimal | None]]) -> str:
        items = []
        for i, (low, high) in enumerate(bands):
            low_text = "" if low is None else f", from: {low}"
            high_text = "" if high is None else f", to: {high}"
            items.append(f"{{label: band{'x' * i}{low_text}{high_text}}}")
        closed = "right" if right else "left"
        return f"{{name: b, column: x, closed: {closed}, bands: [{', '.join(items)}]}}"

    assert column(text(bands))[1] == []
    low, high = bands[0]
    assert high is not None
    moved = Decimal("0.05") * (-1 if gap else 1)
    assert column(text([(low, high + moved), *bands[1:]]))[1] == ["SK202" if gap else "SK201"]


@pytest.mark.parametrize(
    ("closed", "a", "b", "text", "count"),
    [
        ("left", 5, 3, "fall in the overlap", 2),  # 3, 4
        ("left", 3, 5, "fall in the gap", 2),  # 3, 4
        ("right", 5, 3, "fall in the overlap", 2),  # 4, 5
        ("right", 3, 5, "fall in the gap", 2),  # 4, 5
    ],
)
def test_rows_concerned_can_be_counted(
    tmp_path: Path, closed: str, a: int, b: int, text: str, count: int
) -> None:
    yaml = BANDS.format(column='"order"', closed=closed, a=a, b=b)
    (problem,) = problems_of(write_project(tmp_path, {"sql/buckets.yml": yaml}))
    assert isinstance(problem.affected, Affected)
    assert (problem.affected.relation, problem.affected.text) == ("customer_features", text)
    with duckdb.connect() as connection:
        connection.execute(
            'CREATE TABLE customer_features AS SELECT range AS "order" FROM range(10)'
        )
        rows = connection.execute(
            f"SELECT count(*) FROM customer_features WHERE {problem.affected.condition_sql}"
        ).fetchall()
    assert rows == [(count,)]
