from __future__ import annotations

import pytest

from segkit.core.columns import Kind
from segkit.dialects.spelling import boolean, identifier, literal, looked_up
from segkit.dialects.table import DIALECTS, DUCKDB


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_can_write_what_is_asked_of_it(name: str) -> None:
    dialect = DIALECTS[name]
    assert dialect.name == name
    opening, closing = dialect.quotes
    assert identifier("odd name", dialect) == f"{opening}odd name{closing}"
    assert identifier("select", dialect) == f"{opening}select{closing}"
    assert {*Kind} - {*dialect.types} <= {Kind.OTHER}
    finite = dialect.is_finite.format("x")
    assert "x" in finite and "{" not in finite
    assert "'A'" in looked_up("code", ["'A'", "'B'"], dialect)
    made = dialect.create_view.format(name="v", columns="", comment="", select="SELECT 1")
    assert made.endswith("SELECT 1") and " v" in made
    assert boolean(True, dialect) == ("TRUE" if dialect.has_booleans else "1")


def test_a_text_ends_where_it_ends() -> None:
    """Where a backslash escapes, a text that ends with one must not swallow the quote."""
    for name, dialect in DIALECTS.items():
        backslash = ("\\", "\\\\") in dialect.escapes
        expected = "'a\\\\'" if backslash else "'a\\'"
        assert literal("a\\", dialect) == dialect.string_prefix + expected, name


def test_duckdb_is_the_one_that_publishes() -> None:
    assert DIALECTS["duckdb"] is DUCKDB
    assert DUCKDB.is_certified and DUCKDB.has_comment_statements
    assert DUCKDB.is_finite.format("x") == "isfinite(x)"
