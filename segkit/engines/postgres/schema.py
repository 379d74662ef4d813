"""What lies in the published schema of a PostgreSQL target, and what is on record of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass

from segkit.dialects.spelling import literal
from segkit.dialects.table import POSTGRES
from segkit.engines.postgres.connection import always_quoted
from segkit.engines.postgres.reader import REGISTRY, PostgresReader
from segkit.engines.registered import SELF, Registered
from segkit.errors import Problem, PublishError

_RECORD = {
    **dict.fromkeys(("project", "schema_name", "relation_name", "relation_type", "node"), "text"),
    "run": "integer",
}
_ID = "relation_id"  # the oid: a name on record does not make another's table ours
_FOUND = """\
SELECT n.nspname, c.relname, CAST(c.oid AS bigint), CAST(c.relkind AS text),
  (SELECT json_agg(json_build_array(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
                   ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  CASE WHEN c.relkind = 'v' THEN md5(pg_catalog.pg_get_viewdef(c.oid)) END,
  (SELECT json_agg(json_build_array(g.attname, g.privilege_type,
     CASE WHEN g.grantee = 0 THEN 'PUBLIC'
          ELSE quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END
     || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
   FROM (SELECT CAST(NULL AS name) AS attname, x.* FROM aclexplode(c.relacl) x
         UNION ALL
         SELECT a.attname, x.* FROM pg_catalog.pg_attribute a, aclexplode(a.attacl) x
         WHERE a.attrelid = c.oid AND NOT a.attisdropped) g
   WHERE g.grantee <> c.relowner),
  coalesce(c.reloptions, CAST(ARRAY[] AS text[]))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND {where}"""
_DEPENDENT = """\
WITH RECURSIVE segkit_d (id, depth) AS (
  SELECT unnest(CAST(ARRAY[{ids}] AS oid[])), 0
  UNION
  SELECT r.ev_class, d.depth + 1 FROM segkit_d d JOIN pg_catalog.pg_depend p ON p.refobjid = d.id
    AND p.classid = CAST('pg_catalog.pg_rewrite' AS regclass)
    AND p.refclassid = CAST('pg_catalog.pg_class' AS regclass)
  JOIN pg_catalog.pg_rewrite r ON r.oid = p.objid AND r.ev_class <> d.id
)
SELECT CAST(id AS bigint), max(depth) FROM segkit_d WHERE id NOT IN ({ids}) GROUP BY id"""
_COMMENTS = """\
SELECT c.relname, CAST(a.attname AS text), d.description FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_class c ON c.oid = d.objoid
  AND d.classoid = CAST('pg_catalog.pg_class' AS regclass)
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = nullif(d.objsubid, 0)
WHERE {where}"""
_MADE = "c.relnamespace = pg_catalog.pg_my_temp_schema()"

Comments = Mapping[tuple[str, str | None], str]  # by relation and column
Grant = tuple[str | None, str, str]  # column, privilege, and to whom


@dataclass(frozen=True)
class Found:
    """A relation of a schema; ``text`` is a digest of what a view selects."""

    schema: str
    name: str
    id: int
    kind: str
    columns: tuple[tuple[str, str], ...]  # names and types
    text: str | None = None
    grants: Sequence[Grant] = ()
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

    def is_same(self, there: Found | None) -> bool:
        """Whether it selects what another view selects."""
        return there is not None and (self.columns, self.text) == (there.columns, there.text)

    def can_become(self, made: Found) -> bool:
        """Whether a view can become the other one where it stands."""
        is_longer = self.columns == made.columns[: len(self.columns)]
        return self.is_view and made.is_view and is_longer

    def is_like(self, there: Found | None) -> bool:
        """Whether another one is a table with the same columns."""
        return there is not None and not there.is_view and self.columns == there.columns


class Schema:
    """What lies in a schema, and what a session has made for it."""

    def __init__(self, session: PostgresReader, name: str) -> None:
        self.session, self.name = session, name

    def there(self) -> Mapping[str, Found]:
        """The relations of the schema, by name."""
        return {each.name: each for each in self._all(f"n.nspname = {self._literal}")}

    def made(self) -> Mapping[str, Found]:
        """The relations that the session has made."""
        return {each.name: each for each in self._all(_MADE)}

    def standing_on(self, relations: Sequence[Found]) -> list[Found]:
        """The views that read them, and those that read these, wherever they lie."""
        ids = _ids(relations)
        depths = dict(self.session.query(_DEPENDENT.format(ids=ids)))
        found = self._all(f"c.oid IN ({', '.join(map(str, depths))})") if depths else []
        return sorted(found, key=lambda each: depths[each.id])

    def selects_of(self, views: Sequence[Found]) -> dict[str, tuple[Found, str]]:
        """The SELECT of each, as the server has it."""
        sql = "SELECT id, pg_catalog.pg_get_viewdef(CAST(id AS oid)) FROM unnest(ARRAY[{}]) AS id"
        texts = dict(self.session.query(sql.format(_ids(views))))
        return {view.name: (view, texts[view.id].rstrip(";")) for view in views}

    def _all(self, where: str) -> list[Found]:
        rows = self.session.query(_FOUND.format(where=where))
        return [
            Found(at, name, id_, kind, tuple(map(tuple, columns or ())), text, grants or (), opts)
            for at, name, id_, kind, columns, text, grants, opts in rows
        ]

    def comments(self, of: Sequence[Found] | None = None) -> dict[tuple[str, str | None], str]:
        """Comments on relations of the schema, or on these, and on their columns, by both names."""
        where = f"n.nspname = {self._literal}" if of is None else f"c.oid IN ({_ids(of)})"
        rows = self.session.query(_COMMENTS.format(where=where)) if of != [] else []
        return {(name, column): text for name, column, text in rows}

    def readers(self) -> str:
        """Who has locks on what is published."""
        ((found,),) = self.session.query(
            "SELECT string_agg(DISTINCT 'session ' || a.pid || ' (' || concat_ws(', ', a.usename,"
            " nullif(a.application_name, '')) || ')', ' and ') FROM pg_catalog.pg_locks l"
            " JOIN pg_catalog.pg_class c ON c.oid = l.relation"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
            f" WHERE a.pid <> pg_backend_pid() AND n.nspname = {self._literal}"
        )
        return f"{found or 'a session'}, which has open what is to be replaced"

    def sql(self, name: str) -> str:
        return f"{always_quoted(self.name)}.{always_quoted(name)}"

    @property
    def _literal(self) -> str:
        return literal(self.name, POSTGRES)

    # the record -------------------------------------------------------------------------------

    def registry(self) -> tuple[Registered, ...] | None:
        """What is on record, and is still that; None if there is no record."""
        there = self.there()
        record = there.get(REGISTRY)
        if record is None:
            return None
        columns = dict(record.columns)
        id_ = _ID if columns.pop(_ID, None) else "NULL"
        if columns != _RECORD:
            message = f"schema {self.name} has a relation {REGISTRY} that segkit did not make"
            raise PublishError(Problem("SK603", message, help="set another `schema:`"))
        sql = f"SELECT {', '.join(_RECORD)}, {id_} FROM {record.sql} ORDER BY 1, 2, 3"
        rows = [(Registered(*row), id_) for *row, id_ in self.session.query(sql)]
        # of a schema that came back from a backup ids say nothing, and names have to do
        copied = {row.project for row, id_ in rows if row.type == SELF and id_ != record.id}
        return tuple(
            row
            for row, id_ in rows
            if not row.is_relation
            or row.type == SELF
            or _is_that(row, there, None if row.project in copied else id_ or 0)
        )

    def write_record(self, project: str, rows: Iterable[Registered]) -> None:
        """Put on record what is of the project, with the identity that it has now."""
        table = self.sql(REGISTRY)
        types = {**_RECORD, _ID: "bigint"}
        there = self.there()
        if REGISTRY not in there:
            listed = ", ".join(f"{name} {type_}" for name, type_ in types.items())
            self.session.execute(f"CREATE TABLE {table} ({listed})")
            there = self.there()
        elif _ID not in dict(there[REGISTRY].columns):
            self.session.execute(f"ALTER TABLE {table} ADD COLUMN {_ID} bigint")
        self.session.execute(f"DELETE FROM {table} WHERE project = $1", (project,))
        found = [(row, there.get(row.name)) for row in rows]
        values = ((*astuple(row), at.id if row.is_relation and at else None) for row, at in found)
        arrays = [list(column) for column in zip(*values, strict=True)]
        lists = ", ".join(f"CAST(${i} AS {t}[])" for i, t in enumerate(types.values(), 1))
        self.session.execute(f"INSERT INTO {table} SELECT * FROM unnest({lists})", arrays)


def _is_that(row: Registered, there: Mapping[str, Found], id_: int | None) -> bool:
    """Whether nothing else lies under the name that is on record; ``id_`` None: any will do."""
    found = there.get(row.name)
    if found is None:
        return True
    return found.is_view == (row.type == "view") and id_ in (None, found.id)


def _ids(relations: Iterable[Found]) -> str:
    return ", ".join(str(each.id) for each in relations)
