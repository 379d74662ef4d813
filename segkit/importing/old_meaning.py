"""An SQL file of another dialect as one of DuckDB's, and what is not sure to mean the same.

Each condition is written by the rules of ``exact/rule_table.py``. Where one has a doubt, the
condition stays as the parser writes it for DuckDB, the column counts as not proved, and a
finding names the expression.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from segkit.core.columns import Column
from segkit.errors import Label, Problem
from segkit.importing.exact.condition_rules import questions
from segkit.importing.exact.rewrite import Doubt
from segkit.importing.exact.rule_table import exact_in
from segkit.importing.old_cases import is_bucket
from segkit.importing.sql_file import SqlFile
from segkit.importing.statement import Item, Statement

_NOT_PROVED = "SK218"
_OTHERWISE = (
    "compare its rows with those of the old CASE after a build, or make it a column of a model "
    "and name that column here"
)


@dataclass(frozen=True)
class Meant:
    """The file in DuckDB's SQL. ``doubtful`` are the names of columns that are not proved.

    ``problems`` say why, one or more of each; ``is_where_sure``: which rows there are is.
    """

    statement: Statement
    items: tuple[tuple[str, Item], ...]
    doubtful: frozenset[str]
    problems: tuple[Problem, ...]
    is_where_sure: bool = True


def in_duckdb(
    file: SqlFile,
    statement: Statement,
    items: Sequence[tuple[str, Item]],
    columns: Mapping[str, Column],
    sure: Collection[str],
) -> Meant:
    """Return what the file means, as far as the types of its columns tell.

    Parameters
    ----------
    sure : collection of str
        Names (in lower case) of columns whose types are told, not assumed.
    """
    if file.dialect == "duckdb":
        return Meant(statement, tuple(items), frozenset(), ())
    told = {name.casefold(): c for name, c in columns.items() if name.casefold() in sure}
    made, problems, doubtful = [], list[Problem](), set[str]()
    for name, item in items:
        rewriter = _Rewriter(file, told)
        made.append((name, replace(item, node=rewriter.bucket(item.node), sql=None)))
        problems += rewriter.problems(f"`{name}`", item.node)
        if rewriter.doubts:
            doubtful.add(name)
    where, condition = _Rewriter(file, told), statement.where
    if condition is not None:
        statement = replace(statement, where=where.condition(condition))
        problems += where.problems("which rows there are", condition)
    return Meant(statement, tuple(made), frozenset(doubtful), tuple(problems), not where.doubts)


class _Rewriter:
    """Rewrites one column, and collects the doubts."""

    def __init__(self, file: SqlFile, columns: Mapping[str, Column]) -> None:
        self._file = file
        self._exact = exact_in(file.dialect, columns)
        self.doubts: list[Doubt] = []

    def bucket(self, node: exp.Expr) -> exp.Expr:
        """The CASE with its conditions rewritten; its labels are as they are."""
        if isinstance(node, exp.Paren):
            return exp.Paren(this=self.bucket(node.this))
        made = node.copy()
        if isinstance(node, exp.Coalesce):
            made.set("this", self.bucket(node.this))
        elif isinstance(node, exp.If):
            made.set("this", self.condition(node.this))
            self._set_values(made, node, "true", "false")
        elif isinstance(node, exp.Case):
            self._set_questions(made, node)
            for arm, old_arm in zip(made.args["ifs"], node.args["ifs"], strict=True):
                self._set_values(arm, old_arm, "true")
            self._set_values(made, node, "default")
        return made

    def _set_values(self, made: exp.Expr, node: exp.Expr, *keys: str) -> None:
        for key in keys:
            value = node.args.get(key)
            if value is not None and is_bucket(value):
                made.set(key, self.bucket(value))

    def _set_questions(self, made: exp.Expr, node: exp.Case) -> None:
        is_searched = node.this is None or node.this == exp.true()
        arms = node.args["ifs"]
        if is_searched:
            asked = [self.condition(arm.this) for arm in arms]
        else:
            try:
                operand, asked = questions(self._exact, node)
            except Doubt as doubt:
                self.doubts.append(doubt)
                return
            made.set("this", operand)
        for arm, question in zip(made.args["ifs"], asked, strict=True):
            arm.set("this", question)

    def condition(self, node: exp.Expr) -> exp.Expr:
        """The condition, rewritten part by part: each may have a doubt of its own."""
        if isinstance(node, exp.And | exp.Or):
            sides = (self.condition(node.this), self.condition(node.expression))
            return type(node)(this=sides[0], expression=sides[1])
        if isinstance(node, exp.Paren | exp.Not):
            return type(node)(this=self.condition(node.this))
        try:
            return self._exact.condition(node).node
        except Doubt as doubt:
            self.doubts.append(doubt)
            return node.copy()

    def problems(self, what: str, whole: exp.Expr) -> list[Problem]:
        """One finding for all types that are missing, and one for each other doubt."""
        said = f"{what}: not proved in the meaning of {self._exact.old.title}"
        return [*self._of_types(said, whole), *self._of_meaning(said, whole)]

    def _of_types(self, said: str, whole: exp.Expr) -> list[Problem]:
        missing = [doubt for doubt in self.doubts if doubt.column]
        names = list(dict.fromkeys(doubt.column for doubt in missing))
        if not names:
            return []
        listed = ", ".join(f"`{name}`" for name in names)
        types = f"type of {listed} is" if len(names) == 1 else f"types of {listed} are"
        told = " ".join(f"--type {name}=INTEGER" for name in names)
        place = self._file.place_of(missing[0].node, whole)
        message = f"{said}: the {types} not known"
        hint = (
            f"say it ({told}, or another type of DuckDB), or import into a project whose "
            "relation has them"
        )
        return [Problem(_NOT_PROVED, message, (Label(place),), hint, severity="warning")]

    def _of_meaning(self, said: str, whole: exp.Expr) -> list[Problem]:
        found = []
        for doubt in self.doubts:
            if doubt.column:
                continue
            text = " ".join(doubt.node.sql(dialect=self._file.dialect).split())
            text = text if len(text) <= 60 else f"{text[:57]}..."
            message = f"{said}: `{text}`: {doubt.why}"
            label = Label(self._file.place_of(doubt.node, whole))
            found.append(Problem(_NOT_PROVED, message, (label,), _OTHERWISE, severity="warning"))
        return list(dict.fromkeys(found))
