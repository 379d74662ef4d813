"""An SQL file as it is read: what would grow without end in DuckDB's SQL is refused."""

from __future__ import annotations

import time

import pytest

from segkit.errors import ConfigError
from segkit.importing.sql_file import parse, read_sql_file


def _nested(function: str, depth: int) -> str:
    text = "a"
    for _ in range(depth):
        text = f"{function}(b, {text})"
    return f"SELECT CASE WHEN {text} > 1 THEN 'x' END AS band FROM r"


@pytest.mark.parametrize(
    ("dialect", "function"), [("sqlite", "MAX"), ("trino", "LEAST"), ("bigquery", "SAFE_DIVIDE")]
)
def test_what_doubles_at_each_step_is_refused_in_time(dialect: str, function: str) -> None:
    started = time.process_time()
    with pytest.raises(ConfigError) as caught:
        parse(read_sql_file(_nested(function, 60), "old.sql", dialect))
    (problem,) = caught.value.problems
    assert problem.code == "SK216"
    assert "too long in DuckDB's SQL" in problem.message
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("dialect", "function", "depth"),
    [("sqlite", "MAX", 7), ("postgres", "GREATEST", 60), ("sqlite", "COALESCE", 60)],
)
def test_what_does_not_is_read(dialect: str, function: str, depth: int) -> None:
    (tree,) = parse(read_sql_file(_nested(function, depth), "old.sql", dialect))
    assert len(tree.sql(dialect="duckdb")) < 10_000
