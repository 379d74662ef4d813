"""Where a source comes from, said once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from segkit.core.number_format import ENGLISH, NumberFormat
from segkit.core.periods import Period
from segkit.errors import ConfigError
from segkit.project.load import load_project
from segkit.project.nodes import HistoryLimits
from segkit.project.schema.documents import FormatSpec, SourceSpec, SourceTableSpec
from tests.project.schema.shapes import said


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{name: a, path: d.duckdb, schema: s}", "", ""),
        ("{name: a, dbt_project: ../dbt, dbt_target: dev}", "", ""),
        ("{name: a, path: d.duckdb, dbt_project: ../dbt}",
         "`a` has `path` and `dbt_project`: it comes from one place",
         "remove `path`: dbt's profile says which file it is"),
        ("{name: a, dbt_project: ../dbt, schema: s}",
         "`a` has `schema`, but no `path` of a DuckDB file",
         "dbt says in which schema a model is"),
        ("{name: a, schema: s, tables: [{name: t, relation: r}]}",
         "`a` has `schema`, but no `path` of a DuckDB file",
         "name a relation of the target with its schema: `relation: raw.customers`"),
        ("{name: a, path: d.duckdb, dbt_target: dev}",
         "`a` has `dbt_target`, but no `dbt_project`",
         "remove it, or add `dbt_project: ../shop`"),
        ("{name: a}", "`a` needs `tables`, `path` or `dbt_project`",
         "write `path: ../dev.duckdb` for all of a DuckDB file, or list `tables`, each with its "
         "`path` or `relation`"),
    ],
)  # fmt: skip
def test_a_source(text: str, message: str, hint: str) -> None:
    assert said(SourceSpec, text) == (message, hint)


def test_a_table_comes_from_one_place() -> None:
    both = said(SourceTableSpec, "{name: t, path: t.csv, relation: raw.t}")
    assert both == (
        "`t` has `path` and `relation`: it comes from one place",
        "remove one of the two",
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("{}", ENGLISH),
        ("{decimal: ','}", NumberFormat(".", ",")),
        ("{thousands: '.', symbol: after}", NumberFormat(".", ",", "after")),
        ('{thousands: "\'"}', NumberFormat("'", ".")),
        ("{thousands: '', decimal: ','}", NumberFormat("", ",")),
    ],
)
def test_numbers_for_people(text: str, numbers: NumberFormat) -> None:
    assert said(FormatSpec, text) == ("", "")
    assert FormatSpec.model_validate(yaml.safe_load(text)).numbers == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{thousands: '.', decimal: '.'}", "`thousands` and `decimal` are the same sign"),
        ("{decimals: ','}", "Extra inputs are not permitted"),
    ],
)
def test_what_is_no_format(text: str, message: str) -> None:
    assert said(FormatSpec, text)[0] == message


@pytest.mark.parametrize("text", ["24m", "0 days", "two years"])
def test_what_is_no_period_of_a_history(text: str, tmp_path: Path) -> None:
    path = tmp_path / "segkit.yml"
    path.write_text(f"name: shop\nhistory: {{keep: 24 months, forget_gone: {text}}}\n")
    with pytest.raises(ConfigError, match=rf"SK005.*`forget_gone` is `{text}`, not a period") as e:
        load_project(tmp_path)
    assert str(e.value.problems[0].place).startswith("segkit.yml:2:")
    path.write_text("name: shop\nhistory: {keep: 24 months}\n")
    assert load_project(tmp_path).history == HistoryLimits(Period(24, "month"))
