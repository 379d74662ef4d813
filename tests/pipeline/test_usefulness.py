"""Whether segments are worth having: measured at every build, kept by new fits."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import duckdb
import numpy as np
import pytest

from segkit.core.usefulness import Usefulness
from segkit.pipeline import Options, explain_segmentation, fit_challengers, run_build
from segkit.publish.stored.fits import fit_path, read_fit
from segkit.results import SegmentationResult
from tests.conftest import (
    BUCKETS_YML,
    SEGMENTS_YML,
    T0,
    T1,
    TWO_SEGMENTS_YML,
    MakeProject,
    build_first,
    customers,
    write_project,
)

HEADER = (
    "customer_id",
    "age",
    "income",
    "spend",
    "later",
    "came",
    "noise",
    "same",
    "none",
    "again",
)
METRICS = """\
    metrics:
      - {column: later, period: later, label: Money to come, unit: "$"}
      - {column: came, period: later}
      - {column: noise, period: later}
      - {column: same, period: later}
      - {column: none, period: later}
      - {column: again, period: later}
      - spend
"""
MODEL = "SELECT * REPLACE (CAST(none AS DOUBLE) AS none) FROM {{ source('crm', 'customers') }}\n"


def rows() -> list[tuple[object, ...]]:
    """What the segments tell (later, came), what nobody can (noise), and what is no test."""
    draw = random.Random(3)
    made = []
    for id_, age, income, spend in customers():
        rich = income is not None and income > 60
        later = round(draw.gauss(500 if rich and age < 45 else 100, 30), 2)
        came = draw.random() < (0.9 if rich else 0.1)
        again = round(age * 3 + draw.gauss(0, 1), 3)
        made.append((id_, age, income, spend, later, came, draw.random(), 5, None, again))
    made[0] = (*made[0][:4], None, *made[0][5:])
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SegmentationResult]:
    project = write_project(
        tmp_path_factory.mktemp("usefulness") / "shop",
        customers(),
        {
            "sql/features/customer_features.sql": MODEL,
            "sql/segments.yml": SEGMENTS_YML.replace("    metrics: [spend]\n", METRICS),
        },
    )
    with (project / "data/customers.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *(["" if v is None else v for v in r] for r in rows())])
    result = run_build(Options(project, as_of=T0))
    assert result.ok, [p.message for node in result.nodes for p in node.problems]
    return project, result.segmentations[0]


def measured(result: SegmentationResult) -> dict[str, Usefulness]:
    return {each.metric: each for each in result.usefulness}


def published(project: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def share(pairs: list[tuple]) -> float:
    values = np.array([float(value) for _, value in pairs])
    groups = np.array([str(group) for group, _ in pairs])
    means = {group: values[groups == group].mean() for group in set(groups)}
    between = sum((means[group] - values.mean()) ** 2 for group in groups)
    return float(between / ((values - values.mean()) ** 2).sum())


JOINED = "FROM shopper_segments AS s JOIN customer_features AS f USING (customer_id)"


@pytest.mark.parametrize("metric", ["later", "came", "noise", "again"])
def test_the_share_is_that_of_the_published_rows(
    built: tuple[Path, SegmentationResult], metric: str
) -> None:
    project, result = built
    pairs = published(
        project, f"SELECT s.segment_id, f.{metric} {JOINED} WHERE f.{metric} IS NOT NULL"
    )
    found = measured(result)[metric]
    assert found.explained is not None
    assert found.explained.value == pytest.approx(share(pairs), abs=1e-6)
    assert found.explained.low < found.explained.value < found.explained.high
    assert found.known == len(pairs)
    assert found.missing == 240 - len(pairs)
    assert found.random == pytest.approx(3 / (len(pairs) - 1))


def test_other_k_are_measured_by_their_own_centres(
    built: tuple[Path, SegmentationResult],
) -> None:
    """By the file of the fit and the published rows alone."""
    project, result = built
    path = fit_path(project / "warehouse/fits", "shopper_segments", 1)
    fit = json.loads(path.read_text(encoding="utf-8"))
    metrics = ["later", "came"]
    known = published(
        project, f"SELECT s.age, s.income, {', '.join(f'f.{m}' for m in metrics)} {JOINED}"
    )
    axes = [
        [f["median"] if row[at] is None else float(row[at]) for row in known]
        for at, f in enumerate(fit["features"])
    ]
    scales = zip(axes, fit["features"], strict=True)
    places = np.array([(np.array(x) - f["center"]) / f["spread"] for x, f in scales])
    kept = {p["k"]: p["centers"] for p in fit["clusters"]["sweep"] if "centers" in p}
    assert set(kept) == set(fit["clusters"]["alternatives"]) and kept
    kept[4] = fit["clusters"]["centers"]
    for at, metric in enumerate(metrics, start=2):
        each = measured(result)[metric]
        assert each.clusters is not None
        said = {other.k: other.explained for other in each.others} | {4: each.clusters.value}
        assert set(said) == set(kept)
        for k, centers in kept.items():
            away = ((places.T[:, None, :] - np.array(centers)) ** 2).sum(axis=2).argmin(axis=1)
            both = zip(away, known, strict=True)
            pairs = [(code, row[at]) for code, row in both if row[at] is not None]
            assert said[k] == pytest.approx(share(pairs), abs=1e-6)


def test_each_kind_of_metric_has_its_verdict(built: tuple[Path, SegmentationResult]) -> None:
    verdicts = {each.metric: each.verdict for each in built[1].usefulness}
    assert verdicts == {
        "later": "no better",  # halves of age and of income, crossed, say it
        "came": "no better",  # income alone says it
        "noise": "nothing",
        "same": "unknown",
        "none": "unknown",
        "again": "descriptive",
        "spend": "descriptive",
    }


def test_a_metric_that_repeats_a_feature_is_no_test_and_said_so(
    built: tuple[Path, SegmentationResult],
) -> None:
    assert measured(built[1])["again"].same_as == "age"
    assert built[1].warnings[0].startswith("again is declared as of a later period, but")
    assert "age" in built[1].warnings[0]
    assert not any("later is declared" in warning for warning in built[1].warnings)


def test_the_best_of_the_plain_rivals_is_the_rival(built: tuple[Path, SegmentationResult]) -> None:
    project, result = built
    rivals = {}
    for column in ("age_band", "income_band"):
        pairs = published(
            project,
            f"SELECT b.{column}, f.later {JOINED} JOIN customer_buckets AS b USING (customer_id) "
            "WHERE f.later IS NOT NULL",
        )
        rivals["buckets", f"customer_buckets.{column}"] = share(pairs)
    for column in ("age", "income"):
        edges = published(
            project, f"SELECT quantile_cont({column}, [0.25, 0.5, 0.75]) FROM shopper_segments"
        )[0][0]
        above = " + ".join(f"(s.{column} > {edge})::INTEGER" for edge in edges)
        pairs = published(project, f"SELECT {above}, f.later {JOINED} WHERE f.later IS NOT NULL")
        rivals["quantiles", column] = share(pairs)
    rival = measured(result)["later"].rival
    assert rival is not None
    assert (rival.kind, rival.name, rival.other) == ("cross", "age", "income")
    assert rival.explained.value > max(rivals.values())
    explained = measured(result)["later"].explained
    assert explained is not None
    assert rival.ahead.value == pytest.approx(explained.value - rival.explained.value, abs=1e-6)


def test_the_profile_has_the_lift_of_each_segment(built: tuple[Path, SegmentationResult]) -> None:
    project, _ = built
    lifts = dict(published(project, "SELECT segment_id, came_lift FROM shopper_segments_profile"))
    means = dict(published(project, f"SELECT segment_id, avg(came::INTEGER) {JOINED} GROUP BY 1"))
    overall = published(project, "SELECT avg(came::INTEGER) FROM customer_features")[0][0]
    assert lifts == pytest.approx({id_: mean / overall for id_, mean in means.items()})
    names = [name for name, *_ in published(project, "DESCRIBE shopper_segments_profile")]
    assert names[-7:] == [f"{metric}_lift" for metric in HEADER[4:]] + ["spend_lift"]
    nothing = published(project, "SELECT DISTINCT none_lift FROM shopper_segments_profile")
    assert nothing == [(None,)]


def test_the_profile_says_what_the_segments_explain(built: tuple[Path, SegmentationResult]) -> None:
    project, result = built
    (comment,) = published(
        project,
        "SELECT comment FROM duckdb_views() WHERE view_name = 'shopper_segments_profile'",
    )
    for each in result.usefulness:
        assert each.summary in comment[0]


def test_a_new_fit_keeps_what_it_was_measured_at_and_no_customers_value(
    built: tuple[Path, SegmentationResult],
) -> None:
    project, result = built
    path = fit_path(project / "warehouse/fits", "shopper_segments", 1)
    assert read_fit(path).usefulness == result.usefulness
    entry = json.loads(path.read_text(encoding="utf-8"))["usefulness"][0]
    assert entry.keys() == {
        "metric",
        "declared_later",
        "known",
        "missing",
        "groups",
        "explained",
        "clusters",
        "others",
        "rival",
        "random",
        "random_high",
    }
    before = path.read_bytes()
    again = run_build(Options(project, as_of=T1))
    assert again.segmentations[0].usefulness == result.usefulness
    assert path.read_bytes() == before


def test_programs_read_it_in_run_results(built: tuple[Path, SegmentationResult]) -> None:
    project, result = built
    data = json.loads((project / "target/run_results.json").read_text(encoding="utf-8"))
    entry = data["segmentations"][0]
    assert entry["unique_id"] == "segmentation.shop.shopper_segments"
    assert [each["verdict"] for each in entry["usefulness"]] == [
        each.verdict for each in result.usefulness
    ]


def test_explain_measures_today_and_tells_what_it_was_at_the_fit(
    built: tuple[Path, SegmentationResult],
) -> None:
    project, result = built
    explanation = explain_segmentation(Options(project), None)
    assert explanation.usefulness == explanation.fit.usefulness == result.usefulness
    assert explanation.words["later"] == ("Money to come", "$")


@pytest.mark.slow  # the rivals are in the tests above
def test_a_challenger_is_measured_against_the_buckets_too(make_project: MakeProject) -> None:
    # a tier of spend itself would explain itself, so it is no rival of the metric
    tiers = (
        "      - {name: spend_tier, column: spend, edges: [60, 200, 600]}\n"
        "      - {name: ruled, rules: [{label: Low, when: SPEND < 99}], else: High}\n"
        "      - {name: tens_tier, column: tens, edges: [6, 20, 60]}\n"
    )
    model = "SELECT *, CAST(spend / 10 AS INTEGER) AS tens FROM {{ source('crm', 'customers') }}\n"
    project = make_project(
        files={
            "sql/buckets.yml": BUCKETS_YML + tiers,
            "sql/features/customer_features.sql": model,
        }
    )
    first = build_first(project).segmentations[0]
    segments = project / "sql/segments.yml"
    segments.write_text(segments.read_text().replace("k: 4, k_max", "k: 3, k_max"))
    challenger = fit_challengers(Options(project), (), promote=False)[0].fit
    assert challenger.version == 2
    assert [each.metric for each in challenger.usefulness] == ["spend"]
    here, there = challenger.usefulness[0], measured(first)["spend"]
    assert here.groups == 3 and there.groups == 4
    assert here.rival is not None and there.rival is not None
    assert here.rival.name == there.rival.name == "customer_buckets.tens_tier"


@pytest.mark.slow
def test_fits_of_before_stay_as_they_are(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    path = fit_path(project / "warehouse/fits", "shopper_segments", 1)
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["usefulness"], data["checksum"]
    older = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    path.write_text(older, encoding="utf-8")
    result = run_build(Options(project, as_of=T1))
    assert result.ok and result.segmentations[0].usefulness
    refit = fit_challengers(Options(project), (), promote=False)[0].fit
    assert refit.version == 1, "it says the same, whatever was measured"
    assert path.read_text(encoding="utf-8") == older


def test_without_metrics_nothing_is_measured(make_project: MakeProject) -> None:
    bare = TWO_SEGMENTS_YML.replace("    metrics: [spend]\n", "")
    project = make_project(files={"sql/segments.yml": bare})
    assert build_first(project).segmentations[0].usefulness == ()
    assert explain_segmentation(Options(project), None).usefulness == ()


def test_only_the_customers_of_where_count_and_a_category_is_a_rival(
    make_project: MakeProject,
) -> None:
    """Keys repeat among those that `where` leaves out; some customers are unassigned."""
    model = (
        "SELECT customer_id, age, income, spend, FALSE AS is_test, "
        "CASE WHEN spend > 200 THEN 'north' ELSE 'south' END AS region "
        "FROM {{ source('crm', 'customers') }}\n"
        "UNION ALL SELECT '0001', 30, 50, 1e6, TRUE, 'west' "
        "FROM {{ source('crm', 'customers') }}\n"
    )
    segments = SEGMENTS_YML.replace(
        "key: customer_id\n", "key: customer_id\n    where: NOT is_test\n"
    )
    segments = segments.replace(
        "      - age\n", "      - age\n      - {column: region, kind: category}\n"
    )
    segments = segments.replace("[spend]", "[spend]\n    missing: unassigned")
    project = make_project(
        files={
            "sql/features/customer_features.sql": model,
            "sql/segments.yml": segments,
            "sql/buckets.yml": None,
        }
    )
    result = build_first(project)
    assert result.ok, [p.message for node in result.nodes for p in node.problems]
    found = result.segmentations[0].usefulness[0]
    assert (found.known, found.missing) == (240, 0)
    assert found.groups == 5  # the unassigned are a group of their own
    assert found.rival is not None
    crossed = (found.rival.kind, found.rival.name, found.rival.other)
    assert crossed == ("cross", "age", "region") and found.rival.groups == 4
    pairs = published(
        project,
        f"SELECT s.region, least(f.spend, {found.high_cap or 1e9}) {JOINED} WHERE NOT f.is_test",
    )
    assert found.rival.explained.value > share(pairs) > 0.5


def test_explain_leaves_out_what_is_declared_and_not_built_yet(make_project: MakeProject) -> None:
    project = make_project(files={"sql/buckets.yml": BUCKETS_YML})
    build_first(project)
    segments = project / "sql/segments.yml"
    text = segments.read_text().replace("[spend]", "[spend, visits]")
    segments.write_text(text.replace("      - age\n", "      - age\n      - orders\n"))
    more = "      - {name: tier, column: income, edges: [9]}\n"
    (project / "sql/buckets.yml").write_text(BUCKETS_YML + more)
    found = explain_segmentation(Options(project), None).usefulness
    assert [each.metric for each in found] == ["spend"]
    segments.write_text(text.replace("[spend, visits]", "[visits]"))
    assert explain_segmentation(Options(project), None).usefulness == ()
