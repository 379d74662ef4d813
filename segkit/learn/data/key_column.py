"""Which column is the customer's id, in a table that nobody has described."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from segkit.core.columns import Column, Kind
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.errors import ConfigError, Problem
from segkit.learn.data.order_lines import IDS, NO_ID, PEOPLE, name_words

ROW_NUMBER = "row_number"  # as --key: rows have no id, so they are numbered
_MOST_GUESSES = 20
_OF_PEOPLE = (0, 2, 3)  # ranks of names that speak of customers, not just of an id
_ONE_PERSON = 2  # "customer": a column that is called so, and nothing else
# ranks of names of one word; a person takes a bare name if each row has its own
_BY_ITSELF = {"id": 1, "key": 1, "uuid": 1, "guid": 1, "name": 6}
# "contacts", "users": as whole numbers how many there were
_SEVERAL = {"people"} | {word for word in PEOPLE if word.endswith("s") and word[:-1] in PEOPLE}
_SURE = 2  # a column of this rank is the key, or there is a question; of a higher one if unique
# a column that has one word for its name and so few values is no customer: "household: 1, 2, 3+"
_FEW_VALUES, _ROWS_EACH = 20, 10


@dataclass(frozen=True)
class Key:
    """The column, and what its values are like: ``without`` rows have none.

    ``copies``: rows that are the same as another one in every column. ``is_guess``:
    nobody said that this is the key.
    """

    column: str
    rows: int
    without: int = 0
    copies: int = 0
    is_guess: bool = False

    @property
    def is_row_number(self) -> bool:
        return self.column == ROW_NUMBER


def find_key(engine: Reader, relation: str, columns: Sequence[Column], wanted: str | None) -> Key:
    """Return the key: the wanted column, or the one whose name and values are those of an id.

    Raises ConfigError: SK104 for a wanted column that is not there; SK305 where a customer has
    several rows; SK321 where no column is an id.
    """
    names = [column.name for column in columns]
    if wanted is not None and wanted not in names:
        if wanted.lower() == ROW_NUMBER:
            rows = engine.query(f"SELECT count(*) FROM {relation}")[0][0]
            return Key(ROW_NUMBER, int(rows))
        wanted = _near(wanted, names)
    if wanted is not None:
        return _checked(engine, relation, columns, wanted, is_guess=False)
    named = _by_name(engine, relation, columns)
    if named is not None:
        return _checked(engine, relation, columns, named, is_guess=True)
    others = [c.name for c in columns if c.type.kind in (Kind.INTEGER, Kind.TEXT)]
    unique = [name for name in others[:_MOST_GUESSES] if _is_unique(engine, relation, name)]
    if len(unique) == 1:
        return _checked(engine, relation, columns, unique[0], is_guess=True)
    said, hint = "no column of texts or integers has its own value in each row", ""
    if unique:
        said = f"any of {', '.join(unique)} could be it"
        hint = f"name one: --key {unique[0]}; or "
    hint += f"if each row is a customer without an id, --key {ROW_NUMBER} numbers them; "
    hint += f"columns: {', '.join(names)}"
    raise ConfigError(Problem("SK321", f"which column is the customer's id? {said}", help=hint))


def customer_by_name(
    engine: Reader, relation: str, columns: Sequence[Column], wanted: str | None
) -> str | None:
    """Return the column that would be the customer if rows were lines of orders."""
    if wanted is not None:
        return next((c.name for c in columns if c.name.lower() == wanted.lower()), None)
    people = [column for column in columns if _rank(column) in _OF_PEOPLE]
    return _by_name(engine, relation, people, sure=max(_OF_PEOPLE))


def other_customers(columns: Sequence[Column], customer: str, wanted: str | None) -> list[str]:
    """Columns that are a customer's id by their name as much as the one that was taken unasked."""
    if wanted is not None:
        return []
    ranks = {column.name: _rank(column) for column in columns}
    rank = ranks.pop(customer)
    return [] if rank is None else [name for name, other in ranks.items() if other == rank]


def rows_each(engine: Reader, relation: str, column: str) -> float:
    """How many rows there are for a value of the column; 1 if these are all alike."""
    _, known, distinct = _counts(engine, relation, column)
    if known == distinct or not _differ(engine, relation, column, distinct):
        return 1.0
    return known / distinct


def _by_name(
    engine: Reader, relation: str, columns: Sequence[Column], sure: int = _SURE
) -> str | None:
    """The column whose name is most that of an id; of several such a unique one, if there is."""
    ranks = [(rank, c.name) for c in columns if (rank := _rank(c)) is not None]
    ranks = [(r, n) for r, n in ranks if r != _ONE_PERSON or not _is_kind_of(engine, relation, n)]
    for wanted in sorted({rank for rank, _ in ranks}):
        best = [name for rank, name in ranks if rank == wanted]
        unique = [name for name in best if _is_unique(engine, relation, name)]
        if unique or wanted <= sure:
            return (unique or best)[0]
    return _whole_by_name(engine, relation, columns)


def _whole_by_name(engine: Reader, relation: str, columns: Sequence[Column]) -> str | None:
    """An id whose type has room for parts, as pandas makes them: each row its own whole number."""
    doubles = [c for c in columns if c.type.kind is Kind.DOUBLE and _name_rank(c) is not None]
    return next((c.name for c in doubles if _numbers_rows(engine, relation, c.name)), None)


def _rank(column: Column) -> int | None:
    """How much a column is a customer's id by its name and type: 0 most, None not at all.

    Of doubles only what says it clearly: pandas makes them of whole numbers, some missing.
    """
    kinds = (Kind.INTEGER, Kind.TEXT, Kind.OTHER, Kind.DECIMAL, Kind.DOUBLE)
    if column.type.kind not in kinds:
        return None
    rank = _name_rank(column)
    return None if column.type.kind is Kind.DOUBLE and rank != 0 else rank


def _name_rank(column: Column) -> int | None:
    words = name_words(column.name)
    if not words:
        return None
    is_person = not PEOPLE.isdisjoint(words) and NO_ID.isdisjoint(words)
    if is_person and words[-1] in IDS:
        return 0
    if len(words) == 1 and words[0] in _BY_ITSELF:
        return _BY_ITSELF[words[0]]
    if len(words) == 1 and is_person:
        return None if _says_how_many(column, words[0]) else _ONE_PERSON
    if is_person and words[-1] == "name":
        return 3
    return _weak_rank(words)


def _weak_rank(words: Sequence[str]) -> int | None:
    """Of a name that is an id's, but not a customer's."""
    if words[-1] in ("id", "uuid", "guid", "nr", "no"):
        return 4
    return 5 if "email" in words else None


def _is_kind_of(engine: Reader, relation: str, column: str) -> bool:
    """Whether it tells kinds of people apart, and not people."""
    _, known, distinct = _counts(engine, relation, column)
    return distinct < _FEW_VALUES and known >= _ROWS_EACH * distinct


def _numbers_rows(engine: Reader, relation: str, column: str) -> bool:
    name = identifier(column, engine.dialect)
    query = f"SELECT count(*) FROM {relation} WHERE {name} = floor({name})"
    rows, _, distinct = _counts(engine, relation, column)
    return bool(rows) and rows == distinct == int(engine.query(query)[0][0])


def _says_how_many(column: Column, word: str) -> bool:
    return column.type.kind is Kind.INTEGER and word in _SEVERAL


def _near(wanted: str, names: Sequence[str]) -> str:
    same = [name for name in names if name.lower() == wanted.lower()]
    if same:
        return same[0]
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    message = f"--key {wanted}: there is no such column"
    raise ConfigError(Problem("SK104", message, help=f"{hint}columns: {', '.join(names)}"))


def _counts(engine: Reader, relation: str, column: str) -> tuple[int, int, int]:
    """Number of rows, of those with a value, and of different values."""
    name = identifier(column, engine.dialect)
    rows, known, distinct = engine.query(
        f"SELECT count(*), count({name}), count(DISTINCT {name}) FROM {relation}"
    )[0]
    return int(rows), int(known), int(distinct)


def _differ(engine: Reader, relation: str, column: str, distinct: int) -> bool:
    """Whether rows that share one of the values are not the same in all columns."""
    known = f"{relation} WHERE {identifier(column, engine.dialect)} IS NOT NULL"
    unlike = f"(SELECT DISTINCT * FROM {known}) AS unlike"
    return bool(engine.query(f"SELECT count(*) FROM {unlike}")[0][0] > distinct)


def _is_unique(engine: Reader, relation: str, column: str) -> bool:
    """True if no two rows share a value, but for rows that are the same in all."""
    rows, known, distinct = _counts(engine, relation, column)
    if known < rows or not rows:
        return False
    return distinct == rows or not _differ(engine, relation, column, distinct)


def _checked(
    engine: Reader, relation: str, columns: Sequence[Column], column: str, *, is_guess: bool
) -> Key:
    rows, known, distinct = _counts(engine, relation, column)
    if known > distinct and _differ(engine, relation, column, distinct):
        raise ConfigError(_several_rows(column, known, distinct, columns, engine.dialect))
    return Key(column, rows, rows - known, known - distinct, is_guess)


def _several_rows(
    column: str, known: int, distinct: int, columns: Sequence[Column], dialect: Dialect
) -> Problem:
    each = known / distinct
    message = f"{known:,} rows have {distinct:,} values of {column}: "
    if each < 1.5:
        message += "some customers have several rows, and these differ"
        example = _latest_sql(column, columns, dialect)
    else:
        message += f"each customer has about {each:.2g} rows, and segments need one"
        example = _grouped_sql(column, columns, dialect)
    return Problem(
        "SK305",
        message,
        help="make a table with one row for each customer, and try that; "
        "or if another column is the id, name it: --key COLUMN",
        notes=(f"for example: {example}",),
    )


def _times(columns: Sequence[Column]) -> list[str]:
    return [c.name for c in columns if c.type.kind in (Kind.DATE, Kind.TIMESTAMP)]


def _latest_sql(key: str, columns: Sequence[Column], dialect: Dialect) -> str:
    """A SELECT that keeps one row of each customer: the latest, if there is a time."""
    times = _times(columns)
    order = f" ORDER BY {identifier(times[0], dialect)} DESC" if times else " ORDER BY ..."
    window = f"PARTITION BY {identifier(key, dialect)}{order}"
    return f"SELECT * FROM ... QUALIFY row_number() OVER ({window}) = 1"


def _grouped_sql(key: str, columns: Sequence[Column], dialect: Dialect) -> str:
    """A SELECT that makes one row a customer; what may be added up, only people can tell."""
    items = [identifier(key, dialect), "count(*) AS lines"]
    items += [f"max({identifier(name, dialect)}) AS last_day" for name in _times(columns)[:1]]
    return f"SELECT {', '.join(items)} FROM ... GROUP BY {identifier(key, dialect)}"
