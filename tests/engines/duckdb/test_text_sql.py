"""What SQL says of a text is what files/ says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.text_sql import (
    distinct_sql,
    misfit_sql,
    no_day_sql,
    quick_sql,
    shape_sql,
    shapes_sql,
    text_sql,
    value_sql,
)
from segkit.files.column_readings import read_columns
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.file_columns import ColumnReading, ColumnTexts
from segkit.files.shapes import Shape, count_shapes, shape_of
from segkit.files.text_values import day_value, number_value
from segkit.files.written_numbers import SPACES
from tests.files.generated_columns import generate

FIGURES = SPACES + "0123456789.,-() €$%kM\u2212\u202f'\uff05/:eE+"
TEXTS = st.lists(st.text(alphabet=FIGURES + "aTZ年", max_size=12), min_size=1, max_size=8)
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def table(texts: Sequence[str]) -> str:
    rows = ", ".join(f"({n}, {literal(text, DUCKDB)})" for n, text in enumerate(texts))
    return f"(VALUES {rows}) AS v(n, c)"


def ask(duck: duckdb.DuckDBPyConnection, expression: str, texts: Sequence[str]) -> list[Any]:
    found = duck.execute(f"SELECT {expression} FROM {table(texts)} ORDER BY n").fetchall()
    return [value for (value,) in found]


def read(texts: Sequence[str], name: str = "c", options: FileOptions | None = None) -> Any:
    known = [text for each in texts if (text := each.strip(SPACES))]
    column = ColumnTexts(name, count_shapes(known), len(set(known)))
    found = read_columns([column], options or FileOptions())
    return found.questions[0] if found.questions else found.columns[0]


def meant(text: str, reading: ColumnReading) -> object:
    """The value of a text, by files/ alone."""
    bare = text.strip(SPACES)
    if reading.type == "VARCHAR":
        return text
    if reading.number is not None and bare in reading.number.zeros:
        return 0.0
    if shape_of(bare) not in reading.shapes or not bare:
        return None
    if reading.number is not None:
        return alike(number_value(bare, reading.number))
    if reading.day is not None:
        try:
            return day_value(bare, reading.day)
        except ValueError:
            return None
    return bare.lower() == "true"


def alike(value: object) -> object:
    """A value of DuckDB as ``meant`` has it."""
    if isinstance(value, bool | str | datetime) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return float(f"{value:.14g}")  # a part of a hundred may differ in the last digit
    return datetime.combine(value, datetime.min.time())  # type: ignore[arg-type]


@QUICK
@given(texts=TEXTS)
def test_shapes(duck: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    assert ask(duck, shape_sql("c"), texts) == [shape_of(text) for text in texts]


@QUICK
@given(texts=TEXTS)
def test_shapes_of_a_column(duck: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    found = tuple(
        Shape(text, n, least, greatest, tuple(parts[:3]), tuple(parts[3:]))
        for text, n, least, greatest, *parts in duck.execute(
            shapes_sql("c", table(texts))
        ).fetchall()
    )
    by_python = count_shapes(text for each in texts if (text := each.strip(SPACES)))
    # each sorts texts that are as frequent in its own way
    assert sorted(found, key=lambda s: (-s.n, s.text)) == list(by_python)


def test_distinct_texts_and_numbers(duck: duckdb.DuckDBPyConnection) -> None:
    query = distinct_sql("c", table(["1.1", "1.10", " 1.1", "", "x"]))
    assert duck.execute(query).fetchone() == (3, "1.1", "1.10")
    # a word is no number that is there twice
    query = distinct_sql("c", table(["50", "47.1", "47.20", "NA"]))
    assert duck.execute(query).fetchone() == (4, None, None)


def test_text_without_spaces(duck: duckdb.DuckDBPyConnection) -> None:
    assert ask(duck, text_sql("c"), [" a ", "", "  "]) == ["a", None, None]


@pytest.mark.parametrize("seeds", [range(start, start + 60) for start in range(0, 300, 60)])
def test_generated_columns(duck: duckdb.DuckDBPyConnection, seeds: range) -> None:
    """Whole columns of twelve countries: the same values, and no misfits where all are known."""
    for seed in seeds:
        column = generate(seed)
        reading = read(column.texts, column.name)
        if not isinstance(reading, ColumnReading):
            continue
        values = ask(duck, value_sql("c", reading), column.texts)
        expected = [meant(text, reading) for text in column.texts]
        assert [alike(value) for value in values] == expected, seed
        misfit = misfit_sql(text_sql("c"), reading)
        if misfit is None:
            continue
        is_odd = ask(duck, f"coalesce({misfit}, false)", column.texts)
        quick = ask(duck, quick_sql(text_sql("c"), reading), column.texts)
        fits = [text for text, odd in zip(column.texts, is_odd, strict=True) if not odd]
        assert len(fits) > len(is_odd) / 2 or any(t != t.strip(SPACES) for t in column.texts), seed
        assert [q for q, odd in zip(quick, is_odd, strict=True) if not odd] == [
            v for v, odd in zip(values, is_odd, strict=True) if not odd
        ], seed


NUMBERS = st.lists(
    st.builds(
        lambda whole, part, form: form.format(f"{whole:,}.{part:02d}"),
        st.integers(0, 10**7),
        st.integers(0, 99),
        st.sampled_from(["{}", "-{}", "({})", "{}-", "$ {}", "$ ({})", "\u2212{}"]),
    ),
    min_size=3,
    max_size=12,
)


@QUICK
@given(texts=NUMBERS, to_germany=st.booleans())
def test_random_amounts(
    duck: duckdb.DuckDBPyConnection, texts: list[str], to_germany: bool
) -> None:
    if to_germany:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    reading = read(texts)
    assert reading.type == "DOUBLE"
    values = ask(duck, value_sql("c", reading), texts)
    assert values == [float(number_value(text, reading.number)) for text in texts]


@QUICK
@given(
    st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)), min_size=1, max_size=8),
    st.sampled_from(
        [
            "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S+02",
            "%Y-%m-%dT%H:%M:%S.%f-0500", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%B %d, %Y",
            "%d-%b-%Y %I:%M %p", "%d.%m.%Y %H:%M +0200", "%Y年%m月%d日", "%Y%m%d", "%a, %d %b %Y",
            "%d.%m.%Y, %H:%M Uhr", "%d/%m/%Y %I:%M:%S%p",
        ]
    ),
)  # fmt: skip
def test_random_moments(
    duck: duckdb.DuckDBPyConnection, moments: list[datetime], form: str
) -> None:
    texts = [moment.strftime(form) for moment in moments]
    reading = read(texts, options=FileOptions(CsvOptions(dates="dmy")))
    if form == "%Y%m%d" and len(set(texts)) < 2:
        assert reading.type == "BIGINT"  # one such number proves nothing
        return
    assert reading.type in ("DATE", "TIMESTAMP"), texts
    values = [alike(value) for value in ask(duck, value_sql("c", reading), texts)]
    assert values == [day_value(text, reading.day) for text in texts]
    assert not any(ask(duck, no_day_sql("c", reading), texts))
    if "%z" not in "".join(reading.day.formats) and not form.endswith(("2", "0")):
        assert [v.date() for v in values] == [m.date() for m in moments]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("known", "text", "is_odd"),
    [
        (["1", "2"], "3", False),
        (["1", "2"], "x", True),
        (["1", "2"], "03", True),
        (["1", "2"], "1.5", True),
        (["1", "2"], "9223372036854775808", True),
        (["1.5", "2.25"], "0.125", False),
        (["1.50", "2.25"], "2.5", True),
        (["1.5", "2.25"], "2.50", True),
        (["1.234,5", "2,5"], "3,5", False),
        (["1.234,5", "2,5"], "3.5", True),
        (["2024-01-31"], "2024-02-30", True),
        (["31.01.2024"], "30.02.2024", True),
        (["31.01.2024"], "31.01.24", True),
        (["2024-01-31 10:00"], "2024-01-31", False),
        (["true", "false"], "TRUE", True),
        (["true", "false"], "yes", True),
        (["($5)", "$ -"], "$ -", False),
        (["($5)", "$ -"], "-", True),
        (["1", "2", "NA"], "NA", False),
        (["1", "2", "NA"], "n/a", True),
    ],
)
def test_misfits(
    duck: duckdb.DuckDBPyConnection, known: list[str], text: str, is_odd: bool
) -> None:
    misfit = misfit_sql("c", read(known))
    assert misfit is not None
    assert ask(duck, f"coalesce({misfit}, false)", [text]) == [is_odd]
