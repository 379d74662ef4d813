from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import Problem
from segkit.project.load import load_project
from tests.project.projects import write_project

BUCKETS = """\
buckets:
  - {name: bands, from: customer_features, key: customer_id,
     columns: [{name: band, column: age, edges: [30]}]}
"""
VARS = "name: shop\nvars: {as_of: 2026-01-31, region: north}\n".replace(
    "2026-01-31", "'2026-01-31'"
)


def warnings(directory: Path, sql: str, buckets: str = BUCKETS) -> list[Problem]:
    files = {
        "segkit.yml": VARS,
        "sql/customer_features.sql": sql,
        "sql/buckets.yml": buckets,
    }
    return list(load_project(write_project(directory, files)).warnings)


FIXED = (
    "SELECT customer_id, date_diff('day', DATE '2026-01-31', DATE '2026-02-01') AS age "
    "FROM {{ ref('customers') }}"
)


@pytest.mark.parametrize(
    ("sql", "said", "place"),
    [
        (
            "SELECT customer_id, age + (CURRENT_DATE - DATE '2020-01-01') AS age\n"
            "FROM {{ ref('customers') }}",
            "is a view and asks for CURRENT_DATE: the same customers move",
            "sql/customer_features.sql:1:28",
        ),
        (
            "SELECT customer_id, age, now() AS t FROM {{ ref('customers') }}",
            "is a view and asks for now:",
            "sql/customer_features.sql:1:26",
        ),
        (
            "SELECT customer_id,\n  age, '{{ var('as_of') }}' AS d FROM {{ ref('customers') }}",
            "is a view that counts from a fixed day, as_of = 2026-01-31:",
            "sql/customer_features.sql:2:12",
        ),
        (
            FIXED,
            "is a view that counts from a fixed day, 2026-01-31:",
            "sql/customer_features.sql:1:44",
        ),
    ],
)
def test_views_that_count_from_a_day(tmp_path: Path, sql: str, said: str, place: str) -> None:
    (found,) = warnings(tmp_path, sql)
    assert (found.code, found.severity) == ("SK406", "warning")
    assert said in found.message
    assert str(found.place) == place


@pytest.mark.parametrize(
    "sql",
    [
        "{{ config(materialized='table') }}SELECT customer_id, age, now() AS t "
        "FROM {{ ref('customers') }}",
        "SELECT customer_id, age FROM {{ ref('customers') }} -- current_date",
        "SELECT customer_id, age, 'now()' AS t FROM {{ ref('customers') }}",
        "SELECT customer_id, age, '{{ var('region') }}' AS r FROM {{ ref('customers') }}",
        "SELECT customer_id, age, DATE '2026-01-31' AS d FROM {{ ref('customers') }}",
    ],
)
def test_what_does_not(tmp_path: Path, sql: str) -> None:
    assert warnings(tmp_path, sql) == []


def test_only_what_something_published_is_made_of(tmp_path: Path) -> None:
    assert len(warnings(tmp_path, FIXED)) == 1
    assert warnings(tmp_path, FIXED, "buckets: []\n") == []
