from __future__ import annotations

import re
from pathlib import Path

import pytest

from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.errors import DataError, FitError
from segkit.pipeline.steps.bucket_builder import BuiltBuckets, build_bucket_set
from segkit.project.nodes import BucketSet
from segkit.publish.stored.write_files import write_files
from tests.publish.shops import node, shop

YML = """\
buckets:
  - name: made
    from: customer_features
    key: customer_id
    columns:
      - {name: band, column: age, edges: [20, 30]}
      - {name: age_q, column: age, quantiles: 2}
"""


def build(
    directory: Path, workspace: DuckDBWorkspace, yml: str = YML, *, refresh: bool = False
) -> BuiltBuckets:
    project = shop(directory, yml)
    made = node(project, "made", BucketSet)
    return build_bucket_set(project, workspace, made, locked=False, refresh_edges=refresh)


def fill(workspace: DuckDBWorkspace, sql: str) -> None:
    workspace.create_view("main", "customer_features", sql, "customer_features")


def test_a_view_its_proof_and_its_files(tmp_path: Path, workspace: DuckDBWorkspace) -> None:
    fill(workspace, "SELECT i AS customer_id, i AS age FROM range(41) AS t(i)")
    built = build(tmp_path, workspace)
    assert (built.proof.status, built.proof.failures) == ("pass", 0)
    said = re.fullmatch(r"parity made .. 41 rows, (\d+) edge cases, 0 differ", built.proof.text)
    assert said is not None and int(said[1]) > 5
    assert built.detail == "edges v0001"
    assert sorted(path.relative_to(tmp_path).as_posix() for path in built.files) == [
        "warehouse/fits/made/current",
        "warehouse/fits/made/v0001.json",
        "warehouse/views/made.sql",
    ]
    counts = "SELECT band, count(*) FROM made GROUP BY band_order, band ORDER BY band_order"
    assert workspace.query(counts) == [("<20", 20), ("20-30", 10), ("30+", 11)]
    assert workspace.query("SELECT max(customer_id) FROM made WHERE age_q_order = 1") == [(20,)]


def test_new_edges_say_whom_they_move(tmp_path: Path, workspace: DuckDBWorkspace) -> None:
    fill(workspace, "SELECT i AS customer_id, i AS age FROM range(41) AS t(i)")
    write_files(build(tmp_path, workspace).files, tmp_path)
    assert build(tmp_path, workspace).detail == ""
    assert build(tmp_path, workspace, refresh=True).detail == "edges v0001: nobody moves"
    fill(workspace, "SELECT i AS customer_id, i AS age FROM range(51) AS t(i)")
    moved = build(tmp_path, workspace, refresh=True)
    # 21 to 25 are in the lower half now
    assert moved.detail == "edges v0002: age_q moves 5 (2 of 2 buckets kept)"
    more = YML.replace("from: customer_features", 'from: customer_features\n    where: "age > -1"')
    assert build(tmp_path, workspace, more, refresh=True).detail.endswith(
        "age_q is defined anew, all may move"
    )


def test_what_stops_a_bucket_set(tmp_path: Path, workspace: DuckDBWorkspace) -> None:
    fill(workspace, "SELECT 7 AS customer_id, i AS age FROM range(3) AS t(i)")
    with pytest.raises(DataError) as raised:
        build(tmp_path, workspace)
    assert [problem.code for problem in raised.value.problems] == ["SK305"]
    fill(workspace, "SELECT i AS customer_id, i AS age FROM range(3) AS t(i)")
    project = shop(tmp_path, YML)
    made = node(project, "made", BucketSet)
    with pytest.raises(FitError, match="no stored edges yet"):
        build_bucket_set(project, workspace, made, locked=True, refresh_edges=False)


def test_warnings_are_those_of_the_data(tmp_path: Path, workspace: DuckDBWorkspace) -> None:
    fill(workspace, "SELECT i AS customer_id, 10 + (i = 7)::INT AS age FROM range(40) AS t(i)")
    codes = [problem.code for problem in build(tmp_path, workspace).warnings]
    assert codes == ["SK209", "SK209"]  # <20, and the lower half
