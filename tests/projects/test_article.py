"""The article's own run, and that ``docs/article.md`` says what comes of it."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from segkit.pipeline import Options, report_project
from segkit.survey.page_data import SegmentationReport
from tests.conftest import MALL

PROJECT = Path(__file__).parent / "article"
DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "article.md").read_text("utf-8")


def said(project: Path, *words: str) -> str:
    """All that a command prints, on 120 columns."""
    done = subprocess.run(
        [sys.executable, "-m", "segkit", *words],
        cwd=project,
        capture_output=True,
        text=True,
        env={"COLUMNS": "120", "PATH": ""},
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The project, built, and what the build said."""
    if not MALL.is_file():
        pytest.skip("Mall_Customers.csv is not beside the repository")
    directory = tmp_path_factory.mktemp("projects") / "article"
    shutil.copytree(PROJECT, directory)
    (directory / "data").mkdir()
    shutil.copyfile(MALL, directory / "data/Mall_Customers.csv")
    return directory, said(directory, "build")


@pytest.fixture(scope="module")
def report(article: tuple[Path, str]) -> SegmentationReport:
    return report_project(Options(article[0])).segmentations[0]


@pytest.mark.slow
def test_the_screen_is_the_one_of_the_page(article: tuple[Path, str]) -> None:
    screen = article[1][article[1].index("6 segments, 200") :].split("\nDone.")[0]
    (shown,) = re.findall(r"```text\n(6 segments.*?)\n```", PAGE, re.DOTALL)
    assert [line.rstrip() for line in screen.splitlines()] == shown.splitlines()


@pytest.mark.slow
def test_what_an_import_says_of_the_income_bands(article: tuple[Path, str]) -> None:
    (shown,) = re.findall(r"```text\n(warning\[SK202.*?)\n```", PAGE, re.DOTALL)
    assert shown in said(article[0], "import", "income_bucket.sql")


@pytest.mark.slow
def test_figures_of_the_page(report: SegmentationReport) -> None:
    quality, picks = report.result.fit.quality, _picks(report)
    assert f"cost {quality.loss:.1%} more than K-Means" in " ".join(PAGE.split())
    assert f"put {quality.fidelity:.0%} of the customers" in " ".join(PAGE.split())
    assert f"alone it would be {picks.pop('inertia')}" in " ".join(PAGE.split())
    assert picks.pop("stability") is not None
    assert set(picks.values()) == {6}


@pytest.mark.slow
def test_the_tree_of_the_article() -> None:
    if not MALL.is_file():
        pytest.skip("Mall_Customers.csv is not beside the repository")
    X = pd.read_csv(MALL).iloc[:, [2, 3, 4]].to_numpy()
    labels = KMeans(6, n_init=10, random_state=111, algorithm="elkan").fit(X).labels_
    leaves = DecisionTreeClassifier(random_state=0).fit(X, labels).get_n_leaves()
    assert f"with {leaves} rules" in " ".join(PAGE.split())


def cells(kind: str) -> list[str]:
    notebook = json.loads((DOCS / "article.ipynb").read_text("utf-8"))
    assert all(not cell.get("outputs") for cell in notebook["cells"]), "strip its outputs"
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == kind]


def shown(cell: str, names: dict[str, object]) -> str:
    """Run a cell, and return what a notebook shows: what is printed, and its last line as HTML."""
    parts = ast.parse(cell)
    last = parts.body[-1] if not cell.endswith(";") else None
    value = ast.Expression(parts.body.pop().value) if isinstance(last, ast.Expr) else None  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(parts, "article.ipynb", "exec"), names)
        found = eval(compile(value, "article.ipynb", "eval"), names) if value else None
    return printed.getvalue() + (found._repr_html_() if found is not None else "")


@pytest.mark.slow
def test_the_notebook_runs_and_shows_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not MALL.is_file():
        pytest.skip("Mall_Customers.csv is not beside the repository")
    shutil.copyfile(MALL, tmp_path / MALL.name)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    found = [shown(cell, names) for cell in cells("code")]
    for file in ("segkit.yml", "sql/customer_features.sql", "sql/segments.yml"):
        assert (tmp_path / "article" / file).read_text() == (PROJECT / file).read_text()
    built, elbow, panel, cube, tree, cross, case, bands, sql = found[2:]
    text = " ".join(" ".join(cells("markdown")).split())
    assert "6 segments of 200 customers" in built and "6 rules cost 1.3% more" in built
    assert "cost 1.3% more" in text and "Its knee alone would be 4" in text
    assert "Spread left (inertia) by k: alone it picks 4" in elbow
    for name in ("Its logarithm (ln)", "Silhouette", "Calinski-Harabasz", "Davies-Bouldin"):
        assert f"{name} by k: alone it picks 6" in panel
    assert "200 customers by " in cube and "A tree of 6 rules" in tree
    assert cross.count("<tr>") == 7
    assert "annual_income 0 and less is in no bucket" in case and '">0-25", ">55"' in case
    assert "sql/propensity.yml:10:43" in bands and "70 up to 75 is in two of them" in bands
    assert "crm.customers" in sql and (tmp_path / "article_tree.svg").is_file()


def _picks(report: SegmentationReport) -> dict[str, int | None]:
    from segkit.core.k_criteria import picks_of

    names = ("inertia", "log_inertia", "silhouette", "calinski_harabasz", "davies_bouldin")
    found = picks_of(report.result.fit.clusters.sweep)
    return {name: found.get(name) for name in (*names, "stability")}
