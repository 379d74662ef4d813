"""The published schema of a PostgreSQL target: what lies in it, and how the next state gets there.

Nothing is dropped together with what depends on it: somebody else's view on a relation of
ours survives, or the build is refused. Tables stay the same ones, rows that do not differ
are not touched; rights and comments outlive a view that has to be made anew.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Protocol

from segkit.core.columns import ColumnType
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import POSTGRES
from segkit.engines.postgres_reader import MAIN, REGISTRY, always_quoted, may_name, own_name
from segkit.engines.registered import NOTES, TEXT, Name, Registered, fold, note_name, notes
from segkit.errors import Problem, PublishError

_RECORD = ("project", "schema_name", "relation_name", "relation_type", "node", "run")
_TYPES = {  # of DuckDB's, where PostgreSQL has another name or none
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "UTINYINT": "smallint",
    "SMALLINT": "smallint",
    "USMALLINT": "integer",
    "INTEGER": "integer",
    "UINTEGER": "bigint",
    "BIGINT": "bigint",
    "UBIGINT": "numeric(20, 0)",
    "HUGEINT": "numeric(39, 0)",
    "UHUGEINT": "numeric(39, 0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "UUID": "uuid",
}
_DUCKDB_TYPES = {
    "boolean": "BOOLEAN",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "date": "DATE",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "uuid": "UUID",
}
_FOUND = """\
SELECT n.nspname, c.relname, CAST(c.oid AS bigint), CAST(c.relkind AS text),
  (SELECT json_agg(json_build_array(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
                   ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  CASE WHEN c.relkind = 'v' THEN md5(pg_catalog.pg_get_viewdef(c.oid)) END,
  ARRAY(SELECT g.privilege_type || ' ON {{}} TO '
    || CASE WHEN g.grantee = 0 THEN 'PUBLIC'
            ELSE quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END
    || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
   FROM aclexplode(c.relacl) g WHERE g.grantee <> c.relowner),
  coalesce(c.reloptions, CAST(ARRAY[] AS text[]))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND {where}"""
_DEPENDENT = """\
c.oid IN (
  WITH RECURSIVE segkit_d (id) AS (
    SELECT unnest(CAST(ARRAY[{ids}] AS oid[]))
    UNION
    SELECT r.ev_class FROM segkit_d d JOIN pg_catalog.pg_depend p ON p.refobjid = d.id
      AND p.classid = CAST('pg_catalog.pg_rewrite' AS regclass)
      AND p.refclassid = CAST('pg_catalog.pg_class' AS regclass)
    JOIN pg_catalog.pg_rewrite r ON r.oid = p.objid
  )
  SELECT id FROM segkit_d
) AND c.oid NOT IN ({ids})"""
_COMMENTS = """\
SELECT c.relname, CAST(a.attname AS text), d.description FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_class c ON c.oid = d.objoid
  AND d.classoid = CAST('pg_catalog.pg_class' AS regclass)
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = nullif(d.objsubid, 0)
WHERE {where}"""
_MADE = "c.relnamespace = pg_catalog.pg_my_temp_schema()"
_TEXTS = (
    "SELECT ctid AS segkit_place, CAST(ROW(segkit_row.*) AS text) AS segkit_text"
    " FROM {} AS segkit_row"
)


Comments = Mapping[tuple[str, str | None], str]  # by relation and column


class Asked(Protocol):
    """The part of a connection that looks."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...


class Session(Asked, Protocol):
    """The part of a connection that changes something."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement."""
        ...

    def run_alone(self, sql: str) -> None:
        """Run a statement that keeps others out; ``Busy`` if it cannot be had now."""
        ...


@dataclass(frozen=True)
class Found:
    """A relation of a schema; ``text`` is a digest of what a view selects."""

    schema: str
    name: str
    id: int
    kind: str
    columns: tuple[tuple[str, str], ...]  # names and types
    text: str | None = None
    grants: Sequence[str] = ()  # with {} for the relation
    options: Sequence[str] = ()  # such as security_invoker=true

    @property
    def is_view(self) -> bool:
        return self.kind == "v"

    @property
    def word(self) -> str:
        return "VIEW" if self.is_view else "TABLE"

    @property
    def sql(self) -> str:
        return f"{always_quoted(self.schema)}.{always_quoted(self.name)}"

    def is_extended_by(self, made: Found) -> bool:
        """Whether a view can become the other one where it stands."""
        return self.is_view and self.columns == made.columns[: len(self.columns)]


class Schema:
    """What lies in a schema, and what a session has made for it."""

    def __init__(self, asked: Asked, name: str) -> None:
        self._asked, self.name = asked, name

    def there(self) -> Mapping[str, Found]:
        """The relations of the schema, by name."""
        return self._found(f"n.nspname = {literal(self.name, POSTGRES)}")

    def made(self) -> Mapping[str, Found]:
        """The relations that the session has made."""
        return self._found(_MADE)

    def _found(self, where: str) -> Mapping[str, Found]:
        return {each.name: each for each in self._all(where)}

    def _all(self, where: str) -> list[Found]:
        rows = self._asked.query(_FOUND.format(where=where))
        return [
            Found(schema, name, id_, kind, tuple(map(tuple, columns or ())), *more)
            for schema, name, id_, kind, columns, *more in rows
        ]

    def registry(self) -> tuple[Registered, ...] | None:
        """What is on record; None if there is none."""
        found = self.there().get(REGISTRY)
        if found is None:
            return None
        if tuple(name for name, _ in found.columns) != _RECORD:
            message = f"schema {self.name} has a relation {REGISTRY} that segkit did not make"
            raise PublishError(Problem("SK603", message, help="set another `schema:`"))
        rows = self._asked.query(f"SELECT {', '.join(_RECORD)} FROM {found.sql} ORDER BY 1, 2, 3")
        return tuple(Registered(*row) for row in rows)

    def readers(self) -> str:
        """Who has locks on what is published."""
        ((found,),) = self._asked.query(
            "SELECT string_agg(DISTINCT 'session ' || a.pid || ' (' || concat_ws(', ', a.usename,"
            " nullif(a.application_name, '')) || ')', ' and ') FROM pg_catalog.pg_locks l"
            " JOIN pg_catalog.pg_class c ON c.oid = l.relation"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
            f" WHERE a.pid <> pg_backend_pid() AND n.nspname = {literal(self.name, POSTGRES)}"
        )
        return f"{found or 'a session'}, which has open what is to be replaced"

    def comments(self, where: str) -> dict[tuple[str, str | None], str]:
        """Comments on relations, and on their columns, by both names."""
        rows = self._asked.query(_COMMENTS.format(where=where))
        return {(name, column): text for name, column, text in rows}


class Change(Schema):
    """A schema that is changed, in the transaction of a session."""

    def __init__(self, session: Session, name: str) -> None:
        super().__init__(session, name)
        self.session = session
        self._lost: dict[str, Found] = {}  # views that had to go, with the rights on them
        self._comments: dict[tuple[str, str | None], str] = {}  # on these

    def take(self, made: Found) -> None:
        """Have the rows, and the columns, of a table that was made."""
        there = self.there().get(made.name)
        table = f"{always_quoted(self.name)}.{always_quoted(made.name)}"
        if there is None:
            self.session.run(f"CREATE TABLE {table} (LIKE {made.sql} INCLUDING ALL)")
            self.session.run(f"INSERT INTO {table} TABLE {made.sql}")
            self.session.run(f"ANALYZE {table}")
            return
        if there.columns != made.columns:
            self.make_room([there], "whose columns change")
            self._alter(there, made)
        self._take_rows(table, made)

    def _alter(self, there: Found, made: Found) -> None:
        """Change the columns where they stand, all of them if that gives them no other order."""
        old, new = dict(there.columns), dict(made.columns)
        order = [*(name for name in old if name in new), *(name for name in new if name not in old)]
        if order != list(new):
            old, gone = {}, list(old)
        else:
            gone = [name for name in old if name not in new]
        steps = [f"DROP COLUMN {always_quoted(name)}" for name in gone]
        for name, type_ in new.items():
            column = always_quoted(name)
            if name not in old:
                steps.append(f"ADD COLUMN {column} {type_}")
            elif old[name] != type_:  # the rows come anew
                steps.append(f"ALTER COLUMN {column} TYPE {type_} USING CAST(NULL AS {type_})")
        self.session.run_alone(f"ALTER TABLE {there.sql} {', '.join(steps)}")

    def _take_rows(self, table: str, made: Found) -> None:
        """Delete the rows that are not in the other table, and insert those that are only there."""
        mine, theirs = _TEXTS.format(made.sql), _TEXTS.format(table)
        self.session.run(
            f"DELETE FROM {table} AS segkit_t USING (\n{_numbered(theirs, mine)}\n) AS gone"
            " WHERE segkit_t.ctid = gone.segkit_place AND gone.segkit_nth <= gone.segkit_n"
        )
        counts = f"SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM {made.sql})"
        ((kept, wanted),) = self.session.query(counts)
        if kept != wanted:
            self.session.run(
                f"INSERT INTO {table} SELECT segkit_t.* FROM {made.sql} AS segkit_t"
                f" JOIN (\n{_numbered(mine, theirs)}\n) AS new ON segkit_t.ctid ="
                " new.segkit_place AND new.segkit_nth <= new.segkit_n ORDER BY new.segkit_place"
            )

    def make_room(self, changing: Sequence[Found], why: str) -> None:
        """Drop the views of ours that stand on what changes; they are made again when published.

        Raises
        ------
        PublishError
            SK610 for views of others.
        """
        if changing:
            ids = ", ".join(str(each.id) for each in changing)
            standing = self._all(_DEPENDENT.format(ids=ids))
            self._check_ours(standing, f"{_listed(each.name for each in changing)}, {why}")
            self.drop([*standing, *(each for each in changing if each.is_view)])

    def _check_ours(self, views: Sequence[Found], what: str) -> None:
        own = {row.name for row in self.registry() or () if row.type == "view"}
        others = [v for v in views if v.schema != self.name or v.name not in own]
        if others:
            names = _listed(f"{each.schema}.{each.name}" for each in others)
            message = f"{names} would be lost: it reads {what}"
            hint = f"drop {names}, build, and make it again; nothing was published"
            raise PublishError(Problem("SK610", message, help=hint))

    def drop(self, views: Sequence[Found]) -> None:
        """Drop views at once, so that those that stand on another do not keep it."""
        if views:
            self._lost |= {each.name: each for each in views}
            ids = ", ".join(str(each.id) for each in views)
            self._comments |= self.comments(f"c.oid IN ({ids})")
            self.session.run_alone(f"DROP VIEW {', '.join(each.sql for each in views)}")

    def lost(self, name: str) -> Found | None:
        """What had to go, if a relation of that name had to."""
        return self._lost.get(name)

    def grant_again(self, name: str, sql: str) -> None:
        lost = self._lost.get(name)
        for grant in lost.grants if lost else ():
            self.session.run(f"GRANT {grant.replace('{}', sql, 1)}")

    def say_again(self, names: Collection[str], made: Mapping[str, Found], said: Comments) -> None:
        """Have the comments of what was made, and of what had to go and came back."""
        published = f"n.nspname = {literal(self.name, POSTGRES)}"
        wanted = {key: text for key, text in self._comments.items() if key[0] not in made}
        wanted |= {key: text for key, text in said.items() if key[0] in names}
        now, there = self.comments(published), self.there()
        for key in dict.fromkeys([*now, *wanted]):
            name, column = key
            is_said = key in wanted or name in made  # else it was said by others, or before
            if name in names and name in there and is_said and wanted.get(key) != now.get(key):
                on = f"{there[name].word} {there[name].sql}"
                if column is not None:
                    on = f"COLUMN {there[name].sql}.{always_quoted(column)}"
                text = literal(wanted[key], POSTGRES) if key in wanted else "NULL"
                self.session.run_alone(f"COMMENT ON {on} IS {text}")


@dataclass(frozen=True)
class Application:
    """What is made, put in the place of what is published; ``rows`` are to be on record."""

    schema: Change
    selects: Mapping[str, str]  # of the views that were made
    rows: Mapping[Name, Registered]
    previously: Sequence[Registered]

    def apply_tables(self) -> None:
        """Have the rows of tables: nobody is kept out by that."""
        there = self.schema.there()
        for made in self._tables():
            if made.name not in there or _is_like(there[made.name], made):
                self.schema.take(made)

    def apply_views(self) -> None:
        """Have all that readers have to be kept out for: for a moment, or not at all."""
        session, schema = self.schema.session, self.schema
        path = f"{always_quoted(schema.name)}, pg_temp"
        session.query(f"SELECT set_config('search_path', {literal(path, POSTGRES)}, true)")
        there, made, said = schema.there(), schema.made(), schema.comments(_MADE)
        for view in (each for each in made.values() if each.is_view):
            # what was made for the proof must not stand on what is replaced
            session.run(f"DROP VIEW IF EXISTS {view.sql} CASCADE")
        changed = [name for name in self.selects if not self._is_same(name, there, made)]
        self._drop([*self._stale(there, made)], [*_to_make_anew(changed, there, made)])
        for table in self._tables():
            if not _is_like(there.get(table.name), table):
                schema.take(table)
        self._create(changed)
        names = {own_name(row.schema, row.name) for row in self.rows.values()}
        schema.say_again(names, made, said)

    def _drop(self, stale: Sequence[Found], views: Sequence[Found]) -> None:
        self.schema.make_room([*stale, *views], "which goes or changes")
        for each in stale:
            if not each.is_view:
                self.schema.session.run_alone(f"DROP TABLE {each.sql}")

    def _tables(self) -> Iterator[Found]:
        made = self.schema.made()
        for row in self.rows.values():
            if row.type not in (*NOTES, "view") and own_name(row.schema, row.name) in made:
                yield made[own_name(row.schema, row.name)]

    def _stale(self, there: Mapping[str, Found], made: Mapping[str, Found]) -> Iterator[Found]:
        """What was made once and is no more, or is of another kind now."""
        for row in self.previously:
            name = own_name(row.schema, row.name)
            found, now = there.get(name), made.get(name)
            if not row.is_dropped_when_stale or found is None:
                continue
            if (row.type == "view") != found.is_view:
                continue  # somebody else's by now
            if row.folded not in self.rows or (now is not None and now.is_view != found.is_view):
                yield found

    def _is_same(self, name: str, there: Mapping[str, Found], made: Mapping[str, Found]) -> bool:
        found = there.get(name)
        if found is None or found.columns != made[name].columns:
            return False
        return self._recorded().get(name) == (self.selects[name], found.text)

    def _recorded(self) -> Mapping[str, tuple[str, str]]:
        """The SELECT of each view that is published, and the digest of what the server has."""
        project = self.previously[0].project if self.previously else ""
        texts = notes(self.previously, project, TEXT)
        return {name: tuple(json.loads(text)) for name, text in texts.items()}

    def _create(self, changed: Sequence[str]) -> None:
        there, recorded = self.schema.there(), self._recorded()
        order = {name: self.selects[name] for name in changed}
        lost = (name for name in recorded if name not in there and name not in order)
        for name in lost:  # had to go, and was not made in this build
            if fold(MAIN, name) in self.rows:
                order = dict(_before_its_readers(order, name, recorded[name][0]))
        for name, select in order.items():
            sql = f"{always_quoted(self.schema.name)}.{always_quoted(name)}"
            was = self.schema.lost(name) or there.get(name)
            options = f" WITH ({', '.join(was.options)})" if was and was.options else ""
            self.schema.session.run_alone(f"CREATE OR REPLACE VIEW {sql}{options} AS\n{select}")
            self.schema.grant_again(name, sql)

    def write_record(self, project: str) -> None:
        """Put on record what is ours, and how the server has the views."""
        session, there = self.schema.session, self.schema.there()
        table = f"{always_quoted(self.schema.name)}.{REGISTRY}"
        types = [*["text"] * 5, "integer"]
        columns = ", ".join(f"{n} {t}" for n, t in zip(_RECORD, types, strict=True))
        session.run(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
        session.run(f"DELETE FROM {table} WHERE project = $1", (project,))
        lists = ", ".join(f"CAST(${i} AS {t}[])" for i, t in enumerate(types, 1))
        values = zip(*map(astuple, self._final_rows(there)), strict=True)
        session.run(f"INSERT INTO {table} SELECT * FROM unnest({lists})", [*map(list, values)])

    def _final_rows(self, there: Mapping[str, Found]) -> Iterator[Registered]:
        recorded = self._recorded()
        for row in self.rows.values():
            if row.type == TEXT:
                continue
            yield row
            if row.type == "view":
                select = self.selects.get(row.name) or recorded[row.name][0]
                text = json.dumps([select, there[row.name].text])
                name = note_name(TEXT, row.name)
                yield Registered(row.project, "", name, TEXT, text, row.run)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _is_like(found: Found | None, made: Found) -> bool:
    """Whether it is a table with the same columns."""
    return found is not None and not found.is_view and found.columns == made.columns


def _to_make_anew(
    names: Sequence[str], there: Mapping[str, Found], made: Mapping[str, Found]
) -> Iterator[Found]:
    """Views that cannot become what they are to be where they stand."""
    for name in names:
        found = there.get(name)
        if found is not None and found.is_view and not found.is_extended_by(made[name]):
            yield found


def _before_its_readers(
    order: Mapping[str, str], name: str, select: str
) -> Iterator[tuple[str, str]]:
    """The views, with one more before the first that may read it."""
    is_in = False
    for other, text in order.items():
        if not is_in and may_name(text, identifier(name, POSTGRES)):
            yield name, select
            is_in = True
        yield other, text
    if not is_in:
        yield name, select


def _numbered(these: str, those: str) -> str:
    """Rows of which there are more here than there: where each lies, and of how many it is which.

    Rows are compared as texts: those have an order and an equality whatever their types.
    """
    return (
        "SELECT segkit_place, segkit_n,\n"
        "  row_number() OVER (PARTITION BY segkit_text ORDER BY segkit_place) AS segkit_nth\n"
        f"FROM ({these}) AS segkit_all\n"
        "JOIN (SELECT segkit_text, count(*) AS segkit_n FROM (\n"
        f"  SELECT segkit_text FROM ({these}) AS segkit_these\n"
        f"  EXCEPT ALL SELECT segkit_text FROM ({those}) AS segkit_those\n"
        ") AS segkit_only GROUP BY segkit_text) AS segkit_more USING (segkit_text)"
    )


def column_type(type_: ColumnType) -> str:
    """The type of a column that DuckDB has read; what PostgreSQL does not have is a text."""
    name = type_.sql.upper()
    return name if name.startswith("DECIMAL") else _TYPES.get(name, "text")


def duckdb_type(type_: ColumnType) -> str:
    """The type of a column that PostgreSQL has, in DuckDB; what that does not have is a text."""
    if type_.sql.startswith("numeric"):
        is_narrow = type_.precision is not None and type_.precision <= 38
        return f"DECIMAL({type_.precision}, {type_.scale})" if is_narrow else "DOUBLE"
    return _DUCKDB_TYPES.get(type_.sql.partition("(")[0], "VARCHAR")
