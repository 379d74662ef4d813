from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from segkit.cli.main import main
from tests.conftest import TWO_SEGMENTS_YML, MakeProject, build_first, customers


@pytest.fixture
def shop(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    build_first(project)
    monkeypatch.chdir(project)
    return project


def test_a_page_a_figure_a_text(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report"]) == 0
    page = shop / "target/report.html"
    assert capsys.readouterr().out == f"wrote {page}\n"
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert main(["report", "--figure", "tree", "--output", "svg"]) == 0
    assert ElementTree.fromstring(capsys.readouterr().out).tag.endswith("svg")
    assert main(["report", "-o", "md"]) == 0
    assert capsys.readouterr().out.startswith("## shopper_segments: ")
    assert main(["report", "customer_buckets", "-o", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["result"]["segmentations"] == []
    assert answer["result"]["bucket_sets"][0]["name"] == "customer_buckets"


def test_rows_none_has_no_customer(shop: Path) -> None:
    page = shop / "target/report.html"
    assert main(["report", "--rows", "full", "-q"]) == 0
    assert "Who is typical" in page.read_text("utf-8")
    assert main(["report", "--rows", "none", "-q"]) == 0
    assert "Who is typical" not in page.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.usefixtures("drawn_pages")
@pytest.mark.parametrize("is_text", [True, False])
def test_no_id_of_the_source_comes_out(
    is_text: bool,
    make_project: MakeProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        (f"Zo\u00eb-{place:05d}" if is_text else 9_100_001 + place, *row[1:])
        for place, row in enumerate(customers())
    ]
    ids = [str(row[0]) for row in rows]
    project = make_project(rows, {"sql/segments.yml": TWO_SEGMENTS_YML})
    monkeypatch.chdir(project)
    assert main(["build"]) == 0
    page = project / "target/report.html"
    said = {"build": capsys.readouterr().out, "page of the build": page.read_text("utf-8")}
    every = (["-o", "json"], ["-o", "md"], ["--figure", "pair_scatters", "-o", "svg"], [])
    for shown, asked in (("sample", every), ("none", (every[0], [])), ("full", (every[0], []))):
        for words in asked:
            assert main(["report", "--rows", shown, *words]) == 0
            said[f"{shown} {words}"] = capsys.readouterr().out
        said[f"{shown} page"] = page.read_text("utf-8")
    found = {of for of, text in said.items() for id_ in ids if id_ in text.replace(",", "")}
    assert found == {"full ['-o', 'json']", "full page"}


def test_it_is_opened(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda uri: opened.append(uri) or True)
    assert main(["report", "--open", "-q"]) == 0
    assert opened == [(shop / "target/report.html").as_uri()]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--output", "svg"], "--output svg is one figure"),
        (["--figure", "tree"], "--output svg is one figure"),
        (["--open", "-o", "md"], "--open is for the page"),
        (["--figure", "tre", "-o", "svg"], "did you mean `tree`?"),
        (["nobody"], "no segmentation or bucket set is called `nobody`"),
    ],
)
def test_what_cannot_be(
    shop: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *words]) == 2
    assert says in capsys.readouterr().err
