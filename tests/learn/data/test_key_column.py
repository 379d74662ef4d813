"""Which column is the customer's id; one clear question where that cannot be told."""

from __future__ import annotations

import pytest

from segkit.errors import ConfigError, Problem
from segkit.learn.data.key_column import (
    ROW_NUMBER,
    Key,
    customer_by_name,
    find_key,
    rows_each,
)
from tests.learn.conftest import MemoryEngine


def key_of(engine: MemoryEngine, select: str, wanted: str | None = None) -> Key:
    engine.execute(f"CREATE TABLE t AS {select}")
    return find_key(engine, "t", engine.columns("t"), wanted)


def question(engine: MemoryEngine, select: str, wanted: str | None = None) -> Problem:
    with pytest.raises(ConfigError) as caught:
        key_of(engine, select, wanted)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ("i AS id, i AS customer_id", "customer_id"),
        ("i AS order_id, i AS id", "id"),
        ("i AS id, i AS userid", "userid"),
        ('i AS id, i AS "CustomerID"', "CustomerID"),
        ('i AS spend, i AS "Kunden ID"', "Kunden ID"),
        ("i AS spend_cents, 'a' || i AS client", "client"),
        ("'n' || i AS name, i AS \"Kunden-Nr\"", "Kunden-Nr"),
        ("i AS customer_zip_code, i AS customer_id", "customer_id"),
        ("i / 2.0 AS spend, 'n' || i AS \"CUSTOMERNAME\", i % 2 AS type_id", "CUSTOMERNAME"),
        ('i AS "Kundennummer", i AS id', "Kundennummer"),
        ("i % 2 AS house_no, i AS ref", "ref"),  # a weak name, and the values are not unique
        ("i % 3 AS region, 'a' || i AS code_name", "code_name"),  # the only one that is unique
        ("i % 4 AS contacts, i AS policyholder_id", "policyholder_id"),  # how many contacts
        ("'n' || i AS clients, i AS account_type", "clients"),
        ("i * 5 AS place, 'n' || i AS name", "name"),  # as a person takes it
        ("i / 2.0 AS spend, i AS whatever", "whatever"),  # a DOUBLE is no id
        ("i::DOUBLE AS id, 'u' || i AS u, i AS n", "id"),  # whole, though of a type with parts
        ("(i + 0.5)::DOUBLE AS id, i AS n", "n"),
        ("i AS client_number, i % 2 AS customer_id", "client_number"),  # of two, the unique one
    ],
)
def test_by_name_and_by_values(engine: MemoryEngine, columns: str, key: str) -> None:
    found = key_of(engine, f"SELECT {columns} FROM range(20) AS r(i)")
    assert found == Key(key, 20, is_guess=True)


def test_a_row_that_stands_there_twice_does_not_hide_the_id(engine: MemoryEngine) -> None:
    """Not by its name: the values alone tell."""
    found = key_of(engine, "SELECT i % 9 AS ref, (i % 9) / 2.0 AS x FROM range(10) AS r(i)")
    assert found == Key("ref", 10, copies=1, is_guess=True)


def test_what_is_wanted_needs_no_guess(engine: MemoryEngine) -> None:
    found = key_of(engine, "SELECT i AS id, i AS x FROM range(5) AS r(i)", "X")
    assert found == Key("x", 5)


def test_rows_without_an_id_and_copies_are_counted(engine: MemoryEngine) -> None:
    found = key_of(
        engine,
        "SELECT CASE WHEN i < 3 THEN NULL ELSE i % 10 END AS id, i % 10 AS x FROM range(20) r(i)",
    )
    assert found == Key("id", 20, without=3, copies=7, is_guess=True)


def test_several_rows_of_a_customer_are_a_question(engine: MemoryEngine) -> None:
    few = question(engine, "SELECT i // 2 + i % 2 AS id, i AS x FROM range(4) AS r(i)")
    assert few.code == "SK305" and "some customers have several rows" in few.message
    assert "QUALIFY row_number() OVER (PARTITION BY id" in few.notes[0]


def test_a_bare_name_that_stands_twice_is_a_question(engine: MemoryEngine) -> None:
    select = "SELECT i % 5 AS x, 'n' || (i % 7) AS name FROM range(20) AS r(i)"
    assert (
        "no column of texts or integers has its own value in each row"
        in question(engine, select).message
    )


def test_order_lines_are_told_with_a_select_that_groups_them(engine: MemoryEngine) -> None:
    many = question(
        engine,
        "SELECT i % 4 AS customer_id, DATE '2024-01-01' + CAST(i AS INTEGER) AS day, i AS amount "
        "FROM range(40) AS r(i)",
    )
    assert "each customer has about 10 rows, and segments need one" in many.message
    example = many.notes[0].removeprefix("for example: ").replace("...", "t")
    assert len(engine.query(example)) == 4


@pytest.mark.parametrize(
    ("columns", "wanted", "customer"),
    [
        ("i AS id, i % 3 AS customer_id", None, "customer_id"),
        ("i AS id, i % 3 AS customer_name, i AS order_id", None, "customer_name"),
        ("i AS id, i AS order_id", None, None),
        ('i AS id, i % 3 AS "Who"', "who", "Who"),
        ("i AS id, i % 3 AS customer_id", "whose", None),
    ],
)
def test_whose_lines_they_would_be(
    engine: MemoryEngine, columns: str, wanted: str | None, customer: str | None
) -> None:
    engine.execute(f"CREATE TABLE t AS SELECT {columns} FROM range(9) AS r(i)")
    assert customer_by_name(engine, "t", engine.columns("t"), wanted) == customer
    if customer is not None:
        assert rows_each(engine, "t", customer) == 3.0


def test_rows_that_are_alike_are_one(engine: MemoryEngine) -> None:
    engine.execute("CREATE TABLE t AS SELECT i % 3 AS id, i % 3 AS x FROM range(9) AS r(i)")
    assert rows_each(engine, "t", "id") == 1.0


@pytest.mark.parametrize(("values", "key"), [(6, "id"), (20, "household")])
def test_a_bare_name_of_few_values_tells_kinds_apart(
    engine: MemoryEngine, values: int, key: str
) -> None:
    """`household: 1, 2, ... 6` says how large one is."""
    columns = f"i AS id, concat('h', i % {values}) AS household, i % 7 AS spend"
    engine.execute(f"CREATE TABLE homes AS SELECT {columns} FROM range(400) AS r (i)")
    found = customer_by_name(engine, "homes", engine.columns("homes"), None)
    assert found == (key if key == "household" else None)


def test_no_id_at_all(engine: MemoryEngine) -> None:
    problem = question(engine, "SELECT i / 2.0 AS x, i % 2 AS y FROM range(9) AS r(i)")
    assert problem.code == "SK321" and f"--key {ROW_NUMBER}" in (problem.help or "")
    found = find_key(engine, "t", engine.columns("t"), ROW_NUMBER)
    assert found == Key(ROW_NUMBER, 9)


def test_two_that_could_be_it_are_named(engine: MemoryEngine) -> None:
    problem = question(engine, "SELECT i AS a, 'x' || i AS b FROM range(9) AS r(i)")
    assert "any of a, b could be it" in problem.message


def test_a_wanted_column_that_is_not_there(engine: MemoryEngine) -> None:
    problem = question(engine, "SELECT i AS customer_id FROM range(9) AS r(i)", "custmer_id")
    assert problem.code == "SK104" and "did you mean `customer_id`?" in (problem.help or "")
