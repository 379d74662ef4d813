"""Ids are forgotten in every table and copy, and no sum of the past is another one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.pipeline.orders_project import (
    FIRST,
    SECOND,
    THIRD,
    YML,
    Order,
    build_at,
    orders,
    write_orders,
    write_orders_project,
)

BASE = 9_100_000  # so that an id stands in no other number
APRIL, MAY, JUNE = datetime(2026, 4, 1), datetime(2026, 5, 1), datetime(2026, 6, 1)
GONE, BACK = {BASE + n for n in range(1, 21)}, BASE + 1
SUMS = {
    "shoppers_history": "segment_id, fit_version, valid_from, valid_to",
    "shoppers_changes": "changed_at, from_segment_id, to_segment_id, reason",
    "shoppers_flows": "as_of, from_segment_id, to_segment_id, reason, n",
    "shoppers_baseline": "segment_id, fit_version, as_of, recency_days, orders",
    "shoppers_profile_history": "as_of, segment_id, n",
}


def rows() -> list[Order]:
    return [Order(BASE + row.customer, row.day) for row in orders(150)]


def without_gone() -> list[Order]:
    return [row for row in rows() if row.customer not in GONE]


def project(directory: Path, history: str) -> Path:
    write_orders_project(directory, rows())
    (directory / "segkit.yml").write_text(f"{YML}history: {history}\n", encoding="utf-8")
    return directory


def ask(directory: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(directory / "warehouse/shop.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def sums(directory: Path, until: datetime) -> dict[str, list[tuple[Any, ...]]]:
    """All that is counted, of the builds until a moment, whoever it was."""
    found = {}
    for table, columns in SUMS.items():
        moment = next(c for c in columns.split(", ") if c in ("valid_from", "changed_at", "as_of"))
        shown = columns.replace(
            "valid_to", f"CASE WHEN valid_to <= '{until}' THEN valid_to END AS valid_to"
        )
        found[table] = ask(
            directory,
            f"SELECT {shown}, count(*) FROM {table} WHERE {moment} <= '{until}'"
            " GROUP BY ALL ORDER BY ALL",
        )
    return found


def texts(directory: Path) -> Iterator[tuple[str, str]]:
    """Every row of every relation of the database, and of every Parquet file, as a text."""
    with duckdb.connect(str(directory / "warehouse/shop.duckdb"), read_only=True) as con:
        names = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() UNION ALL"
            " SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        relations = [f'"{schema}"."{name}"' for schema, name in names]
        copies = sorted((directory / "warehouse").rglob("*.parquet"))
        assert len(copies) == 7 and len(relations) >= 10
        for relation in [*relations, *(f"read_parquet('{path}')" for path in copies)]:
            for (text,) in con.execute(
                f"SELECT CAST(r AS VARCHAR) FROM {relation} AS r"
            ).fetchall():
                yield relation, text
        for path in copies:
            yield path.name, str(con.execute(f"FROM parquet_kv_metadata('{path}')").fetchall())


def where_is(directory: Path, id_: int) -> set[str]:
    return {relation for relation, text in texts(directory) if str(id_) in text}


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty customers left in February, and are forgotten in May."""
    directory = project(tmp_path_factory.mktemp("gone"), "{forget_gone: 89 days}")
    assert build_at(directory, FIRST, report=False).ok
    write_orders(directory, without_gone())
    for moment in (SECOND, THIRD, APRIL):
        assert build_at(directory, moment, report=False).ok
    return directory


def test_who_left_is_forgotten_everywhere_and_no_sum_changes(gone: Path, tmp_path: Path) -> None:
    directory = tmp_path / "shop"
    shutil.copytree(gone, directory)
    assert {"shoppers.parquet", "shoppers_changes.parquet"} <= {
        Path(found).name.strip("')") for found in where_is(directory, BASE + 7)
    }
    before = sums(directory, APRIL)
    assert build_at(directory, MAY, report=False).ok
    assert {id_: where_is(directory, id_) for id_ in GONE} == {id_: set() for id_ in GONE}
    assert where_is(directory, BASE + 30)
    assert sums(directory, APRIL) == before
    left = "FROM shoppers_changes WHERE customer_id IS NULL AND reason = 'left'"
    assert ask(directory, left)
    # twice is once, in the copies as well
    state = sums(directory, MAY), sorted(texts(directory))
    assert build_at(directory, MAY, report=False).ok
    again = sums(directory, MAY), sorted(texts(directory))
    assert [t for t in again[1] if "_segkit" not in t[0]] == [
        t for t in state[1] if "_segkit" not in t[0]
    ]
    assert again[0] == state[0]


def test_who_comes_back_is_new(gone: Path, tmp_path: Path) -> None:
    directory = tmp_path / "shop"
    shutil.copytree(gone, directory)
    assert build_at(directory, MAY, report=False).ok
    write_orders(directory, [*without_gone(), Order(BACK, date(2026, 5, 20))])
    assert build_at(directory, JUNE, report=False).ok
    assert ask(
        directory,
        f"SELECT from_segment_id, reason FROM shoppers_changes WHERE customer_id = {BACK}",
    ) == [(None, "joined")]
    assert ask(
        directory, f"SELECT valid_from, valid_to FROM shoppers_history WHERE customer_id = {BACK}"
    ) == [(JUNE, None)]


@pytest.mark.slow
def test_the_past_is_rewritten_with_people_who_are_forgotten(gone: Path, tmp_path: Path) -> None:
    directory = tmp_path / "shop"
    shutil.copytree(gone, directory)
    assert build_at(directory, MAY, report=False).ok
    sizes = ask(directory, "SELECT segment_id, n FROM shoppers_profile_history WHERE n > 0"
                f" AND as_of = '{FIRST}' ORDER BY ALL")  # fmt: skip
    middle = datetime(2026, 1, 15)
    assert build_at(directory, middle, rewrite_history=True, report=False).ok
    was = ask(directory, "SELECT from_segment_id, CAST(sum(n) AS BIGINT) FROM shoppers_flows"
              f" WHERE as_of = '{middle}' AND from_segment_id IS NOT NULL"
              " GROUP BY ALL ORDER BY ALL")  # fmt: skip
    assert was == sizes
    nobody = "SELECT DISTINCT reason FROM shoppers_changes WHERE customer_id IS NULL"
    assert ask(directory, nobody) == [("left",)]


def test_stays_that_ended_are_kept_without_their_ids(tmp_path: Path) -> None:
    directory = project(tmp_path, "{keep: 1 month}")
    for moment in (FIRST, SECOND, THIRD):
        assert build_at(directory, moment, report=False).ok
    before = sums(directory, THIRD)
    known = "SELECT count(*) FROM shoppers_history WHERE customer_id IS NOT NULL AND valid_to <= "
    assert ask(directory, f"{known}'{SECOND}'") == [(0,)]
    assert ask(directory, f"{known}'{THIRD}'") > [(0,)]
    assert build_at(directory, APRIL, report=False).ok
    assert sums(directory, THIRD) == before
    assert ask(directory, f"{known}'{THIRD}'") == [(0,)]
    found = ask(directory, "SELECT DISTINCT changed_at FROM shoppers_changes"
                " WHERE customer_id IS NOT NULL")  # fmt: skip
    assert found == [(APRIL,)]
    open_stays = "FROM shoppers_history WHERE valid_to IS NULL AND customer_id IS NULL"
    assert not ask(directory, open_stays)


@pytest.mark.slow
def test_a_segmentation_that_is_no_longer_built_forgets_too(tmp_path: Path) -> None:
    directory = project(tmp_path, "{forget_gone: 89 days}")
    path = tmp_path / "sql/segments.yml"
    text = path.read_text(encoding="utf-8")
    other = text.partition("\n")[2].replace("shoppers", "others")
    path.write_text(text + other, encoding="utf-8")
    assert build_at(directory, FIRST, report=False).ok
    path.write_text(text, encoding="utf-8")
    write_orders(directory, without_gone())
    sizes = "SELECT segment_id, count(*) FROM others_history GROUP BY ALL ORDER BY ALL"
    before = ask(directory, sizes)
    for moment, known in ((SECOND, True), (APRIL, False)):
        assert build_at(directory, moment, report=False).ok
        found = ask(directory, "SELECT count(customer_id) FROM others_history")
        assert (found > [(0,)]) == known
        assert ask(directory, sizes) == before
    assert ask(directory, "SELECT count(key) FROM others_baseline") == [(0,)]


def test_nothing_is_as_old_as_that(tmp_path: Path) -> None:
    directory = project(tmp_path, "{keep: 9999 years, forget_gone: 9999 months}")
    assert build_at(directory, FIRST, report=False).ok
    assert ask(directory, "SELECT count(*) - count(customer_id) FROM shoppers_history") == [(0,)]
