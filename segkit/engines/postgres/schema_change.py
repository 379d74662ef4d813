"""How relations of a published schema become others, where they stand.

Nothing is dropped together with what depends on it: somebody else's view on a relation of
ours survives, or the build is refused. Tables stay the same ones, rows that do not differ
are not touched; rights and comments outlive a view that has to be made anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from segkit.dialects.spelling import literal
from segkit.dialects.table import POSTGRES
from segkit.engines.postgres.schema import Comments, Found, Schema, Session
from segkit.engines.postgres.stand_in_names import always_quoted
from segkit.errors import Problem, PublishError

_TEXTS = (
    "SELECT ctid AS segkit_place, CAST(ROW(segkit_row.*) AS text) AS segkit_text"
    " FROM {} AS segkit_row"
)


class Changing(Session, Protocol):
    """A session that also takes locks which keep others out."""

    def run_alone(self, sql: str) -> None:
        """Run a statement that keeps others out; ``Busy`` if it cannot be had now."""
        ...


class Change(Schema):
    """A schema that is changed, in the transaction of a session."""

    session: Changing

    def __init__(self, session: Changing, name: str) -> None:
        super().__init__(session, name)
        self._lost: dict[str, Found] = {}  # views that had to go, with the rights on them
        self._comments: dict[tuple[str, str | None], str] = {}  # on these

    # tables -----------------------------------------------------------------------------------

    def take(self, made: Found) -> None:
        """Have the rows, and the columns, of a table that was made."""
        there = self.there().get(made.name)
        table = self.sql(made.name)
        if there is None:
            self.session.execute(f"CREATE TABLE {table} (LIKE {made.sql} INCLUDING ALL)")
            self.session.execute(f"INSERT INTO {table} TABLE {made.sql}")
            self.session.execute(f"ANALYZE {table}")
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

    def make_room(self, changing: Sequence[Found], why: str) -> None:
        """Drop the views of ours that stand on what changes; they are made again when published.

        Raises
        ------
        PublishError
            SK610 for views of others.
        """
        if changing:
            standing = self.standing_on(changing)
            self._check_ours(standing, f"{listed(each.name for each in changing)}, {why}")
            self._drop([*standing, *(each for each in changing if each.is_view)])

    def _check_ours(self, views: Sequence[Found], what: str) -> None:
        own = {row.name for row in self.registry() or () if row.type == "view"}
        others = [v for v in views if v.schema != self.name or v.name not in own]
        if others:
            names = listed(f"{each.schema}.{each.name}" for each in others)
            message = f"{names} would be lost: it reads {what}"
            hint = f"drop {names}, build, and make it again; nothing was published"
            raise PublishError(Problem("SK610", message, help=hint))

    def _drop(self, views: Sequence[Found]) -> None:
        """Drop views at once, so that those that stand on another do not keep it."""
        if views:
            self._lost |= {each.name: each for each in views}
            ids = ", ".join(str(each.id) for each in views)
            self._comments |= self.comments(f"c.oid IN ({ids})")
            self.session.run_alone(f"DROP VIEW {', '.join(each.sql for each in views)}")

    def replace(self, name: str, select: str, was: Found | None) -> None:
        """Make a view, or make it anew, with the options and the rights that it had."""
        lost = self._lost.get(name)
        was = lost or was
        options = f" WITH ({', '.join(was.options)})" if was and was.options else ""
        view = self.sql(name)
        self.session.run_alone(f"CREATE OR REPLACE VIEW {view}{options} AS\n{select}")
        if lost is not None:
            self._grant(lost, dict(self.there()[name].columns))

    def _grant(self, was: Found, columns: Collection[str]) -> None:
        """Give the rights on it again, and those on columns that it still has."""
        for column, privilege, grantee in was.grants:
            if column is None or column in columns:
                of = "" if column is None else f" ({always_quoted(column)})"
                self.session.execute(f"GRANT {privilege}{of} ON {was.sql} TO {grantee}")

    def say_again(self, names: Collection[str], made: Mapping[str, Found], said: Comments) -> None:
        """Have the comments of what was made, and of what had to go and came back."""
        wanted = {key: text for key, text in self._comments.items() if key[0] not in made}
        wanted |= {key: text for key, text in said.items() if key[0] in names}
        now, there = self.comments(), self.there()
        for key in dict.fromkeys([*now, *wanted]):
            name, column = key
            is_said = key in wanted or name in made  # else it was said by others, or before
            if name in names and name in there and is_said and wanted.get(key) != now.get(key):
                on = f"{there[name].word} {there[name].sql}"
                if column is not None:
                    on = f"COLUMN {there[name].sql}.{always_quoted(column)}"
                text = literal(wanted[key], POSTGRES) if key in wanted else "NULL"
                self.session.run_alone(f"COMMENT ON {on} IS {text}")


def listed(names: Iterable[str]) -> str:
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
