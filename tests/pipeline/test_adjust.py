"""A cut moved by hand, from the price to the published view, against computations by hand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sklearn.cluster import KMeans

from segkit.core.fact_english import assumption_sentences
from segkit.core.tree import Below, splits
from segkit.errors import ConfigError, FitError
from segkit.monitor.movers import Adjustment, Flow
from segkit.pipeline import Options, adjust_rules, fit_challengers, run_build, use_version
from segkit.publish.stored.fits import fit_path, read_fit
from segkit.report.adjust import _brought, adjustment_page
from segkit.report.render_text import render_text
from tests.conftest import MALL, SEGMENTS_YML, write_project

AT = datetime(2026, 1, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = write_project(
        tmp_path_factory.mktemp("adjust") / "shop", files={"sql/buckets.yml": None}
    )
    assert run_build(Options(project, as_of=AT)).ok
    return project


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A project that is built, and one's own."""
    return Path(shutil.copytree(built, tmp_path / "shop"))


def said_of(adjustment: Adjustment) -> str:
    return render_text(adjustment_page(adjustment))


def adjusted(project: Path, *changes: str, save: bool = False) -> Adjustment:
    return adjust_rules(Options(project), None, changes, save=save)


def a_cut(project: Path, column: str) -> Decimal:
    fit = read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 1))
    tests = [s.test for s in splits(fit.tree) if s.column == column]
    return next(test.cut for test in tests if isinstance(test, Below))


def test_a_saved_change_is_published_by_the_next_build(project: Path) -> None:
    cut = a_cut(project, "income")
    change = f"income < {cut} -> {cut + 28}"
    found = adjusted(project, change, save=True)
    assert (found.after.version, found.after.parent, found.after.origin) == (2, 1, "adjusted")
    result = run_build(Options(project, as_of=AT))
    assert result.ok and result.segmentations[0].fit.adjustments == (change,)
    moved = {str(row[0]): row[2] for row in found.moves.movers}
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        published = dict(
            connection.execute(
                "SELECT CAST(customer_id AS VARCHAR), segment_id FROM shopper_segments"
            ).fetchall()
        )
    assert moved and all(published[key] == new for key, new in moved.items())
    view = (project / "warehouse/views/shopper_segments.sql").read_text("utf-8")
    assert f"| by hand: {change} |" in view


def test_without_save_nothing_is_written(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    adjusted(project, f"income < {a_cut(project, 'income')} -> 41")
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


@pytest.mark.slow  # three builds; tests/learn/test_adjusted_fit.py
def test_what_was_assumed_of_other_data_is_said_to_be_of_then(project: Path) -> None:
    cut, path = a_cut(project, "income"), project / "data/customers.csv"
    said = assumption_sentences(
        read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 1))
    )
    assert (
        said
        and assumption_sentences(adjusted(project, f"income < {cut} -> {cut + 2}").after) == said
    )
    path.write_text(path.read_text("utf-8").rsplit("\n", 2)[0] + "\n", "utf-8")
    assert run_build(Options(project, as_of=AT)).ok
    first = adjusted(project, f"income < {cut} -> {cut + 2}", save=True).after
    assert assumption_sentences(first) == tuple(f"at v0001: {text}" for text in said)
    assert run_build(Options(project, as_of=AT)).ok
    path.write_text(path.read_text("utf-8").rsplit("\n", 2)[0] + "\n", "utf-8")
    assert run_build(Options(project, as_of=AT)).ok
    again = adjusted(project, f"income < {cut + 2} -> {cut + 3}").after
    assert assumption_sentences(again) == assumption_sentences(first)


def test_changes_add_up_until_the_next_fit(project: Path) -> None:
    cut = a_cut(project, "income")
    adjusted(project, f"income < {cut} -> {cut + 2}", save=True)
    found = adjusted(project, f"income < {cut + 2} -> {cut + 3}", save=True)
    assert (found.after.version, found.after.parent) == (3, 2)
    assert len(found.after.adjustments) == 2
    with pytest.raises(ConfigError, match="rules of v0001") as caught:
        adjusted(project, f"income < {cut + 3} -> {cut}")
    assert "--use v0001" in (caught.value.problems[0].help or "")


def test_a_change_on_top_of_one_that_is_not_published_says_so(project: Path) -> None:
    cut = a_cut(project, "income")
    assert "not published" not in said_of(adjusted(project, f"income < {cut} -> 41"))
    adjusted(project, f"income < {cut} -> {cut + 3}", save=True)
    said = said_of(adjusted(project, f"income < {cut + 3} -> {cut + 2}"))
    assert "v0002 is saved and not published yet, the views have v0001: moves are from" in said


def test_a_segment_that_becomes_too_small_is_named(project: Path) -> None:
    cut = a_cut(project, "income")
    found = adjusted(project, f"income < {cut} -> {cut + 28}")
    assert found.min_share == 0.01 and "Small: " not in said_of(found)
    said = said_of(replace(found, min_share=0.9))
    (line,) = [line for line in said.splitlines() if line.startswith("Small: ")]  # who shrinks
    assert "less than min_share (90%): the build will warn." in line


def test_no_refit_undoes_it_unasked(project: Path) -> None:
    cut = a_cut(project, "income")
    adjusted(project, f"income < {cut} -> {cut + 3}", save=True)
    with pytest.raises(FitError, match="cuts made by hand") as caught:
        fit_challengers(Options(project), (), promote=True)
    assert f"by hand: income < {cut} -> {cut + 3}" in caught.value.problems[0].notes
    refreshed = run_build(Options(project, as_of=AT, full_refresh=True))
    assert not refreshed.ok and refreshed.published
    assert refreshed.segmentations[0].fit.label == "v0002"
    (learned,) = fit_challengers(Options(project), (), promote=False)
    assert learned.undone and not learned.is_current
    assert learned.stays == "v0002"  # the fit's own screen says so
    assert learned.is_again and learned.fit.label == "v0001"  # nothing else changed
    use_version(Options(project), "shopper_segments", learned.fit.version)
    assert run_build(Options(project, as_of=AT)).segmentations[0].fit.label == "v0001"


@pytest.mark.parametrize(("frozen", "goes"), [("true", False), ("false", True)])
def test_what_is_declared_wins(project: Path, frozen: str, goes: bool) -> None:
    path = project / "sql/segments.yml"
    path.write_text(path.read_text("utf-8") + f"    rules: {{frozen: {frozen}}}\n", "utf-8")
    cut = a_cut(project, "income")
    if goes:
        adjusted(project, f"income < {cut} -> {cut + 3}", save=True)
        assert fit_challengers(Options(project), (), promote=True)[0].is_current
    else:
        with pytest.raises(FitError, match="rules of shopper_segments are frozen") as caught:
            fit_challengers(Options(project), (), promote=True)
        place = caught.value.problems[0].place
        assert place is not None and place.line == path.read_text("utf-8").count("\n")


def test_a_changed_definition_comes_first(project: Path) -> None:
    path = project / "sql/segments.yml"
    path.write_text(SEGMENTS_YML.replace("seed: 1", "seed: 2"), "utf-8")
    with pytest.raises(FitError, match="definition of shopper_segments changed"):
        adjusted(project, "income < 3 -> 4")


def test_a_metric_declared_since_the_last_build_is_told(project: Path) -> None:
    path = project / "sql/segments.yml"
    path.write_text(SEGMENTS_YML.replace("metrics: [", "metrics: [nowhere_yet, "), "utf-8")
    with pytest.raises(ConfigError, match="was built without `nowhere_yet`") as caught:
        adjusted(project, "income < 3 -> 4")
    assert caught.value.problems[0].help == "run `segkit build`"


def test_a_segment_is_not_emptied(project: Path) -> None:
    with pytest.raises(ConfigError, match=r"SK319"):
        adjusted(project, "income >= 0 -> A")


def test_a_mean_is_that_of_customers_whose_metric_is_known() -> None:
    flow = Flow("A", "B", 4, {"spend": 30.0}, {"spend": 3})
    assert _brought(flow, "spend") == "with 30 spend, 10 each"
    assert _brought(Flow("A", "B", 4, {"spend": 0.0}, {"spend": 0}), "spend") == "with no spend"


def test_nobody_moves_between_two_values(project: Path) -> None:
    cut = a_cut(project, "income")
    text = said_of(adjusted(project, f"income < {cut} -> {cut - Decimal('0.0001')}"))
    assert "Nobody of" in text


@pytest.mark.slow  # the same changes are made to small customers above
@pytest.mark.skipif(not MALL.exists(), reason="the article's data is not here")
def test_the_articles_customers_by_hand(tmp_path: Path) -> None:
    """Two years less: the movers, their metric and the loss, computed in numpy from the file."""
    shutil.copy(MALL, tmp_path / "customers.csv")
    (tmp_path / "segkit.yml").write_text(
        "name: mall\n"
        "sources: [{name: m, tables: [{name: customers, path: customers.csv}]}]\n"
        "segments:\n"
        "  - name: shoppers\n"
        "    from: features\n"
        "    key: id\n"
        "    features: [age, income, score]\n"
        "    clusters: {k: 6, seed: 111}\n"
        "    metrics: [women]\n"
    )
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/features.sql").write_text(
        'SELECT "CustomerID" AS id, "Age" AS age, "Annual Income (k$)" AS income,\n'
        '"Spending Score (1-100)" AS score, CAST("Genre" = \'Female\' AS INTEGER) AS women\n'
        "FROM {{ source('m', 'customers') }}\n"
    )
    assert run_build(Options(tmp_path, as_of=AT)).ok
    found = adjust_rules(Options(tmp_path), "shoppers", ["age < 42 -> 40"], save=True)

    rows = (
        duckdb.connect()
        .execute(
            'SELECT "CustomerID", "Age", "Annual Income (k$)", "Spending Score (1-100)", "Genre" '
            f"FROM read_csv('{tmp_path}/customers.csv', all_varchar = true)"
        )
        .fetchall()
    )
    X = np.array([[float(cell) for cell in row[1:4]] for row in rows])
    age, income, score = X.T

    def segments(cut: int) -> np.ndarray:
        middle = (income >= 40) & (income < 71) & (score < 61)
        choices = [
            (middle & (age >= cut), "A"),
            ((income >= 40) & (score >= 61), "B"),
            ((income >= 71) & (score < 61), "C"),
            (middle & (age < cut), "D"),
            ((income < 40) & (score >= 38), "E"),
        ]
        return np.select(*zip(*choices, strict=True), default="F")  # type: ignore[arg-type]

    old, new = segments(42), segments(40)
    who = np.flatnonzero(old != new)
    assert all(40 <= age[i] < 42 for i in who) and len(who) == 3
    assert [(r[0], r[1], r[2]) for r in found.moves.movers] == [
        (rows[i][0], "D", "A") for i in sorted(who, key=lambda i: rows[i][0])
    ]
    flow = next(f for f in found.moves.flows if (f.before, f.after) == ("D", "A"))
    assert (flow.n, flow.sums["women"]) == (3, sum(rows[i][4] == "Female" for i in who))

    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    inertia = KMeans(6, n_init=50, random_state=0).fit(Z).inertia_

    def loss(ids: np.ndarray) -> float:
        groups = (Z[ids == id_] for id_ in "ABCDEF")
        return sum(((g - g.mean(axis=0)) ** 2).sum() for g in groups) / inertia - 1

    assert found.loss == pytest.approx(loss(old), abs=1e-6)
    assert found.loss == pytest.approx(found.before.quality.loss, abs=1e-8)
    assert found.after.quality.loss == pytest.approx(loss(new), abs=1e-6)
    result = run_build(Options(tmp_path, as_of=AT))
    assert result.ok and result.segmentations[0].fit.label == "v0002"
