from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from segkit.core.fit import FittedFeature
from segkit.core.missing_values import MissingValues
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import Place
from segkit.monitor import data_tests
from segkit.project.nodes import ClusterSpec, DataTest, Feature, RuleSpec, Segmentation
from segkit.results import NodeResult

PLACE = Place("sql/models.yml", 7, 11, 6)
SEGMENTATION = Segmentation(
    "shoppers",
    "customers",
    "id",
    (),
    ClusterSpec(2, 10, 1),
    RuleSpec(None, 0.05, 0.2),
    "median",
    Place("sql/segments.yml", 2, 5),
    Place("sql/segments.yml", 4, 10),
    ("customers",),
)


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        scratch.execute('CREATE TABLE customers (id INTEGER, region VARCHAR, "or""der" INTEGER)')
        scratch.execute(
            "INSERT INTO customers VALUES (1, 'north', 10), (2, 'south', 10), "
            "(3, 'O''Hara', NULL), (4, NULL, NULL), (5, 'north', 11), (6, 'north', 11)"
        )
        scratch.execute("CREATE TABLE orders (id INTEGER, customer_id INTEGER)")
        scratch.execute("INSERT INTO orders VALUES (1, 1), (2, 1), (3, 99), (4, 99), (5, NULL)")
        yield scratch


def data_test(check: Any, node: str = "customers", column: str = "", **more: Any) -> DataTest:
    return DataTest(f"{check} {node}.{column}", check, (node,), PLACE, node, column, **more)


def relation_of(name: str) -> str:
    return f'"main"."{name}"'


def failures(engine: DuckDBEngine, test: DataTest) -> list[tuple[Any, ...]]:
    return sorted(engine.query(data_tests.test_sql(test, relation_of, DUCKDB)), key=str)


def test_unique_ignores_null_and_returns_each_value_once(engine: DuckDBEngine) -> None:
    assert failures(engine, data_test("unique", column="id")) == []
    assert failures(engine, data_test("unique", column='or"der')) == [(10, 2), (11, 2)]


def test_unique_on_a_column_with_the_name_of_the_count(engine: DuckDBEngine) -> None:
    engine.execute("CREATE TABLE odd (n_records INTEGER, unique_field INTEGER)")
    engine.execute("INSERT INTO odd VALUES (1, 2), (1, 3)")
    assert failures(engine, data_test("unique", "odd", "n_records")) == [(1, 2)]
    assert failures(engine, data_test("unique", "odd", "unique_field")) == []


def test_not_null_returns_the_rows(engine: DuckDBEngine) -> None:
    assert failures(engine, data_test("not_null", column="region")) == [(4, None, None)]
    assert failures(engine, data_test("not_null", column="id")) == []


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("region", ["north", "south", "O'Hara"], []),
        ("region", ["north", "south"], [("O'Hara", 1)]),
        ("region", ["north", None], [("O'Hara", 1), ("south", 1)]),
        ("id", [1, 2, 3, 4, 5, 6], []),
        ("id", ["1", 2, 3, 4, 5], [(6, 1)]),
        ("region", [1, True], [("O'Hara", 1), ("north", 3), ("south", 1)]),
    ],
)
def test_accepted_values_in_the_columns_own_type(
    engine: DuckDBEngine, column: str, values: list[Any], expected: list[Any]
) -> None:
    test = data_test("accepted_values", column=column, arguments={"values": values})
    assert failures(engine, test) == expected


def test_accepted_values_takes_true_and_false(engine: DuckDBEngine) -> None:
    engine.execute("CREATE TABLE flags AS SELECT unnest([true, false, NULL]) AS flag")
    test = data_test("accepted_values", "flags", "flag", arguments={"values": [True]})
    assert failures(engine, test) == [(False, 1)]


def test_relationships_ignores_null_and_counts_rows(engine: DuckDBEngine) -> None:
    arguments = {"to": "customers", "field": "id"}
    assert failures(
        engine, data_test("relationships", "orders", "customer_id", arguments=arguments)
    ) == [(99,), (99,)]
    # a NULL among the parents must not make every child fail, or none
    engine.execute("INSERT INTO customers VALUES (NULL, NULL, NULL)")
    assert (
        len(
            failures(
                engine, data_test("relationships", "orders", "customer_id", arguments=arguments)
            )
        )
        == 2
    )


def test_sql_may_end_with_a_comment_or_a_semicolon(engine: DuckDBEngine) -> None:
    for sql in ("SELECT 1 WHERE FALSE;\n", "SELECT id FROM customers WHERE id < 0 -- nobody"):
        test = DataTest("own", "sql", (), PLACE, sql=sql)
        assert data_tests.run_test(engine, test, relation_of).status == "pass"


@pytest.mark.parametrize(("severity", "status"), [("error", "fail"), ("warn", "warn")])
def test_a_failure_says_how_many_and_where_but_no_value(
    engine: DuckDBEngine, tmp_path: Path, severity: Any, status: str
) -> None:
    test = data_test(
        "accepted_values",
        column="region",
        arguments={"values": ["north", "south"]},
        severity=severity,
    )
    result = data_tests.run_test(engine, test, relation_of, directory=tmp_path)
    (problem,) = result.problems
    assert (result.status, result.failures) == (status, 1)
    assert (problem.code, problem.place) == ("SK501", PLACE)
    assert problem.severity == ("warning" if status == "warn" else "error")
    assert problem.message == "customers.region: 1 value is not in the list"
    assert "Hara" not in str(result)
    path = problem.notes[0].removeprefix("this query shows them: ")
    assert engine.query((tmp_path / path).read_text()) == [("O'Hara", 1)]


def test_a_pass_writes_nothing(engine: DuckDBEngine, tmp_path: Path) -> None:
    result = data_tests.run_test(
        engine, data_test("unique", column="id"), relation_of, directory=tmp_path
    )
    assert (result.status, result.failures, result.problems) == ("pass", 0, ())
    assert list(tmp_path.iterdir()) == []


def test_a_test_that_the_engine_refuses_is_an_error_with_its_place(engine: DuckDBEngine) -> None:
    result = data_tests.run_test(engine, data_test("unique", column="nope"), relation_of)
    assert (result.status, result.failures) == ("error", None)
    assert result.problems[0].place == PLACE


def published(engine: DuckDBEngine, rows: str) -> dict[str, Any]:
    engine.execute("CREATE TABLE shoppers (id INTEGER, segment_id VARCHAR)")
    engine.execute(f"INSERT INTO shoppers VALUES {rows}")
    results = data_tests.segmentation_tests(engine, SEGMENTATION, ("A", "B"), (), relation_of)
    assert [result.name for result in results] == [
        "unique shoppers.id",
        "one segment each shoppers",
        "smallest share shoppers",
        "missing grew shoppers",
    ]
    keys = ("unique", "one_each", "share")
    return {key: (r.status, r.failures) for key, r in zip(keys, results[:3], strict=True)}


def test_a_segmentation_that_is_right(engine: DuckDBEngine) -> None:
    rows = "(1, 'A'), (2, 'A'), (3, 'A'), (4, 'B'), (5, 'B'), (6, 'unassigned')"
    assert published(engine, rows) == {
        "unique": ("pass", 0),
        "one_each": ("pass", 0),
        "share": ("pass", 0),
    }


def test_a_customer_twice_left_out_or_without_a_segment(engine: DuckDBEngine) -> None:
    rows = "(1, 'A'), (1, 'B'), (2, NULL), (3, 'A'), (4, 'B')"  # 5 and 6 are nowhere
    found = published(engine, rows)
    assert found["unique"] == ("fail", 1)
    assert found["one_each"] == ("fail", 4)


def test_small_and_empty_segments_are_a_warning(engine: DuckDBEngine) -> None:
    assert published(engine, "(1, 'A'), (2, 'A'), (3, 'A'), (4, 'A'), (5, 'A'), (6, 'A')") == {
        "unique": ("pass", 0),
        "one_each": ("pass", 0),
        "share": ("warn", 1),
    }


def test_the_warning_names_the_segments_and_their_shares(engine: DuckDBEngine) -> None:
    engine.execute(
        "CREATE TABLE shoppers AS SELECT range + 1 AS id, "
        "CASE WHEN range = 0 THEN 'B' ELSE 'A' END AS segment_id FROM range(6)"
    )
    problem = data_tests.segmentation_tests(engine, SEGMENTATION, ("A", "B"), (), relation_of)[
        2
    ].problems[0]
    assert problem.message == "segments of shoppers under 20.00% of the customers: B (16.67%)"
    assert problem.severity == "warning"


AGE = FittedFeature("age", "Age", "", "standard", "INTEGER", 0.0, 1.0, 36.5)
HEIGHT = FittedFeature("height", "Height", "cm", "standard", "INTEGER", 0.0, 1.0, 171.0)


def grown(*columns: MissingValues, **declared: Any) -> tuple[NodeResult, ...]:
    node = replace(SEGMENTATION, features=(Feature("age", PLACE),), **declared)
    with DuckDBEngine() as engine:
        engine.execute("CREATE TABLE customers (id INTEGER)")
        engine.execute("CREATE TABLE shoppers (id INTEGER, segment_id VARCHAR)")
        return data_tests.segmentation_tests(engine, node, (), columns, relation_of)[3:]


@pytest.mark.parametrize(
    ("count", "status"),
    [(59, "pass"), (60, "warn"), (240, "warn"), (241, "fail")],  # 2 and 20 points over 4 %
)
def test_values_that_are_missing_since_the_fit(count: int, status: str) -> None:
    (result,) = grown(MissingValues(AGE, count, 1000, Fraction(4, 100)))
    assert (result.name, result.status) == ("missing grew shoppers", status)
    assert result.failures == len(result.problems) == (status != "pass")


def test_each_column_that_lost_values_has_a_sentence_and_a_place() -> None:
    (result,) = grown(
        MissingValues(AGE, 310, 1000, Fraction(4, 100)),
        MissingValues(HEIGHT, 21, 1000, Fraction(0)),
    )
    fails, warns = result.problems
    assert fails.message == (
        "age: 31% missing (4% at the fit): these 310 customers count as 36.5 (the median)"
    )
    assert (fails.severity, fails.place) == ("error", PLACE)
    assert "`missing_grew: 0.3` lets it pass" in str(fails.help)
    assert warns.message == (
        "height: 2.1% missing (0% at the fit): these 21 customers count as 171 cm (the median)"
    )
    assert (warns.severity, warns.place) == ("warning", SEGMENTATION.place)
    assert result.status == "fail"


def test_the_threshold_is_declared_and_can_be_switched_off() -> None:
    column = MissingValues(AGE, 1000, 1000, Fraction(0))
    assert [result.status for result in grown(column, missing_grew=1.0)] == ["warn"]
    assert grown(column, missing_grew=None) == ()
    little = MissingValues(AGE, 11, 1000, Fraction(0))
    assert [result.status for result in grown(little, missing_grew=0.01)] == ["fail"]
    (exact,) = grown(MissingValues(AGE, 10, 1000, Fraction(0)), missing_grew=0.01)
    assert exact.status == "pass"


def test_what_was_not_measured_at_the_fit_did_not_grow() -> None:
    (result,) = grown(MissingValues(AGE, 1000, 1000, None))
    assert (result.status, result.problems) == ("pass", ())
