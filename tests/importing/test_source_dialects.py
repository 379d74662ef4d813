"""The table of dialects: names that the parser has, and what most depends on."""

from __future__ import annotations

from sqlglot import Dialect

from segkit.importing.source_dialects import OLD_DIALECTS


def test_the_parser_knows_each() -> None:
    assert set(OLD_DIALECTS) <= set(Dialect.classes)
    assert "duckdb" not in OLD_DIALECTS  # its SQL is its own meaning


def test_who_divides_whole_numbers() -> None:
    whole = {name for name, old in OLD_DIALECTS.items() if old.whole_division == "whole"}
    assert whole == {"sqlite", "postgres", "redshift", "trino", "presto", "athena", "tsql"}


def test_only_what_the_tests_run_is_said_to_be_run() -> None:
    assert {name for name, old in OLD_DIALECTS.items() if old.is_run} == {"sqlite", "postgres"}
