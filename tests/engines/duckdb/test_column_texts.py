"""Texts as DuckDB counts them, and as Python does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from segkit.engines.duckdb.column_texts import column_shapes, column_texts, read_all_texts
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.files.csv_options import NOTHING_SAID, CsvOptions, FileOptions
from segkit.files.shapes import MOST, count_shapes

DAYS = [f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/2024" for n in range(84)]


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as engine:
        yield engine


def fill(engine: DuckDBEngine, texts: Sequence[str]) -> None:
    engine.execute("CREATE TABLE t (x VARCHAR)")
    engine.execute("INSERT INTO t SELECT unnest($1::VARCHAR[])", (list(texts),))


def test_as_python_counts(engine: DuckDBEngine) -> None:
    texts = ["1.5", "12.25", "NA", "5+", "1.50", "x", *DAYS]
    fill(engine, texts)
    assert set(column_shapes(engine.query, "t", "x")) == set(count_shapes(texts))
    found = column_texts(engine.query, "t", "x", "name")
    assert (found.name, found.distinct, found.same) == ("name", len(set(texts)), ("1.5", "1.50"))


def test_too_many_shapes_are_none(engine: DuckDBEngine) -> None:
    engine.execute(f"CREATE TABLE t AS SELECT repeat('x', i::INT) AS x FROM range({MOST + 1}) r(i)")
    assert column_texts(engine.query, "t", "x", "x").shapes is not None
    engine.execute(f"INSERT INTO t VALUES (repeat('y', {MOST}))")
    assert column_texts(engine.query, "t", "x", "x").shapes is None


@pytest.mark.parametrize("other", ["12/31/2024", "12/31/24"])
def test_days_in_two_orders_are_counted(engine: DuckDBEngine, other: str) -> None:
    texts = [*["31/12/2024"] * 40, *[other] * 20, "01/02/2024"]
    fill(engine, texts)
    (question,) = read_all_texts(engine.query, "t", {"d": "x"}, NOTHING_SAID).questions
    assert (question.n, question.of, question.columns) == (40, 20, ("d",))
    assert question.example == f"31/12/2024, {other}"


def test_what_is_said_decides_between_two_orders(engine: DuckDBEngine) -> None:
    fill(engine, [*["31/12/2024"] * 40, *["12/31/2024"] * 20])
    said = FileOptions(CsvOptions(dates="mdy"))
    found = read_all_texts(engine.query, "t", {"d": "x"}, said)
    assert not found.questions and found.columns[0].type == "DATE"


def test_no_days_at_all_are_text(engine: DuckDBEngine) -> None:
    fill(engine, ["13/14/2024", "05/40/2024", "31/02/2024", "06/30/2024"][:1] * 5 + ["14/13/2024"])
    found = read_all_texts(engine.query, "t", {"d": "x"}, NOTHING_SAID)
    assert not found.questions and found.columns[0].type == "VARCHAR"
