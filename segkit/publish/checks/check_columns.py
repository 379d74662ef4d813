"""Columns and conditions of a project, held against the relation that they are about."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.fit import Fit, FittedFeature
from segkit.core.predicate import bound
from segkit.dialects.select import condition_translated
from segkit.dialects.spelling import identifier
from segkit.dialects.table import CONDITIONS, Dialect
from segkit.engines.base import Reader
from segkit.errors import Affected, CompileError, EngineError, FitError, Label, Place, Problem
from segkit.project.nodes import BucketSet, Project, Seed, Segmentation, Source, SqlCondition
from segkit.publish.relations import relation_sql
from segkit.publish.stored.chosen import current_fit

_ADVICE = {
    Kind.DATE: "use the days since a date instead, as a column of the model",
    Kind.TIMESTAMP: "use the days since a date instead, as a column of the model",
    Kind.BOOLEAN: "cast it to an integer in the model: CAST({0} AS INTEGER)",
    Kind.TEXT: "cast it to a number in the model, or leave it out",
    Kind.OTHER: "make a number of it in the model, or leave it out",
}
_ALIKE = {
    Kind.DATE: "; write a day as DATE '2026-01-31'",
    Kind.TIMESTAMP: "; write a time as TIMESTAMP '2026-01-31 08:00'",
    Kind.TEXT: "; cast it in the model, or compare it with a text in single quotes",
}


@dataclass(frozen=True)
class Relation:
    """A relation by its name in the project, held against what is written of its columns.

    ``scratch`` holds an empty twin of it.
    """

    project: Project
    scratch: Reader
    name: str
    columns: Sequence[Column]

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def sql(self) -> str:
        return relation_sql(self.project, self.name, self.scratch.dialect)

    def missing(self, column: str, place: Place) -> Problem:
        """The problem of a column that is not there."""
        names = list(self.by_name)
        same = [name for name in names if name.casefold() == column.casefold()]
        near = same or difflib.get_close_matches(column, names, n=1, cutoff=0.6)
        node = self.project.nodes.get(self.name)
        where = node.place.path if node is not None else None
        verb = "loaded from" if isinstance(node, Source | Seed) else "built by"
        if isinstance(node, Source | Seed):
            foreign = node.foreign if isinstance(node, Source) else None
            where = node.path.name if node.path else foreign.path.name if foreign else None
        message = f"column `{column}` is not in {self.name}"
        label = Label(place, f"did you mean `{near[0]}`?" if near else "")
        hint = f"{self.name} has: {', '.join(names)}"
        notes = (f"it is {verb} {where}",) if where else ()
        affected = Affected(self.name, column, "", "")
        return Problem("SK104", message, (label,), hint, notes, affected=affected)

    def typed(
        self,
        name: str,
        place: Place,
        fits: Callable[[ColumnType], bool],
        need: str,
        advice: str = "",
    ) -> Iterator[Problem]:
        """Yield the problem of a column that is not there, or of a type that does not fit."""
        column = self.by_name.get(name)
        if column is None:
            yield self.missing(name, place)
        elif not fits(column.type):
            yield self.wrong_type(column, place, need, advice)

    def wrong_type(
        self, column: Column, place: Place, need: str, advice: str = "", was: str = ""
    ) -> Problem:
        """The problem of a column whose type does not fit; ``was``: what it was, in brackets.

        ``advice`` is the next step, if special.
        """
        usual = _ADVICE.get(column.type.kind, "make a number of it in the model")
        return Problem(
            "SK105",
            f"column `{column.name}` is {column.type.sql}{was}: {need}",
            (Label(place),),
            advice or usual.format(identifier(column.name, self.scratch.dialect)),
            affected=Affected(self.name, column.name, "", ""),
        )

    def was(self, node: Segmentation, column: Column) -> str:
        """In brackets, the type by which the current fit knows the column, if that is another."""
        try:
            fit = current_fit(self.project, node)
        except FitError:  # there is none, or the node says what is wrong with it
            return ""
        name = column.name.casefold()
        types = (f.type for f in fit.features if f.column.casefold() == name)
        known = next(types, column.type.sql)
        return "" if known == column.type.sql else f" ({known} in {fit.label})"

    def unclear(self, node: BucketSet | Segmentation) -> Iterator[Problem]:
        """Yield a problem for each name that stands for columns which differ by case alone."""
        for name, place in node.names():
            alike = [column for column in self.by_name if column.casefold() == name.casefold()]
            if len(alike) > 1:
                listed = " and ".join(f"`{column}`" for column in alike)
                message = f"{listed} of {self.name} differ by case alone: it is not clear which"
                hint = "leave one of them out in the model, or give it another name"
                yield Problem("SK102", message, (Label(place),), hint)

    def problems_of(self, condition: SqlCondition) -> Iterator[Problem]:
        """Yield what is wrong with a condition on the columns."""
        strange = list(self._unknown_columns(condition))
        yield from strange
        if strange or bound(condition.predicate, self.by_name).formula is not None:
            return  # a simple one compares a column with constants of its own type: it runs
        try:
            text = self._spelled(condition)
        except CompileError as error:
            yield from error.problems
            return
        # a WHERE takes no aggregate, also of those that the parser does not know
        for head, tail in (("SELECT (", f") AS c FROM {self.sql}"), (self._where, ")")):
            try:
                type_ = self.scratch.columns_of_query(f"{head}{text}{tail}")[0].type
            except EngineError as error:
                place = condition.place
                as_written = text == condition.predicate.text
                if as_written and error.position is not None and error.position[0] == 1:
                    place = condition.at(max(error.position[1] - 1 - len(head), 0))
                message = f"this condition does not run: {error.problems[0].message}"
                hint = _advice(condition, message, self.columns)
                yield Problem("SK206", message, (Label(place),), hint)
                return
            if type_.kind is not Kind.BOOLEAN:
                message = f"this is not a condition: it is {type_.sql}, neither true nor false"
                label = Label(condition.at(0, len(text)))
                yield Problem("SK206", message, (label,), "compare it with something: `... = ...`")
                return

    def all_run(self, conditions: Sequence[SqlCondition]) -> bool:
        """True if every condition runs: asked at once, for to ask 2,000 of them takes seconds."""
        if self.scratch.dialect is not CONDITIONS:
            return False  # each is put into its words
        texts = [condition.predicate.text for condition in conditions]
        listed = ", ".join(f"({text}) AS c{i}" for i, text in enumerate(texts))
        both = " AND ".join(f"({text})" for text in texts)
        try:
            found = self.scratch.columns_of_query(f"SELECT {listed} FROM {self.sql}")
            self.scratch.columns_of_query(f"{self._where}{both})")
        except EngineError:
            return False
        return all(column.type.kind is Kind.BOOLEAN for column in found)

    @property
    def _where(self) -> str:
        return f"SELECT TRUE AS c FROM {self.sql} WHERE ("

    def _unknown_columns(self, condition: SqlCondition) -> Iterator[Problem]:
        known = {name.casefold() for name in self.by_name}
        for use in condition.predicate.uses:
            if use.column.casefold() not in known:
                missing = self.missing(use.column, condition.at(use.start, use.end - use.start))
                if condition.predicate.text[use.start] == '"':
                    hint = f"if it is a text, write it in single quotes: '{use.column}'"
                    missing = replace(missing, help=hint, notes=(missing.help or "",))
                yield missing

    def _spelled(self, condition: SqlCondition) -> str:
        """The condition as it is written, or in the dialect of who is asked."""
        dialect = self.scratch.dialect
        if dialect is CONDITIONS:
            return condition.predicate.text
        asked = bound(condition.predicate, self.by_name)
        made = condition_translated(asked, self.by_name, dialect, condition.place)
        return made.sql({name: identifier(name, dialect) for name in made.columns})


def type_problems(
    node: Segmentation, fit: Fit, columns: Mapping[str, Column], dialect: Dialect
) -> tuple[Problem, ...]:
    """Features of other values than at the fit, which its rules say nothing of.

    A number may become wider or narrower; a category may change its type as long as
    every level of the fit can still come.
    """
    places = {feature.column: feature.place for feature in node.features}
    return tuple(
        Problem(
            "SK105",
            f"{feature.column} was {feature.type} in {fit.label} and is {column.type.sql} now",
            (Label(places.get(feature.column, node.place)),),
            f"{_way_back(feature, fit, dialect)}; "
            f"or `segkit fit {node.name} --promote` learns new rules",
        )
        for feature in fit.features
        if (column := columns.get(feature.column)) is not None
        and not _still_means(feature, column.type)
    )


def _way_back(feature: FittedFeature, fit: Fit, dialect: Dialect) -> str:
    if not feature.is_category:
        cast = f"CAST({identifier(feature.column, dialect)} AS {feature.type})"
        return f"cast it back in the model: {cast}"
    more = ", ..." if len(feature.levels) > 3 else ""
    return f"bring back what {fit.label} knows ({', '.join(feature.levels[:3])}{more}) in the model"


def _still_means(feature: FittedFeature, now: ColumnType) -> bool:
    return all(map(now.prints, feature.levels)) if feature.is_category else now.is_numeric


def _advice(condition: SqlCondition, message: str, columns: Sequence[Column]) -> str:
    """What to do about a condition that the engine refuses."""
    if "&&" in condition.predicate.text:
        return "write AND instead of `&&`"
    used = {use.column.casefold() for use in condition.predicate.uses}
    read = [column for column in columns if column.name.casefold() in used]
    types = [f"{column.name} is {column.type.sql}" for column in read]
    if "syntax error" in message or not types:
        return "write a condition such as `orders >= 10 AND tenure_days < 30`"
    if "does not exist" in message:
        return "use one of DuckDB's functions"
    alike = _ALIKE.get(read[0].type.kind, "") if len(read) == 1 else ""
    return f"look at the types: {', '.join(types)}{alike}"
