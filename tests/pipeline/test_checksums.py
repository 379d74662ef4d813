"""What decides is protected from the first build on; what an older segkit wrote is named, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import segkit
from segkit.cli.main import main
from segkit.errors import FitError
from segkit.pipeline import Options, run_build
from segkit.publish.stored.json_files import CHECKSUM, checksum, dump
from tests.conftest import T1, TWO_SEGMENTS_YML, MakeProject, build_first

BUCKETS = """\
buckets:
  - name: customer_buckets
    from: customer_features
    key: customer_id
    columns:
      - {name: q, column: spend, quantiles: 3}
"""
FILES = (
    "customer_buckets/v0001.json",
    "shopper_segments/v0001.json",
    "shopper_segments/v0001.baseline.json",
)


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    directory = make_project(
        files={"sql/buckets.yml": BUCKETS, "sql/segments.yml": TWO_SEGMENTS_YML}
    )
    assert build_first(directory).ok
    return directory


def run(project: Path, *words: str) -> int:
    return main([*words, "--project-dir", str(project)])


def texts(project: Path) -> dict[str, str]:
    return {name: (project / "warehouse/fits" / name).read_text("utf-8") for name in FILES}


def without_checksums(project: Path) -> None:
    for name, text in texts(project).items():
        data = json.loads(text)
        assert data.pop(CHECKSUM) == checksum(data)
        (project / "warehouse/fits" / name).write_text(dump(data), encoding="utf-8")


def test_an_older_fit_is_taken_named_once_and_protected_when_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(project)
    without_checksums(project)
    older = texts(project)
    assert run(project, "build", "--as-of", "2026-02-01") == 0
    err = capsys.readouterr().err
    assert err.count("warning[SK322]") == 1 and all(f"warehouse/fits/{n}" in err for n in FILES)
    assert texts(project) == older, "a build changes no fit"
    assert run(project, "fit", "shopper_segments", "--use", "v0001") == 0
    assert run(project, "fit", "customer_buckets", "--use", "v0001") == 0
    assert texts(project) == before
    capsys.readouterr()
    assert run(project, "build", "--as-of", "2026-03-01") == 0
    assert "SK322" not in capsys.readouterr().err


def test_a_lost_current_is_written_again_and_nothing_else(project: Path) -> None:
    without_checksums(project)
    older = texts(project)
    current = project / "warehouse/fits/shopper_segments/current"
    current.unlink()
    result = run_build(Options(project, as_of=T1))
    assert result.ok and current.read_text("utf-8") == "v0001\n"
    assert texts(project) == older
    assert [problem.code for problem in result.warnings] == ["SK322"]


@pytest.mark.parametrize("name", FILES)
def test_an_edited_file_stops_the_build_and_the_library(
    project: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "warehouse/fits" / name
    data = json.loads(path.read_text("utf-8"))
    data["rows" if "rows" in data else "target"] = 239 if "rows" in data else "prod"
    path.write_text(dump(data), encoding="utf-8")
    assert run(project, "build", "--as-of", "2026-02-01") == 1
    said = capsys.readouterr().err
    assert f"{path.name} was edited after segkit wrote it" in said and "SK312" in said
    if "shopper" in name:
        with pytest.raises(FitError, match=f"{path.name} was edited"):
            segkit.load_fit(project / "warehouse/fits/shopper_segments/v0001.json")
        assert run(project, "fit", "shopper_segments", "--use", "v0001") == 2


def test_what_adjust_and_fit_write_is_protected(project: Path) -> None:
    fit = json.loads(texts(project)[FILES[1]])
    split = fit["tree"]
    change = f"{split['column']} < {split['below']} -> {float(split['below']) + 1}"
    assert run(project, "adjust", "shopper_segments", change, "--save") == 0
    for name in ("v0002.json", "v0002.baseline.json"):
        path = project / "warehouse/fits/shopper_segments" / name
        data = json.loads(path.read_text("utf-8"))
        assert data[CHECKSUM] == checksum(data)
    fits = [project / "warehouse/fits/shopper_segments/v0002.json"]
    assert segkit.load_fit(fits[0]).fit.origin == "adjusted"
