"""Values of PostgreSQL as DuckDB has them, and why they cannot be had."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from segkit.engines.postgres.reader import PostgresReader
from segkit.errors import EngineError
from segkit.project.nodes import Target
from tests.engines.postgres.shop import Server

pytestmark = pytest.mark.warehouse
ENDS = """\
SELECT CAST(x AS date), CAST(x AS timestamp), CAST(x AS timestamptz)
FROM (VALUES ('-infinity'), ('2026-01-02'), ('infinity')) AS t (x)
"""


def test_infinite_times_are_the_first_and_the_last(server: Server) -> None:
    zoned = [t.replace(tzinfo=UTC) for t in (datetime.min, datetime(2026, 1, 2), datetime.max)]
    expected = [
        (date.min, datetime.min, zoned[0]),
        (date(2026, 1, 2), datetime(2026, 1, 2), zoned[1]),
        (date.max, datetime.max, zoned[2]),
    ]
    target = Target("pg", "postgres", url=server.url(), schema="public")
    with PostgresReader(target) as reader:
        assert reader.query(ENDS) == expected
        assert list(reader.batches(ENDS)) == [expected]
        assert list(reader.batches("SELECT CAST(0.1 AS REAL)")) == [[(0.10000000149011612,)]]


def test_a_table_of_a_file_has_one_name(server: Server) -> None:
    target = Target("pg", "postgres", url=server.url(), schema="public")
    with PostgresReader(target) as reader:
        for sql in ("SELECT * FROM crm.data_of_a_file", "SELECT data.id FROM pg_class AS other"):
            with pytest.raises(EngineError) as caught:
                reader.query(sql)
            assert "read it as {{ source(" in str(caught.value.problems[0].help)
