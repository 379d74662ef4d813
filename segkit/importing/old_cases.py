"""A CASE as a list of branches of which the first that is TRUE decides, nested ones laid flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlglot import exp

from segkit.core.predicate import Predicate
from segkit.errors import ConfigError, Label, Place, Problem
from segkit.importing.branch_conditions import holds_always, read_conditions, unqualified_sql
from segkit.importing.sql_file import REFUSED, SqlFile
from segkit.importing.statement import Item

_LABELS = "a bucket is a text or a number: write a literal after THEN"
_OTHERS = "import the other columns alone with --column NAME"


@dataclass(frozen=True)
class Branch:
    """``label`` where ``predicate`` is TRUE and none before it was; None: the label is NULL.

    ``predicate`` None is a condition that is never TRUE, such as ``age = NULL``.
    ``is_rest``: the ELSE of a CASE within another, or of the CASE itself.
    """

    predicate: Predicate | None
    label: str | None
    place: Place
    label_place: Place
    is_rest: bool = False


# texts of any length, or up to one; a CHAR has blanks at its end
_WHOLE_TEXTS = exp.DataType.TEXT_TYPES - {exp.DType.CHAR, exp.DType.NCHAR}


@dataclass(frozen=True)
class OldCase:
    """``rest`` is what the last ELSE gives; without one it is NULL, and ``has_else`` False.

    ``sql`` is the whole in DuckDB's SQL, over a relation that is called ``alias``
    where that is not empty; ``mentioned`` are all columns in it. ``is_numeric``:
    the labels are numbers there.
    """

    name: str
    branches: tuple[Branch, ...]
    rest: Branch
    has_else: bool
    sql: str
    alias: str
    mentioned: tuple[str, ...]
    place: Place
    is_numeric: bool

    @cached_property
    def columns(self) -> tuple[str, ...]:
        predicates = (branch.predicate for branch in self.branches)
        return tuple(dict.fromkeys(name for p in predicates if p for name in p.columns))

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        return tuple(branch.predicate for branch in self.branches if branch.predicate)


@dataclass(frozen=True)
class _Found:
    conditions: tuple[exp.Expr, ...]
    value: exp.Expr | None
    owner: exp.Expr  # the CASE it stands in
    at: exp.Expr | None  # where the last condition stands
    is_written: bool = True


def is_bucket(node: exp.Expr) -> bool:
    """True for an expression that chooses: a CASE, an IF, a COALESCE or a CAST to text of one."""
    node = _as_it_is(node)
    if isinstance(node, exp.Coalesce):
        return is_bucket(node.this)
    return isinstance(node, exp.Case | exp.If)


def _as_it_is(node: exp.Expr) -> exp.Expr:
    """What an expression gives: without brackets, and without a CAST to text that cuts no label."""
    node = node.unnest()
    while isinstance(node, exp.Cast) and node.to.this in _WHOLE_TEXTS:
        lengths = [int(size.name) for size in node.to.expressions if size.name.isdigit()]
        if lengths and max(map(len, _labels_in(node.this)), default=0) > lengths[0]:
            break
        node = node.this.unnest()
    return node


def _labels_in(node: exp.Expr) -> Iterator[str]:
    """What the arms of a CASE give, where that is written down."""
    for arm in node.find_all(exp.Case, exp.If):
        for key in ("true", "false", "default"):
            if isinstance(value := arm.args.get(key), exp.Literal):
                yield value.name


def read_case(file: SqlFile, item: Item, name: str, aliases: Sequence[str]) -> OldCase:
    """Return the CASE; raises ConfigError with all that cannot be imported (SK206, SK216)."""
    found = list(_branches(file, item.node, ()))
    last = found.pop()
    if found and last.value is None and holds_always(found[-1].conditions):
        last = replace(found.pop(), at=None)  # WHEN TRUE THEN: an ELSE by another name
    problems: list[Problem] = []
    branches = []
    for each in found:
        at = file.place_of(each.at or each.owner, each.owner)
        predicate, wrong = read_conditions(file, each.conditions, at, aliases)
        problems += wrong
        branches.append(_branch(file, each, predicate, problems))
    rest = _branch(file, last, None, problems)
    if problems:
        raise ConfigError(problems)
    values = [each.value for each in (*found, last) if each.value is not None]
    sql, alias = _runnable(file, item, aliases)
    return OldCase(
        name=name,
        branches=tuple(branch for branch in branches if branch is not None),
        rest=rest or Branch(None, None, item.place, item.place, True),
        has_else=last.is_written,
        sql=sql,
        alias=alias,
        mentioned=tuple(dict.fromkeys(c.name for c in item.node.find_all(exp.Column))),
        place=item.place,
        is_numeric=_gives_numbers(item, values),
    )


def _gives_numbers(item: Item, values: Sequence[exp.Expr]) -> bool:
    is_cast = isinstance(item.node.unnest(), exp.Cast)
    return bool(values) and all(map(_is_number, values)) and not is_cast


def _runnable(file: SqlFile, item: Item, aliases: Sequence[str]) -> tuple[str, str]:
    """The CASE as DuckDB runs it, as written where that can be, and what qualifies its columns."""
    columns = list(item.node.find_all(exp.Column))
    qualified = {column.table for column in columns} - {""}
    is_plain = not qualified or (len(qualified) == 1 and max(len(c.parts) for c in columns) <= 2)
    if file.dialect == "duckdb" and item.sql and is_plain:
        return item.sql, next(iter(qualified), "")
    return unqualified_sql(item.node, aliases), ""


def _branches(file: SqlFile, node: exp.Expr, above: tuple[exp.Expr, ...]) -> Iterator[_Found]:
    """Branches in the order in which they are asked; the last one has the conditions above."""
    node = _as_it_is(node)
    if isinstance(node, exp.Coalesce):
        yield from _with_default(file, node, above)
        return
    assert isinstance(node, exp.Case | exp.If)
    arms = [node] if isinstance(node, exp.If) else node.args["ifs"]
    for arm in arms:
        condition, at = arm.this, arm.this
        if file.span(at) is None:
            at = arm.args["true"]
        if isinstance(node, exp.Case) and node.this is not None:
            condition = _equality(node.this, condition)
        yield from _values(file, arm.args["true"], (*above, condition), node, at)
    default = node.args.get("false" if isinstance(node, exp.If) else "default")
    if default is None:
        yield _Found(above, None, node, None, is_written=False)
    else:
        yield from _values(file, default, above, node, None)


def _values(
    file: SqlFile,
    value: exp.Expr,
    conditions: tuple[exp.Expr, ...],
    owner: exp.Expr,
    at: exp.Expr | None,
) -> Iterator[_Found]:
    """What a THEN gives (``at``: its condition), or an ELSE (None)."""
    if is_bucket(value):
        yield from _branches(file, value, conditions)
    else:
        yield _Found(conditions, value, owner, at)


def _with_default(
    file: SqlFile, node: exp.Coalesce, above: tuple[exp.Expr, ...]
) -> Iterator[_Found]:
    """``coalesce(CASE ..., 'Other')``: what the CASE leaves NULL gets the default."""
    defaults = [each for each in node.expressions if not isinstance(each, exp.Null)]
    for each in _branches(file, node.this, above):
        if defaults and (each.value is None or isinstance(each.value.unnest(), exp.Null)):
            yield replace(each, value=defaults[0], is_written=True)
        else:
            yield each


def _equality(operand: exp.Expr, value: exp.Expr) -> exp.Expr:
    """What a simple CASE asks; ``CASE TRUE WHEN condition`` asks the condition."""
    if isinstance(operand, exp.Boolean) and operand.this:
        return value
    left, right = (
        exp.Paren(this=side.copy()) if isinstance(side, exp.Binary) else side.copy()
        for side in (operand, value)
    )
    for each in left.walk():
        each.meta.clear()  # it stands elsewhere: from there to the value is all that is between
    return exp.EQ(this=left, expression=right)


def _branch(
    file: SqlFile, found: _Found, predicate: Predicate | None, problems: list[Problem]
) -> Branch | None:
    at = file.place_of(found.at or found.owner, found.owner)
    label_place = at if found.value is None else file.place_of(found.value, found.owner)
    label, why = _label(found.value)
    if why:
        problems.append(Problem(REFUSED, why, (Label(label_place),), _LABELS, (_OTHERS,)))
        return None
    return Branch(predicate, label, at, label_place, found.at is None)


def _label(value: exp.Expr | None) -> tuple[str | None, str]:
    """The label that a value is, or why it is none."""
    value = value.unnest() if value is not None else None
    if isinstance(value, exp.Cast) and value.to.this in exp.DataType.TEXT_TYPES:
        value = value.this
    if value is None or isinstance(value, exp.Null):
        return None, ""
    if isinstance(value, exp.Boolean):
        return ("true" if value.this else "false"), ""
    text = None
    if _is_number(value):
        text = f"-{value.this.this}" if isinstance(value, exp.Neg) else str(value.this)
    elif isinstance(value, exp.Literal):
        text = str(value.this)
    if text is None:
        what = f"`{value.sql()}`"
        return None, f"{what[:60]} is not a label: it is another value for each row"
    if not text:
        return None, "this label is empty: nobody would see which bucket it is"
    if not text.isprintable():
        return None, "this label has a line break or a control character in it"
    return text, ""


def _is_number(value: exp.Expr) -> bool:
    if isinstance(value, exp.Neg):
        value = value.this
    return isinstance(value, exp.Literal) and not value.is_string
