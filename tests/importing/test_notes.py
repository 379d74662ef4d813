"""What is said of an import beside its findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.importing.choice import choose
from segkit.importing.notes import import_notes
from segkit.importing.request import ImportOptions, bucket_items
from tests.importing.plain_cases import AGES, TYPES, analysis, known, read


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as opened:
        yield opened


def notes(engine: DuckDBEngine, case: str, *, typed: bool = True, rest: str = "") -> list[str]:
    file, statement = read(f"SELECT customer_id, {case} AS band{rest} FROM customers")
    given = ImportOptions(Path("old.sql"))
    items = bucket_items(file, statement, given)
    types = TYPES if typed else {}
    chosen = [choose(engine, analysis(case, types))]
    return list(import_notes(file, statement, given, chosen, known(types), items))


def test_a_plain_case_over_known_columns_needs_no_note(engine: DuckDBEngine) -> None:
    apart = "CASE WHEN age IS NULL THEN 'none' WHEN age < 9 THEN 'a' WHEN age >= 9 THEN 'b' END"
    assert notes(engine, apart) == []
    assert notes(engine, apart.replace("WHEN age IS NULL THEN 'none' ", "")) == [
        'band: where the CASE says NULL, the bucket is called "Unknown"'
    ]


def test_what_was_assumed_left_out_and_decided(engine: DuckDBEngine) -> None:
    assert notes(engine, AGES) == ["Order decided in band; the buckets do not depend on it"]
    said = notes(engine, AGES, typed=False, rest=", age + 1 AS next_age")
    assert "Assumed: age DOUBLE; --type age=INTEGER says it, a project knows it" in said
    assert "Left out, no buckets: next_age" in said


def test_ends_that_are_in_and_labels_that_are_numbers(engine: DuckDBEngine) -> None:
    said = notes(engine, "CASE WHEN spend <= 9 THEN 1 WHEN spend > 9 THEN 2 END")
    assert "band: its labels are numbers in the CASE, and texts here; sort by band_order" in said
    assert "band: `closed: right`, because its ends are inclusive (<=)" in said
