"""A lost database is no lost history."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import EngineError
from segkit.pipeline import Options, clean_project
from segkit.project.graph import DERIVED_SUFFIXES
from segkit.project.load import load_project
from segkit.project.new_project import GITIGNORE
from segkit.report.first_screen import first_screen, history_text
from segkit.report.render_text import render_text
from segkit.results import BuildResult, HistoryOrigin
from tests.pipeline.orders_project import (
    FIRST,
    MODEL,
    SECOND,
    THIRD,
    build_at,
    orders,
    write_orders_project,
)

TABLES = tuple(suffix for suffix in DERIVED_SUFFIXES if suffix != "_profile")


def tables(directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(directory / "warehouse/shop.duckdb"), read_only=True) as con:
        return {name: con.execute(f"FROM shoppers{name}").fetchall() for name in TABLES}


def lose(directory: Path) -> None:
    (directory / "warehouse/shop.duckdb").unlink()


def screen(built: BuildResult) -> str:
    return render_text(first_screen(built.segmentations[0]), width=80)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = write_orders_project(tmp_path_factory.mktemp("shop"), orders(150))
    (directory / ".gitignore").write_text("warehouse/*.duckdb\n", encoding="utf-8")
    for moment in (FIRST, SECOND):
        assert build_at(directory, moment, report=False).ok
    return directory


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "shop"))


def test_a_history_is_rebuilt_from_its_copy_row_by_row(shop: Path) -> None:
    before = tables(shop)
    assert all(before.values())
    files = {p: p.read_bytes() for p in (shop / "warehouse/history").iterdir()}
    lose(shop)
    again = build_at(shop, SECOND, report=False)
    assert again.ok and tables(shop) == before
    assert {p: p.read_bytes() for p in (shop / "warehouse/history").iterdir()} == files
    origin = HistoryOrigin("warehouse/history/shoppers.parquet", 2, SECOND)
    assert again.segmentations[0].history == origin
    said = " ".join(screen(again).split())
    assert history_text(origin) in said and "2 builds until 2026-02-01." in said
    later = build_at(shop, THIRD, report=False)
    assert later.segmentations[0].history is None
    changes = later.segmentations[0].changes
    assert changes is not None and changes.since == SECOND


def test_a_history_that_is_gone_is_said_and_a_first_build_says_nothing(
    shop: Path, tmp_path: Path
) -> None:
    lose(shop)
    shutil.rmtree(shop / "warehouse/history")
    again = build_at(shop, SECOND, report=False)
    assert again.ok and again.segmentations[0].history == HistoryOrigin()
    said = "History: of earlier builds none is here, nor a copy; it begins with this one."
    assert said in " ".join(screen(again).split())
    lose(shop)
    shutil.rmtree(shop / "warehouse/history")
    shutil.rmtree(shop / "target")  # as in a fresh clone, whose view may be from anywhere
    assert build_at(shop, SECOND, report=False).segmentations[0].history is None
    first = build_at(write_orders_project(tmp_path / "new", orders(60)), FIRST, report=False)
    assert first.segmentations[0].history is None


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def of_another_build(path: Path) -> None:
    with duckdb.connect() as con:
        note = con.execute(f"SELECT decode(value) FROM parquet_kv_metadata('{path}')").fetchall()
        text = note[0][0].replace('"digest": "', '"digest": "1')
        con.execute(f"CREATE TABLE t AS FROM '{path}'")
        con.execute(f"COPY t TO '{path}' (FORMAT parquet, KV_METADATA {{segkit: '{text}'}})")


def of_another(path: Path) -> None:
    shutil.copy(path.with_name("shoppers_builds.parquet"), path)


@pytest.mark.parametrize("table", ["shoppers", "shoppers_changes"])
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut, "damaged"),
        (lambda p: p.write_bytes(b""), "damaged"),
        (of_another_build, "not of the build|damaged"),
        (of_another, "is a copy of shoppers_builds of the project shop, not of"),
        (lambda p: p.unlink(), "is not there"),
    ],
)
def test_a_copy_that_is_damaged_is_named_and_nothing_is_published(
    shop: Path, harm: Callable[[Path], None], said: str, table: str
) -> None:
    lose(shop)
    path = shop / f"warehouse/history/{table}.parquet"
    harm(path)
    if table == "shoppers" and not path.exists():
        assert build_at(shop, SECOND, report=False).segmentations[0].history == HistoryOrigin()
        return
    pattern = rf"SK609.*warehouse/history/{table}\.parquet .*({said})"
    with pytest.raises(EngineError, match=pattern) as error:
        build_at(shop, SECOND, report=False)
    assert "move the folder away" in str(error.value.problems[0].help)
    assert not (shop / "warehouse/shop.duckdb").exists()


def test_ids_of_another_type_are_not_taken_for_those_of_the_copy(shop: Path) -> None:
    model = MODEL.replace("customer_id,\n", "'X' || customer_id AS customer_id,\n", 1)
    (shop / "sql/customers.sql").write_text(model, encoding="utf-8")
    lose(shop)
    before = (shop / "warehouse/history/shoppers.parquet").read_bytes()
    failed = build_at(shop, THIRD, report=False)
    assert not failed.published
    assert any(p.code == "SK105" for node in failed.nodes for p in node.problems)
    assert (shop / "warehouse/history/shoppers.parquet").read_bytes() == before


def test_a_copy_that_cannot_be_written_is_an_error_and_the_build_is_published(shop: Path) -> None:
    copy = shop / "warehouse/history/shoppers.parquet"
    copy.unlink()
    copy.mkdir()
    found = build_at(shop, THIRD, report=False)
    assert found.published and not found.ok
    (problem,) = (p for node in found.nodes if node.name == "history" for p in node.problems)
    assert (problem.code, problem.severity) == ("SK002", "error")
    assert "warehouse/history" in problem.message and "published" in problem.message
    (copy / "mine").touch()
    copy.rename(copy.with_name("mine"))
    assert build_at(shop, THIRD, report=False).ok and copy.is_file()


def test_a_copy_of_nobodys_history_is_named_where_ids_are_forgotten(shop: Path) -> None:
    shutil.copy(shop / "warehouse/history/shoppers.parquet", shop / "warehouse/history/old.parquet")
    assert not [n for n in build_at(shop, THIRD, report=False).nodes if n.name == "history"]
    with (shop / "segkit.yml").open("a", encoding="utf-8") as file:
        file.write("history: {forget_gone: 90 days}\n")
    (said,) = (n for n in build_at(shop, THIRD, report=False).nodes if n.name == "history")
    assert "warehouse/history/old.parquet is of no history" in said.problems[0].message
    (shop / "warehouse/history/mine.parquet").write_bytes(b"of somebody else")
    there = {path.name for path in (shop / "warehouse/history").iterdir()}
    clean_project(Options(shop))
    assert {path.name for path in (shop / "warehouse/history").iterdir()} == there
    removed = clean_project(Options(shop), copies=True)
    assert removed == (shop / "warehouse/history/old.parquet",)
    left = {path.name for path in (shop / "warehouse/history").iterdir()}
    assert left == there - {"old.parquet"}
    (shop / "warehouse/history/shoppers.parquet").rename(shop / "warehouse/history/old.parquet")
    lose(shop)  # and then it may be all that is left
    assert clean_project(Options(shop), copies=True) == ()


def test_git_sees_no_copy(shop: Path) -> None:
    """Not even where the project's own .gitignore is from before there were any."""
    subprocess.run(["git", "init", "-q"], cwd=shop, check=True)
    shown = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=shop, check=True, capture_output=True
    )
    assert b"warehouse/fits" in shown.stdout and b"history" not in shown.stdout
    assert "warehouse/history/\n" in GITIGNORE


def test_each_target_has_copies_of_its_own(shop: Path) -> None:
    with (shop / "segkit.yml").open("a", encoding="utf-8") as file:
        file.write(
            "targets:\n  dev: {type: duckdb, path: warehouse/shop.duckdb}\n"
            "  prod: {type: duckdb, path: warehouse/prod.duckdb}\n"
        )
    history = shop.resolve() / "warehouse/history"
    assert load_project(shop, target="dev").history_directory == history
    assert load_project(shop, target="prod").history_directory == history / "prod"


def test_words() -> None:
    said = "History: restored from x.parquet, 1 build."
    assert history_text(HistoryOrigin("x.parquet", 1)) == said
