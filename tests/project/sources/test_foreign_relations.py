"""What a name of a DuckDB source stands for, and why there is nothing under another."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import Place
from segkit.project.nodes import DbtProject, DbtRelation, DuckDBSource
from segkit.project.sources.foreign_relations import refusal, split_name, table_node

PLACE = Place("segkit.yml", 3, 5)


def relation(
    id: str, name: str, *, schema: str = "marts", database: str = "dev", exists: bool = True
) -> DbtRelation:
    return DbtRelation(id, database, schema, name, exists, f"words of {name}")


RELATIONS = {
    "customers": (relation("source.shop.customers", "raw"), relation("model.shop.customers", "c")),
    "two": (relation("model.a.two", "two"), relation("model.b.two", "two", schema="other")),
    "gone": (relation("model.shop.gone", "gone", exists=False),),
    "csv": (relation("source.shop.csv", "csv", exists=False),),
    "far": (relation("model.shop.far", "far", database="prod"),),
}
DBT = DbtProject("shop", "../dbt", "dev", Path("/dbt"), "dev", RELATIONS)
PLAIN = DuckDBSource("raw", Path("/dev.duckdb"), "main", PLACE, "a file")
WITH_DBT = DuckDBSource("raw", Path("/dev.duckdb"), "main", PLACE, "a file", DBT)


def test_the_source_goes_up_to_the_first_dot() -> None:
    assert split_name("raw.staging.t", {"raw": PLAIN}) == (PLAIN, "staging.t")
    assert split_name("raw", {"raw": PLAIN}) is None
    assert split_name("crm.t", {"raw": PLAIN}) is None


def test_without_dbt_any_name_may_be_right() -> None:
    assert refusal(PLAIN, "whatever") is None
    assert [refusal(PLAIN, name) is None for name in ("", "a\n")] == [False, False]
    for name, (schema, table) in {
        "t": ("main", "t"),
        "staging.t": ("staging", "t"),
    }.items():
        node = table_node(PLAIN, name, PLACE)
        assert node.foreign is not None
        assert (node.foreign.schema, node.foreign.name) == (schema, table)
        assert (node.name, node.description) == (f"raw.{name}", "a file")


def test_dbt_says_what_a_name_stands_for() -> None:
    assert refusal(WITH_DBT, "customers") is None
    node = table_node(WITH_DBT, "customers", PLACE)
    assert node.foreign is not None
    assert (node.foreign.schema, node.foreign.name) == ("marts", "c")
    assert node.description == "words of c"


@pytest.mark.parametrize(
    ("table", "code", "said"),
    [
        ("customer", "SK101", "has no model, seed, snapshot or source `customer`"),
        ("two", "SK102", "is several things in dbt: model.a.two (marts.two), model.b.two"),
        ("gone", "SK106", "dbt makes no relation of model.shop.gone: it is ephemeral"),
        ("csv", "SK106", "source.shop.csv is a file to dbt, and no table of its database"),
        ("far", "SK106", "dbt keeps model.shop.far in the database `prod`"),
    ],
)
def test_why_there_is_nothing(table: str, code: str, said: str) -> None:
    found = refusal(WITH_DBT, table)
    assert found is not None and found.code == code
    assert said in found.message
    assert found.at(PLACE).place == PLACE
    assert (table == "customer") == (found.label == "did you mean `customers`?")
