"""The plainest way that an engine finds equal, and rows on which two ways differ."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import ConfigError
from segkit.importing.choice import choose, compare_rows
from tests.importing.plain_cases import AGES, analysis


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as opened:
        yield opened


def test_bands_before_rules(engine: DuckDBEngine) -> None:
    apart = analysis("CASE WHEN age < 25 THEN 'young' WHEN age >= 25 THEN 'old' END")
    chosen = choose(engine, apart)
    assert (chosen.candidate.way, chosen.comparison.differences) == ("bands", ())
    assert chosen.comparison.rows > 0
    assert choose(engine, analysis(AGES)).candidate.way == "rules"


def test_one_label_is_no_bucket(engine: DuckDBEngine) -> None:
    with pytest.raises(ConfigError, match="`band` has one label for every row"):
        choose(engine, analysis("CASE WHEN age < 25 THEN 'a' ELSE 'a' END"))


def test_rows_of_a_relation_are_compared(engine: DuckDBEngine) -> None:
    engine.execute("CREATE TABLE customers (age INTEGER, spend DOUBLE, country VARCHAR)")
    engine.execute("INSERT INTO customers VALUES (24, 1, 'a'), (25, 1, 'b'), (NULL, 1, 'c')")
    chosen = choose(engine, analysis(AGES))
    compare_rows(engine, "customers", [chosen], None, "customers")
    # a CASE that says another thing of 24 than the buckets do
    other = choose(engine, analysis(AGES.replace("< 25", "< 24")))
    mixed = type(chosen)(
        other.analysis, chosen.candidate, chosen.node, chosen.comparison, chosen.problems
    )
    with pytest.raises(ConfigError) as caught:
        compare_rows(engine, "customers", [mixed], None, "customers")
    assert caught.value.problems[0].code == "SK217"
