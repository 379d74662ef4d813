"""What an import is asked for, and what the file says where it was not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from segkit.core.columns import Column
from segkit.errors import ConfigError, Label, Place, Problem
from segkit.importing.branch_conditions import unqualified_sql
from segkit.importing.old_cases import is_bucket
from segkit.importing.sql_file import SqlFile
from segkit.importing.statement import Item, Statement
from segkit.project.conditions.predicates import parse_condition
from segkit.project.nodes import DataTest, Project
from segkit.project.project_files import leads_out

_KEY = re.compile(
    r"(?:^|_|\s|customer|cust|user|client|account|member|person|contact)(?:id|key|uuid)\Z",
    re.IGNORECASE,
)
_KEY_IN_CAPITALS = re.compile(r"[a-z](?:Id|ID|Key)\Z")


@dataclass(frozen=True)
class ImportOptions:
    """What is said of the file beside the file itself.

    ``columns`` are the CASEs to import (all without them), or the name of a
    bare one; ``types`` are DuckDB's, by column. ``save_to`` is relative to the
    project.
    """

    file: Path
    name: str | None = None
    key: str | None = None
    relation: str | None = None
    dialect: str = "duckdb"
    columns: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    save: bool = False
    save_to: Path | None = None

    @property
    def is_saved(self) -> bool:
        return self.save or self.save_to is not None


def bucket_items(
    file: SqlFile, statement: Statement, given: ImportOptions
) -> list[tuple[str, Item]]:
    """The CASE columns with their names, those that were asked for."""
    items = [item for item in statement.items if is_bucket(item.node)]
    if not items:
        raise _no_bucket(file, statement)
    found = _named(items, given)
    unknown = [name for name in given.columns if name not in found]
    if unknown:
        message = f"--column {unknown[0]}: no CASE has that name"
        near = difflib.get_close_matches(unknown[0], found, n=1)
        help_ = f"did you mean `{near[0]}`?" if near else f"they are called {', '.join(found)}"
        raise ConfigError(Problem("SK702", message, help=help_))
    return [each for each in found.items() if not given.columns or each[0] in given.columns]


def _no_bucket(file: SqlFile, statement: Statement) -> ConfigError:
    """Nothing to import: there is no CASE, or something is computed of those that there are."""
    for item in statement.items:
        name = f"`{item.alias}`" if item.alias else "this column"
        if decode := item.node.find(exp.DecodeCase):
            message = f"{name} is a DECODE, which segkit does not read"
            help_ = f"write it as a CASE: {decode.sql('duckdb')}"
            return file.refusal(message, item.place, help_)
        found = item.node.find_all(exp.Case, exp.If)
        if cases := [case for case in found if not isinstance(case.parent, exp.Case)]:
            outer = item.node.unnest()
            by = f" ({outer.sql_name()})" if isinstance(outer, exp.Func) else ""
            inner = "a CASE" if len(cases) == 1 else f"{len(cases)} CASEs"
            message = f"{name} computes with {inner}{by}: segkit reads columns that are a CASE"
            help_ = (
                "write each CASE as a column of its own, CASE ... END AS name, and import those; "
                "what is computed of them stays in a model"
            )
            return file.refusal(message, _beginning(file, cases[0], item), help_)
    message = "there is no CASE in the SELECT list: nothing to make buckets of"
    help_ = "import the file that has the CASE, or the CASE ... END alone"
    return file.refusal(message, statement.items[0].place if statement.items else None, help_)


def _beginning(file: SqlFile, case: exp.Expr, item: Item) -> Place:
    """Where a CASE begins; its first condition has a place, and the word before it has not."""
    inside = file.span(case)
    words = [t for t in file.tokens if inside and t.start < inside[0] and t.text.upper() == "CASE"]
    return file.place(words[-1].start, len("CASE")) if words else item.place


def _named(items: Sequence[Item], given: ImportOptions) -> dict[str, Item]:
    """The items by their names; one that stands twice gets a number."""
    found: dict[str, Item] = {}
    for item in items:
        base = item.alias or _made_name(item)
        if item.alias is None and len(items) == 1 and len(given.columns) == 1:
            base = given.columns[0]
        taken = {known.casefold() for known in found}
        names = (base, *(f"{base}_{number}" for number in range(2, len(items) + 2)))
        found[next(name for name in names if name.casefold() not in taken)] = item
    return found


def _made_name(item: Item) -> str:
    column = item.node.find(exp.Column)
    name = re.sub(r"\W+", "_", column.name.lower()).strip("_") if column is not None else "bucket"
    return f"{name}_band"


def where_text(file: SqlFile, statement: Statement) -> str | None:
    """The WHERE of the SELECT as a condition of the bucket set."""
    if statement.where is None:
        return None
    place = file.place_of(statement.where)
    text = unqualified_sql(statement.where, statement.aliases)
    predicate, problems = parse_condition(text, lambda start, length: place, place)
    if predicate is None:
        raise ConfigError(problems)
    return predicate.text


def set_name(given: ImportOptions, statement: Statement) -> str:
    name = given.name or statement.view_name or given.file.stem
    name = name if given.name else re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        message = f"`{name}` cannot be the name of a bucket set: it is that of a view"
        raise ConfigError(Problem("SK702", message, help="name it: --name customer_buckets"))
    return name


def relation_name(
    file: SqlFile, statement: Statement, given: ImportOptions, project: Project | None
) -> str:
    """The name that ``from:`` gets: a node of the project where there is one."""
    said = given.relation or statement.relation
    if said is None:
        why = statement.why_no_relation or "nothing says what it reads"
        message = f"which relation has a row for each customer? {why}"
        hint = "name it: --from NAME; it must have every column that the CASE looks at"
        raise file.refusal(message, statement.relation_place, hint)
    if project is None:
        return said
    names = [node.name for node in project.nodes.values() if not isinstance(node, DataTest)]
    by_lower = {name.casefold(): name for name in names}
    for candidate in (said, said.rpartition(".")[2]):
        if candidate.casefold() in by_lower:
            return by_lower[candidate.casefold()]
    if data_file(project, said) is not None:
        return said
    near = difflib.get_close_matches(said, names, n=1) or [
        name for name in names if name.rpartition(".")[2] == said.rpartition(".")[2]
    ]
    message = f"`{said}` is no relation of the project"
    hint = f"did you mean --from {near[0]}? " if near else ""
    hint += "else declare it under `sources` in segkit.yml, or name a model: --from NAME"
    labels: tuple[Label, ...] = ()
    if given.relation is None and statement.relation_place is not None:
        labels = (Label(statement.relation_place),)
    raise ConfigError(Problem("SK101", message, labels, hint))


def data_file(project: Project, name: str) -> Path | None:
    """The CSV or Parquet file of the project that ``from:`` may name by its path."""
    path = project.directory / name
    is_data = path.suffix.lower() in (".csv", ".parquet") and path.is_file()
    return path if is_data and not leads_out(path, project.directory) else None


def key_column(
    file: SqlFile,
    statement: Statement,
    given: ImportOptions,
    relation: str,
    known: Mapping[str, Column],
) -> str:
    """The customer's id: as given, or the plain column of the SELECT that looks like one."""
    plain = [
        item.node.name
        for item in statement.items
        if isinstance(item.node, exp.Column) and not isinstance(item.node.this, exp.Star)
    ]
    ids = [name for name in plain if _looks_like_a_key(name)]
    key = given.key or (ids[0] if len(ids) == 1 or (ids and plain[0] == ids[0]) else None)
    names = {name.casefold(): name for name in known}
    if key is None:
        likely = [name for name in known if _looks_like_a_key(name)]
        hint = f"name it: --key {next(iter([*ids, *likely, *plain]), 'customer_id')}"
        if len(ids) > 1:
            message = f"which column is the customer's id: {' or '.join(ids)}?"
        else:
            message = "which column is the customer's id? the SELECT has none that looks like it"
        raise ConfigError(Problem("SK702", message, (Label(file.place(0)),), hint))
    if known and key.casefold() not in names:
        message = f"column `{key}` is not in {relation}"
        raise ConfigError(Problem("SK104", message, help=f"it has: {', '.join(known)}"))
    return names.get(key.casefold(), key)


def _looks_like_a_key(name: str) -> bool:
    """``id``, ``customer_id``, ``CustomerID`` and ``userid`` do, ``paid`` does not."""
    return bool(_KEY.search(name)) or bool(_KEY_IN_CAPITALS.search(name))
