"""The next state of a PostgreSQL schema, put in the place of what is published."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import POSTGRES
from segkit.engines.postgres.postgres_errors import Busy
from segkit.engines.postgres.schema import MADE, Found
from segkit.engines.postgres.schema_change import Change
from segkit.engines.postgres.stand_in_names import always_quoted, may_name, own_name
from segkit.engines.registered import NOTES, TEXT, Name, Registered, note_name, notes
from segkit.errors import EngineError, Problem, PublishError


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
            if made.name not in there or there[made.name].is_like(made):
                self.schema.take(made)

    def apply_views(self) -> None:
        """Have all that readers have to be kept out for: for a moment, or not at all."""
        session, schema = self.schema.session, self.schema
        path = f"{always_quoted(schema.name)}, pg_temp"
        session.query(f"SELECT set_config('search_path', {literal(path, POSTGRES)}, true)")
        there, made, said = schema.there(), schema.made(), schema.comments(MADE)
        for view in (each for each in made.values() if each.is_view):
            # what was made for the proof must not stand on what is replaced
            session.execute(f"DROP VIEW IF EXISTS {view.sql} CASCADE")
        changed = [name for name in self.selects if not self._is_same(name, there, made)]
        self._drop([*self._stale(there, made)], [*_to_make_anew(changed, there, made)])
        for table in self._tables():
            if table.name not in there or not there[table.name].is_like(table):
                schema.take(table)
        self._create(changed)
        schema.say_again(self._names(), made, said)

    def _drop(self, stale: Sequence[Found], views: Sequence[Found]) -> None:
        self.schema.make_room([*stale, *views], "which goes or changes")
        for each in stale:
            if not each.is_view:
                self.schema.session.run_alone(f"DROP TABLE {each.sql}")

    def _names(self) -> set[str]:
        return {own_name(row.schema, row.name) for row in self.rows.values()}

    def _tables(self) -> Iterator[Found]:
        made = self.schema.made()
        for row in self.rows.values():
            if row.type not in (*NOTES, "view") and own_name(row.schema, row.name) in made:
                yield made[own_name(row.schema, row.name)]

    def _stale(self, there: Mapping[str, Found], made: Mapping[str, Found]) -> Iterator[Found]:
        """What was made once and is no more, or is of another kind or case now."""
        names = self._names()
        for row in self.previously:
            name = own_name(row.schema, row.name)
            found, now = there.get(name), made.get(name)
            if found is None or not row.is_dropped_when_stale:
                continue
            if name not in names or (now is not None and now.is_view != found.is_view):
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
        lost = [name for name in recorded if name in self._names() - {*there, *order}]
        for name in lost:  # had to go, and was not made in this build
            order = dict(_before_its_readers(order, name, recorded[name][0]))
        for name, select in order.items():
            try:
                self.schema.replace(name, select, there.get(name))
            except EngineError as error:
                if isinstance(error, Busy) or name not in lost:
                    raise
                raise _not_made_again(name, error) from None

    def record(self, project: str) -> None:
        """Put on record what is ours, and how the server has the views."""
        self.schema.write_record(project, self._final_rows(self.schema.there()))

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


def _not_made_again(name: str, error: EngineError) -> PublishError:
    message = f"the view {name} would be lost: {error.problems[0].message}"
    hint = f"build {name} too, or change what it reads; nothing was published"
    return PublishError(Problem("SK610", message, help=hint))


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
