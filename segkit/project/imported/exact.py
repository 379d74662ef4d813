"""Expressions of another dialect, written in DuckDB's so that they mean the same.

A list of what is allowed, not of what is forbidden: an expression is rewritten
only if a rule here knows it, with the types of all that is in it. For anything
else there is a ``Doubt``. What is rewritten has the same value on every row on
which the old engine has one; where that fails (a division by 0 in PostgreSQL, a
whole number that is too large) DuckDB may fail, or have any value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from segkit.core.columns import Column, Kind
from segkit.project.imported.dialects import OldDialect

_DOUBLE_DIGITS = 15  # a decimal of so many digits is the only one of them at its double
_MANY = 99  # digits of what is computed
_WHOLE_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "INT": 10, "BIGINT": 19}
_WHOLE_TYPES = ("TINYINT", "SMALLINT", "INT", "BIGINT")
_MAX_WHOLE = 18  # digits of a constant that fits a BIGINT
_ISO_DATE = re.compile(r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BRACKETS = "say with brackets what belongs together"


class Doubt(Exception):
    """An expression that may mean something else in DuckDB, and why.

    ``column`` is set where all that is missing is the type of that column.
    """

    def __init__(self, node: exp.Expr, why: str, column: str = "") -> None:
        super().__init__(why)
        self.node, self.why, self.column = node, why, column


@dataclass(frozen=True)
class Value:
    """An expression in DuckDB's SQL with what is known of its values.

    ``digits`` is the most that a whole number or a decimal has (of a double: of the
    whole numbers among it). ``is_mixed``: in the old engine some values are whole
    numbers and others doubles. ``may_overflow``: a double that may be infinite.
    """

    node: exp.Expr
    kind: Kind
    digits: int = 0
    is_constant: bool = False
    is_mixed: bool = False
    may_overflow: bool = False

    @property
    def is_numeric(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)

    @property
    def is_zero(self) -> bool:
        return self.is_constant and self.is_numeric and float(str(self.node.unnest().sql())) == 0


class Exact:
    """Rewrites expressions of one dialect over ``columns``, by name in lower case."""

    def __init__(self, old: OldDialect, columns: Mapping[str, Column]) -> None:
        self._old = old
        self._columns = columns
        self._rules: Mapping[type[exp.Expr], Callable[..., Value]] = {
            exp.Paren: self._paren,
            exp.Column: self._column,
            exp.Literal: self._literal,
            exp.Boolean: self._boolean,
            exp.Neg: self._negative,
            exp.Add: self._arithmetic,
            exp.Sub: self._arithmetic,
            exp.Mul: self._arithmetic,
            exp.Div: self._division,
            exp.IntDiv: self._whole_division,
            exp.Mod: self._remainder,
            exp.Abs: self._absolute,
            exp.And: self._connector,
            exp.Or: self._connector,
            exp.Not: self._not,
            exp.Is: self._is,
            exp.In: self._in,
            exp.Between: self._between,
            exp.Like: self._like,
            exp.Case: self._case,
            exp.If: self._if,
            exp.Coalesce: self._coalesce,
            exp.Nullif: self._nullif,
            exp.Greatest: self._greatest,
            exp.Least: self._greatest,
            exp.Cast: self._cast,
            **dict.fromkeys(_COMPARISONS, self._comparison),
        }
        if old.is_run:
            self._rules = {
                **self._rules,
                exp.DPipe: self._joined_text,
                exp.Concat: self._concat,
                exp.Lower: self._folded,
                exp.Upper: self._folded,
                exp.Length: self._length,
                exp.Trim: self._trimmed,
                exp.Substring: self._substring,
                exp.Floor: self._floor,
                exp.Ceil: self._floor,
                exp.Round: self._round,
                exp.Extract: self._extract,
            }

    def value(self, node: exp.Expr) -> Value:
        """The expression in DuckDB's SQL; raises Doubt if that is not known to be the same."""
        rule = self._rules.get(type(node))
        allowed = _PARTS.get(type(node), ("this", "expression", "expressions"))
        if rule is None or any(found for key, found in node.args.items() if key not in allowed):
            raise Doubt(node, f"segkit does not know that {self._old.title} means the same by it")
        return rule(node)

    def condition(self, node: exp.Expr) -> Value:
        found = self.value(node)
        if found.kind is not Kind.BOOLEAN:
            raise Doubt(node, "it is no condition, but a value that would have to become one")
        return found

    def alike(
        self, left: Value, others: Sequence[Value], node: exp.Expr
    ) -> tuple[exp.Expr, list[exp.Expr]]:
        """What is equal to one of others, and the others: with the same answers in DuckDB."""
        pairs = [self._compared(left, other, node, is_ordered=False) for other in others]
        if not pairs or any(one != pairs[0][0] for one, _ in pairs):
            raise Doubt(node, f"{self._old.title} may convert one of them")
        return pairs[0][0], [other for _, other in pairs]

    # leaves -----------------------------------------------------------------------------------

    def _paren(self, node: exp.Paren) -> Value:
        inner = self.value(node.this)
        return replace(inner, node=exp.Paren(this=inner.node))

    def _column(self, node: exp.Column) -> Value:
        column = self._columns.get(node.name.casefold())
        if column is None:
            raise Doubt(node, f"the type of `{node.name}` is not known", node.name)
        type_, name = column.type, column.type.sql.upper()
        digits = 0
        if type_.kind is Kind.INTEGER:
            digits = _WHOLE_DIGITS.get(name, 0)
        elif type_.kind is Kind.DECIMAL:
            digits = type_.precision or _MANY
        is_known = {
            Kind.INTEGER: bool(digits),
            Kind.DECIMAL: True,
            Kind.DOUBLE: True,
            Kind.BOOLEAN: True,
            Kind.TEXT: type_.is_plain_text,
            Kind.DATE: self._old.dates,
        }
        if not is_known.get(type_.kind, False):
            why = f"`{node.name}` is {type_.sql}, which {self._old.title} may hold in its own way"
            raise Doubt(node, why)
        return Value(node.copy(), type_.kind, digits)

    def _literal(self, node: exp.Literal) -> Value:
        text = str(node.this)
        if node.is_string:
            return Value(node.copy(), Kind.TEXT, is_constant=True)
        digits = len(text.replace(".", "").lstrip("0"))
        if text.isdecimal() and digits <= _MAX_WHOLE:
            return Value(node.copy(), Kind.INTEGER, digits, is_constant=True)
        if re.fullmatch(r"\d*\.\d*", text) and digits <= _DOUBLE_DIGITS:
            kind = Kind.DOUBLE if self._old.points_are_doubles else Kind.DECIMAL
            return Value(node.copy(), kind, digits, is_constant=True)
        if re.fullmatch(r"[\d.]+[eE][+-]?\d{1,2}", text) and self._old.exponents_are_doubles:
            return Value(node.copy(), Kind.DOUBLE, is_constant=True)
        raise Doubt(node, "a number of so many digits may be rounded in another way")

    def _boolean(self, node: exp.Boolean) -> Value:
        return Value(node.copy(), Kind.BOOLEAN, is_constant=True)

    # arithmetic -------------------------------------------------------------------------------

    def _numbers(self, *nodes: exp.Expr) -> list[Value]:
        found = [self.value(node) for node in nodes]
        for node, each in zip(nodes, found, strict=True):
            if not each.is_numeric:
                raise Doubt(node, f"it is no number, and {self._old.title} makes one of it")
        return found

    def _negative(self, node: exp.Neg) -> Value:
        (inner,) = self._numbers(node.this)
        is_constant = isinstance(inner.node, exp.Literal)
        return replace(inner, node=exp.Neg(this=inner.node), is_constant=is_constant)

    def _absolute(self, node: exp.Abs) -> Value:
        (inner,) = self._numbers(node.this)
        return replace(inner, node=exp.Abs(this=inner.node), is_constant=False)

    def _arithmetic(self, node: exp.Binary) -> Value:
        left, right = self.value(node.this), self.value(node.expression)
        if Kind.DATE in (left.kind, right.kind):
            return self._date_arithmetic(node, left, right)
        left, right = self._numbers(node.this, node.expression)
        kinds = {left.kind, right.kind}
        if kinds == {Kind.INTEGER}:
            first = left.node if _is_wide(left) or _is_wide(right) else _as_bigint(left)
            return Value(type(node)(this=first, expression=right.node), Kind.INTEGER, _MANY)
        if Kind.DOUBLE in kinds:
            return self._of_doubles(node, left, right)
        if not self._old.exact_decimals:
            raise Doubt(node, f"{self._old.title} has rules of its own for decimals")
        return Value(type(node)(this=left.node, expression=right.node), Kind.DECIMAL, digits=_MANY)

    def _of_doubles(self, node: exp.Binary, left: Value, right: Value) -> Value:
        for each in (left, right):
            if each.is_mixed or (each.kind is Kind.DECIMAL and not self._is_double(each)):
                raise Doubt(node, f"{self._old.title} may compute it with other numbers")
        if isinstance(node, exp.Div):
            if self._old.non_finite == "unordered" and (right.is_zero or not right.is_constant):
                raise Doubt(node, f"{self._old.title} has an order of its own for what 0 divides")
            right = replace(right, node=self._divisor(right))
        made = type(node)(this=_as_double(left), expression=_as_double(right))
        return Value(self._without_nan(made, node, left, right), Kind.DOUBLE, may_overflow=True)

    def _is_double(self, value: Value) -> bool:
        """Whether a decimal beside a double is the double nearest to it."""
        return value.digits <= _DOUBLE_DIGITS and (value.is_constant or self._old.is_run)

    def _without_nan(self, made: exp.Expr, node: exp.Expr, left: Value, right: Value) -> exp.Expr:
        """inf - inf: NULL in SQLite, greater than all in DuckDB."""
        if not (left.may_overflow or right.may_overflow):
            return made
        if self._old.non_finite == "unordered":
            raise Doubt(node, f"{self._old.title} has an order of its own for NaN")
        if self._old.non_finite != "null":
            return made
        nan = exp.cast(exp.Literal.string("nan"), "DOUBLE")
        return exp.Nullif(this=made, expression=nan)

    def _division(self, node: exp.Div) -> Value:
        left, right = self._numbers(node.this, node.expression)
        kinds = {left.kind, right.kind}
        if Kind.DOUBLE in kinds and not (left.is_mixed or right.is_mixed):
            return self._of_doubles(node, left, right)
        if kinds != {Kind.INTEGER} or self._old.whole_division is None:
            raise Doubt(node, f"{self._old.title} divides such numbers in its own way")
        divisor = self._divisor(right)
        if self._old.whole_division == "whole":
            whole = exp.IntDiv(this=left.node, expression=divisor)
            return Value(whole, Kind.INTEGER, max(left.digits, 1))
        return Value(exp.Div(this=left.node, expression=divisor), Kind.DOUBLE)

    def _divisor(self, value: Value) -> exp.Expr:
        """NULL for 0: so it is in SQLite and MySQL, and elsewhere the old CASE fails."""
        if value.is_constant and not value.is_zero:
            return value.node
        return exp.Nullif(this=value.node.unnest(), expression=exp.Literal.number(0))

    def _whole_division(self, node: exp.IntDiv) -> Value:
        left, right = self._numbers(node.this, node.expression)
        if {left.kind, right.kind} != {Kind.INTEGER}:
            raise Doubt(node, f"{self._old.title} divides such numbers in its own way")
        divisor = _operand(self._divisor(right))
        made = exp.IntDiv(this=_operand(left.node), expression=divisor)
        return Value(made, Kind.INTEGER, max(left.digits, 1))

    def _remainder(self, node: exp.Mod) -> Value:
        left, right = self._numbers(node.this, node.expression)
        if {left.kind, right.kind} != {Kind.INTEGER}:
            raise Doubt(node, f"{self._old.title} divides such numbers in its own way")
        made = exp.Mod(this=left.node, expression=self._divisor(right))
        return Value(made, Kind.INTEGER, max(right.digits, 1))

    def _date_arithmetic(self, node: exp.Binary, left: Value, right: Value) -> Value:
        """Days of PostgreSQL: a date and a number, or two dates."""
        is_days = self._old.is_run and isinstance(node, exp.Add | exp.Sub)
        if is_days and left.kind is Kind.DATE and right.kind is Kind.INTEGER:
            days = exp.cast(right.node.unnest(), "INTEGER")
            return Value(type(node)(this=left.node, expression=days), Kind.DATE)
        if is_days and isinstance(node, exp.Sub) and left.kind is right.kind is Kind.DATE:
            return Value(exp.Sub(this=left.node, expression=right.node), Kind.INTEGER, 10)
        raise Doubt(node, f"{self._old.title} has rules of its own for dates")

    # conditions -------------------------------------------------------------------------------

    def _connector(self, node: exp.Connector) -> Value:
        left, right = self.condition(node.this), self.condition(node.expression)
        return Value(type(node)(this=left.node, expression=right.node), Kind.BOOLEAN)

    def _not(self, node: exp.Not) -> Value:
        return Value(exp.Not(this=self.condition(node.this).node), Kind.BOOLEAN)

    def _comparison(self, node: exp.Binary) -> Value:
        if isinstance(node.expression, exp.Null) and not isinstance(node, _NULL_SAFE):
            return Value(node.copy(), Kind.BOOLEAN)  # for no row
        left, right = self._side(node.this), self._side(node.expression)
        is_ordered = isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE)
        one, other = self._compared(left, right, node, is_ordered=is_ordered)
        return Value(type(node)(this=one, expression=other), Kind.BOOLEAN)

    def _side(self, node: exp.Expr) -> Value:
        """Of a comparison; ``a = b = c`` is read in more than one way."""
        if isinstance(node, exp.Predicate | exp.Connector | exp.Not):
            raise Doubt(node, _BRACKETS)
        return self.value(node)

    def _compared(
        self, left: Value, right: Value, node: exp.Expr, *, is_ordered: bool
    ) -> tuple[exp.Expr, exp.Expr]:
        if left.is_numeric and right.is_numeric:
            self._check_numbers(left, right, node)
            return _without_cut(left, right), _without_cut(right, left)
        if left.kind is right.kind is Kind.TEXT:
            is_same = self._old.texts_by_bytes if is_ordered else self._old.equal_texts_are_same
            if not is_same:
                what = "orders texts" if self._old.equal_texts_are_same else "compares texts"
                raise Doubt(node, f"{self._old.title} {what} by a collation, DuckDB by bytes")
            return left.node, right.node
        one, other = (self._as_kind(a, b.kind, node) for a, b in ((left, right), (right, left)))
        if one.kind is other.kind and (one.kind is Kind.DATE or not is_ordered):
            return one.node, other.node
        raise Doubt(node, f"it compares two kinds of values, and {self._old.title} converts one")

    def _as_kind(self, value: Value, kind: Kind, node: exp.Expr) -> Value:
        """A constant as what it is compared with: 1 as TRUE, '2024-01-31' as a date."""
        literal = value.node.unnest()
        if not isinstance(literal, exp.Literal):
            return value
        text = str(literal.this)
        if kind is Kind.BOOLEAN and self._old.flags_are_numbers and text in ("0", "1"):
            return Value(exp.Boolean(this=text == "1"), Kind.BOOLEAN)
        if kind is Kind.DATE and self._old.date_texts and value.kind is Kind.TEXT:
            return self._date(literal, node)
        return value

    def _date(self, literal: exp.Expr, node: exp.Expr) -> Value:
        if not _ISO_DATE.fullmatch(str(literal.this)):
            raise Doubt(node, "a date is plain as 'YYYY-MM-DD' only")
        return Value(exp.cast(literal.copy(), "DATE"), Kind.DATE)

    def _check_numbers(self, left: Value, right: Value, node: exp.Expr) -> None:
        """Whether DuckDB compares the numbers that are there, and not what becomes of them."""
        kinds = {left.kind, right.kind}
        limited: list[Value] = []
        if Kind.DOUBLE in kinds:
            limited = [each for each in (left, right) if each.kind is not Kind.DOUBLE]
            limited += [each for each in (left, right) if each.is_mixed]
            if self._old.widens_to_double:
                limited = [each for each in limited if each.kind is not Kind.INTEGER]
        elif Kind.DECIMAL in kinds and not self._old.exact_decimals:
            limited = [each for each in (left, right) if each.kind is Kind.DECIMAL]
        is_plain = Kind.DOUBLE in kinds and (left.is_constant or right.is_constant)
        for each in limited:
            other = right if each is left else left
            is_whole = each.kind is Kind.INTEGER or each.is_mixed
            is_near = is_whole and is_plain and other.is_constant
            if each.digits > _DOUBLE_DIGITS and not (is_near and other.digits):
                raise Doubt(node, "numbers of so many digits may be rounded before")

    def _is(self, node: exp.Is) -> Value:
        if isinstance(node.expression, exp.Null):
            if isinstance(node.this.unnest(), exp.Column):
                return Value(node.copy(), Kind.BOOLEAN)
            inner = self._side(node.this)
            return Value(exp.Is(this=inner.node, expression=exp.Null()), Kind.BOOLEAN)
        if not isinstance(node.expression, exp.Boolean):
            raise Doubt(node, f"{self._old.title} may mean something else by IS")
        inner = self._side(node.this)
        if inner.kind is not Kind.BOOLEAN:
            raise Doubt(node, "it is no condition, but a value that would have to become one")
        return Value(exp.Is(this=inner.node, expression=node.expression.copy()), Kind.BOOLEAN)

    def _in(self, node: exp.In) -> Value:
        left = self._side(node.this)
        items = [item for item in node.expressions if not isinstance(item, exp.Null)]
        first, listed = self.alike(left, [self._side(item) for item in items], node)
        nulls = [exp.Null() for item in node.expressions if isinstance(item, exp.Null)]
        return Value(exp.In(this=first, expressions=[*listed, *nulls]), Kind.BOOLEAN)

    def _between(self, node: exp.Between) -> Value:
        value, low, high = (self._side(node.args[key]) for key in ("this", "low", "high"))
        one, low_sql = self._compared(value, low, node, is_ordered=True)
        other, high_sql = self._compared(value, high, node, is_ordered=True)
        if one != other:
            raise Doubt(node, f"{self._old.title} may convert one of them")
        return Value(exp.Between(this=one, low=low_sql, high=high_sql), Kind.BOOLEAN)

    def _like(self, node: exp.Like) -> Value:
        text, pattern = self._side(node.this), self._side(node.expression)
        literal = pattern.node.unnest()
        written = str(literal.this)
        is_plain = isinstance(literal, exp.Literal) and text.kind is pattern.kind is Kind.TEXT
        if not is_plain or self._old.like is None:
            raise Doubt(node, f"{self._old.title} may take other texts for alike")
        if "\\" in written and self._old.like == "same":
            raise Doubt(node, f"a backslash may be more than itself in {self._old.title}")
        negate = bool(node.args.get("negate"))
        if self._old.like == "same" or not re.search("[A-Za-z]", written):
            made: exp.Expr = exp.Like(this=text.node, expression=pattern.node, negate=negate)
            return Value(made, Kind.BOOLEAN)
        expression = exp.Literal.string("".join(map(_regexp, written)))
        made = _call("regexp_full_match", text.node, expression, exp.Literal.string("s"))
        return Value(exp.Not(this=made) if negate else made, Kind.BOOLEAN)

    # choices ----------------------------------------------------------------------------------

    def _common(self, values: Sequence[Value], node: exp.Expr) -> Value:
        """What is known of a value that is one of these; its node is the first one's."""
        kinds = {value.kind for value in values}
        if len(kinds) > 1 and not (self._old.is_run and all(v.is_numeric for v in values)):
            raise Doubt(node, f"{self._old.title} makes values of one kind of these")
        if any(value.kind is Kind.DECIMAL and len(kinds) > 1 for value in values):
            self._check_decimals(values, node)
        is_mixed = any(value.is_mixed for value in values)
        is_mixed |= len(kinds) > 1 and not self._old.exact_decimals
        digits = max(value.digits for value in values)
        kind = next(k for k in (Kind.DOUBLE, Kind.DECIMAL, values[0].kind) if k in kinds)
        overflow = any(value.may_overflow for value in values)
        return Value(values[0].node, kind, digits, is_mixed=is_mixed, may_overflow=overflow)

    def _check_decimals(self, values: Sequence[Value], node: exp.Expr) -> None:
        for value in values:
            is_lost = value.kind is Kind.DECIMAL and value.digits > _DOUBLE_DIGITS
            if is_lost and any(each.kind is Kind.DOUBLE for each in values):
                raise Doubt(node, "numbers of so many digits may be rounded before")

    def _case(self, node: exp.Case) -> Value:
        arms, values = node.args["ifs"], list[Value]()
        operand, asked = self.questions(node)
        ifs = [
            exp.If(this=condition, true=self._or_null(arm.args["true"], values))
            for condition, arm in zip(asked, arms, strict=True)
        ]
        default = node.args.get("default")
        otherwise = None if default is None else self._or_null(default, values)
        return self._chosen(exp.Case(this=operand, ifs=ifs, default=otherwise), values, node)

    def questions(self, node: exp.Case) -> tuple[exp.Expr | None, list[exp.Expr]]:
        """What a CASE looks at, if it is a simple one, and what stands after each WHEN."""
        asked = [arm.this for arm in node.args["ifs"]]
        if node.this is None:
            return None, [self.condition(each).node for each in asked]
        operand = self._side(node.this)
        plain = [each for each in asked if not isinstance(each, exp.Null)]
        first, others = self.alike(operand, [self._side(each) for each in plain], node)
        found = iter(others)
        return first, [exp.Null() if isinstance(e, exp.Null) else next(found) for e in asked]

    def _if(self, node: exp.If) -> Value:
        values: list[Value] = []
        asked = self.condition(node.this).node
        true = self._or_null(node.args["true"], values)
        false = node.args.get("false")
        otherwise = None if false is None else self._or_null(false, values)
        made = exp.Case(ifs=[exp.If(this=asked, true=true)], default=otherwise)
        return self._chosen(made, values, node)

    def _or_null(self, node: exp.Expr, values: list[Value]) -> exp.Expr:
        if isinstance(node, exp.Null):
            return node.copy()
        values.append(self._side(node) if isinstance(node, exp.Connector) else self.value(node))
        return values[-1].node

    def _chosen(self, made: exp.Expr, values: Sequence[Value], node: exp.Expr) -> Value:
        if not values:
            raise Doubt(node, "it is NULL for every row")
        return replace(self._common(values, node), node=made)

    def _coalesce(self, node: exp.Coalesce) -> Value:
        values: list[Value] = []
        first, *others = [self._or_null(each, values) for each in (node.this, *node.expressions)]
        return self._chosen(exp.Coalesce(this=first, expressions=others), values, node)

    def _nullif(self, node: exp.Nullif) -> Value:
        left, right = self._side(node.this), self._side(node.expression)
        _, (other,) = self.alike(left, [right], node)
        made = exp.Nullif(this=left.node, expression=other)
        return replace(left, node=made, is_constant=False)

    def _greatest(self, node: exp.Greatest | exp.Least) -> Value:
        values = [self._side(each) for each in (node.this, *node.expressions)]
        common = self._common(values, node)
        is_ordered = all(v.is_numeric for v in values) or common.kind is Kind.DATE
        if self._old.greatest is None or not is_ordered or common.is_mixed:
            raise Doubt(node, f"{self._old.title} may choose another of them, or NULL")
        for value in values[1:]:
            self._check_numbers(values[0], value, node) if value.is_numeric else None
        name = "greatest" if isinstance(node, exp.Greatest) else "least"
        made: exp.Expr = _call(name, *(value.node for value in values))
        if self._old.greatest == "null":
            tests = [exp.Is(this=_operand(v.node), expression=exp.Null()) for v in values]
            known = exp.Not(this=exp.Paren(this=exp.or_(*tests, wrap=False)))
            made = exp.Case(ifs=[exp.If(this=known, true=made)])
        return replace(common, node=made)

    def _cast(self, node: exp.Cast) -> Value:
        to = node.to
        name = to.this.value if isinstance(to.this, exp.DType) else ""
        literal = node.this.unnest()
        if name == "DATE" and isinstance(literal, exp.Literal) and self._old.dates:
            return self._date(literal, node)
        value = self.value(node.this)
        made = None
        if name in _WHOLE_TYPES and not to.expressions:
            made = self._as_whole(value)
        elif name == "DOUBLE" and value.is_numeric and not value.is_mixed:
            is_near = value.kind is not Kind.DECIMAL or self._is_double(value)
            made = exp.cast(value.node.unnest(), "DOUBLE") if is_near else None
            value = replace(value, kind=Kind.DOUBLE, digits=0)
        elif name in ("TEXT", "VARCHAR") and not to.expressions and self._old.is_run:
            made = self._as_text(value)
            value = replace(value, kind=Kind.TEXT)
        elif name == "DECIMAL" and _has_digits(to) and self._old.exact_decimals:
            is_exact = value.kind in (Kind.INTEGER, Kind.DECIMAL)
            made = exp.Cast(this=value.node.unnest(), to=to.copy()) if is_exact else None
            value = replace(value, kind=Kind.DECIMAL, digits=int(to.expressions[0].name))
        if made is None:
            raise Doubt(node, f"{self._old.title} has rules of its own for this CAST")
        if name in _WHOLE_TYPES:
            value = Value(made, Kind.INTEGER, 19)
        return replace(value, node=made, is_constant=False)

    def _as_whole(self, value: Value) -> exp.Expr | None:
        inner = value.node.unnest()
        how = self._old.whole_cast
        if value.kind is Kind.INTEGER:
            return exp.cast(inner, "BIGINT")  # where it is too large the old engine fails
        if how is None or (value.is_mixed and value.digits > _DOUBLE_DIGITS):
            return None
        if value.kind is Kind.BOOLEAN and self._old.is_run:
            return exp.cast(inner, "BIGINT")
        if value.kind is Kind.DECIMAL and how == "cut" and value.digits > _DOUBLE_DIGITS:
            return None
        if value.is_numeric:
            cut = _call("trunc", inner) if how == "cut" else inner
            return exp.cast(cut, "BIGINT")
        return None

    def _as_text(self, value: Value) -> exp.Expr | None:
        if value.kind is Kind.TEXT:
            return value.node
        is_whole = value.kind is Kind.INTEGER and not value.is_mixed
        return exp.cast(value.node.unnest(), "VARCHAR") if is_whole else None

    # functions --------------------------------------------------------------------------------

    def _text(self, node: exp.Expr) -> exp.Expr:
        found = self._as_text(self._side(node))
        if found is None:
            raise Doubt(node, f"it is no text, and {self._old.title} makes one of it")
        return found

    def _joined_text(self, node: exp.DPipe) -> Value:
        made = exp.DPipe(this=self._text(node.this), expression=self._text(node.expression))
        return Value(made, Kind.TEXT)

    def _concat(self, node: exp.Concat) -> Value:
        """NULL is nothing in PostgreSQL's; that of others is another one."""
        if self._old.title != "PostgreSQL":
            raise Doubt(node, f"{self._old.title} may have another result for NULL")
        empty = exp.Literal.string("")
        parts = [_call("coalesce", self._text(each), empty) for each in node.expressions]
        made: exp.Expr = parts[0]
        for part in parts[1:]:
            made = exp.DPipe(this=made, expression=part)
        return Value(made, Kind.TEXT)

    def _folded(self, node: exp.Lower | exp.Upper) -> Value:
        value = self.value(node.this)
        if value.kind is not Kind.TEXT or not self._old.lower_is_ascii:
            raise Doubt(node, f"{self._old.title} may fold other letters")
        pair = (_LETTERS, _LETTERS.lower())
        written = pair if isinstance(node, exp.Lower) else pair[::-1]
        made = _call("translate", value.node, *map(exp.Literal.string, written))
        return Value(made, Kind.TEXT)

    def _length(self, node: exp.Length) -> Value:
        return Value(_call("length", self._plain_text(node.this)), Kind.INTEGER, 10)

    def _trimmed(self, node: exp.Trim) -> Value:
        made = _call("trim", self._plain_text(node.this), exp.Literal.string(" "))
        return Value(made, Kind.TEXT)

    def _substring(self, node: exp.Substring) -> Value:
        parts = [node.args.get("start"), node.args.get("length")]
        numbers = [part for part in parts if part is not None]
        plain = parts[0] is not None
        plain &= all(isinstance(n, exp.Literal) and n.is_int for n in numbers)
        if not plain or int(numbers[0].name) < 1:
            raise Doubt(node, f"{self._old.title} counts in its own way before the first letter")
        made = _call("substring", self._plain_text(node.this), *(n.copy() for n in numbers))
        return Value(made, Kind.TEXT)

    def _plain_text(self, node: exp.Expr) -> exp.Expr:
        value = self.value(node)
        if value.kind is not Kind.TEXT:
            raise Doubt(node, f"it is no text, and {self._old.title} makes one of it")
        return value.node

    def _floor(self, node: exp.Floor | exp.Ceil) -> Value:
        (value,) = self._numbers(node.this)
        if value.kind is Kind.INTEGER or not self._old.exact_decimals:
            raise Doubt(node, f"{self._old.title} may return another kind of number")
        return replace(value, node=_call(node.key, value.node), is_constant=False)

    def _round(self, node: exp.Round) -> Value:
        (value,) = self._numbers(node.this)
        digits = node.args.get("decimals")
        is_plain = digits is None or (isinstance(digits, exp.Literal) and digits.is_int)
        if not self._old.exact_decimals or not is_plain or value.kind is Kind.INTEGER:
            raise Doubt(node, f"{self._old.title} rounds halves in its own way")
        if value.kind is Kind.DECIMAL:
            more = [digits.copy()] if digits is not None else []
            return replace(value, node=_call("round", value.node, *more), is_constant=False)
        if digits is not None:
            raise Doubt(node, f"{self._old.title} rounds halves in its own way")
        even = _call("round_even", value.node, exp.Literal.number(0))
        return replace(value, node=even, is_constant=False)

    def _extract(self, node: exp.Extract) -> Value:
        """A number of PostgreSQL's, which divides as a decimal does."""
        value = self.value(node.expression)
        part = node.name.upper()
        if value.kind is not Kind.DATE or part not in ("YEAR", "MONTH", "DAY"):
            raise Doubt(node, f"{self._old.title} may count it in its own way")
        made = exp.Extract(this=exp.var(part), expression=value.node)
        return Value(made, Kind.DECIMAL, 5)


_NULL_SAFE = (exp.NullSafeEQ, exp.NullSafeNEQ)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, *_NULL_SAFE)
# What a node may have beside its operands: anything else in it has a meaning that no rule knows.
_PARTS: Mapping[type[exp.Expr], tuple[str, ...]] = {
    exp.Column: ("this", "table", "db", "catalog"),
    exp.Literal: ("this", "is_string"),
    exp.Div: ("this", "expression", "typed", "safe"),
    exp.Between: ("this", "low", "high"),
    exp.Like: ("this", "expression", "negate"),
    exp.Case: ("this", "ifs", "default"),
    exp.If: ("this", "true", "false"),
    exp.Coalesce: ("this", "expressions", "is_null", "is_nvl"),
    exp.Greatest: ("this", "expressions", "ignore_nulls"),
    exp.Least: ("this", "expressions", "ignore_nulls"),
    exp.Cast: ("this", "to"),
    exp.DPipe: ("this", "expression", "safe"),
    exp.Concat: ("expressions", "safe", "coalesce"),
    exp.Substring: ("this", "start", "length"),
    exp.Round: ("this", "decimals"),
}


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A function by its name in DuckDB, which no generator spells in another way."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def _operand(node: exp.Expr) -> exp.Expr:
    """In brackets where it has an operator of its own."""
    is_compound = isinstance(node, exp.Binary | exp.Not | exp.Between | exp.In)
    return exp.Paren(this=node) if is_compound else node


def _is_wide(value: Value) -> bool:
    return value.digits > _WHOLE_DIGITS["INTEGER"] and not value.is_constant


def _as_bigint(value: Value) -> exp.Expr:
    """What is added is 64 bits wide in SQLite; where it is less, the old engine fails."""
    return exp.cast(value.node.unnest(), "BIGINT")


def _as_double(value: Value) -> exp.Expr:
    """A constant with a point, which DuckDB takes for a decimal."""
    text = str(value.node.this)
    is_literal = isinstance(value.node, exp.Literal) and value.kind is Kind.DOUBLE
    if is_literal and "e" not in text.lower():
        return exp.Literal.number(f"{text}e0")
    if value.is_constant and value.kind is Kind.DOUBLE:
        return exp.cast(value.node.unnest(), "DOUBLE")
    return value.node


def _has_digits(to: exp.DataType) -> bool:
    return bool(to.expressions) and all(each.name.isdecimal() for each in to.expressions)


def _without_cut(value: Value, other: Value) -> exp.Expr:
    """``trunc(x)`` for CAST(trunc(x) AS BIGINT) beside a constant: it fails for no number."""
    node = value.node
    if isinstance(node, exp.Cast) and other.is_constant and other.digits <= _DOUBLE_DIGITS:
        inner = node.this
        if isinstance(inner, exp.Anonymous) and inner.name == "trunc":
            return inner
    return node


def _regexp(character: str) -> str:
    """One character of a LIKE pattern that folds ASCII letters."""
    if character in "%_":
        return ".*" if character == "%" else "."
    if character.isascii() and character.isalpha():
        return f"[{character.upper()}{character.lower()}]"
    return re.escape(character) if character.isascii() else character
