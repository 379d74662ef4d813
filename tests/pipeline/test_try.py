"""Segments of a file that nobody has described, and the project that they become."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from segkit.errors import ConfigError, DataError, Place, SegkitError
from segkit.pipeline import Options, run_build, try_data
from segkit.pipeline.named_table import find_data
from segkit.pipeline.try_ import Trial
from segkit.results import Event
from tests.conftest import MALL, build_first, customers, write_csv, write_project
from tests.learn.data.test_deciding import heaps

AT = datetime(2026, 1, 1)
HEADER = ("customer_id", "age", "income", "spend", "zip", "joined", "country", "note")


def messy() -> list[tuple[object, ...]]:
    """Amounts in dollars, post codes, dates, one country, notes, a row twice, one without id."""
    rows = [
        (
            id_,
            age,
            income,
            f"${spend:,.2f}" if i % 50 else "unknown",
            f"{i * 37:05d}",
            f"2024-01-{i % 28 + 1:02d}",
            "UK",
            f"called {i} times",
        )
        for i, (id_, age, income, spend) in enumerate(customers())
    ]
    return [*rows, rows[7], (None, *rows[8][1:])]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("try") / "Our Customers.csv"
    write_csv(path, messy(), HEADER)
    return path


@pytest.fixture(scope="module")
def saved(data: Path) -> Trial:
    """Tried once, and saved beside the data."""
    return try_data(Options(as_of=AT), str(data), save=data.parent / "new" / "shop")


@contextmanager
def nothing_new(*folders: Path) -> Iterator[None]:
    before = [sorted(folder.rglob("*")) for folder in folders]
    yield
    assert [sorted(folder.rglob("*")) for folder in folders] == before


def test_every_guess_is_said(saved: Trial) -> None:
    said = "\n".join(saved.result.assumptions)
    for guess in (
        "customer_id is the customer's id",
        "1 row has no customer_id: left out",
        "1 row is the same as another one: counted once",
        "spend: $968.85 read as 968.85",
        "spend: 5 are 'unknown': missing",
        "features: age, income, spend",
        "zip (a code by its name)",
        "country (constant)",
        "note (free text)",
        "missing income count as",
    ):
        assert guess in said
    assert saved.result.rows == 240


@pytest.mark.slow
def test_the_saved_project_builds_to_the_same_segments(saved: Trial, tmp_path: Path) -> None:
    """Also where it learns again, from the file where it lies."""
    assert saved.saved is not None
    parent = Path(shutil.copytree(saved.saved.parent.parent, tmp_path / "all"))
    project = parent / "new/shop"

    def views() -> bytes:
        return (project / "warehouse/views/our_customers_segments.sql").read_bytes()

    before, ids = views(), _ids(project)
    assert len(ids) == 240
    shutil.rmtree(project / "warehouse")
    result = run_build(Options(project, as_of=AT))
    assert result.ok and views() == before and _ids(project) == ids
    written = (project / "sql/segments.yml").read_text("utf-8")
    assert "# left out: " in written and "      - {column: spend, scale: log}\n" in written


def _ids(project: Path) -> dict[str, str]:
    path = str(project / "warehouse/our_customers.duckdb")
    with duckdb.connect(path, read_only=True) as connection:
        return dict(
            connection.execute(
                "SELECT customer_id, segment_id FROM our_customers_segments"
            ).fetchall()
        )


@pytest.mark.slow  # the guess by itself is in tests/learn/data/test_choose_features.py
def test_what_comes_later_by_its_name_is_a_metric(tmp_path: Path) -> None:
    rows = [(id_, age, income, spend, spend) for id_, age, income, spend in customers()]
    write_csv(tmp_path / "t.csv", rows, ("id", "age", "income", "spend", "spend_next_90d"))
    found = try_data(Options(as_of=AT), str(tmp_path / "t.csv"), k=4, save=tmp_path / "shop")
    assert all("spend_next_90d" in segment.metrics for segment in found.result.segments)
    assert "features: age, income, spend" in found.result.assumptions


@pytest.mark.slow
def test_without_save_nothing_is_written(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data.parent)
    before = data.read_bytes()
    with nothing_new(data.parent):
        found = try_data(Options(as_of=AT), data.name, k=3)
    assert found.saved is None and len(found.result.segments) == 3
    assert data.read_bytes() == before


def test_for_one_look_only_what_is_looked_at_is_measured(tmp_path: Path) -> None:
    write_csv(tmp_path / "few.csv", list(customers())[:150], HEADER[:4])
    whole, brief = (
        try_data(Options(as_of=AT), str(tmp_path / "few.csv"), in_full=in_full).result
        for in_full in (True, False)
    )
    assert [(s.name, s.n) for s in brief.segments] == [(s.name, s.n) for s in whole.segments]
    assert brief.fit.tree == whole.fit.tree and brief.fit.stability == whole.fit.stability
    assert whole.fit.quality.fidelity_held_out and not brief.fit.quality.fidelity_held_out
    losses = [[point.tree_loss for point in r.fit.clusters.sweep] for r in (whole, brief)]
    assert any(losses[0]) and not any(losses[1])


@pytest.mark.parametrize(
    ("header", "rows", "code"),
    [
        (("customer_id", "age"), [(i % 5, i) for i in range(50)], "SK305"),
        (("x", "y"), [(i % 5, i % 2) for i in range(50)], "SK321"),
        (("id", "name"), [(i, f"name {i}") for i in range(50)], "SK313"),
        (("id", "x"), [(i, i * 7 % 50) for i in range(1)], "SK313"),
        (("id", "x"), [], "SK301"),
    ],
)
def test_a_question_or_a_mistake_leaves_nothing(
    tmp_path: Path, header: tuple[str, ...], rows: list[tuple[int, ...]], code: str
) -> None:
    write_csv(tmp_path / "t.csv", rows, header)
    with nothing_new(tmp_path), pytest.raises(SegkitError) as caught:
        try_data(Options(), str(tmp_path / "t.csv"), save=tmp_path / "shop")
    assert [problem.code for problem in caught.value.problems] == [code]
    assert not any(p.labels for p in caught.value.problems)


@pytest.mark.parametrize("largest", [pytest.param(1e155, marks=pytest.mark.slow), 1.7e308])
def test_values_whose_squares_overflow_are_left_out(tmp_path: Path, largest: float) -> None:
    rows = [(i, largest if i % 2 else float(i), i % 3 * 100 + i % 5) for i in range(60)]
    write_csv(tmp_path / "t.csv", rows, ("id", "huge", "spend"))
    found = try_data(Options(as_of=AT), str(tmp_path / "t.csv"), k=3)
    assert any("huge (values beyond 1e15)" in line for line in found.result.assumptions)


def test_an_id_with_a_decimal_point_is_one(tmp_path: Path) -> None:
    rows = [(float(i), i % 3 * 100 + i % 5) for i in range(60)]
    write_csv(tmp_path / "t.csv", rows, ("Customer ID", "spend"))
    found = try_data(Options(as_of=AT), str(tmp_path / "t.csv"), k=3)
    assert "Customer ID is the customer's id (--key says another)" in found.result.assumptions


def test_too_few_customers_are_said_before_anything_is_learned(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [(i, i % 3 * 100 + i % 5) for i in range(60)], ("id", "spend"))
    told: list[str] = []

    def listen(event: Event) -> None:
        if event.kind in ("warning", "progress"):
            told.append(event.text)

    found = try_data(Options(as_of=AT), str(tmp_path / "t.csv"), k=3, listen=listen)
    few = "60 customers are few: with less than 200 the segments may look different next time"
    assert told[:2] == ["reading customers", few]
    assert found.result.warnings.count(few) == told.count(few) == 1


def test_a_place_in_the_data_is_said(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [(1, 2, 3)], ("id", "x", "x"))
    with pytest.raises(SegkitError) as caught:
        try_data(Options(), str(tmp_path / "t.csv"))
    assert caught.value.problems[0].place == Place("t.csv", 1, 1)


@pytest.mark.parametrize("header", [("segment_id", "visits"), ("id", "segment_order")])
def test_what_the_project_says_wrong_points_at_no_file(
    tmp_path: Path, header: tuple[str, str]
) -> None:
    write_csv(tmp_path / "t.csv", [(i, i * i % 37) for i in range(50)], header)
    with (
        nothing_new(tmp_path),
        pytest.raises(ConfigError, match=r"of (its|their) own") as caught,
    ):
        try_data(Options(), str(tmp_path / "t.csv"), k=2, save=tmp_path / "shop")
    assert caught.value.problems[0].labels == ()


def test_what_the_build_finds_wrong_points_at_no_file(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [(i, i % 3) for i in range(50)], ("id", "visits"))
    with nothing_new(tmp_path), pytest.raises(DataError) as caught:
        try_data(Options(), str(tmp_path / "t.csv"), k=5, save=tmp_path / "shop")
    assert caught.value.problems[0].labels == ()


def test_a_folder_with_something_in_it_is_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with nothing_new(tmp_path), pytest.raises(ConfigError, match="is not empty"):
        try_data(Options(), str(data), save=tmp_path)


def test_a_file_that_is_not_there_is_told_with_those_that_are(data: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        try_data(Options(), str(data.parent / "ours.csv"))
    assert "Our Customers.csv" in (caught.value.problems[0].help or "")


@pytest.mark.slow  # which table is meant is in test_named_table.py
def test_a_table_of_the_project_here(tmp_path: Path) -> None:
    project = write_project(tmp_path / "shop")
    assert build_first(project).ok
    found = try_data(Options(project, as_of=AT), "customer_features", k=4)
    assert "features: age, income, spend" in found.result.assumptions
    source = find_data(Options(project), "crm.customers", None).relation
    assert source is not None and source.shown == "crm.customers"
    with pytest.raises(ConfigError, match="has no table nobody"):
        try_data(Options(project), "nobody")


@pytest.mark.slow  # two tables tried and two projects built: each is in the tests above
def test_a_duckdb_file_with_several_tables_is_a_question(tmp_path: Path) -> None:
    path = tmp_path / "dev.duckdb"
    write_csv(tmp_path / "c.csv", customers(), ("id", "age", "income", "spend"))
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE customers AS FROM '{tmp_path / 'c.csv'}'")
    found = try_data(Options(as_of=AT), str(path), k=4, save=tmp_path / "one")
    assert len(found.result.segments) == 4
    with duckdb.connect(str(path)) as connection:  # nobody holds a lock
        connection.execute('CREATE SCHEMA marts; CREATE TABLE marts."big ones" AS FROM customers')
    with pytest.raises(ConfigError, match="2 tables and views: which one") as caught:
        try_data(Options(), str(path))
    assert "it has customers, marts.big ones" in (caught.value.problems[0].help or "")
    before = path.read_bytes()
    again = try_data(
        Options(as_of=AT), str(path), table="marts.big ones", k=4, save=tmp_path / "two"
    )
    assert [s.n for s in again.result.segments] == [s.n for s in found.result.segments]
    assert path.read_bytes() == before
    for folder in ("one", "two"):  # the project reads the file by itself
        assert run_build(Options(tmp_path / folder, as_of=AT)).ok


@pytest.mark.slow  # the article's customers are learned in tests/learn/test_learn.py
@pytest.mark.skipif(not MALL.exists(), reason="the article's data is not here")
def test_the_articles_customers() -> None:
    found = try_data(Options(as_of=AT), str(MALL))
    assert [segment.n for segment in found.result.segments] == [43, 39, 37, 35, 25, 21]
    assert all(len(segment.rule.split(",")) <= 3 for segment in found.result.segments)


@pytest.mark.slow
def test_a_column_that_would_decide_alone_counts_half_and_it_is_said(tmp_path: Path) -> None:
    """Two heaps of prices beside four columns of groups that run into each other."""
    values = heaps().tolist()
    rows = [(f"c{place}", *row) for place, row in enumerate(values)]
    write_csv(tmp_path / "t.csv", rows, ("id", "w", "x", "y", "z", "price"))
    found = try_data(Options(as_of=AT), str(tmp_path / "t.csv"), k=2, save=tmp_path / "shop")
    assert any("price counts half" in said for said in found.result.assumptions)
    assert not any(fact.code == "decides_alone" for fact in found.result.fit.warnings)
    assert "{column: price, weight: 0.5}" in (tmp_path / "shop/sql/segments.yml").read_text()
    assert len(list((tmp_path / "shop/warehouse/fits/t_segments").glob("v*.json"))) == 2  # one fit


def test_who_never_ordered_is_a_segment_of_its_own_there_and_in_the_project(tmp_path: Path) -> None:
    """A date that is missing where there are no orders; one that is missing anywhere is none."""
    rows = [
        (
            key,
            (orders := 0 if place % 10 == 0 else 1 + place % 7),
            round(orders * spend, 2),
            f"2025-{1 + place % 12:02d}-11" if orders else None,
            f"2024-{1 + place % 11:02d}-05" if place % 9 else None,
        )
        for place, (key, _, _, spend) in enumerate(customers())
    ]
    header = ("customer_id", "orders", "spend", "last_order", "last_call")
    write_csv(tmp_path / "shop.csv", rows, header)
    trial = try_data(Options(as_of=AT), str(tmp_path / "shop.csv"), save=tmp_path / "shop", k=2)
    said = (
        "24 customers without days_since_last_order are a segment of their own: orders is 0 there"
    )
    assert said in trial.result.assumptions
    own = trial.result.fit.own
    assert {column: segment.n for column, segment in own.items()} == {"days_since_last_order": 24}
    assert [s.n for s in trial.result.segments if s.name == "No days since last order"] == [24]
    yml = (tmp_path / "shop/sql/segments.yml").read_text()
    assert "\n    missing: {days_since_last_order: own}\n" in yml and said in yml
    again = run_build(Options(tmp_path / "shop", as_of=AT))
    assert again.ok and again.segmentations[0].segments == trial.result.segments
