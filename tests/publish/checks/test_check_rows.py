"""A key that tells customers apart: none is NULL, none comes twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import DataError, Place
from segkit.project.nodes import BucketSet
from segkit.publish.checks.check_rows import check_keys, emptiness

NODE = BucketSet("b", "people", "id", (), Place("b.yml", 1), Place("b.yml", 2), ())


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as opened:
        yield opened


def rows(engine: DuckDBEngine, values: str) -> str:
    engine.execute(f"CREATE OR REPLACE TABLE people AS SELECT * FROM (VALUES {values}) AS t(id)")
    return "people"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("(1), (2), (3)", []),
        ("(3), (1), (2)", []),
        ("(3), (1), (1)",
         [("SK305", "`id` is not unique in people: 1 of 3 rows repeat a key")]),
        ("(1), (NULL)", [("SK304", "1 of 2 rows of people has no `id`")]),
        ("(1), (NULL), (NULL)", [("SK304", "2 of 3 rows of people have no `id`")]),
        ("(1), (1), (1), (2)",
         [("SK305", "`id` is not unique in people: 2 of 4 rows repeat a key")]),
        ("(1), (1), (NULL)",
         [("SK304", "1 of 3 rows of people has no `id`"),
          ("SK305", "`id` is not unique in people: 1 of 3 rows repeat a key")]),
    ],
)  # fmt: skip
def test_keys(engine: DuckDBEngine, values: str, said: list[tuple[str, str]]) -> None:
    relation = rows(engine, values)
    if not said:
        check_keys(engine, NODE, relation)
        return
    with pytest.raises(DataError) as caught:
        check_keys(engine, NODE, relation)
    assert [(p.code, p.message) for p in caught.value.problems] == said
    assert {p.place for p in caught.value.problems} == {NODE.key_place}


def test_nobody_is_a_warning(engine: DuckDBEngine) -> None:
    relation = rows(engine, "(1)")
    assert emptiness(engine, NODE, relation) == ()
    (problem,) = emptiness(engine, NODE, f"(SELECT * FROM {relation} WHERE FALSE)")
    assert (problem.code, problem.severity) == ("SK301", "warning")
    assert problem.message == "people has no rows"
