"""A CASE of 2,000 WHENs is imported, in seconds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.pipeline import ImportOptions, Options, import_sql
from segkit.pipeline.import_ import Imported
from tests.conftest import MakeProject


def imported(project: Path, condition: str, count: int) -> Imported:
    whens = (f"WHEN {condition.format(i, i + 1)} THEN 'L{i}'" for i in range(count))
    case = f"CASE {' '.join(whens)} ELSE 'rest' END AS c"
    file = project / "old.sql"
    file.write_text(f"SELECT customer_id, {case} FROM customer_features", encoding="utf-8")
    return import_sql(Options(project_dir=project), ImportOptions(file))


# ten seconds each: one of numbers and one of texts every time, the others where minutes are
@pytest.mark.slow
@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("age < {0}", marks=pytest.mark.long),
        pytest.param("age = {0}", marks=pytest.mark.long),
        "customer_id LIKE 'x{0}%'",
        "age >= {0} AND age < {1}",
    ],
)
def test_2000_whens_are_equal_buckets(make_project: MakeProject, condition: str) -> None:
    start = time.process_time()
    (column,) = imported(make_project(), condition, 2000).columns
    assert time.process_time() - start < 60
    assert column.way == "rules"
    assert column.buckets >= 2000
    assert column.probes > 2000


@pytest.mark.slow
def test_2000_whens_that_only_their_order_tells_apart_are_refused(
    make_project: MakeProject,
) -> None:
    start = time.process_time()
    with pytest.raises(ConfigError) as refused:
        imported(make_project(), "customer_id LIKE '%{0}%'", 2000)
    assert time.process_time() - start < 60
    (problem,) = refused.value.problems
    assert problem.code == "SK217"
    assert problem.notes == (
        "rules have no order: each would say of too many before it that they do not hold",
    )


def test_beginnings_exclude_each_other_where_none_begins_with_the_other(
    make_project: MakeProject,
) -> None:
    made = imported(make_project(), "customer_id LIKE 'x{0}%'", 11)
    assert "when: \"coalesce(customer_id LIKE 'x9%', FALSE)\"" in made.yaml
    x10 = "coalesce(customer_id LIKE 'x10%', FALSE) AND NOT coalesce(customer_id LIKE 'x1%', FALSE)"
    assert f'when: "{x10}"' in made.yaml
