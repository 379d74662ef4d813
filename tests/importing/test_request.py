"""What the file says where nothing was asked: names, the key, the relation."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.importing.request import (
    ImportOptions,
    bucket_items,
    key_column,
    relation_name,
    set_name,
    where_text,
)
from tests.importing.plain_cases import known, read

CASE = "CASE WHEN age < 25 THEN 'a' ELSE 'b' END"


def given(**options: object) -> ImportOptions:
    return ImportOptions(Path("sql/old bands.sql"), **options)  # type: ignore[arg-type]


def names(select: str, *columns: str) -> list[str]:
    file, statement = read(select)
    return [name for name, _ in bucket_items(file, statement, given(columns=columns))]


def test_names_of_the_columns() -> None:
    three = f"SELECT id, {CASE} AS x, {CASE}, {CASE} FROM t"
    assert names(three) == ["x", "age_band", "age_band_2"]
    assert names(three, "age_band") == ["age_band"]
    assert names(f"SELECT id, {CASE} FROM t", "mine") == ["mine"]
    with pytest.raises(ConfigError, match="--column y: no CASE has that name") as caught:
        names(three, "y")
    assert caught.value.problems[0].help == "they are called x, age_band, age_band_2"
    with pytest.raises(ConfigError, match="there is no CASE in the SELECT list"):
        names("SELECT id FROM t")


@pytest.mark.parametrize(
    ("item", "message", "column"),
    [
        (f"({CASE}) + ({CASE}) AS x", "`x` computes with 2 CASEs: ", 13),
        (f"concat({CASE}, {CASE}) AS x", "`x` computes with 2 CASEs (CONCAT): ", 19),
        (f"sum({CASE}) AS x", "`x` computes with a CASE (SUM): ", 16),
        (f"upper({CASE})", "this column computes with a CASE (UPPER): ", 18),
        (f"cast({CASE} AS INTEGER) AS x", "`x` computes with a CASE (CAST): ", 17),
        ("IF(age < 25, 1, 2) + 1 AS x", "`x` computes with a CASE: ", 12),
    ],
)
def test_what_is_computed_of_a_case_is_none(item: str, message: str, column: int) -> None:
    with pytest.raises(ConfigError) as caught:
        names(f"SELECT id, {item} FROM t")
    (problem,) = caught.value.problems
    assert problem.message == f"{message}segkit reads columns that are a CASE"
    assert problem.place and (problem.place.line, problem.place.column) == (1, column)
    assert "CASE ... END AS name" in str(problem.help)


@pytest.mark.parametrize(("head", "tail"), [("SELECT id, ", " AS x FROM t"), ("", "")])
def test_a_decode_is_told_as_a_case(head: str, tail: str) -> None:
    file, statement = read(f"{head}DECODE(tier, 1, 'gold', 'none'){tail}", dialect="snowflake")
    with pytest.raises(ConfigError, match="is a DECODE, which segkit does not read") as caught:
        bucket_items(file, statement, given())
    (problem,) = caught.value.problems
    assert str(problem.help).endswith("CASE WHEN tier = 1 THEN 'gold' ELSE 'none' END")
    assert problem.place and problem.place.column == len(head) + 1


@pytest.mark.parametrize(
    ("type_", "dialect", "is_read"),
    [
        ("VARCHAR(1)", "postgres", True),
        ("TEXT", "postgres", True),
        ("VARCHAR(0)", "postgres", False),  # cuts the labels
        ("CHAR(3)", "postgres", False),  # fills them with blanks
        ("INTEGER", "postgres", False),
    ],
)
def test_a_cast_to_text_leaves_a_case_as_it_is(type_: str, dialect: str, is_read: bool) -> None:
    file, statement = read(f"SELECT id, CAST({CASE} AS {type_}) AS x FROM t", dialect=dialect)
    if is_read:
        assert [name for name, _ in bucket_items(file, statement, given())] == ["x"]
        return
    with pytest.raises(ConfigError, match="computes with a CASE"):
        bucket_items(file, statement, given())


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ("customer_id, age", "customer_id"),
        ("age, CustomerID", "CustomerID"),
        ("userid, region_id", "userid"),
        ("age, userid, region_id", None),
        ("paid, age", None),
        ("uuid", "uuid"),
    ],
)
def test_the_key_is_what_looks_like_one(columns: str, key: str | None) -> None:
    file, statement = read(f"SELECT {columns}, {CASE} AS x FROM t")
    if key is not None:
        assert key_column(file, statement, given(), "t", {}) == key
        return
    with pytest.raises(ConfigError, match="which column is the customer's id") as caught:
        key_column(file, statement, given(), "t", {})
    assert caught.value.problems[0].code == "SK702"


def test_a_key_is_spelled_as_the_relation_has_it() -> None:
    file, statement = read(f"SELECT AGE, {CASE} AS x FROM t")
    assert key_column(file, statement, given(key="AGE"), "t", known()) == "age"
    with pytest.raises(ConfigError, match="column `id` is not in t"):
        key_column(file, statement, given(key="id"), "t", known())


def test_the_name_of_the_set() -> None:
    _, statement = read(f"SELECT id, {CASE} AS x FROM t")
    assert set_name(given(), statement) == "old_bands"
    assert set_name(given(name="mine"), statement) == "mine"
    _, view = read(f"CREATE VIEW v AS SELECT id, {CASE} AS x FROM t")
    assert set_name(given(), view) == "v"
    with pytest.raises(ConfigError, match="`9a` cannot be the name"):
        set_name(given(name="9a"), statement)


def test_the_relation_and_the_where() -> None:
    file, statement = read(f"SELECT id, {CASE} AS x FROM shop.people p WHERE p.age > 17")
    assert relation_name(file, statement, given(), None) == "shop.people"
    assert relation_name(file, statement, given(relation="mine"), None) == "mine"
    assert where_text(file, statement) == "age > 17"
    file, bare = read(CASE)
    assert where_text(file, bare) is None
    with pytest.raises(ConfigError, match="which relation has a row for each customer"):
        relation_name(file, bare, given(), None)
