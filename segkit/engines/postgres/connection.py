"""A connection to PostgreSQL: values come as from DuckDB, and its errors are told in our words.

What the driver says of a connection names the login and the host, and of a url that it
cannot read even the password. None of that is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from segkit.errors import ConfigError, EngineError, Problem, SegkitError
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


# errors -------------------------------------------------------------------------------------------

# SQLSTATEs, or how they begin
_UNDEFINED_TABLE, _NO_RIGHT, _CANCELLED = "42P01", "42501", "57014"
_NO_ROOM = "53"
_BUSY = ("55P03", "40P01")  # a lock that was not to be had in time, or by two in a circle
_CHANGED = "40001"
_LOST = ("08", "57P0", "25P03")
_CHANGES = ("ALTER", "COMMENT", "CREATE OR REPLACE", "DELETE", "DROP", "INSERT")  # of ours
_READ_ONLY, _STANDS_ON = "25006", "2BP01"
_OWNS = (
    "what is published belongs to the login that built it first: build with that one, or have "
    "it made the owner of both: ALTER TABLE ... OWNER TO ..."
)
_SOURCE = (
    "a file's table has one name here: read it as {{ source('crm', 'orders') }}, and where columns"
    " are written as orders.id give it that alias: AS orders"
)
_RIGHTS = (
    ("must be owner", _OWNS),
    ("create temporary tables", "GRANT TEMPORARY ON DATABASE ... to the login of the target"),
    (" for database", "have the schema of the target created, with USAGE and CREATE for the login"),
    (" for schema", "a build needs GRANT USAGE, CREATE ON SCHEMA ... to the login of the target"),
    ("", "GRANT SELECT on it, and USAGE on its schema, to the login of the target"),
)
_REFUSED: tuple[tuple[str, str, str], ...] = (
    ("28P01", "password authentication failed", "the login or its password is wrong"),
    ("28P01", "no password supplied", "the login needs a password"),
    ("28000", "pg_hba", "the server does not let this login in from here"),
    ("3D000", "does not exist", "there is no such database, or no such login"),
    ("53300", "too many clients", "the server has no connection left"),
    ("", "timeout", "no server answers there"),
    ("", "refused", "no server answers there"),
    ("", "No such file", "no server answers there"),
    ("", "resolve", "there is no host of that name"),
    ("", "not known", "there is no host of that name"),
    ("", "SSL", "server and client do not agree on SSL, or it is no PostgreSQL"),
)


class Busy(EngineError):
    """Somebody else has the lock that a statement needs."""


def missing_driver(target: str) -> ConfigError:
    """The error of a target of PostgreSQL without the package that reads it."""
    message = f"target `{target}` is PostgreSQL, and the package psycopg is not installed"
    return ConfigError(Problem("SK601", message, help="pip install 'segkit[postgres]'"))


def connection_error(error: Exception, target: Target) -> SegkitError:
    """The error of a server that was not reached: nothing of the url is in it."""
    code, text = getattr(error, "sqlstate", None) or "", str(error)
    why = next(
        (said for state, word, said in _REFUSED if (state and state == code) or word in text), None
    )
    if why is None and not code and type(error).__name__ in ("ProgrammingError", "ValueError"):
        message = f"the `url` of target `{target.name}` cannot be read"
        hint = (
            "it is postgresql://login:password@host:5432/database, with %40 for @, %2F for / "
            "and so on in the password"
        )
        return ConfigError(Problem("SK601", message, help=hint))
    message = f"target `{target.name}` cannot be opened: {why or 'the server refused'}"
    hint = "look at the environment variable in its `url`, and whether the server runs"
    return EngineError(Problem("SK601", message, help=hint))


def engine_error(
    error: Any,
    sql: str,
    shift: int,
    where: Callable[[str], Sequence[str]],
) -> EngineError:
    """The error of a statement.

    ``shift`` is how far on its characters stood in what was sent; ``where`` says which
    relations have a name, each with its schema.
    """
    code = error.sqlstate or ""
    message = error.diag.message_primary or str(error)
    if code == _STANDS_ON and error.diag.message_detail:
        message += f": {error.diag.message_detail}"
    message = " ".join(message.split())[:600]
    if not code and type(error).__name__ == "DataError":  # of the driver
        return EngineError(Problem("SK404", f"a value cannot be read: {message}"), sql)
    if not code or code.startswith(_LOST):
        said = f"the connection to the server was lost: {message}"
        return EngineError(Problem("SK601", said, help="try again"), sql)
    problem = _problem(code, message, sql)
    if code == _UNDEFINED_TABLE:
        problem = Problem("SK404", message, help=_elsewhere(message, where))
    kind = Busy if code in _BUSY else EngineError
    return kind(problem, sql, _position(error, sql, shift))


def _position(error: Any, sql: str, shift: int) -> tuple[int, int] | None:
    """Line and column in the statement itself, where the server names a place."""
    if error.diag.statement_position is None:
        return None
    index = int(error.diag.statement_position) - 1 - shift
    before = sql[:index]
    is_inside = 0 <= index <= len(sql)
    return (before.count("\n") + 1, index - before.rfind("\n")) if is_inside else None


def _elsewhere(message: str, where: Callable[[str], Sequence[str]]) -> str | None:
    """What a relation that is not there may be called."""
    _, _, rest = message.partition('"')
    name, quote, _ = rest.partition('"')
    if "FROM" in message or "." in name:  # a missing FROM-clause entry
        return _SOURCE
    found = ", ".join(where(name)) if name and quote else ""
    return f"there is {found}: name it with its schema" if found else None


def _problem(code: str, message: str, sql: str) -> Problem:
    if code == _NO_RIGHT:
        hint = next(h for word, h in _RIGHTS if word in message)
        if hint is _RIGHTS[-1][1] and sql.startswith(_CHANGES):
            hint = _OWNS
        return Problem("SK601", message, help=hint)
    if code == _READ_ONLY:
        hint = "a build, or a file of a source, needs a login and a server that can be written to"
        return Problem("SK601", message, help=hint)
    if code == _CHANGED:
        said = "somebody else changed what segkit publishes, while it was built"
        return Problem("SK601", said, help="build again")
    if code.startswith(_NO_ROOM):
        return Problem("SK606", f"the server has no room: {message}", help="ask who runs it")
    if code == _CANCELLED:
        return Problem("SK404", message, help="give the login a longer statement_timeout")
    return Problem("SK404", message)
