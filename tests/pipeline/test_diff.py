"""Two published groupings of the same customers, held against what a database counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from segkit.cli.main import main
from segkit.errors import ConfigError, Problem
from segkit.monitor.compare import Comparison
from segkit.pipeline import Options, compare_segmentations
from segkit.report.diff import comparison_page
from segkit.report.render_text import render_text
from tests.conftest import BUCKETS_YML, SEGMENTS_YML, MakeProject, build_first, write_project

TIER = "      - {name: tier, column: spend, edges: [60, 200]}\n"
# text keys against whole numbers, and fewer customers
MORE_BUCKETS = """\
  - name: numbered
    from: numbered_features
    key: number
    where: "income >= 40"
    columns:
      - {name: spend_tier, column: spend, edges: [60, 200, 600]}
"""
NUMBERED_SQL = (
    "SELECT CAST(customer_id AS INTEGER) AS number, income, spend "
    "FROM {{ ref('customer_features') }}\n"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    segments = SEGMENTS_YML.replace("[spend]", "[{column: spend, period: later}]")
    other = SEGMENTS_YML.replace("shopper_segments", "coarse").replace("k: 4", "k: 2")
    project = write_project(
        tmp_path_factory.mktemp("diff") / "shop",
        None,
        {
            "sql/segments.yml": segments + other.removeprefix("segments:\n"),
            "sql/buckets.yml": BUCKETS_YML + TIER + MORE_BUCKETS,
            "sql/numbered_features.sql": NUMBERED_SQL,
        },
    )
    assert build_first(project).ok
    return project


def diff(project: Path, one: str, other: str) -> Comparison:
    return compare_segmentations(Options(project), one, other, warn=lambda problem: None)


def published(project: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


BOTH = "FROM shopper_segments AS s JOIN customer_buckets AS b USING (customer_id)"


def test_the_crosstab_is_what_a_database_counts(project: Path) -> None:
    found = diff(project, "shopper_segments", "age_band")
    pairs = published(project, f"SELECT segment_id, age_band {BOTH}")
    assert (found.one, found.other) == ("shopper_segments", "customer_buckets.age_band")
    assert [group.label for group in found.rows] == ["A", "B", "C", "D"]
    assert [group.label for group in found.columns] == ["<25", "25-35", "35-55", "55+"]
    for row, counts in zip(found.rows, found.counts, strict=True):
        for column, count in zip(found.columns, counts, strict=True):
            assert count == pairs.count((row.label, column.label))
    assert found.shared == len(pairs) == 240
    assert (found.only_one, found.only_other) == (0, 0)
    one, other = zip(*pairs, strict=True)
    assert found.rand == pytest.approx(adjusted_rand_score(one, other))
    assert found.information == pytest.approx(adjusted_mutual_info_score(one, other))


def test_missing_comes_last(project: Path) -> None:
    found = diff(project, "income_band", "shopper_segments")
    assert [group.label for group in found.rows] == ["Low", "High", "Unknown"]
    names = dict(
        published(project, "SELECT DISTINCT segment_id, segment_name FROM shopper_segments")
    )
    assert {group.label: group.title for group in found.columns} == names


def test_each_side_and_both_explain_the_metric(project: Path) -> None:
    found = diff(project, "shopper_segments", "age_band").metrics
    assert [(each.metric.column, each.metric.is_later) for each in found] == [("spend", True)]
    rows = published(
        project,
        f"SELECT segment_id, age_band, spend {BOTH} JOIN customer_features USING (customer_id)",
    )
    metric = found[0]
    assert metric.low_cap is None and metric.high_cap is not None
    values = np.array([spend for *_, spend in rows])
    assert np.quantile(values, 0.99) <= metric.high_cap <= 1.01 * np.quantile(values, 0.99)
    values = values.clip(max=metric.high_cap)

    def share(labels: list[str]) -> float:
        means = {label: values[np.array(labels) == label].mean() for label in set(labels)}
        between = sum((means[label] - values.mean()) ** 2 for label in labels)
        return float(between / ((values - values.mean()) ** 2).sum())

    segments, bands = [row[0] for row in rows], [row[1] for row in rows]
    both = [f"{one}/{other}" for one, other in zip(segments, bands, strict=True)]
    assert metric.one and metric.other and metric.both and metric.gain
    assert metric.one.value == pytest.approx(share(segments), abs=1e-6)
    assert metric.other.value == pytest.approx(share(bands), abs=1e-6)
    assert metric.both.value == pytest.approx(share(both), abs=1e-6)
    assert metric.both.value >= max(metric.one.value, metric.other.value)
    assert metric.gain.value == pytest.approx(metric.other.value - metric.one.value)
    assert metric.random == pytest.approx((3 / 239, 3 / 239, (len(set(both)) - 1) / 239))


def test_a_side_that_is_made_of_the_metric_is_told(project: Path) -> None:
    assert diff(project, "coarse", "age_band").metrics[0].made_of_it == ()
    found = diff(project, "coarse", "tier").metrics[0]
    assert found.made_of_it == ("customer_buckets.tier",)
    assert "(customer_buckets.tier made of it, so no test" in render_text(
        comparison_page(diff(project, "coarse", "tier"))
    )


def test_turned_round_it_says_the_same(project: Path) -> None:
    found, turned = (
        diff(project, *names) for names in (("coarse", "age_band"), ("age_band", "coarse"))
    )
    assert found.counts == tuple(zip(*turned.counts, strict=True))
    assert found.rand == turned.rand
    assert found.guess_one == turned.guess_other
    gains = [(each.metrics[0].gain.value) for each in (found, turned) if each.metrics[0].gain]
    assert gains[0] == -gains[1]


def test_a_metric_that_both_declare_is_shown_once_as_the_first_says(project: Path) -> None:
    found = diff(project, "shopper_segments", "coarse").metrics
    assert [(each.metric.column, each.metric.is_later) for each in found] == [("spend", True)]


def test_customers_of_one_side_only_are_counted_and_keys_compare_as_text(
    make_project: MakeProject,
) -> None:
    # as text the number 12 is no 0012: nobody in common but those of four digits
    rows = [(f"{i + 990}", 20 + i % 40, 30.0 + i % 50, 10.0 * i) for i in range(60)]
    project = make_project(
        rows,
        {
            "sql/features/customer_features.sql": "SELECT CAST(customer_id AS VARCHAR) AS "
            "customer_id, age, income, spend FROM {{ source('crm', 'customers') }}\n",
            "sql/buckets.yml": BUCKETS_YML + MORE_BUCKETS,
            "sql/numbered_features.sql": NUMBERED_SQL,
            "sql/segments.yml": None,
        },
    )
    assert build_first(project).ok
    found = diff(project, "age_band", "numbered")
    low = sum(row[2] < 40 for row in rows)
    assert low and (found.only_one, found.only_other, found.shared) == (low, 0, 60 - low)
    turned = diff(project, "numbered", "age_band")
    assert (turned.only_one, turned.only_other) == (0, low)
    assert found.metrics == ()


def test_nobody_in_common_is_an_error(project: Path) -> None:
    with pytest.raises(ConfigError, match="no customer in common"):
        diff(project, "shopper_segments", "numbered")  # 0001 and 1


def test_a_column_that_two_sets_have_must_say_which(make_project: MakeProject) -> None:
    twice = BUCKETS_YML + BUCKETS_YML.removeprefix("buckets:\n").replace("customer_b", "other_b")
    project = make_project(files={"sql/buckets.yml": twice})
    with pytest.raises(ConfigError) as raised:
        diff(project, "shopper_segments", "age_band")
    assert (
        raised.value.problems[0].help == "one of customer_buckets.age_band, other_buckets.age_band"
    )


def test_a_node_goes_before_a_column_of_its_name_and_it_is_said(make_project: MakeProject) -> None:
    named = BUCKETS_YML.replace("name: age_band", "name: shopper_segments")
    project = make_project(files={"sql/buckets.yml": named})
    assert build_first(project).ok
    said: list[Problem] = []
    found = compare_segmentations(
        Options(project), "shopper_segments", "income_band", warn=said.append
    )
    assert found.rows[0].label == "A"
    assert [problem.severity for problem in said] == ["warning"]
    assert "customer_buckets.shopper_segments" in said[0].message
    found = diff(project, "customer_buckets.shopper_segments", "shopper_segments")
    assert found.rows[0].label == "<25"


@pytest.mark.parametrize("output", ["table", "md", "json"])
def test_data_goes_to_stdout_and_nothing_else(
    project: Path, capfd: pytest.CaptureFixture[str], output: str
) -> None:
    words = ["diff", "coarse", "age_band", "--output", output, "--project-dir", str(project)]
    assert main(words) == 0
    shown = capfd.readouterr()
    assert shown.err == ""
    readers: dict[str, Callable[[str], object]] = {"json": json.loads}
    assert readers.get(output, str)(shown.out)
    assert "customer_buckets.age_band" in shown.out


def test_what_is_not_published_is_said_so(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    more = SEGMENTS_YML.replace("shopper_segments", "newer").removeprefix("segments:\n")
    (project / "sql/segments.yml").write_text(SEGMENTS_YML + more)
    (project / "sql/buckets.yml").write_text(BUCKETS_YML + TIER)
    with pytest.raises(ConfigError, match="newer is not published yet"):
        diff(project, "newer", "age_band")
    with pytest.raises(ConfigError, match="customer_buckets is published without `tier`"):
        diff(project, "shopper_segments", "tier")
