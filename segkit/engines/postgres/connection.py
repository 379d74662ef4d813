"""A connection to PostgreSQL, on which values come as they come from DuckDB."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from segkit.engines.postgres.postgres_errors import connection_error, missing_driver
from segkit.project.nodes import Target

_SECONDS = 4  # to wait for a server that does not answer
# The same on every server, whatever the login's own settings are.
SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "idle_in_transaction_session_timeout": "0",  # while Python learns, the session is idle
}
_TIMES = {
    "date": (date.min, date.max),
    "timestamp": (datetime.min, datetime.max),
    "timestamptz": (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
}


def connect(target: Target, *, read_only: bool) -> Any:
    """Return a connection whose transactions see one snapshot each."""
    try:
        import psycopg
    except ImportError:
        raise missing_driver(target.name) from None
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(target.url)
        words: dict[str, Any] = {"application_name": "segkit", "connect_timeout": _SECONDS, **given}
        words |= {"client_encoding": "utf8", "cursor_factory": psycopg.RawCursor}
        connection: Any = psycopg.Connection.connect(**words)
    except (psycopg.Error, ValueError) as error:
        raise connection_error(error, target) from None
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = read_only
    connection.server_cursor_factory = psycopg.RawServerCursor
    connection.prepare_threshold = None
    _register_loaders(connection)
    return connection


def always_quoted(name: str) -> str:
    return f'"{name.replace(chr(34), 2 * chr(34))}"'


def _register_loaders(connection: Any) -> None:
    from psycopg.adapt import Loader
    from psycopg.pq import Format
    from psycopg.types import datetime as times
    from psycopg.types.numeric import NumericBinaryLoader

    class Unknown(Loader):  # of types that the driver does not know, such as enumerations
        format = Format.BINARY

        def load(self, data: Any) -> str:
            return bytes(data).decode("utf-8", "backslashreplace")

    class Whole(NumericBinaryLoader):  # a sum of whole numbers is a numeric
        def load(self, data: Any) -> Any:
            value = super().load(data)
            return int(value) if value.is_finite() and value.as_tuple().exponent == 0 else value

    connection.adapters.register_loader(0, Unknown)
    connection.adapters.register_loader("numeric", Whole)
    loaders = (times.DateBinaryLoader, times.TimestampBinaryLoader, times.TimestamptzBinaryLoader)
    for (name, ends), loader in zip(_TIMES.items(), loaders, strict=True):
        connection.adapters.register_loader(name, _with_ends(loader, ends))


def _with_ends(loader: Any, ends: tuple[date, date]) -> Any:
    """The loader, with the first and the last that there is for the infinite ones."""

    class WithEnds(loader):  # type: ignore[misc]
        def load(self, data: Any) -> Any:
            sent = bytes(data)
            if sent[1:] == b"\xff" * (len(sent) - 1) and sent[0] == 0x7F:
                return ends[1]
            if sent[1:] == bytes(len(sent) - 1) and sent[0] == 0x80:
                return ends[0]
            return super().load(data)

    return WithEnds
