"""Texts of a table with types are days and numbers, as they would be in a file of texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from segkit.engines.duckdb.text_sql import text_sql
from segkit.engines.open import open_bench
from segkit.engines.typed_columns import TextValues
from segkit.errors import ConfigError
from segkit.files.csv_options import CsvOptions

PLAIN = CsvOptions()


def read(
    texts: Sequence[str | None], csv: CsvOptions = PLAIN
) -> tuple[TextValues, str | None, list[object]]:
    """What was found, the type, and the values by the SQL."""
    with open_bench() as engine:
        engine.execute("CREATE TABLE t (seen VARCHAR)")
        for text in texts:
            engine.execute("INSERT INTO t VALUES ($1)", (text,))
        found = engine.text_values("t", engine.columns("t"), csv)
        if not found.columns:
            return found, None, []
        rows = engine.query(f"SELECT {found.sql['seen']} FROM t")
    return found, found.columns["seen"].type.sql, [row[0] for row in rows]


@pytest.mark.parametrize(
    ("texts", "type_", "value"),
    [
        (["2010-12-01 08:26:00"], "TIMESTAMP", datetime(2010, 12, 1, 8, 26)),
        (["2/24/2003 0:00"], "TIMESTAMP", datetime(2003, 2, 24)),
        (["24 Dez 2003", "1 Jan 2004"], "DATE", datetime(2003, 12, 24).date()),
        (["6", "-12"], "BIGINT", 6),
        (["4.25", "3"], "DOUBLE", 4.25),
        (["$1,234.50", "$3.00"], "DOUBLE", 1234.5),
        (["84029E", "D"], None, None),
    ],
)
def test_texts(texts: list[str], type_: str | None, value: object) -> None:
    _, kind, values = read([*texts, None])
    assert kind == type_ and values[:1] == ([] if value is None else [value])
    assert not values or values[-1] is None


def test_the_sql_is_as_plain_as_it_can_be() -> None:
    assert read(["2010-12-01"])[0].sql == {"seen": "TRY_CAST(seen AS DATE)"}
    assert read(["12/24/2010"])[0].sql == {
        "seen": f"CAST(try_strptime({text_sql('seen')}, ['%m/%d/%Y']) AS DATE)"
    }


def test_what_could_be_both_is_asked() -> None:
    found, kind, _ = read(["03/04/2025"])
    assert kind is None
    with pytest.raises(ConfigError, match="does 03/04/2025 mean 2025-04-03 or 2025-03-04"):
        found.ask()
    found, _, values = read(["03/04/2025"], CsvOptions(dates="dmy"))
    found.ask()
    assert values == [datetime(2025, 4, 3).date()]
