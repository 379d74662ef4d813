"""What people wrote in DuckDB's SQL, in another dialect: conditions and models.

A condition that is understood (``Predicate.formula``) is written afresh, with
every comparison exact. All else goes through sqlglot, which knows how things
are spelled, not whether they mean the same: that is said with a warning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from segkit.core.arithmetic import takes_rest_of_fractions
from segkit.core.case import Case, Decision, Gate, Rules
from segkit.core.columns import Column, ColumnType
from segkit.core.guarded_text import Spelling
from segkit.core.predicate import AllOf, AnyOf, ColumnUse, Not, Predicate
from segkit.dialects.emit import Operand
from segkit.dialects.flat import formula_sql
from segkit.dialects.meaning import differences, with_meaning
from segkit.dialects.select import ViewSelect
from segkit.dialects.table import CONDITIONS, Dialect
from segkit.errors import CompileError, Label, Place, Problem

_COLUMN = "segkit_column_{}_"
_COLUMNS = re.compile(r"segkit_column_(\d+)_")


class Translator:
    """Translates into one dialect, and collects what may not mean the same there."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.warnings: list[Problem] = []

    def view(self, view: ViewSelect, place: Place) -> ViewSelect:
        """The view with its conditions in the dialect."""
        coded = tuple(
            replace(c, case=Case(self._decision(c.case.decision, view, place), c.case.outcomes))
            for c in view.coded
        )
        where = view.where and self.predicate(view.where, view.columns, place)
        return replace(view, coded=coded, where=where)

    def model(self, name: str, sql: str, place: Place, written: Dialect) -> str:
        """The SELECT of a model in the dialect; ``written`` is the one that it is in."""
        return self._transpiled(sql, f"model {name}", place, pretty=True, written=written)

    def _decision(self, decision: Decision, view: ViewSelect, place: Place) -> Decision:
        if isinstance(decision, Rules):
            rules = tuple((self.predicate(p, view.columns, place), c) for p, c in decision.rules)
            return replace(decision, rules=rules)
        if isinstance(decision, Gate):
            return replace(
                decision, predicate=self.predicate(decision.predicate, view.columns, place)
            )
        return decision

    def predicate(
        self, predicate: Predicate, columns: Mapping[str, Column], place: Place
    ) -> Predicate:
        """A condition in the dialect, bound to columns by name."""
        names = {name: _COLUMN.format(i) for i, name in enumerate(predicate.columns)}
        what = f"`{predicate.text}`"
        if predicate.formula is not None:
            operands = {name: Operand(sql, columns[name].type) for name, sql in names.items()}
            text = formula_sql(predicate.formula, operands, self.dialect)
            is_compound = isinstance(predicate.formula, AllOf | AnyOf | Not) or " AND " in text
        else:
            types = {sql: columns[name].type for name, sql in names.items()}
            guarded = self._guarded(predicate, names, place)
            text = self._transpiled(guarded, what, place, types, written=CONDITIONS)
            is_compound = True
        by_number = list(names)
        uses, plain, at = [], "", 0
        for found in _COLUMNS.finditer(text):
            plain += text[at : found.start()]
            column = by_number[int(found[1])]
            uses.append(ColumnUse(len(plain), len(plain) + 1, column))
            plain, at = f"{plain}x", found.end()
        return Predicate(plain + text[at:], tuple(uses), predicate.formula, is_compound)

    def _guarded(self, predicate: Predicate, names: Mapping[str, str], place: Place) -> str:
        """DuckDB's SQL, with the guards and casts that what it computes needs in the dialect."""
        if not self.dialect.has_rest_of_fractions and any(
            map(takes_rest_of_fractions, predicate.terms)
        ):
            reason = "there `%` takes whole numbers alone"
            raise self._untranslatable(f"`{predicate.text}`", reason, place)
        finite = self.dialect.is_finite if self.dialect.holds_non_finite else ""
        return predicate.sql(names, spelling=Spelling(finite, divides_exactly=True))

    def _untranslatable(self, what: str, reason: str, place: Place) -> CompileError:
        message = f"{what} cannot be translated for {self.dialect.title}: {reason}"
        hint = "write it in simpler SQL, or make it a column where the SQL is pasted"
        return CompileError(Problem("SK803", message, (Label(place),), hint))

    def _transpiled(
        self,
        sql: str,
        what: str,
        place: Place,
        types: Mapping[str, ColumnType] | None = None,
        *,
        written: Dialect,
        pretty: bool = False,
    ) -> str:
        """``types`` are those of the columns of a condition; a model has many relations."""
        title = self.dialect.title
        if not self.dialect.is_in_sqlglot:
            self._warn(
                f"{what} stays as it is written for {written.title}: look whether {title} reads it",
                place,
            )
            return sql
        try:
            tree = sqlglot.parse_one(sql, dialect=written.name)
            meant = tree if types is None else with_meaning(tree, types, self.dialect)
            text = meant.sql(
                dialect=self.dialect.name,
                pretty=pretty,
                unsupported_level=sqlglot.ErrorLevel.RAISE,
                max_unsupported=10,
            )
        except SqlglotError as error:
            reason = str(error).split("\n")[0]
            raise self._untranslatable(what, reason, place) from error
        self._warn_of_meaning(tree, what, place, types or {})
        return text

    def _warn_of_meaning(
        self, tree: exp.Expr, what: str, place: Place, types: Mapping[str, ColumnType]
    ) -> None:
        unknown = sorted({f.name for f in tree.find_all(exp.Anonymous)})
        message = f"{what} is translated for {self.dialect.title}, not proved"
        other = differences(tree, types, self.dialect)
        if other:
            message += f"; there it differs: {', '.join(other)}"
        if unknown:
            message += f"; passed on as written: {', '.join(unknown)}"
        self._warn(message, place)

    def _warn(self, message: str, place: Place) -> None:
        hint = "compare its rows there with those in DuckDB"
        problem = Problem("SK803", message, (Label(place),), hint, severity="warning")
        if problem not in self.warnings:
            self.warnings.append(problem)
