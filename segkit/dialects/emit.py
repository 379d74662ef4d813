"""From a decision to SQL text: the chain of WHENs that is published.

At each split of a tree the side that takes NULL becomes the rest of the list,
because a NULL condition falls through to it in every dialect: exact, and free.
``flat.py`` writes the same function in another way, to check one by the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from segkit.core.case import Cells, Decision, Gate, Rules, Total
from segkit.core.columns import ColumnType
from segkit.core.predicate import Predicate
from segkit.core.tree import Below, Known, Leaf, OneOf, Side, Split, Tree, fold, nodes
from segkit.dialects.spelling import comparison, membership
from segkit.dialects.table import Dialect

# SQLite's parser and DataFusion give up from 18 to 23 levels on; T-SQL documents 10.
MAX_NESTING = 8
_INLINE_WIDTH = 72
_COMMENT_COLUMN = 96
_ITEM = re.compile(r"'(?:[^']|'')*'|-?\d+")
_LIST = re.compile(
    rf"(?P<head>[^()]* IN )\((?P<items>(?:{_ITEM.pattern})(?:, (?:{_ITEM.pattern}))*)\)"
    r"(?P<tail>[^()]*)"
)


@dataclass(frozen=True)
class Operand:
    """How a column is written in a condition, and the type it is compared in.

    ``is_bounded``: each comparison also says that the value is finite, where it could be another.
    """

    sql: str
    type: ColumnType
    is_bounded: bool = False


Operands = Mapping[str, Operand]
ValueOf = Callable[[int], str]  # SQL of what a code stands for


@dataclass(frozen=True)
class When:
    """``WHEN condition [OR condition ...] THEN then``: a code, a list, or SQL that makes a code."""

    conditions: tuple[str, ...]
    then: Chain | int | str


@dataclass(frozen=True)
class Chain:
    """A CASE: the first WHEN that is TRUE decides, else ``otherwise``."""

    whens: tuple[When, ...]
    otherwise: int


def chain_of(decision: Decision, operands: Operands, dialect: Dialect) -> Chain:
    """Return the decision list of a case, nested no deeper than ``MAX_NESTING``."""
    if isinstance(decision, Rules):
        return _chain_of_rules(decision, operands)
    if isinstance(decision, Cells):
        return _chain_of_cells(decision, operands)
    if isinstance(decision, Total):
        scores = [operands[column].sql for column in decision.columns]
        known = " AND ".join(f"{score} > 0" for score in scores)
        return Chain((When((known,), " + ".join(scores)),), 0)
    if isinstance(decision, Gate):
        rest = chain_of(decision.rest, operands, dialect)
        first = When((predicate_sql(decision.predicate, operands),), decision.code)
        return Chain((first, *rest.whens), rest.otherwise)
    return _chain(decision, operands, dialect, _light_sides(decision), level=1)


def predicate_sql(predicate: Predicate, operands: Operands, *, brackets: bool = False) -> str:
    return predicate.sql({name: o.sql for name, o in operands.items()}, brackets=brackets)


def _chain_of_rules(rules: Rules, operands: Operands) -> Chain:
    whens = [When((predicate_sql(p, operands),), code) for p, code in rules.rules]
    if rules.otherwise is not None:
        # NOT of NULL is NULL, so a row for which a rule is unknown falls through to ELSE.
        either = " OR ".join(predicate_sql(p, operands, brackets=True) for p, _ in rules.rules)
        whens.append(When((f"NOT ({either})",), rules.otherwise))
    return Chain(tuple(whens), rules.missing)


def _chain_of_cells(cells: Cells, operands: Operands) -> Chain:
    """Scores are digits, read together as people write them: 5, 4, 4 is 544."""
    places = [10**power for power in reversed(range(len(cells.columns)))]
    terms = [
        operands[column].sql + (f" * {place}" if place > 1 else "")
        for column, place in zip(cells.columns, places, strict=True)
    ]
    number = " + ".join(terms)
    by_code: dict[int, list[str]] = {}
    for scores, code in cells.codes:
        by_code.setdefault(code, []).append("".join(map(str, scores)))
    whens = [
        When((_number_among(number, sorted(found, reverse=True)),), code)
        for code, found in sorted(by_code.items())
    ]
    return Chain(tuple(whens), cells.missing)


def _number_among(number: str, values: Sequence[str]) -> str:
    return f"{number} = {values[0]}" if len(values) == 1 else f"{number} IN ({', '.join(values)})"


def _chain(
    tree: Tree, operands: Operands, dialect: Dialect, light: Mapping[int, Side], level: int
) -> Chain:
    whens: list[When] = []
    while isinstance(tree, Split):
        if isinstance(tree.test, Known) and tree.missing == "yes":
            tree = tree.yes  # known or not, it goes there
            continue
        side = light[id(tree)]
        branch, rest = (tree.yes, tree.no) if side == "yes" else (tree.no, tree.yes)
        condition = _condition(tree, side, operands, dialect)
        if isinstance(branch, Leaf):
            _add(whens, When((condition,), branch.code))
        elif level < MAX_NESTING:
            inner = _chain(branch, operands, dialect, light, level + 1)
            _add(whens, When((condition,), inner if inner.whens else inner.otherwise))
        else:  # no deeper: the inner list is written out here, each with the condition before it
            inner = _chain(branch, operands, dialect, light, level)
            for when in inner.whens:
                both = tuple(f"{_part(condition)} AND {_part(c)}" for c in when.conditions)
                _add(whens, When(both, when.then))
            _add(whens, When((condition,), inner.otherwise))
        tree = rest
    while whens and whens[-1].then == tree.code:
        whens.pop()
    return Chain(tuple(whens), tree.code)


def _add(whens: list[When], when: When) -> None:
    """One WHEN for neighbours that return the same code."""
    if whens and isinstance(when.then, int) and whens[-1].then == when.then:
        when = When((*whens.pop().conditions, *when.conditions), when.then)
    whens.append(when)


def _part(condition: str) -> str:
    return f"({condition})" if " OR " in condition else condition


def _light_sides(tree: Tree) -> Mapping[int, Side]:
    """Which side of each split (by its id) is decided first; the other is the rest of the list.

    The side that takes NULL is the rest, and where either may be, that with
    more leaves. Where this nests too deep, the side that nests deeper is: then
    the levels are those of Horton and Strahler, at most log2(leaves).
    """
    by_null: dict[int, Side] = {}
    by_depth: dict[int, Side] = {}

    def of_split(split: Split, yes: _Size, no: _Size) -> _Size:
        light: Side = "yes" if split.missing == "no" else "no"
        if isinstance(split.test, Known):
            light = "yes" if yes.leaves <= no.leaves else "no"
        by_null[id(split)] = light
        first, rest = (yes, no) if light == "yes" else (no, yes)
        if yes.least != no.least:
            light = "yes" if yes.least < no.least else "no"
        by_depth[id(split)] = light
        deeper = max(yes.least, no.least)
        return _Size(
            yes.leaves + no.leaves,
            max(1 + first.nested, rest.nested),
            deeper if yes.least != no.least and deeper else deeper + 1,
        )

    size = fold(tree, lambda leaf: _Size(1, 0, 0), of_split)
    return by_null if size.nested <= MAX_NESTING else by_depth


class _Size(NamedTuple):
    """Levels of CASE with NULL's side as the rest, and the least that are possible."""

    leaves: int
    nested: int
    least: int


def _condition(split: Split, side: str, operands: Operands, dialect: Dialect) -> str:
    """SQL that is TRUE exactly for the rows of that side (FALSE or NULL for the others)."""
    operand = operands[split.column]
    if isinstance(split.test, Known):
        return f"{operand.sql} IS {'NOT ' if side == 'yes' else ''}NULL"
    text = _test_sql(operand, split.test, dialect, negated=side == "no")
    return f"{text} OR {operand.sql} IS NULL" if split.missing == side else text


def _test_sql(operand: Operand, test: Below | OneOf, dialect: Dialect, *, negated: bool) -> str:
    if isinstance(test, OneOf):
        return membership(operand.sql, test.levels, operand.type, dialect, negated=negated)
    text = comparison(operand.sql, test, operand.type, dialect, negated=negated)
    if operand.is_bounded:  # NaN is greater than all
        text += f" AND {operand.sql} " + ("< 'Infinity'" if negated else "> '-Infinity'")
    return text


def only_compared(tree: Tree) -> frozenset[str]:
    """Columns that the chain of a tree compares and nothing else, so that FALSE does for NULL."""
    light = _light_sides(tree)
    found: set[str] = set()
    others: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, Split):
            is_plain = isinstance(node.test, Below) and node.missing != light[id(node)]
            (found if is_plain else others).add(node.column)
    return frozenset(found - others)


def case_inline(chain: Chain | int | str, value_of: ValueOf = str) -> str:
    """The CASE on one line; a chain without WHENs is its code."""
    if isinstance(chain, str):
        return chain
    if isinstance(chain, int):
        return value_of(chain)
    if not chain.whens:
        return value_of(chain.otherwise)
    whens = " ".join(
        f"WHEN {' OR '.join(when.conditions)} THEN {case_inline(when.then, value_of)}"
        for when in chain.whens
    )
    return f"CASE {whens} ELSE {value_of(chain.otherwise)} END"


def case_lines(
    chain: Chain, name_of: Callable[[int], str], indent: str, value_of: ValueOf = str
) -> list[str]:
    """The CASE over several lines, what each line can return in a comment beside it.

    Beside a line that is long anyway the comment could not be seen: there it stands above.
    """
    if not chain.whens:
        return [f"{indent}{value_of(chain.otherwise)}"]
    rows = list(_rows(chain, indent, value_of))
    short = [text for text, codes in rows if codes and len(text) <= _COMMENT_COLUMN]
    width = max(map(len, short), default=0)
    lines = []
    for text, codes in rows:
        said = (comment_text(name_of(code)) for code in dict.fromkeys(codes))
        names = " | ".join(filter(None, said))
        if len(text) > _COMMENT_COLUMN:
            margin = " " * (len(text) - len(text.lstrip()))
            lines += [f"{margin}-- {names}"] if names else []
            lines += _wrapped(text, margin)
        else:
            lines.append(f"{text:<{width}}  -- {names}" if names else text)
    return lines


def comment_text(text: str) -> str:
    """The text as it stands after ``--``: on one line.

    Spark joins a line that ends with a backslash to the next one, in a comment, too.
    """
    return " ".join(text.split()).rstrip("\\ ")


def _wrapped(text: str, margin: str) -> list[str]:
    """A long list over several lines; any other text as it is."""
    found = _LIST.fullmatch(text)
    if not found:
        return [text]
    lines, line = [], margin + "  "
    for item in _ITEM.findall(found["items"]):
        if len(line) + len(item) > _COMMENT_COLUMN and line.strip():
            lines.append(line.rstrip())
            line = margin + "  "
        line += f"{item}, "
    lines.append(line.rstrip(", "))
    return [f"{found['head']}(", *lines, f"{margin}){found['tail']}"]


def _rows(chain: Chain, indent: str, value_of: ValueOf) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{indent}CASE", ()
    for when in chain.whens:
        head = f"{indent}  WHEN {' OR '.join(when.conditions)} THEN"
        inline = case_inline(when.then, value_of)
        if (
            not isinstance(when.then, Chain)
            or len(head) + len(inline) - len(indent) <= _INLINE_WIDTH
        ):
            yield f"{head} {inline}", tuple(_codes(when.then))
        else:
            yield head, ()
            yield from _rows(when.then, f"{indent}    ", value_of)
    yield f"{indent}  ELSE {value_of(chain.otherwise)}", (chain.otherwise,)
    yield f"{indent}END", ()


def _codes(chain: Chain | int | str) -> Iterator[int]:
    if isinstance(chain, int):
        yield chain
    elif isinstance(chain, Chain):
        for when in chain.whens:
            yield from _codes(when.then)
        yield chain.otherwise
