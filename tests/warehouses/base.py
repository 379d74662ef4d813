"""What a warehouse can do, and what they share: types by name, rows as Python or Arrow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any, Protocol

import numpy as np

Row = tuple[Any, ...]
Columns = Mapping[str, str]


class Missing(Exception):
    """Something is not installed. The text says what to install."""


class NoSuchType(Exception):
    """The database has no type that holds every value of this one."""


class NoSuchValue(Exception):
    """The database has no such value: NaN or an infinity."""


class Warehouse(Protocol):
    """One database.

    Types are DuckDB's names: DOUBLE, FLOAT, DECIMAL(p, s), TINYINT, SMALLINT, INTEGER,
    BIGINT, UBIGINT, HUGEINT (38 digits), VARCHAR, BOOLEAN. Each warehouse has its own table
    of what it calls them.
    """

    name: str  # as segkit's dialect is called
    holds_nan: bool
    holds_infinity: bool

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Create or replace a table; floats arrive bit for bit.

        Raises
        ------
        NoSuchType, NoSuchValue
            Where the database cannot hold it. It is never loaded as something else.
        """

    def query(self, sql: str) -> list[Row]:
        """Return every row; values are int, float, Decimal, str, bool or None.

        A boolean of MySQL and SQLite is an int there; in Python they are equal.
        """

    def execute(self, sql: str) -> None:
        """Run one statement that returns nothing."""

    def quote(self, name: str) -> str:
        """Return any name as an identifier."""

    def clear(self) -> None:
        """Drop every table and view."""

    def close(self) -> None: ...


def type_sql(type_: str, names: Mapping[str, str]) -> str:
    """Return the database's spelling of one of DuckDB's types.

    >>> type_sql("DECIMAL(10,2)", {"DECIMAL": "NUMERIC"})
    'NUMERIC(10,2)'
    """
    name, bracket, digits = type_.partition("(")
    if name not in names:
        raise NoSuchType(type_)
    return f"{names[name]}{bracket}{digits}"


def stored(columns: Columns, rows: Sequence[Row]) -> list[Row]:
    """Return the rows as the types hold them: floats rounded to FLOAT, decimals to their scale.

    Rounded here, once, so that all warehouses start from the same values.
    """
    converters = [_converter(type_) for type_ in columns.values()]
    return [
        tuple(
            value if value is None else convert(value)
            for convert, value in zip(converters, row, strict=True)
        )
        for row in rows
    ]


def refuse_not_finite(warehouse: Warehouse, rows: Sequence[Row]) -> None:
    """Some drivers make NULL of a NaN without a word."""
    for row in rows:
        for value in row:
            if isinstance(value, float) and not math.isfinite(value):
                held = warehouse.holds_nan if math.isnan(value) else warehouse.holds_infinity
                if not held:
                    raise NoSuchValue(f"{warehouse.name} has no {value}")


def arrow_table(
    columns: Columns, rows: Sequence[Row], instead: Mapping[str, str] | None = None
) -> Any:
    """Return the rows as a ``pyarrow.Table``; ``instead`` replaces types the database lacks."""
    import pyarrow as pa

    plain = {
        "DOUBLE": pa.float64(),
        "FLOAT": pa.float32(),
        "TINYINT": pa.int8(),
        "SMALLINT": pa.int16(),
        "INTEGER": pa.int32(),
        "BIGINT": pa.int64(),
        "UBIGINT": pa.uint64(),
        "HUGEINT": pa.decimal128(38, 0),
        "VARCHAR": pa.string(),
        "BOOLEAN": pa.bool_(),
    }

    def arrow_type(name: str) -> Any:
        name = (instead or {}).get(name, name)
        if name.startswith("DECIMAL("):
            precision, scale = name.removeprefix("DECIMAL(").removesuffix(")").split(",")
            return pa.decimal128(int(precision), int(scale))
        return plain[name]

    types = [arrow_type(type_) for type_ in columns.values()]
    values = zip(*stored(columns, rows), strict=True) if rows else ([] for _ in types)
    arrays = [
        # Arrow takes no Python int for a decimal of other digits, but every Decimal
        pa.array([_decimal(v) for v in column] if pa.types.is_decimal(type_) else column, type_)
        for column, type_ in zip(values, types, strict=True)
    ]
    return pa.table(arrays, schema=pa.schema(list(zip(columns, types, strict=True))))


def arrow_rows(batches: Sequence[Any]) -> list[Row]:
    """Return the rows of record batches, whose columns may share a name."""
    return [
        row
        for batch in batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


def _converter(type_: str) -> Callable[[Any], Any]:
    if type_ == "DOUBLE":
        return float
    if type_ == "FLOAT":
        return _to_float32
    if type_.startswith("DECIMAL("):
        return _to_scale(int(type_.removesuffix(")").partition(",")[2]))
    return lambda value: value


def _to_float32(value: float) -> float:
    with np.errstate(over="ignore"):  # what is too large is infinite, as in a cast
        return float(np.float32(value))


def _to_scale(scale: int) -> Callable[[Any], Decimal]:
    step = Decimal(1).scaleb(-scale)

    def convert(value: Any) -> Decimal:
        with localcontext(prec=400):  # quantize refuses what the context cannot hold
            return Decimal(value).quantize(step)

    return convert


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
