"""What PostgreSQL's errors become, without a server: nothing of the url is repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from segkit.engines.postgres.connection import connection_error, engine_error, missing_driver
from segkit.errors import ConfigError, EngineError
from segkit.project.nodes import Target

TARGET = Target("pg", "postgres", url="postgresql://app:s3cret@db.example/shop", schema="s")


class OperationalError(Exception):
    sqlstate: str | None = None


@dataclass
class Diagnosis:
    message_primary: str | None
    statement_position: str | None = None


@dataclass
class Refused(Exception):
    sqlstate: str | None
    diag: Diagnosis
    said: str = field(default="")

    def __str__(self) -> str:
        return self.said


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('FATAL: password authentication failed for user "app"', "or its password is wrong"),
        ("fe_sendauth: no password supplied", "the login needs a password"),
        ('no pg_hba.conf entry for host "10.0.0.1", user "app"', "does not let this login in"),
        ('FATAL: database "shop" does not exist', "there is no such database"),
        ("FATAL: sorry, too many clients already", "has no connection left"),
        ("connection timeout expired", "no server answers there"),
        ("connection to server at db.example failed: Connection refused", "no server answers"),
        ("could not translate host name: Name or service not known", "no host of that name"),
        ("SSL error: certificate verify failed", "do not agree on SSL"),
        ("something that app and s3cret are part of", "the server refused"),
    ],
)
def test_a_connection(message: str, said: str) -> None:
    error = connection_error(OperationalError(f"{message} (app, s3cret, db.example)"), TARGET)
    assert isinstance(error, EngineError)
    (problem,) = error.problems
    assert problem.code == "SK601"
    assert problem.message.startswith("target `pg` cannot be opened: ")
    assert said in problem.message
    for word in ("s3cret", "app", "db.example"):
        assert word not in problem.message + (problem.help or "")


def test_a_url_that_cannot_be_read() -> None:
    error = connection_error(ValueError('missing "=" after "s3cret"'), TARGET)
    assert isinstance(error, ConfigError)
    assert error.problems[0].message == "the `url` of target `pg` cannot be read"
    assert "s3cret" not in repr(error.problems)


def test_a_missing_driver() -> None:
    assert missing_driver("pg").problems[0].help == "pip install 'segkit[postgres]'"


def nowhere(name: str) -> list[str]:
    return []


def found(
    code: str | None, message: str, position: str | None = None, where: Any = nowhere
) -> EngineError:
    refused = Refused(code, Diagnosis(message if code else None, position), said=message)
    return engine_error(refused, "SELECT a,\n  b FROM t", 5, where)


@pytest.mark.parametrize(
    ("at", "position"),
    [("6", (1, 1)), ("15", (1, 10)), ("18", (2, 3)), ("5", None), ("99", None), (None, None)],
)
def test_the_place_is_that_in_the_statement_itself(
    at: str | None, position: tuple[int, int] | None
) -> None:
    assert found("42703", 'column "b" does not exist', at).position == position


@pytest.mark.parametrize(
    ("code", "problem", "help"),
    [
        ("42703", "SK404", None),
        ("42501", "SK601", "GRANT SELECT"),
        ("53100", "SK606", "ask who runs it"),
        ("57014", "SK404", "statement_timeout"),
        (None, "SK601", "try again"),
    ],
)
def test_the_kind_of_an_error(code: str | None, problem: str, help: str | None) -> None:
    (said,) = found(code, "server closed\n  the connection").problems
    assert said.code == problem
    assert "server closed the connection" in said.message
    assert (said.help is None) if help is None else help in (said.help or "")


def test_a_table_that_lies_elsewhere_is_pointed_at() -> None:
    error = found("42P01", 'relation "people" does not exist', where=lambda n: [f"raw.{n}"])
    assert error.problems[0].help == "there is raw.people: name it with its schema"
    assert found("42P01", 'relation "people" does not exist').problems[0].help is None


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DELETE FROM a.b", "permission denied for table b"),
        ("SELECT 1", "must be owner of view b"),
        ("COMMENT ON TABLE a.b IS 'x'", "must be owner of table b"),
    ],
)
def test_who_may_read_and_not_change_is_told_of_the_owner(sql: str, message: str) -> None:
    refused = Refused("42501", Diagnosis(message))
    error = engine_error(refused, sql, 0, nowhere)
    assert "OWNER TO" in str(error.problems[0].help)


@pytest.mark.parametrize(
    "message",
    ['relation "crm.data" does not exist', 'missing FROM-clause entry for table "data"'],
)
def test_the_name_of_a_files_table_is_told(message: str) -> None:
    assert "AS orders" in str(found("42P01", message).problems[0].help)
