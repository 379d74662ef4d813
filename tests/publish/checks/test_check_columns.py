from __future__ import annotations

from pathlib import Path

import pytest

from segkit.core.columns import Column, parse_type
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import Place, Problem
from segkit.project.nodes import BucketSet, Project
from segkit.publish.checks.check_columns import Relation
from tests.publish.shops import fill, node, shop

PLACE = Place("sql/declared.yml", 3, 7)
YML = """\
buckets:
  - {name: bands, from: customer_features, key: customer_id, where: "WHERE_TEXT",
     columns: [{name: age_band, column: age, edges: [30]}]}
"""


def column(name: str, type_: str = "INTEGER") -> Column:
    return Column(name, parse_type(type_))


def project(directory: Path, where: str = "age > 1") -> Project:
    return shop(directory, YML.replace("WHERE_TEXT", where))


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("Age", "did you mean `age`?"),
        ("incom", "did you mean `income`?"),
        ("agenda", "did you mean `age`?"),
        ("spend", ""),
        ("x", ""),
    ],
)
def test_a_column_that_is_not_there(tmp_path: Path, asked: str, near: str) -> None:
    columns = [column("age"), column("income"), column("months_since_first_order")]
    made = project(tmp_path)
    with DuckDBEngine() as engine:
        found, seed = (
            Relation(made, engine, name, columns).missing(asked, PLACE)
            for name in ("customer_features", "customers")
        )
    assert found.labels[0].text == near
    assert found.help == "customer_features has: age, income, months_since_first_order"
    assert found.notes == ("it is built by sql/customer_features.sql",)
    assert seed.notes == ("it is loaded from customers.csv",)


@pytest.mark.parametrize(
    ("type_", "advice"),
    [
        ("DATE", "use the days since a date instead"),
        ("BOOLEAN", 'CAST("order" AS INTEGER)'),
        ("VARCHAR", "cast it to a number in the model"),
        ("INTEGER[]", "make a number of it in the model, or leave it out"),
    ],
)
def test_a_type_that_does_not_fit(tmp_path: Path, type_: str, advice: str) -> None:
    with DuckDBEngine() as engine:
        relation = Relation(project(tmp_path), engine, "customers", ())
        found = relation.wrong_type(column("order", type_), PLACE, "edges need a number")
        own = relation.wrong_type(column("order", type_), PLACE, "edges", "do this")
    assert found.message == f"column `order` is {type_}: edges need a number"
    assert advice in (found.help or "")
    assert own.help == "do this"


def problems(directory: Path, where: str) -> list[Problem]:
    made = project(directory, where)
    condition = node(made, "bands", BucketSet).where
    assert condition is not None
    with DuckDBEngine() as engine:
        fill(
            engine,
            "SELECT 1 AS customer_id, 2 AS age, 'a' AS name, DATE '2026-01-01' AS day WHERE FALSE",
        )
        columns = engine.columns("customer_features")
        relation = Relation(made, engine, "customer_features", columns)
        return list(relation.problems_of(condition))


@pytest.mark.parametrize(
    "where", ["age > 1", "AGE > 1 AND name LIKE 'a%'", "day > DATE '2026-01-01'"]
)
def test_a_condition_that_runs(tmp_path: Path, where: str) -> None:
    assert problems(tmp_path, where) == []


@pytest.mark.parametrize(
    ("where", "code", "said", "hint"),
    [
        ("agee > 1", "SK104", "column `agee` is not in customer_features", "customer_features has"),
        ("age + 1", "SK206", "this is not a condition: it is INTEGER", "compare it with something"),
        ("no_such_function(age) > 1", "SK206", "does not run", "use one of DuckDB's functions"),
        ("day > 5", "SK206", "does not run", "write a day as DATE '2026-01-31'"),
    ],
)
def test_a_condition_that_does_not(
    tmp_path: Path, where: str, code: str, said: str, hint: str
) -> None:
    (found,) = problems(tmp_path, where)
    assert found.code == code
    assert said in found.message
    assert hint in (found.help or "")


def test_a_text_in_double_quotes_is_named(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, 'name = \\"north\\"')
    assert found.help == "if it is a text, write it in single quotes: 'north'"
    assert found.notes == ("customer_features has: customer_id, age, name, day",)


@pytest.mark.parametrize(
    ("names", "clear"),
    [(("customer_id", "age", "Spend", "spend"), True), (("customer_id", "age", "Age"), False)],
)
def test_columns_that_differ_by_case_alone_are_named(
    tmp_path: Path, names: tuple[str, ...], clear: bool
) -> None:
    """PostgreSQL has such relations; DuckDB, which stands in for it here, has not."""
    declared = project(tmp_path)
    with DuckDBEngine() as engine:
        relation = Relation(declared, engine, "customer_features", [column(n) for n in names])
        found = list(relation.unclear(node(declared, "bands", BucketSet)))
    if clear:
        assert found == []
        return
    assert {problem.code for problem in found} == {"SK102"}
    assert found[0].message == (
        "`age` and `Age` of customer_features differ by case alone: it is not clear which"
    )
    assert len(found) == 2  # of the column that is cut, and of the condition
