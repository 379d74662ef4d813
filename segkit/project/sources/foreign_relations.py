"""What a source that is a DuckDB file has under a name, as far as that is known before it is open.

dbt is another way of naming relations: its manifest says what a name stands for.
Without dbt any name may be right, and the file itself tells when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segkit.errors import Label, Place, Problem
from segkit.project.nodes import DbtProject, DbtRelation, DuckDBSource, ForeignRelation, Source
from segkit.project.yaml.marks import Entry
from segkit.project.yaml.near_names import did_you_mean_text

_LISTED = 8


@dataclass(frozen=True)
class Refusal:
    """Why a source has nothing under a name; ``label`` stands beside the name."""

    code: str
    message: str
    label: str
    help: str

    def at(self, place: Place) -> Problem:
        return Problem(self.code, self.message, (Label(place, self.label),), help=self.help)


def split_name(name: str, sources: Mapping[str, DuckDBSource]) -> tuple[DuckDBSource, str] | None:
    """The source and the table that ``raw.customers`` stands for, if such a source is declared."""
    source, dot, table = name.partition(".")
    return (sources[source], table) if dot and source in sources else None


def refusal(source: DuckDBSource, table: str) -> Refusal | None:
    """Return why the source has no such table; None where it has, or may have."""
    if not table or not table.isprintable():
        message = f"a table of `{source.name}` cannot be called {table!r}"
        return Refusal("SK101", message, "", f"write source('{source.name}', 'customers')")
    if source.dbt is None:
        return None
    found = _meant(source.dbt, table)
    if not found:
        return _unknown(source.dbt, table)
    return _ambiguous(source, table, found) or _not_in_the_file(source.dbt, found[0])


def note_read(
    source: DuckDBSource, table: str, entry: Entry, reads: dict[str, Place]
) -> str | None:
    """Note in ``reads`` that the entry names a table; return its node, None if it is refused."""
    why = refusal(source, table)
    if why is not None:
        entry.problems.append(why.at(entry.place()))
        return None
    name = f"{source.name}.{table}"
    reads.setdefault(name, entry.place())
    return name


def table_node(source: DuckDBSource, table: str, read_at: Place) -> Source:
    """The node of a table that nobody lists, for a name that is not refused.

    Without dbt ``staging.customers`` is a table of another schema than the source's.
    """
    relation = _meant(source.dbt, table)[0] if source.dbt else None
    schema, _, name = table.rpartition(".")
    if relation is not None:
        schema, name = relation.schema, relation.name
    return Source(
        name=f"{source.name}.{table}",
        schema=source.name,
        table=table,
        place=source.place,
        foreign=ForeignRelation(source.path, schema or source.schema, name)
        if source.path
        else None,
        description=(relation.description if relation else "") or source.description,
        read_at=read_at,
        one_schema=source.one_schema,
    )


def _meant(dbt: DbtProject, table: str) -> Sequence[DbtRelation]:
    """Of several things of one name: what dbt makes, before what it only reads."""
    every = dbt.relations.get(table, ())
    return [r for r in every if not r.unique_id.startswith("source.")] or every


def _unknown(dbt: DbtProject, table: str) -> Refusal:
    near = did_you_mean_text(table, dbt.relations)
    names = sorted(dbt.relations)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    has = f"it has {', '.join(names[:_LISTED])}{more}; " if names else ""
    message = f"the dbt project `{dbt.name}` has no model, seed, snapshot or source `{table}`"
    return Refusal("SK101", message, near, f"{has}is it new? run `dbt parse` in {dbt.shown}")


def _ambiguous(source: DuckDBSource, table: str, found: Sequence[DbtRelation]) -> Refusal | None:
    first = found[0]
    if len({(r.database, r.schema, r.name) for r in found}) == 1:
        return None
    listed = ", ".join(f"{r.unique_id} ({r.schema}.{r.name})" for r in found)
    entry = f"{{name: {table}, relation: {first.schema}.{first.name}}}"
    hint = f"list the one that is meant under the `tables` of `{source.name}`: {entry}"
    return Refusal("SK102", f"`{table}` is several things in dbt: {listed}", "", hint)


def _not_in_the_file(dbt: DbtProject, relation: DbtRelation) -> Refusal | None:
    if not relation.exists and relation.unique_id.startswith("source."):
        message = f"{relation.unique_id} is a file to dbt, and no table of its database"
        hint = "read the file itself: a source of its own, with a `path` for the table"
        return Refusal("SK106", message, "", hint)
    if not relation.exists:
        message = f"dbt makes no relation of {relation.unique_id}: it is ephemeral"
        return Refusal("SK106", message, "", "read a model that is made of it, or make it a view")
    if relation.database != dbt.database:
        message = (
            f"dbt keeps {relation.unique_id} in the database `{relation.database}`, "
            f"which is not the file that its target `{dbt.target}` opens"
        )
        hint = (
            "only what lies in that file can be read; if another target of dbt made the "
            f"manifest, run `dbt parse` in {dbt.shown}, or set `dbt_target`"
        )
        return Refusal("SK106", message, "", hint)
    return None
