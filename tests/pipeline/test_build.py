"""A build from end to end: what is published, and what moves (nothing, unless asked)."""

from __future__ import annotations

import hashlib
import random
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from segkit.core.tree import splits
from segkit.errors import ConfigError
from segkit.learn.trees.short_cuts import digits_of
from segkit.pipeline import (
    Options,
    explain_segmentation,
    fit_challengers,
    run_build,
    run_models,
    run_seeds,
    run_tests,
    show_rows,
)
from segkit.pipeline.compile import compile_node
from segkit.publish.stored.fits import fit_path, read_fit
from segkit.results import BuildResult
from tests.conftest import (
    HEADER,
    T0,
    T1,
    TWO_SEGMENTS_YML,
    MakeProject,
    build_first,
    customers,
    write_csv,
)


def build(project: Path, as_of: datetime = T0, **options: object) -> BuildResult:
    return run_build(Options(project, as_of=as_of, **options))  # type: ignore[arg-type]


def problems(result: BuildResult) -> list[str]:
    return [p.message for node in result.nodes for p in node.problems]


def committed(project: Path) -> dict[str, str]:
    folders = (project / "warehouse/fits", project / "warehouse/views")
    return {
        str(path.relative_to(project)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def query(project: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_build_publishes_what_the_contract_names(make_project: MakeProject) -> None:
    project = make_project()
    result = build_first(project)
    assert result.ok and result.published, problems(result)

    def names(relation: str) -> list[str]:
        return [row[0] for row in query(project, f"DESCRIBE {relation}")]

    assert names("shopper_segments") == [
        "customer_id",
        "age",
        "income",
        "segment_id",
        "segment_name",
        "segment_order",
    ]
    assert names("customer_buckets") == [
        "customer_id",
        "age_band",
        "age_band_order",
        "income_band",
        "income_band_order",
    ]
    assert names("shopper_segments_profile") == [
        "segment_id",
        "segment_name",
        "description",
        "rule",
        "n",
        "share",
        "age_mean",
        "age_median",
        "income_mean",
        "income_median",
        "spend_sum",
        "spend_mean",
        "spend_share",
        "spend_lift",
    ]
    assert names("shopper_segments_history") == [
        "customer_id",
        "segment_id",
        "fit_version",
        "valid_from",
        "valid_to",
    ]
    assert names("shopper_segments_profile_history")[:4] == ["as_of", "segment_id", "n", "share"]
    assert query(project, "SELECT count(*), count(DISTINCT customer_id) FROM shopper_segments") == [
        (240, 240)
    ]
    assert query(
        project,
        "SELECT sum(n), round(sum(share), 9), round(sum(spend_share), 9)"
        " FROM shopper_segments_profile",
    ) == [(240, 1.0, 1.0)]
    assert query(project, "SELECT min(customer_id) FROM shopper_segments") == [("0001",)]


def test_the_published_file_answers_alone_in_another_folder(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project()
    assert build_first(project).ok
    (tmp_path / "away").mkdir()
    moved = shutil.move(project / "warehouse/shop.duckdb", tmp_path / "away/other.duckdb")
    shutil.rmtree(project)
    with duckdb.connect(str(moved), read_only=True) as connection:
        rows = connection.execute("SELECT segment_id, n FROM shopper_segments_profile").fetchall()
        assert sum(n for _, n in rows) == 240
        comment = connection.execute(
            "SELECT comment FROM duckdb_views() WHERE view_name = 'shopper_segments'"
        ).fetchall()
        assert "fit v0001" in comment[0][0]
        assert connection.execute("SELECT count(*) FROM customer_buckets").fetchall() == [(240,)]


def test_the_history_is_copied_unless_the_database_goes_away(make_project: MakeProject) -> None:
    project = make_project()
    copy = project / "warehouse/history/shopper_segments.parquet"
    assert build(project, copies=False).published
    assert not copy.exists()
    assert build(project).published
    assert copy.exists()


def test_building_twice_changes_no_byte(make_project: MakeProject) -> None:
    project = make_project()
    build(project)
    before = committed(project)
    assert before
    history = query(project, "SELECT * FROM shopper_segments_history ORDER BY ALL")
    assert build(project).ok
    assert committed(project) == before
    assert query(project, "SELECT * FROM shopper_segments_history ORDER BY ALL") == history
    assert build(project, T1).ok
    assert committed(project) == before
    assert query(project, "SELECT * FROM shopper_segments_history ORDER BY ALL") == history


@pytest.mark.slow  # two builds; the fit's bytes are in tests/learn/test_learn.py
def test_the_order_of_the_rows_changes_no_byte(make_project: MakeProject) -> None:
    rows = customers()
    first = make_project(rows, name="first")
    random.Random(7).shuffle(rows)
    second = make_project(rows, name="second")
    assert build_first(first).ok and build(second).ok
    assert committed(first) == committed(second)


def test_new_customers_move_the_views_and_not_the_rules(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    before = committed(project)
    write_csv(project / "data/customers.csv", [*customers(), ("9001", 30, 31.5, 9.0)], HEADER)
    assert build(project, T1).ok
    assert committed(project) == before
    assert query(project, "SELECT count(*) FROM shopper_segments") == [(241,)]
    assert query(
        project,
        "SELECT valid_from, valid_to FROM shopper_segments_history WHERE customer_id = '9001'",
    ) == [(T1, None)]


def test_a_changed_definition_keeps_the_old_rules_and_names_the_next_step(
    make_project: MakeProject,
) -> None:
    project = make_project()
    build_first(project)
    before = committed(project)
    yml = project / "sql/segments.yml"
    yml.write_text(yml.read_text().replace("k: 4", "k: 3"))
    result = build(project, T1)
    assert not result.ok
    assert result.published
    assert committed(project) == before
    stale = next(node for node in result.nodes if node.status == "stale")
    problem = stale.problems[0]
    assert problem.code == "SK310"
    assert "clusters.k: 4 -> 3" in " ".join(problem.notes)
    assert "segkit fit shopper_segments --promote" in (problem.help or "")
    assert str(problem.place).startswith("sql/segments.yml:2:")
    assert build(project, T1, full_refresh=True).ok
    assert query(project, "SELECT count(*) FROM shopper_segments_profile") == [(3,)]
    assert (project / "warehouse/fits/shopper_segments/current").read_text() == "v0002\n"


def test_words_are_not_part_of_the_definition(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    yml = project / "sql/segments.yml"
    text = yml.read_text().replace("Annual income", "Yearly income")
    yml.write_text(text + "    about: {A: {name: Golden}}\n")
    assert build(project, T1).ok
    names = query(project, "SELECT segment_name FROM shopper_segments WHERE segment_id = 'A'")
    assert names[0] == ("Golden",)
    described = query(project, "SELECT description FROM shopper_segments_profile")
    assert any("yearly income" in text for (text,) in described)
    yml.write_text(text + "    about: {B: {name: Same}, C: {name: Same}, Z: {name: Nobody}}\n")
    result = build(project, T1)
    node = next(node for node in result.nodes if node.name == "shopper_segments")
    assert node.status == "warn"
    assert [(p.code, p.message) for p in node.problems] == [
        ("SK102", "2 segments are called Same: B, C"),
        ("SK102", "2 segments are called Same: B, C"),
        ("SK101", "about: Z is no segment of v0001"),
    ]
    assert all(p.place and p.place.line for p in node.problems)


def test_a_failing_test_publishes_nothing(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    before = query(project, "SELECT count(*) FROM shopper_segments")
    (project / "sql/tests").mkdir()
    (project / "sql/tests/no_old.sql").write_text(
        "SELECT * FROM {{ ref('customer_features') }} WHERE age > 50"
    )
    write_csv(project / "data/customers.csv", customers(120), HEADER)
    result = build(project, T1)
    assert not result.ok and not result.published
    assert query(project, "SELECT count(*) FROM shopper_segments") == before
    test = project / "sql/tests/no_old.sql"
    test.write_text("{{ config(severity='warn') }}" + test.read_text())
    result = build(project, T1)
    assert result.ok and result.published
    assert [n.status for n in result.nodes if n.name == "no_old"] == ["warn"]


def test_a_broken_model_is_an_error_with_its_place_and_skips_what_follows(
    make_project: MakeProject,
) -> None:
    project = make_project()
    model = project / "sql/features/customer_features.sql"
    model.write_text(model.read_text().replace("income,", "incom,"))
    result = build(project)
    assert not result.ok and not result.published
    error = next(node for node in result.nodes if node.status == "error")
    assert str(error.problems[0].place) == "sql/features/customer_features.sql:4:3"
    assert {n.status for n in result.nodes if n.kind in ("buckets", "segmentation")} == {"skip"}
    assert not (project / "warehouse/shop.duckdb").exists()
    assert not (project / "warehouse/fits").exists()


def test_all_missing_columns_are_said_in_one_go(make_project: MakeProject) -> None:
    project = make_project()
    for name, before, after in (
        ("sql/segments.yml", "- age", "- aeg"),
        ("sql/segments.yml", "[spend]", "[spent]"),
        ("sql/buckets.yml", "column: income", "column: incomes"),
    ):
        path = project / name
        path.write_text(path.read_text().replace(before, after))
    with pytest.raises(ConfigError) as caught:
        build(project)
    (problem,) = caught.value.problems
    assert problem.message == "columns `incomes`, `aeg`, `spent` are not in customer_features"
    assert {(str(label.place), label.text) for label in problem.labels} == {
        ("sql/segments.yml:6:9", "did you mean `age`?"),
        ("sql/segments.yml:9:15", "did you mean `spend`?"),
        ("sql/buckets.yml:7:37", "did you mean `income`?"),
    }


@pytest.mark.slow
def test_run_seed_and_test_do_their_part(make_project: MakeProject) -> None:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    seeds = project / "warehouse/seeds"
    seeds.mkdir(parents=True)
    (seeds / "regions.csv").write_text("code,name\n01,North\n")
    result = run_models(Options(project, as_of=T0))
    assert [n.problems[0].code for n in result.nodes if n.status == "error"] == ["SK311"]
    assert run_seeds(Options(project, as_of=T0)).ok
    assert query(project, "SELECT * FROM regions") == [("01", "North")]
    assert build(project).ok
    assert run_models(Options(project, as_of=T0)).ok
    result = run_tests(Options(project))
    assert result.ok
    assert [node.status for node in result.nodes] == ["pass"] * 4


def test_selected_nodes_are_built_and_the_rest_stays(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    write_csv(project / "data/customers.csv", customers(100), HEADER)
    result = build(project, T1, select=("customer_features",))
    assert result.ok
    assert query(project, "SELECT count(*) FROM customer_buckets") == [(100,)]
    # the published views below read other rows now: they are proved again, with their history
    assert {n.name for n in result.nodes} >= {"parity shopper_segments", "parity customer_buckets"}
    assert query(project, "SELECT max(as_of) FROM shopper_segments_profile_history") == [(T1,)]
    assert query(
        project, "SELECT count(*) FROM shopper_segments_history WHERE valid_to IS NULL"
    ) == [(100,)]


def test_a_selected_model_never_breaks_what_is_published_below(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    write_csv(project / "data/customers.csv", [*customers(), customers()[0]], HEADER)
    result = build(project, T1, select=("customer_features",))
    assert not result.published
    assert query(project, "SELECT count(*) FROM shopper_segments") == [(240,)]


def test_what_was_never_built_is_named(make_project: MakeProject) -> None:
    project = make_project()
    with pytest.raises(ConfigError) as caught:
        build(project, select=("shopper_segments",))
    assert [(p.code, str(p.place)) for p in caught.value.problems] == [
        ("SK605", "sql/segments.yml:2:11")
    ]


@pytest.mark.slow  # tests/wrong/segments/fits_lost.txt
def test_a_lost_fit_is_not_learned_again(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    before = committed(project)
    (project / "warehouse/fits/shopper_segments/current").unlink()
    write_csv(project / "data/customers.csv", customers(seed=9), HEADER)
    assert build(project, T1).ok
    assert committed(project) == before
    shutil.rmtree(project / "warehouse/fits")
    result = build(project, T1)
    assert not result.published
    assert [n.problems[0].code for n in result.nodes if n.status == "error"] == ["SK311"]
    assert build(project, T1, full_refresh=True).ok
    assert (project / "warehouse/fits/shopper_segments/current").read_text() == "v0002\n"


@pytest.mark.slow
def test_what_cannot_be_published_promotes_nothing(make_project: MakeProject) -> None:
    project = make_project(
        files={"sql/other.sql": "SELECT customer_id, spend FROM {{ ref('customer_features') }}"}
    )
    build_first(project)
    before = committed(project)
    model = project / "sql/features/customer_features.sql"
    model.write_text(model.read_text().replace("  spend", "  spend AS money"))
    yml = project / "sql/segments.yml"
    yml.write_text(yml.read_text().replace("[spend]", "[money]").replace("k: 4", "k: 3"))
    result = build(project, T1, select=("customer_features",), full_refresh=True)
    assert not result.ok and not result.published
    assert committed(project) == before


@pytest.mark.slow
def test_explain_and_test_speak_of_what_is_published(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    yml = project / "sql/segments.yml"
    yml.write_text(yml.read_text().replace("k: 4", "k: 3"))
    options = Options(project, as_of=T0)
    (learned,) = fit_challengers(options, (), True)
    assert learned.is_current
    assert explain_segmentation(options, None).fit.label == "v0001"
    assert run_tests(options).ok
    assert build(project, T1).ok
    assert explain_segmentation(options, None).fit.label == "v0002"
    said: list[str] = []
    with show_rows(
        options, "shopper_segments", limit=None, where=None, left_since=T1, talk=said.append
    ) as table:
        assert {row[2] for row in table.rows} == {T1}
    assert said == [
        "fit v0002 took over at 2026-02-01 00:00:00 (UTC): who moved then may owe it to new rules"
    ]


@pytest.mark.slow  # three fits; the rule by itself is in tests/learn/names/test_identity.py
def test_a_retired_id_is_never_given_again(make_project: MakeProject) -> None:
    project = make_project()
    yml = project / "sql/segments.yml"
    text = yml.read_text()
    ids = []
    for month, k in enumerate((4, 2, 4), start=1):
        yml.write_text(text.replace("k: 4", f"k: {k}"))
        assert build(project, datetime(2026, month, 1), full_refresh=True).ok
        found = query(project, "SELECT segment_id FROM shopper_segments_profile WHERE n > 0")
        ids.append({row[0] for row in found})
    first, second, third = ids
    assert third.isdisjoint(first - second)


@pytest.mark.slow  # two builds; where the files lie is in tests/publish/stored
def test_another_target_has_its_own_view_files(make_project: MakeProject) -> None:
    project = make_project()
    yml = project / "segkit.yml"
    two = "  two: {type: duckdb, path: warehouse/two.duckdb}\nsources:"
    yml.write_text(yml.read_text().replace("sources:", two, 1))
    assert build(project).ok
    before = committed(project)
    assert build(project, target="two").ok
    after = committed(project)
    assert {path: after[path] for path in before} == before
    assert "warehouse/views/two/shopper_segments.sql" in after


def test_the_rule_of_the_profile_is_exactly_its_segment(make_project: MakeProject) -> None:
    rows = [
        (k, a, "nan" if i == 3 else "inf" if i == 4 else n, s)
        for i, (k, a, n, s) in enumerate(customers())
    ]
    project = make_project(rows)
    yml = project / "sql/segments.yml"
    yml.write_text(yml.read_text() + "    missing: unassigned\n")
    assert build(project).ok
    for id_, rule in query(project, "SELECT segment_id, rule FROM shopper_segments_profile"):
        wrong = query(
            project,
            f"SELECT count(*) FROM shopper_segments WHERE coalesce({rule}, FALSE)"
            f" IS DISTINCT FROM (segment_id = '{id_}')",
        )
        assert wrong == [(0,)], (id_, rule)


@pytest.mark.slow  # test_scores.py: test_run_and_locked_find_no_edges
def test_locked_never_fits(make_project: MakeProject) -> None:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    result = build(project, locked=True)
    assert not result.published
    assert [n.problems[0].code for n in result.nodes if n.status == "error"] == ["SK311"]
    assert build(project).ok
    assert build(project, locked=True).ok


def test_compiled_sql_pasted_elsewhere_gives_the_same_rows(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    sql = compile_node(Options(project), "shopper_segments")
    rows = query(project, "SELECT * FROM shopper_segments ORDER BY 1")
    features = query(project, "SELECT * FROM customer_features")
    with duckdb.connect() as plain:
        plain.execute(
            "CREATE TABLE customer_features"
            " (customer_id VARCHAR, age BIGINT, income DOUBLE, spend DOUBLE)"
        )
        plain.executemany("INSERT INTO customer_features VALUES (?, ?, ?, ?)", features)
        plain.execute(sql)
        assert plain.execute("SELECT * FROM shopper_segments ORDER BY 1").fetchall() == rows
        expression = compile_node(Options(project), "shopper_segments", expression=True)
        assert plain.execute(
            f"SELECT customer_id, {expression} FROM customer_features ORDER BY 1"
        ).fetchall() == [(row[0], row[3]) for row in rows]


@pytest.mark.slow  # the article's figures are in tests/learn/test_learn.py too
def test_the_articles_own_case(mall_project: Path) -> None:
    assert run_build(Options(mall_project, as_of=T0)).ok
    fit = read_fit(fit_path(mall_project / "warehouse/fits", "shopper_segments", 1))
    cuts = [split.test.cut for split in splits(fit.tree)]  # type: ignore[union-attr]
    assert max(map(digits_of, cuts)) <= 3 and fit.quality.moved == 0
    assert fit.clusters.inertia == pytest.approx(58300.44, rel=1e-3)
    assert sorted(fit.clusters.sizes, reverse=True) == [45, 39, 38, 35, 22, 21]
    article = (
        308812.78,
        212840.17,
        143342.75,
        104366.15,
        75350.78,
        58300.44,
        51082.54,
        44307.87,
        40573.70,
        37071.81,
    )
    sweep = [point.inertia for point in fit.clusters.sweep]
    assert len(sweep) == 10
    assert all(ours <= theirs * 1.001 for ours, theirs in zip(sweep, article, strict=True))
    with duckdb.connect(str(mall_project / "warehouse/mall.duckdb"), read_only=True) as mall:
        bands = dict(
            mall.execute(
                'SELECT DISTINCT m."Age", b.age_band FROM mall_buckets AS b'
                ' JOIN mall AS m USING ("CustomerID") WHERE m."Age" IN (25, 35, 55)'
            ).fetchall()
        )
        ids = mall.execute('SELECT min("CustomerID") FROM shopper_segments').fetchall()
        profile = mall.execute(
            'SELECT count(*), sum(n), avg("Annual Income (k$)_mean") > 0'
            " FROM shopper_segments_profile"
        ).fetchall()
    assert bands == {25: "25-35", 35: "35-55", 55: "55+"}
    assert ids == [("0001",)]
    assert profile == [(6, 200, True)]
