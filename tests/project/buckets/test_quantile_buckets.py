"""Quantiles as written: what is built, and every mistake with its place."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.dialects.table import DUCKDB, POSTGRES
from segkit.errors import Place
from segkit.project.buckets.quantile_buckets import Quantile, QuantileColumn
from tests.project.buckets.bucket_columns import check_wrong, facts, score_column
from tests.warehouses.fixtures import OpenWarehouse


def test_quantiles() -> None:
    built, problems = score_column(
        "column: spend, quantiles: 4, labels: [a, b, c, d], missing: none"
    )
    assert problems == []
    assert isinstance(built, QuantileColumn)
    assert facts(built.scores[0]) == ("s", "spend", 4, False)
    assert (built.labels, built.missing) == (("a", "b", "c", "d"), "none")
    assert str(built.scores[0].place) == "b.yml:1:19"
    assert built.outputs == (("s", "VARCHAR"), ("s_order", "INTEGER"))
    assert score_column("column: spend, quantiles: 4")[0].labels == ()


@pytest.mark.parametrize(
    ("text", "code", "under", "said"),
    [
        ("column: x, quantiles: 3, labels: [a, b]", "SK203", "[a, b]", "2 labels for 3 quantiles"),
        ("column: x, quantiles: 3, labels: [a]", "SK203", "[a]", "1 label for 3 quantiles"),
        ("column: x, quantiles: 2, labels: [a, a]", "SK205", "a, a]", 'are called "a"'),
        ("column: x, quantiles: 2, labels: [a, Unknown]", "SK205", "Unknown]", "missing values"),
        ("column: x, quantiles: 2, labels: [a, b], missing: b", "SK205", "b], m", "missing values"),
    ],
)
def test_what_is_wrong(text: str, code: str, under: str, said: str) -> None:
    check_wrong(text, code, under, said)


def score(parts: int) -> Quantile:
    return Quantile(name="s", column="x", place=Place("b.yml"), parts=parts)


def counted(values: list[int]) -> dict[int, int]:
    return dict(sorted(Counter(values).items()))


@given(st.lists(st.integers(-5000, 4999), min_size=1, max_size=60), st.integers(2, 10))
def test_of_values_that_are_counted_they_are_those_of_the_engine(
    values: list[int], parts: int
) -> None:
    """But for the last bit of what lies between two values, where engines differ as well."""
    found_sql = score(parts).found_sql("CAST(v AS DOUBLE)", DUCKDB)
    listed = ", ".join(f"({value})" for value in values)
    (found,) = duckdb.sql(f"SELECT {found_sql} FROM (VALUES {listed}) AS t (v)").fetchall()
    assert found[0] == pytest.approx(*score(parts).found_in(counted(values)), rel=1e-12, abs=1e-12)


@pytest.mark.warehouse
def test_so_they_are_on_postgres(open_warehouse: OpenWarehouse) -> None:
    values = [(i * i * 7919) % 6007 - 3000 for i in range(101)]
    listed = ", ".join(f"({value})" for value in values)
    for parts in range(2, 11):
        found_sql = score(parts).found_sql("CAST(v AS DOUBLE PRECISION)", POSTGRES)
        found = open_warehouse("postgres").query(
            f"SELECT {found_sql} FROM (VALUES {listed}) AS t (v)"
        )
        assert found[0][0] == pytest.approx(*score(parts).found_in(counted(values)), rel=1e-12)
