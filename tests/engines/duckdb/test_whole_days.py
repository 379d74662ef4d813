"""Whole numbers that are days: only where every one of them is."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from segkit.engines.open import open_bench


@pytest.mark.parametrize(
    ("name", "numbers", "type_", "first"),
    [
        ("signup", [20240131, 20240201, None], "DATE", date(2024, 1, 31)),
        ("signup", [19000101, 21001231], "DATE", date(1900, 1, 1)),
        ("signup", [20240131, 20240230], None, None),  # February 30th
        ("signup", [20240131, 20240131], None, None),
        ("signup", [20240131, 21010101], None, None),
        ("order_id", [20240131, 20240201], None, None),
        ("created_at", [1700000000, 1700086400], "TIMESTAMP", datetime(2023, 11, 14, 22, 13, 20)),
        ("ts", [1700000000000, 1700086400000], "TIMESTAMP", datetime(2023, 11, 14, 22, 13, 20)),
        ("income", [1700000000, 1700086400], None, None),
        ("created_at", [999_999_999, 1700086400], None, None),
        ("created_at", [1700000000, 4_102_444_800], None, None),
        ("created_at", [None, None], None, None),
        ("order_date", [36526, 45322], "DATE", date(2000, 1, 1)),  # of a spreadsheet
        ("order_date", [36526, 55153], "DATE", date(2000, 1, 1)),
        ("order_date", [36525, 45322], None, None),
        ("order_date", [36526, 55154], None, None),
        ("income", [36526, 45322], None, None),
    ],
)
def test_days(name: str, numbers: list[int | None], type_: str | None, first: object) -> None:
    with open_bench() as engine:
        engine.execute(f"CREATE TABLE t AS SELECT unnest($1::BIGINT[]) AS {name}", (numbers,))
        found = engine.whole_days("t", engine.columns("t"))
        assert {n: c.type.sql for n, c in found.columns.items()} == ({name: type_} if type_ else {})
        if type_:
            rows = engine.query(f"SELECT {found.sql[name]} FROM t")
            assert rows[0][0] == first and [r[0] is None for r in rows] == [
                n is None for n in numbers
            ]
