"""What the YAML files declare, put together: who reads whom, and words about models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.errors import Label, Place, Problem
from segkit.project.column_tests import KnownNames, column_tests, with_unique_names
from segkit.project.graph import DERIVED_SUFFIXES, EXPERIMENT_SUFFIXES, reference_place
from segkit.project.jinja.calls import Names, source_sql
from segkit.project.jinja.render import Renderer
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    DuckDBSource,
    Experiment,
    Model,
    Node,
    Seed,
    Segmentation,
    Source,
)
from segkit.project.schema.column_words import ModelSpec
from segkit.project.sources.declared_sources import TableColumns
from segkit.project.sources.foreign_relations import split_name, table_node
from segkit.project.sql_files import ModelFile
from segkit.project.yaml.marks import Entry


@dataclass(frozen=True)
class Words:
    """Description, tags and column tests of a node, and where they stand."""

    spec: ModelSpec
    entry: Entry


@dataclass
class Declared:
    """Everything that is not SQL. ``unknowable`` are names whose declaration is broken.

    ``reads`` are tables of ``duckdb_sources`` that something names, and where first.
    """

    directory: Path
    documents: Sequence[Entry]
    problems: list[Problem]
    sources: list[Source]
    seeds: list[Seed]
    table_columns: Sequence[TableColumns]
    unknowable: set[str]
    dialect: Dialect
    duckdb_sources: Mapping[str, DuckDBSource] = field(default_factory=dict)
    reads: dict[str, Place] = field(default_factory=dict)
    bucket_sets: list[BucketSet] = field(default_factory=list)
    segmentations: list[Segmentation] = field(default_factory=list)
    experiments: list[Experiment] = field(default_factory=list)
    words: dict[str, Words] = field(default_factory=dict)

    def names(self, models: Sequence[ModelFile]) -> Names:
        """What ``ref`` and ``source`` know."""
        own = [
            *(s.name for s in self.sources if "." not in s.name or s.schema is None),
            *(s.name for s in self.seeds),
            *(m.name for m in models),
            *(b.name for b in self.bucket_sets),
        ]
        nodes = {name: name for name in filter(str.isprintable, own) if name}
        hints: dict[str, str] = {}
        for node in self.segmentations:
            nodes |= {node.name: node.name, f"{node.name}_profile": node.name}
            why = "the history is written when the build is published, so a model cannot read it"
            hints |= {f"{node.name}{suffix}": why for suffix in DERIVED_SUFFIXES[1:]}
        hints |= self._written_by_experiments()
        refs = {name: (node, identifier(name, self.dialect)) for name, node in nodes.items()}
        sources = {
            s.name: (s.name, source_sql(s, self.dialect))
            for s in self.sources
            if s.schema is not None
        }
        broken = {f"{name}_profile" for name in self.unknowable} | self.unknowable
        return Names(refs, sources, self.dialect, frozenset(broken), hints, self.duckdb_sources)

    def _written_by_experiments(self) -> dict[str, str]:
        why = "it is written when the build is published, so a model cannot read it"
        return {f"{e.name}{s}": why for e in self.experiments for s in EXPERIMENT_SUFFIXES}

    def render(self, files: Sequence[ModelFile], renderer: Renderer) -> list[Model]:
        """Render each model once; its words come from the YAML files."""
        models: list[Model] = []
        for file in files:
            rendered = renderer.render(file.text, file.path)
            self.problems += rendered.problems
            words = self.words.get(file.name)
            tags = [*rendered.config.get("tags", ()), *(words.spec.tags if words else ())]
            columns = words.spec.columns if words else []
            models.append(
                Model(
                    name=file.name,
                    place=Place(file.path, 1, 1),
                    raw_sql=file.text,
                    sql=rendered.sql,
                    materialized=rendered.config.get("materialized", "view"),
                    depends_on=rendered.depends_on,
                    tags=tuple(dict.fromkeys(tags)),
                    description=words.spec.description if words else "",
                    column_descriptions={c.name: c.description for c in columns if c.description},
                )
            )
        return models

    def tests(self, nodes: Sequence[Node], sql_tests: Sequence[DataTest]) -> list[DataTest]:
        """All tests, each under a name of its own. A file's name is never changed."""
        tags = {node.name: node.tags for node in nodes}
        known = {node.name: node.name for node in nodes}
        for node in self.segmentations:
            known[f"{node.name}_profile"] = node.name
        tests: list[DataTest] = []
        names = KnownNames(known, self.unknowable, self.duckdb_sources, self.reads)
        for table in self.table_columns:
            tests += column_tests(table.node, table.columns, table.entry, names)
        for name, words in self.words.items():
            if name in known:
                entry = words.entry.at("columns")
                tests += column_tests(name, words.spec.columns, entry, names, tags[name])
        taken = {node.name.lower(): node.place for node in nodes}
        for test in sql_tests:
            if test.name.lower() in taken:
                message = f"the test {test.place.path} has the name of something else"
                labels = (Label(test.place), Label(taken[test.name.lower()], "this has it too"))
                self.problems.append(Problem("SK102", message, labels, "rename the test's file"))
            taken.setdefault(test.name.lower(), test.place)
        return [*with_unique_names(tests, taken), *sql_tests]

    def note_reads(self, nodes: Iterable[Model | DataTest]) -> None:
        """Keep where SQL names tables of DuckDB files."""
        for node in nodes:
            for name in node.depends_on:
                if split_name(name, self.duckdb_sources) and name not in self.reads:
                    self.reads[name] = reference_place(node, name)

    def tables_read(self) -> list[Source]:
        """The tables of DuckDB files that something names and nobody lists."""
        known = {node.name: node.place for node in self.sources}
        spelled = {name.lower(): name for name in known}
        tables = []
        for name, place in self.reads.items():
            found = split_name(name, self.duckdb_sources)
            other = spelled.setdefault(name.lower(), name)
            if other != name:
                self.problems.append(_one_table(name, place, other, known[other]))
            elif found is not None and name not in known:
                known[name] = place
                tables.append(table_node(*found, place))
        return tables


def _one_table(name: str, place: Place, other: str, other_place: Place) -> Problem:
    message = f"`{name}` and `{other}` are one table: upper and lower case are one"
    labels = (Label(place, "here"), Label(other_place, "and here"))
    return Problem("SK102", message, labels, "write both alike")
