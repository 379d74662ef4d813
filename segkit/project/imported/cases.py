"""A CASE as a list of branches of which the first that is TRUE decides, nested ones laid flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from segkit.core.predicate import Predicate
from segkit.errors import ConfigError, Label, Place, Problem
from segkit.project.imported.sql_file import REFUSED, SqlFile
from segkit.project.imported.statement import Item
from segkit.project.predicates import parse_condition

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

    @property
    def labels(self) -> tuple[str, ...]:
        """Each label once, in order."""
        all_ = [branch.label for branch in (*self.branches, self.rest)]
        return tuple(dict.fromkeys(label for label in all_ if label is not None))

    @property
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
    """True for an expression that chooses: a CASE, an IF, or a COALESCE of one."""
    node = node.unnest()
    if isinstance(node, exp.Coalesce):
        return is_bucket(node.this)
    return isinstance(node, exp.Case | exp.If)


def read_case(file: SqlFile, item: Item, name: str, aliases: Sequence[str]) -> OldCase:
    """Return the CASE; raises ConfigError with all that cannot be imported (SK206, SK216)."""
    found = list(_branches(file, item.node, ()))
    last = found.pop()
    if found and last.value is None and _holds_always(found[-1].conditions):
        last = replace(found.pop(), at=None)  # WHEN TRUE THEN: an ELSE by another name
    problems: list[Problem] = []
    branches = []
    for each in found:
        predicate, wrong = _predicate(file, each, aliases)
        problems += wrong
        branches.append(_branch(file, each, predicate, problems))
    rest = _branch(file, last, None, problems)
    if problems:
        raise ConfigError(problems)
    values = [each.value for each in (*found, last) if each.value is not None]
    as_written = item.sql if file.dialect == "duckdb" else None
    qualified = {column.table for column in item.node.find_all(exp.Column)} - {""}
    alias = ""
    if as_written and qualified:
        alias = next(iter(qualified)) if len(qualified) == 1 else ""
        depth = {len(column.parts) for column in item.node.find_all(exp.Column)}
        as_written = as_written if alias and max(depth) <= 2 else None
    if as_written is None:
        alias = ""
        as_written = unqualified_sql(item.node, aliases)
    return OldCase(
        name=name,
        branches=tuple(branch for branch in branches if branch is not None),
        rest=rest or Branch(None, None, item.place, item.place, True),
        has_else=last.is_written,
        sql=as_written,
        alias=alias,
        mentioned=tuple(dict.fromkeys(c.name for c in item.node.find_all(exp.Column))),
        place=item.place,
        is_numeric=bool(values) and all(_is_number(value) for value in values),
    )


def _branches(file: SqlFile, node: exp.Expr, above: tuple[exp.Expr, ...]) -> Iterator[_Found]:
    """Branches in the order in which they are asked; the last one has the conditions above."""
    node = node.unnest()
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


# conditions -------------------------------------------------------------------------------------


def _predicate(
    file: SqlFile, found: _Found, aliases: Sequence[str]
) -> tuple[Predicate | None, list[Problem]]:
    """What all conditions of a branch say together; None for what is never TRUE."""
    if any(_is_never(condition) for condition in found.conditions):
        return None, []
    asked = [condition for condition in found.conditions if not _is_always(condition)]
    if _holds_always(found.conditions):
        message = "this condition holds for every row, so what follows is never asked"
        place = file.place_of(found.at or found.owner, found.owner)
        return None, [
            Problem(REFUSED, message, (Label(place),), "write ELSE, and nothing after it")
        ]
    texts = [_condition_text(file, condition, aliases) for condition in asked]
    whole = file.place_of(found.at or found.owner, found.owner)
    text, offset = texts[0]
    if len(texts) > 1:
        offset = None
        text = " AND ".join(f"({text})" if " OR " in text.upper() else text for text, _ in texts)

    def at(start: int, length: int) -> Place:
        return whole if offset is None else file.place(offset + start, length)

    return parse_condition(text, at, whole, "compare a column: `age < 25`")


def _condition_text(
    file: SqlFile, condition: exp.Expr, aliases: Sequence[str]
) -> tuple[str, int | None]:
    """DuckDB's SQL of one condition, and where it stands if it is as written."""
    plain = _without_coalesce(_unqualified(condition, aliases))
    if file.dialect == "duckdb" and plain == condition:
        text, span = file.written(condition), file.span(condition)
        if text is not None and span is not None and "\n" not in text:
            return text, span[0]
    return plain.sql(dialect="duckdb", comments=False), None


def unqualified_sql(node: exp.Expr, aliases: Sequence[str]) -> str:
    """The expression in DuckDB's SQL, its columns without the relation's name."""
    return _unqualified(node, aliases).sql(dialect="duckdb", comments=False)


def _unqualified(node: exp.Expr, aliases: Sequence[str]) -> exp.Expr:
    known = {alias.casefold() for alias in aliases}

    def plain(each: exp.Expr) -> exp.Expr:
        if isinstance(each, exp.Column) and each.table and each.table.casefold() in known:
            return exp.Column(this=each.this.copy())
        return each

    return node.copy().transform(plain)


def _without_coalesce(node: exp.Expr) -> exp.Expr:
    """``coalesce(x, 0) < 25`` as what it says of NULL: ``x < 25 OR x IS NULL``."""

    def plain(each: exp.Expr) -> exp.Expr:
        if not isinstance(each, exp.LT | exp.LTE | exp.GT | exp.GTE | exp.EQ):
            return each
        outer, constant = each.this, each.expression
        if not (isinstance(outer, exp.Coalesce) and len(outer.expressions) == 1):
            return each
        column, value = outer.this, outer.expressions[0]
        holds = _holds(type(each), value, constant)
        if not isinstance(column, exp.Column) or holds is None:
            return each
        test = type(each)(this=column.copy(), expression=constant.copy())
        is_null = exp.Is(this=column.copy(), expression=exp.Null())
        both = (
            exp.Or(this=test, expression=is_null)
            if holds
            else exp.And(this=test, expression=exp.Not(this=is_null))
        )
        return exp.Paren(this=both)

    changed = node.transform(plain)
    return changed.unnest() if changed != node else changed


def _holds(kind: type[exp.Binary], value: exp.Expr, constant: exp.Expr) -> bool | None:
    """Whether a comparison of two constants holds; None where that is not plain."""
    if not all(isinstance(each, exp.Literal) for each in (value, constant)):
        return None
    if value.is_string != constant.is_string:
        return None
    if kind is exp.EQ and value.is_string:
        return str(value.this) == str(constant.this)
    if value.is_string:
        return None
    a, b = float(value.this), float(constant.this)
    return {
        exp.LT: a < b,
        exp.LTE: a <= b,
        exp.GT: a > b,
        exp.GTE: a >= b,
        exp.EQ: a == b,
    }[kind]


def _is_never(condition: exp.Expr) -> bool:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        return _is_never(condition.left) or _is_never(condition.right)
    if isinstance(condition, exp.Boolean):
        return not condition.this
    compares = isinstance(
        condition, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE
    ) and any(isinstance(side, exp.Null) for side in (condition.left, condition.right))
    return isinstance(condition, exp.Null) or compares


def _holds_always(conditions: Sequence[exp.Expr]) -> bool:
    return all(map(_is_always, conditions))


def _is_always(condition: exp.Expr) -> bool:
    condition = condition.unnest()
    if isinstance(condition, exp.EQ) and isinstance(condition.left, exp.Literal):
        return bool(condition.left == condition.right)
    return isinstance(condition, exp.Boolean) and bool(condition.this)
