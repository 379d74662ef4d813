"""What a build has made, put in the place of what is published, where that stands.

Nothing is dropped together with what depends on it: somebody else's view on a relation of
ours survives, or the build is refused. Tables stay the same ones, rows that do not differ
are not touched; rights and comments outlive a view that has to be made anew.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import POSTGRES
from segkit.engines.postgres.connection import Busy, always_quoted
from segkit.engines.postgres.reader import may_name
from segkit.engines.postgres.schema import Comments, Found, Schema
from segkit.engines.registered import Registered
from segkit.errors import EngineError, Problem, PublishError

_HOLD_SECONDS = 2.0  # so long other readers may have to wait behind a lock that we wait for
_TEXTS = (
    "SELECT ctid AS segkit_place, CAST(ROW(segkit_row.*) AS text) AS segkit_text"
    " FROM {} AS segkit_row"
)


class Change:
    """One attempt, in the transaction of a session.

    ``selects`` are those of the views that were made, in that order; ``rows`` are to be on
    record, ``previously`` are.
    """

    def __init__(
        self,
        schema: Schema,
        selects: Mapping[str, str],
        rows: Iterable[Registered],
        previously: Sequence[Registered],
    ) -> None:
        self.schema, self.session, self.selects = schema, schema.session, selects
        self.rows = [row for row in rows if row.is_relation]
        self.names = {row.name for row in self.rows}
        self.previously = previously
        self._until = time.monotonic() + _HOLD_SECONDS
        self._lost: dict[str, tuple[Found, str]] = {}  # views that had to go, and their SELECTs
        self._comments: dict[tuple[str, str | None], str] = {}  # on these

    def apply_tables(self) -> None:
        """Have the rows of tables: nobody is kept out by that."""
        there, made = self.schema.there(), self.schema.made()
        for table in self._tables(made):
            if table.name not in there or table.is_like(there[table.name]):
                self._take(table, there.get(table.name))

    def apply_views(self) -> None:
        """Have all that readers have to be kept out for: for a moment, or not at all.

        Raises
        ------
        Busy
            If somebody has what it needs.
        """
        made = self.schema.made()  # as the session looks names up while it makes things
        said = self.schema.comments([*made.values()])
        path = literal(f"{always_quoted(self.schema.name)}, pg_temp", POSTGRES)
        self.session.query(f"SELECT set_config('search_path', {path}, true)")
        there = self.schema.there()
        views = [each.sql for each in made.values() if each.is_view]
        if views:  # what was made for the proof must not stand on what is replaced
            self.session.execute(f"DROP VIEW {', '.join(views)} CASCADE")
        changed = [name for name in self.selects if not made[name].is_same(there.get(name))]
        altered = [t for t in self._tables(made) if not t.is_like(there.get(t.name))]
        going = self._going(there, made, [*changed, *(table.name for table in altered)])
        self._make_room(going)
        for stale in going:
            if not stale.is_view and (stale.name not in self.names or made[stale.name].is_view):
                self._run_alone(f"DROP TABLE {stale.sql}")
        now = self.schema.there()
        for table in altered:
            self._take(table, now.get(table.name))
        self._create_views(changed)
        self._say_again(made, said)

    def _run_alone(self, sql: str) -> None:
        """Run a statement that keeps others out, if it can be had in the time that is left."""
        left = max(1, int((self._until - time.monotonic()) * 1000))
        self.session.execute(f"SET LOCAL lock_timeout = {left}")
        self.session.execute(sql)

    def _tables(self, made: Mapping[str, Found]) -> Iterator[Found]:
        for row in self.rows:
            if row.type != "view" and row.name in made:
                yield made[row.name]

    def _going(
        self, there: Mapping[str, Found], made: Mapping[str, Found], changing: Sequence[str]
    ) -> list[Found]:
        """What is made no more, or is another kind or case now; and what else makes room."""
        names = [
            row.name
            for row in self.previously
            if row.is_dropped_when_stale and row.name in there and row.name not in self.names
        ]
        names += [n for n in changing if n in there and not there[n].can_become(made[n])]
        return [there[name] for name in dict.fromkeys(names)]

    # tables -----------------------------------------------------------------------------------

    def _take(self, made: Found, there: Found | None) -> None:
        """Have the rows, and the columns, of a table that was made."""
        table, run = self.schema.sql(made.name), self.session.execute
        if there is None:
            run(f"CREATE TABLE {table} (LIKE {made.sql} INCLUDING ALL)")
            run(f"INSERT INTO {table} TABLE {made.sql}")
            run(f"ANALYZE {table}")
            return
        if there.columns != made.columns:
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
        self._run_alone(f"ALTER TABLE {there.sql} {', '.join(steps)}")
        self._grant(there, new)

    def _take_rows(self, table: str, made: Found) -> None:
        """Delete the rows that are not in the other table, and insert those that are only there."""
        mine, theirs = _TEXTS.format(made.sql), _TEXTS.format(table)
        self.session.execute(
            f"DELETE FROM {table} AS segkit_t USING (\n{_surplus(theirs, mine)}\n) AS gone"
            " WHERE segkit_t.ctid = gone.segkit_place AND gone.segkit_nth <= gone.segkit_n"
        )
        counts = f"SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM {made.sql})"
        ((kept, wanted),) = self.session.query(counts)
        if kept != wanted:
            self.session.execute(
                f"INSERT INTO {table} SELECT segkit_t.* FROM {made.sql} AS segkit_t"
                f" JOIN (\n{_surplus(mine, theirs)}\n) AS new ON segkit_t.ctid ="
                " new.segkit_place AND new.segkit_nth <= new.segkit_n ORDER BY new.segkit_place"
            )

    # views ------------------------------------------------------------------------------------

    def _make_room(self, changing: Sequence[Found]) -> None:
        """Drop the views of ours that stand on what changes; they are made again.

        Raises
        ------
        PublishError
            SK610 for views of others.
        """
        if not changing:
            return
        standing = self.schema.standing_on(changing)
        own = {row.name for row in self.previously if row.type == "view"}
        others = [v for v in standing if v.schema != self.schema.name or v.name not in own]
        if others:
            names = _listed(f"{each.schema}.{each.name}" for each in others)
            what = _listed(each.name for each in changing)
            message = f"{names} would be lost: it reads {what}, which goes or changes"
            hint = f"drop {names}, build, and make it again; nothing was published"
            raise PublishError(Problem("SK610", message, help=hint))
        views = [*standing, *(each for each in changing if each.is_view)]
        if views:  # at once, so that those that stand on another do not keep it
            self._comments |= self.schema.comments(views)
            self._lost |= self.schema.selects_of(views)
            self._run_alone(f"DROP VIEW {', '.join(each.sql for each in views)}")

    def _create_views(self, changed: Sequence[str]) -> None:
        """Make those that changed or had to go, also those that are not made in this build."""
        there = self.schema.there()
        order = {n: s for n, s in self.selects.items() if n in changed or n not in there}
        lost = [name for name in self._lost if name in self.names - {*there, *order}]
        for name in reversed(lost):  # who reads comes before what is read
            order = dict(_before_its_readers(order, name, self._lost[name][1]))
        for name, select in order.items():
            try:
                self._create_view(name, select, there.get(name))
            except EngineError as error:
                if isinstance(error, Busy) or name not in lost:
                    raise
                message = f"the view {name} would be lost: {error.problems[0].message}"
                hint = f"build {name} too, or change what it reads; nothing was published"
                raise PublishError(Problem("SK610", message, help=hint)) from None

    def _create_view(self, name: str, select: str, was: Found | None) -> None:
        """Make a view, or make it anew, with the options and the rights that it had."""
        lost = self._lost[name][0] if name in self._lost else None
        was = lost or was
        options = f" WITH ({', '.join(was.options)})" if was and was.options else ""
        view = self.schema.sql(name)
        self._run_alone(f"CREATE OR REPLACE VIEW {view}{options} AS\n{select}")
        if lost is not None:
            self._grant(lost, dict(self.schema.there()[name].columns))

    def _grant(self, was: Found, columns: Collection[str]) -> None:
        """Give the rights on it again, and those on columns that it still has."""
        for column, privilege, grantee in was.grants:
            if column is None or column in columns:
                of = "" if column is None else f" ({always_quoted(column)})"
                self.session.execute(f"GRANT {privilege}{of} ON {was.sql} TO {grantee}")

    def _say_again(self, made: Mapping[str, Found], said: Comments) -> None:
        """Have the comments of what was made, and of what had to go and came back."""
        wanted = {key: text for key, text in self._comments.items() if key[0] not in made}
        wanted |= {key: text for key, text in said.items() if key[0] in self.names}
        now, there = self.schema.comments(), self.schema.there()
        for key in dict.fromkeys([*now, *wanted]):
            name, column = key
            is_said = key in wanted or name in made  # else it was said by others, or before
            is_ours = name in self.names and name in there
            if is_ours and is_said and wanted.get(key) != now.get(key):
                on = f"{there[name].word} {there[name].sql}"
                if column is not None:
                    on = f"COLUMN {there[name].sql}.{always_quoted(column)}"
                text = literal(wanted[key], POSTGRES) if key in wanted else "NULL"
                self._run_alone(f"COMMENT ON {on} IS {text}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _surplus(these: str, those: str) -> str:
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
