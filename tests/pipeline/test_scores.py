"""Rules, quantiles and RFM through whole builds: edges move when asked, and nobody else does."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from segkit.pipeline import Options, fit_challengers, run_models, show_rows, use_version
from segkit.pipeline.compile import compile_node
from tests.conftest import HEADER, T1, MakeProject, build_first, customers, write_csv
from tests.pipeline.test_build import build, committed, problems, query

BUCKETS = """\
buckets:
  - name: scores
    from: customer_features
    key: customer_id
    columns:
      - name: stage
        rules:
          - {label: Rich, when: "spend > 500"}
          - {label: Young, when: "spend <= 500 AND age < 40 AND income > 0"}
        else: Other
      - {name: quarter, column: spend, quantiles: 4}
      - {name: rfm, rfm: {recency: age, frequency: income, monetary: spend, not_scored: "age > 65"}}
"""
SEGMENTS = """\
segments:
  - name: by_scores
    from: scored
    key: customer_id
    features: [rfm_f, rfm_m, {column: stage, kind: category}]
    clusters: {k: 3, k_max: 3}
"""
SCORED = "SELECT customer_id, rfm_f, rfm_m, stage FROM {{ ref('scores') }}"


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    """Scores and nothing else: a build takes half the time that it takes with segments."""
    return make_project(files={"sql/buckets.yml": BUCKETS, "sql/segments.yml": None})


@pytest.fixture
def segmented(make_project: MakeProject) -> Path:
    """The scores, and segments learned of them."""
    return make_project(
        files={"sql/buckets.yml": BUCKETS, "sql/segments.yml": SEGMENTS, "sql/scored.sql": SCORED}
    )


def scores(project: Path) -> dict[str, tuple]:
    rows = query(project, "SELECT customer_id, quarter_order, rfm_r, rfm_f, rfm_m, rfm FROM scores")
    return {row[0]: row[1:] for row in rows}


def edit(project: Path, before: str, after: str) -> None:
    path = project / "sql/buckets.yml"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


def test_rules_and_null(project: Path) -> None:
    """One TRUE wins; none TRUE and any unknown is missing; the rest is else."""
    result = build_first(project)
    assert result.ok, problems(result)
    rows = query(
        project,
        "SELECT f.age, f.income, f.spend, stage, stage_order "
        "FROM scores JOIN customer_features AS f USING (customer_id)",
    )
    for age, income, spend, stage, order in rows:
        if spend > 500:
            expected = ("Rich", 1)
        elif age < 40:
            expected = ("Unknown", 0) if income is None else ("Young", 2)
        else:
            expected = ("Other", 3)
        assert (stage, order) == expected
    assert {stage for *_, stage, _ in rows} == {"Rich", "Young", "Other", "Unknown"}


def test_who_is_not_scored_has_no_scores(project: Path) -> None:
    rows = [*customers(), ("old", 70, 50.0, 100.0), ("odd", None, 50.0, 100.0)]
    write_csv(project / "data/customers.csv", rows, HEADER)
    assert build_first(project).ok
    found = scores(project)
    assert found["old"][1:] == (None, None, None, "not_scored")
    # without recency there is no name; that it may be too little history is not known
    assert found["odd"][1] is None
    assert found["odd"][2:4] != (None, None)
    assert found["odd"][4] == "Unknown"
    assert query(project, "SELECT rfm_order FROM scores WHERE customer_id = 'old'") == [(11,)]


@pytest.mark.parametrize("fixture", ["project", pytest.param("segmented", marks=pytest.mark.slow)])
def test_the_same_again_and_new_data_move_no_edge(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    project = request.getfixturevalue(fixture)
    assert build_first(project).ok
    before, files = scores(project), committed(project)
    assert build(project).ok
    assert committed(project) == files
    rich = [(f"n{i}", 30, 500.0 + i, 90000.0 + i) for i in range(200)]
    rows = [*customers(), *rich]
    random.Random(3).shuffle(rows)
    write_csv(project / "data/customers.csv", rows, HEADER)
    assert build(project, T1).ok
    after = scores(project)
    assert {key: after[key] for key in before} == before
    assert committed(project) == files


@pytest.mark.slow
def test_asked_for_edges_move_and_go_back(project: Path) -> None:
    assert build_first(project).ok
    before = scores(project)
    rich = [(f"n{i}", 30, 500.0 + i, 90000.0 + i) for i in range(200)]
    write_csv(project / "data/customers.csv", [*customers(), *rich], HEADER)
    result = build(project, T1, refresh_edges=True)
    assert result.ok
    detail = next(node.detail for node in result.nodes if node.name == "scores")
    assert detail.startswith("edges v0002: quarter moves ")
    assert (project / "warehouse/fits/scores/current").read_text() == "v0002\n"
    after = scores(project)
    assert any(after[key] != before[key] for key in before)
    use_version(Options(project), "scores", 1)
    assert build(project, T1).ok
    again = scores(project)
    assert {key: again[key] for key in before} == before
    # asking again finds what v0002 holds already
    result = build(project, T1, refresh_edges=True)
    assert (project / "warehouse/fits/scores/current").read_text() == "v0002\n"
    assert not (project / "warehouse/fits/scores/v0003.json").exists()


def test_a_new_score_beside_old_ones_leaves_them(project: Path) -> None:
    assert build_first(project).ok
    before = scores(project)
    rich = [(f"n{i}", 30, 500.0 + i, 90000.0 + i) for i in range(200)]
    write_csv(project / "data/customers.csv", [*customers(), *rich], HEADER)
    path = project / "sql/buckets.yml"
    path.write_text(path.read_text() + "      - {name: fifth, column: income, quantiles: 5}\n")
    assert build(project, T1).ok
    after = scores(project)
    assert {key: after[key] for key in before} == before
    counts = query(project, "SELECT fifth_order, count(*) FROM scores GROUP BY 1 ORDER BY 1")
    assert [order for order, _ in counts if order] == [1, 2, 3, 4, 5]


def test_a_changed_definition_publishes_nothing(project: Path) -> None:
    assert build_first(project).ok
    before, files = scores(project), committed(project)
    edit(project, "quantiles: 4", "quantiles: 5")
    result = build(project, T1)
    assert not result.published
    assert any(
        "--refresh-edges -s scores" in (p.help or "") for n in result.nodes for p in n.problems
    )
    assert (scores(project), committed(project)) == (before, files)
    result = build(project, T1, refresh_edges=True)
    assert result.ok, problems(result)
    assert len({row[0] for row in scores(project).values()}) == 5


def moves(project: Path) -> str:
    """What is said of new edges of everything."""
    result = build(project, T1, refresh_edges=True)
    assert result.ok, problems(result)
    return next(node.detail for node in result.nodes if node.name == "scores")


@pytest.mark.slow
def test_who_moves_is_told_by_the_old_definition(project: Path) -> None:
    assert build_first(project).ok
    before = scores(project)
    edit(project, "quantiles: 4}", "quantiles: 3, labels: [low, mid, top]}")
    detail = moves(project)
    after = scores(project)
    moved = sum(after[key][0] != before[key][0] for key in before)
    assert detail.startswith(f"edges v0002: quarter moves {moved:,} (") and moved > 20
    edit(project, "{name: quarter, column: spend,", "{name: quarter, column: income,")
    detail = moves(project)
    last = scores(project)
    moved = sum(last[key][0] != after[key][0] for key in before)
    assert detail.startswith(f"edges v0003: quarter moves {moved:,} (") and moved > 20
    edit(project, "age > 65", "age > 60")
    assert moves(project) == "edges v0004: rfm is defined anew, all may move"


def test_spaces_are_no_definition(project: Path) -> None:
    assert build_first(project).ok
    edit(project, "age > 65", "age   >  65")
    assert build(project, T1).ok
    assert not (project / "warehouse/fits/scores/v0002.json").exists()


def test_a_damaged_file_of_the_past_does_not_stand_in_the_way(project: Path) -> None:
    assert build_first(project).ok
    edit(project, "quantiles: 4", "quantiles: 5")
    moves(project)
    (project / "warehouse/fits/scores/v0001.json").write_text("{")
    edit(project, "quantiles: 5", "quantiles: 6")
    assert moves(project).startswith("edges v0003")


@pytest.mark.slow
def test_only_what_is_selected_finds_new_edges_or_is_learned_anew(segmented: Path) -> None:
    assert build_first(segmented).ok
    files = committed(segmented)
    rich = [(f"n{i}", 30, 500.0 + i, 90000.0 + i) for i in range(200)]
    write_csv(segmented / "data/customers.csv", [*customers(), *rich], HEADER)
    for asked in ({"refresh_edges": True}, {"full_refresh": True}):
        result = build(segmented, T1, select=("customer_features",), **asked)
        assert result.ok, problems(result)
        assert {"scores", "by_scores"} <= {node.name for node in result.nodes}
        assert committed(segmented) == files


def test_labels_and_names_are_no_definition(project: Path) -> None:
    assert build_first(project).ok
    before = scores(project)
    edit(project, "quantiles: 4}", "quantiles: 4, labels: [low, mid, more, top]}")
    edit(project, 'not_scored: "age > 65"}}', 'not_scored: "age > 65"}, names: full}')
    result = build(project, T1)
    assert result.ok, problems(result)
    after = scores(project)
    assert {k: v[:4] for k, v in after.items()} == {k: v[:4] for k, v in before.items()}
    assert not (project / "warehouse/fits/scores/v0002.json").exists()


def test_edges_of_a_column_that_became_a_score_are_asked_for(project: Path) -> None:
    """It is published already, as something else."""
    edit(project, "column: spend, quantiles: 4", "column: spend, edges: [100, 300]")
    assert build_first(project).ok
    edit(project, "column: spend, edges: [100, 300]", "column: spend, quantiles: 4")
    result = build(project, T1)
    assert not result.ok
    assert [p.code for node in result.nodes for p in node.problems] == ["SK311"]
    assert build(project, T1, refresh_edges=True).ok


def test_run_and_locked_find_no_edges(segmented: Path) -> None:
    for result in (build(segmented, locked=True), run_models(Options(segmented))):
        assert not result.ok
        assert "SK311" in {p.code for node in result.nodes for p in node.problems}
    assert not (segmented / "warehouse/fits").exists()


def test_models_and_segments_read_scores(segmented: Path) -> None:
    result = build_first(segmented)
    assert result.ok, problems(result)
    assert query(segmented, "SELECT count(DISTINCT segment_id) FROM by_scores") == [(3,)]
    (learned,) = fit_challengers(Options(segmented), ("by_scores",), False)
    assert learned.fit.version == 1  # the same rows give the same fit
    with show_rows(Options(segmented), "scores", limit=3, where="rfm_f = 5", talk=print) as table:
        assert table.columns[-5:] == ("rfm", "rfm_order", "rfm_r", "rfm_f", "rfm_m")
        assert len(list(table.rows)) == 3


def test_pasted_sql_gives_the_same_rows(project: Path) -> None:
    assert build_first(project).ok
    published = query(project, "SELECT * FROM scores ORDER BY customer_id")
    view = compile_node(Options(project), "scores", from_relation="people", as_relation="pasted")
    expressions = compile_node(Options(project), "scores", expression=True)
    with duckdb.connect() as elsewhere:
        path = project / "data/customers.csv"
        elsewhere.execute(
            f"CREATE TABLE people AS FROM read_csv('{path}', types = {{'customer_id': 'VARCHAR'}})"
        )
        elsewhere.execute(view)
        assert (
            elsewhere.execute("SELECT * FROM pasted ORDER BY customer_id").fetchall() == published
        )
        by_hand = elsewhere.execute(f"SELECT customer_id, {expressions} FROM people ORDER BY 1")
        names = [column[0] for column in by_hand.description]
        assert names == ["customer_id", "stage", "quarter", "rfm", "rfm_r", "rfm_f", "rfm_m"]
        places = (0, 1, 3, 5, 7, 8, 9)
        assert by_hand.fetchall() == [tuple(row[p] for p in places) for row in published]


def test_values_that_are_not_finite_are_missing(make_project: MakeProject) -> None:
    model = (
        "SELECT customer_id, age, income, CASE WHEN age % 3 = 0 THEN spend / 0 WHEN age % 3 = 1 "
        "THEN 'nan'::DOUBLE ELSE spend END AS spend FROM {{ source('crm', 'customers') }}"
    )
    project = make_project(
        files={
            "sql/buckets.yml": BUCKETS,
            "sql/segments.yml": None,
            "sql/features/customer_features.sql": model,
        }
    )
    assert build_first(project).ok
    found = query(
        project,
        "SELECT DISTINCT stage, quarter, quarter_order, rfm_m FROM scores "
        "JOIN customer_features AS f USING (customer_id) WHERE NOT isfinite(spend)",
    )
    assert found == [("Unknown", "Unknown", 0, None)]


@pytest.mark.slow
def test_a_score_of_a_file_that_others_use_too(project: Path) -> None:
    (project / "warehouse").mkdir()
    with duckdb.connect(str(project / "warehouse/shop.duckdb")) as others:
        others.execute("CREATE TABLE theirs AS SELECT 1 AS x")
    assert build_first(project).ok
    before = scores(project)
    assert build(project, T1).ok
    assert scores(project) == before
    (project / "warehouse/fits/scores/v0001.json").unlink()
    (project / "warehouse/fits/scores/current").unlink()
    result = build(project, T1)
    assert "SK311" in {p.code for node in result.nodes for p in node.problems}
    assert scores(project) == before
