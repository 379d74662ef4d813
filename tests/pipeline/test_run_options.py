from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import Affected, ConfigError, Problem
from segkit.pipeline.run_options import Options, as_of_time, counted, find_node, open_project
from segkit.project.nodes import BucketSet, Model, Segmentation
from tests.conftest import MakeProject

NOON = datetime(2026, 1, 31, 12)


def test_a_time_is_in_utc_and_has_no_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert as_of_time(Options(as_of=NOON)) == NOON
    east = NOON.replace(tzinfo=timezone(timedelta(hours=2)))
    assert as_of_time(Options(as_of=east)) == datetime(2026, 1, 31, 10)
    assert as_of_time(Options()) == datetime(1970, 1, 2)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        as_of_time(Options())
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    now, found = datetime.now(UTC).replace(tzinfo=None), as_of_time(Options())
    assert found.tzinfo is None and found.microsecond == 0
    assert abs(found - now) < timedelta(minutes=5)


def test_a_problem_says_how_many_rows_it_is_about() -> None:
    problem = Problem("SK201", "overlap", notes=("one",))
    affected = Affected("t", "x", "x >= 2 AND x < 4", "fall in the overlap")
    with DuckDBEngine() as engine:
        engine.execute("CREATE TABLE t AS FROM range(2000) AS t(x)")
        assert counted(problem, engine, "t") is problem
        told = counted(Problem("SK201", "overlap", notes=("one",), affected=affected), engine, "t")
        assert told.notes == ("one", "2 of 2,000 rows fall in the overlap")
        other = Problem("SK201", "o", affected=Affected("t", "y", "y > 1", "are"))
        assert counted(other, engine, "t") is other  # the column is not published yet


def test_a_node_of_a_kind(make_project: MakeProject) -> None:
    project = open_project(Options(make_project()))
    assert find_node(project, None, Segmentation, "segmentation").name == "shopper_segments"
    assert find_node(project, "customer_buckets", BucketSet, "bucket set").kind == "buckets"


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("customer_buckets", "`customer_buckets` is a bucket set, not a segmentation",
         "it is one of shopper_segments"),
        ("shoper_segments", "no segmentation is called `shoper_segments`",
         "did you mean `shopper_segments`?"),
        ("x", "no segmentation is called `x`", "it is one of shopper_segments"),
    ],
)  # fmt: skip
def test_a_node_that_is_not_there(
    make_project: MakeProject, name: str, said: str, hint: str
) -> None:
    project = open_project(Options(make_project()))
    with pytest.raises(ConfigError) as raised:
        find_node(project, name, Segmentation, "segmentation")
    (problem,) = raised.value.problems
    assert (problem.code, problem.message, problem.help) == ("SK101", said, hint)


def test_which_one_and_none_at_all(make_project: MakeProject) -> None:
    model = {"sql/more.sql": "SELECT * FROM {{ ref('customer_features') }}"}
    project = open_project(Options(make_project(files={"sql/segments.yml": None, **model})))
    with pytest.raises(ConfigError, match="the project has no segmentation"):
        find_node(project, None, Segmentation, "segmentation")
    with pytest.raises(ConfigError, match="which model"):
        find_node(project, None, Model, "model")


def test_without_a_project(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        open_project(Options(tmp_path))
    assert [problem.code for problem in raised.value.problems] == ["SK008"]
