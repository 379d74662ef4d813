"""A text of an edge case is the value that the engine makes of it."""

from __future__ import annotations

import duckdb
import pytest

from segkit.core.columns import parse_type
from segkit.publish.proof.edge_values import python_value


@pytest.mark.parametrize(
    ("type_", "texts"),
    [
        ("BIGINT", ["0", "-7", "9223372036854775807"]),
        ("DECIMAL(6,2)", ["0.005", "-0.005", "1.2", "1234.565"]),
        ("DOUBLE", ["0.1", "nan", "inf", "-inf", "5e-324", "1e308"]),
        ("FLOAT", ["0.1", "nan", "-inf", "3.4028234663852886e+38"]),
        ("BOOLEAN", ["true", "false"]),
        ("VARCHAR", ["", "true", "Ä "]),
    ],
)
def test_a_text_is_the_value_that_duckdb_makes_of_it(type_: str, texts: list[str]) -> None:
    for text in texts:
        expected = duckdb.execute(f"SELECT CAST($1 AS {type_})", [text]).fetchall()[0][0]
        found = python_value(text, parse_type(type_))
        assert repr(found) == repr(expected)
    assert python_value(None, parse_type(type_)) is None


def test_a_numeric_of_postgresql_has_nan_and_no_infinities() -> None:
    numeric = parse_type("numeric(6,2)")
    assert numeric.non_finite == ("nan",)
    assert python_value("nan", numeric).is_nan()
    assert parse_type("DECIMAL(6,2)").non_finite == ()
