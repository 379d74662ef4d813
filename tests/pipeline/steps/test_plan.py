"""What is published stays: what a build may drop, and what it refuses to."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

import segkit
from segkit.cli.main import main
from segkit.errors import ConfigError
from tests.conftest import MakeProject, customers, write_project

MACRO = "{% macro grown(x) %}{{ x }} >= 18{% endmacro %}\n"
OTHER_SQL = "SELECT customer_id, age FROM {{ ref('customer_features') }} WHERE {{ grown('age') }}\n"
SEED = "code,text\n1,one\n"
FILES: dict[str, str | None] = {
    "sql/segments.yml": None,
    "sql/grown_ups.sql": OTHER_SQL,
    "macros/grown.sql": MACRO,
    "warehouse/seeds/codes.csv": SEED,
}
SHOWN = {"customers", "codes", "customer_features", "grown_ups", "customer_buckets"}
MODES = ("renamed", "in place")
SLOW = pytest.mark.slow


def relations(project: Path) -> set[str]:
    """Tables and views of the published file, but for the registry and what is not segkit's."""
    path = project / "warehouse/shop.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_name NOT IN ('_segkit', 'theirs')"
        ).fetchall()
    return {name for (name,) in found}


def files(project: Path) -> dict[str, bytes]:
    found = (path for path in project.rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """One built project of each mode, to be copied."""
    found = {}
    for mode in MODES:
        project = write_project(tmp_path_factory.mktemp("kept") / "shop", customers(40), FILES)
        if mode == "in place":
            with duckdb.connect(str(project / "warehouse/shop.duckdb")) as connection:
                connection.execute("CREATE TABLE theirs AS SELECT 1 AS n")
        assert build(project) == 0
        assert relations(project) == SHOWN
        found[mode] = project
    return found


@pytest.fixture(params=["renamed", pytest.param("in place", marks=pytest.mark.slow)])
def built(request: pytest.FixtureRequest, templates: Mapping[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(templates[request.param], tmp_path / "shop"))


@pytest.fixture
def simple(templates: Mapping[str, Path], tmp_path: Path) -> Path:
    """For what does not depend on the mode: segkit's own file."""
    return Path(shutil.copytree(templates["renamed"], tmp_path / "shop"))


def build(project: Path, *arguments: str) -> int:
    return main(["--project-dir", str(project), "build", *arguments])


def test_what_is_no_longer_made_is_dropped_with_a_warning_that_names_it(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / "sql/grown_ups.sql").rename(built / "sql/adults.sql")
    capsys.readouterr()
    assert build(built) == 0
    said = capsys.readouterr()
    assert relations(built) == SHOWN - {"grown_ups"} | {"adults"}
    assert "7 of 7 WARN dropped view grown_ups" in said.out
    assert said.out.endswith("Done. PASS=6 WARN=1 ERROR=0 SKIP=0 TOTAL=7 published: true\n")
    assert "warning[SK607]: grown_ups is no longer made by this project, so it was" in said.err
    results = json.loads((built / "target/run_results.json").read_text())
    assert [r["problems"][0]["code"] for r in results["results"] if r["status"] == "warn"] == [
        "SK607"
    ]
    assert results["success"] and results["published"]
    assert build(built) == 0
    assert "WARN=0" in capsys.readouterr().out, "said once"


def test_a_warning_in_the_json_log(simple: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (simple / "warehouse/seeds/codes.csv").unlink()
    capsys.readouterr()
    assert build(simple, "--log-format", "json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    dropped = [line for line in lines if line.get("status") == "warn"]
    assert [(line["name"], line["text"]) for line in dropped] == [("codes", "dropped table codes")]
    assert lines[-1]["published"] is True and lines[-1]["warn"] == 1


def remove(folder: str) -> Callable[[Path], None]:
    return lambda project: shutil.rmtree(project / folder)


def rename(project: Path) -> None:
    (project / "sql").rename(project / "sql_old")


def disable_all(project: Path) -> None:
    for path in (project / "sql").rglob("*.*"):
        path.unlink()
    shutil.rmtree(project / "warehouse/seeds")
    (project / "warehouse/seeds").mkdir()
    (project / "segkit.yml").write_text(
        "name: shop\ntargets: {dev: {type: duckdb, path: warehouse/shop.duckdb}}\n"
    )


def segments_only(project: Path) -> None:
    """sql/ is gone, and what segkit.yml declares alone would still build."""
    shutil.rmtree(project / "sql")
    text = (project / "segkit.yml").read_text()
    more = """\
buckets:
  - name: other_buckets
    from: data/customers.csv
    key: customer_id
    columns: [{name: age_band, column: age, edges: [25, 35]}]
"""
    (project / "segkit.yml").write_text(text + more)


def builtin_macro(project: Path) -> None:
    shutil.rmtree(project / "macros")
    (project / "sql/grown_ups.sql").write_text("SELECT 1 AS n\n")


@pytest.mark.parametrize(
    ("lose", "said"),
    [
        (remove("sql"), "sql/ was there at the last build, and is gone"),
        pytest.param(rename, "sql/ was there at the last build, and is gone", marks=SLOW),
        pytest.param(segments_only, "sql/ was there at the last build, and is gone", marks=SLOW),
        pytest.param(builtin_macro, "macros/ was there at the last build, and is gone", marks=SLOW),
        pytest.param(
            remove("warehouse/seeds"),
            "warehouse/seeds/ was there at the last build, and is gone",
            marks=SLOW,
        ),
        (disable_all, "nothing of what is published in shop.duckdb would be made again"),
    ],
    ids=["sql", "renamed", "segkit.yml", "macros", "seeds", "all"],
)
def test_too_much_is_refused_before_anything_is_touched(
    lose: Callable[[Path], None], said: str, simple: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(simple)
    before = files(simple)
    capsys.readouterr()
    assert build(simple) == 2
    output = capsys.readouterr()
    assert f"error[SK607]: {said}" in output.err
    assert "--allow-drop" in output.err
    assert output.out.endswith("published: false\n")
    results = "target/run_results.json"  # of this run, not of the one before
    assert not json.loads((simple / results).read_text())["success"]
    assert {**files(simple), results: b""} == {**before, results: b""}
    with pytest.raises(ConfigError, match="SK607"):
        segkit.build(simple)
    assert segkit.build(simple, allow_drop=True).published
    dropped = SHOWN - relations(simple)
    assert build(simple) == 0, "what was meant is not asked again"
    assert dropped == SHOWN - relations(simple)


def test_whoever_means_it_is_let(built: Path) -> None:
    shutil.rmtree(built / "sql")
    with pytest.raises(ConfigError, match="SK607"):
        segkit.build(built)
    assert segkit.build(built, allow_drop=True).published
    assert relations(built) == {"codes"}, "nobody reads the source"
    assert build(built) == 0, "what was meant is not asked again"


@pytest.mark.parametrize("verb", ["run", pytest.param("seed", marks=SLOW)])
def test_a_lost_folder_stops_every_verb_that_publishes(
    verb: str, simple: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """segkit's own macros of the same name would take over in silence."""
    builtin_macro(simple)
    assert main(["--project-dir", str(simple), verb]) == 2
    assert "macros/ was there" in capsys.readouterr().err
    assert relations(simple) == SHOWN


def test_a_selection_drops_nothing_and_keeps_the_record_of_folders(built: Path) -> None:
    (built / "sql/grown_ups.sql").unlink()
    assert build(built, "--select", "customer_buckets") == 0
    assert relations(built) == SHOWN
    shutil.rmtree(built / "warehouse/seeds")
    assert build(built, "--select", "customer_buckets") == 2


def test_a_folder_without_files_is_not_missed(simple: Path) -> None:
    """git keeps none: a colleague who clones the project has no such folder."""
    (simple / "macros/grown.sql").unlink()
    (simple / "sql/grown_ups.sql").write_text("SELECT 1 AS n\n")
    assert build(simple) == 0
    (simple / "macros").rmdir()
    assert build(simple) == 0


def test_an_emptied_folder_of_macros_is_said_once(
    simple: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """segkit's own macro of the same name would take the place of the project's, in silence."""
    (simple / "macros/grown.sql").unlink()
    (simple / "sql/grown_ups.sql").write_text("SELECT 1 AS n\n")
    said = "warning[SK607]: macros/ had files at the last build, and has none now"
    for times in (1, 0):
        capsys.readouterr()
        assert build(simple) == 0
        assert capsys.readouterr().err.count(said) == times


def test_without_its_models_a_project_is_not_saved_by_a_seed(
    simple: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (simple / "sql").rglob("*.*"):
        path.unlink()
    capsys.readouterr()
    assert build(simple) == 2
    said = capsys.readouterr()
    assert "nothing of what is published in shop.duckdb would be made again" in said.err
    assert relations(simple) >= SHOWN
    results = json.loads((simple / "target/run_results.json").read_text())
    assert (results["success"], results["published"]) == (False, False)


def test_a_failed_build_drops_nothing_and_says_nothing_of_it(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / "sql/grown_ups.sql").write_text("SELECT CAST('x' AS INTEGER) AS n FROM range(1)\n")
    (built / "sql/grown_ups.sql").rename(built / "sql/adults.sql")
    (built / "sql/adults.sql").write_text(
        "{{ config(materialized='table') }}\nSELECT CAST(customer_id || 'x' AS INTEGER) AS n"
        " FROM {{ ref('customer_features') }}\n"
    )
    capsys.readouterr()
    assert build(built) == 1
    said = capsys.readouterr()
    assert relations(built) == SHOWN
    assert "dropped" not in said.out + said.err
    assert said.out.endswith("published: false\n")


@pytest.mark.slow
def test_a_history_stays_when_its_segmentation_goes(
    make_project: MakeProject, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project(customers(60))
    assert build(project) == 0
    (project / "sql/segments.yml").unlink()
    assert build(project) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "warning[SK607]: shopper_segments is no longer made" in said
    assert "note: its history shopper_segments_history stays: a build drops none" in said
    assert relations(project) >= {"shopper_segments_history", "shopper_segments_profile_history"}
    assert "shopper_segments" not in relations(project)


def test_an_older_segkit_reads_what_this_one_writes(built: Path) -> None:
    """The columns are what they were, and a folder is a row that no relation is looked for at."""
    path = built / "warehouse/shop.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        columns = connection.execute("DESCRIBE _segkit").fetchall()
        folders = connection.execute(
            "SELECT project, schema_name, relation_name, node FROM _segkit"
            " WHERE relation_type = 'folder' ORDER BY ALL"
        ).fetchall()
    assert [name for name, *_ in columns] == [
        "project",
        "schema_name",
        "relation_name",
        "relation_type",
        "node",
        "run",
    ]
    assert folders == [("shop", "", name, "") for name in ("macros", "sql", "warehouse/seeds")]


def test_a_file_of_an_older_segkit_has_no_folders_on_record(simple: Path) -> None:
    with duckdb.connect(str(simple / "warehouse/shop.duckdb")) as connection:
        connection.execute("DELETE FROM _segkit WHERE relation_type = 'folder'")
    builtin_macro(simple)
    assert build(simple) == 0


def test_the_library_takes_what_the_command_line_takes(simple: Path) -> None:
    result = segkit.build(simple, as_of="2030-01-02", locked=True)
    assert result.published and result.as_of == datetime(2030, 1, 2)
    assert segkit.build(simple, as_of=datetime(2030, 1, 3)).as_of == datetime(2030, 1, 3)
    with pytest.raises(ConfigError, match=r"SK702.*'soon', not a date"):
        segkit.build(simple, as_of="soon")
    with pytest.raises(ConfigError, match=r"SK702.*one of the two"):
        segkit.build(simple, locked=True, full_refresh=True)


NOBODY = 65534


@contextmanager
def as_somebody_else(folder: Path) -> Iterator[None]:
    """As a user to whom permissions apply; of root's they are not asked."""
    if os.getuid() == 0:
        above = [path for path in folder.parents if path.stat().st_uid == 0][:-2]
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        for path in above:
            path.chmod(path.stat().st_mode | 0o055)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


@pytest.mark.parametrize("folder", ["sql", "sql/features", "macros", "warehouse/seeds"])
def test_a_folder_that_cannot_be_listed_is_not_empty(
    folder: str, simple: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with as_somebody_else(simple):
        (simple / folder).chmod(0o000)
        code = build(simple)
        (simple / folder).chmod(0o755)
    assert code == 2
    assert f"error[SK002]: {folder} cannot be listed: permission denied" in capsys.readouterr().err
    assert relations(simple) == SHOWN


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("sql", "sql cannot be listed: not a directory"),
        ("warehouse/seeds", "warehouse/seeds cannot be listed: not a directory"),
    ],
)
def test_a_file_in_a_folders_place_is_not_an_empty_folder(
    path: str, said: str, simple: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(simple / path)
    (simple / path).write_text("")
    assert build(simple) == 2
    assert f"error[SK002]: {said}" in capsys.readouterr().err


def test_a_folder_that_fails_while_it_is_listed_is_not_empty(
    simple: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = os.scandir

    def scandir(path: object = ".") -> object:
        if str(path).endswith("sql/features"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", scandir)
    assert build(simple) == 2
    said = "error[SK002]: sql/features cannot be listed: input/output error"
    assert said in capsys.readouterr().err


def test_a_link_to_a_folder_that_is_gone_is_not_empty(
    simple: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (simple / "sql/features").rename(simple / "features")
    (simple / "sql/features").symlink_to("../gone")
    assert build(simple) == 2
    said = "error[SK002]: sql/features is a link to something that is not there"
    assert said in capsys.readouterr().err
