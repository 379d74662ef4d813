"""From a tree to SQL text: the chain that runs, and the flat rules that prove it.

``chain_of`` turns a tree into a decision list of WHENs. At each split the side
that takes NULL becomes the rest of the list, because a NULL condition falls
through to it in every dialect: exact, and free. ``flat_case`` writes the same
function from the full conditions of each leaf, on a different path through
this code, so that one can be checked against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.columns import ColumnType
from segkit.core.dialect import DUCKDB, Dialect, comparison
from segkit.core.rules import Condition, Rule
from segkit.core.tree import Below, Known, Leaf, Split, Tree, count_leaves

# Past this depth SQLite's parser and DataFusion give up (they fail from 18 to 23).
MAX_NESTING = 8
_INLINE_WIDTH = 76


@dataclass(frozen=True)
class Operand:
    """How a column is written in a condition, and the type it is compared in."""

    sql: str
    type: ColumnType


Operands = Mapping[str, Operand]


@dataclass(frozen=True)
class When:
    """``WHEN condition [OR condition ...] THEN then``."""

    conditions: tuple[str, ...]
    then: Chain | int


@dataclass(frozen=True)
class Chain:
    """A CASE: the first WHEN that is TRUE decides, else ``otherwise``."""

    whens: tuple[When, ...]
    otherwise: int


def chain_of(tree: Tree, operands: Operands, dialect: Dialect = DUCKDB) -> Chain:
    """Return the decision list of a tree, nested no deeper than ``MAX_NESTING``.

    Where turning every split to its NULL side nests too deep, the side with
    more leaves becomes the rest of the list and NULL is named where it must be:
    then the depth is at most log2(leaves).
    """
    chain = _chain(tree, operands, dialect, by_null=True)
    if nesting(chain) > MAX_NESTING:
        chain = _chain(tree, operands, dialect, by_null=False)
    return chain


def nesting(chain: Chain | int) -> int:
    """Levels of CASE; 0 for a plain code."""
    if isinstance(chain, int):
        return 0
    # from the last WHEN to the first, without recursion along the list itself
    return 1 + max((nesting(when.then) for when in chain.whens), default=0)


def _chain(tree: Tree, operands: Operands, dialect: Dialect, *, by_null: bool) -> Chain:
    whens: list[When] = []
    while isinstance(tree, Split):
        if isinstance(tree.test, Known) and tree.missing == "yes":
            tree = tree.yes  # known or not, it goes there
            continue
        light = _light_side(tree, by_null)
        condition = _condition(tree, light, operands, dialect)
        branch, rest = (tree.yes, tree.no) if light == "yes" else (tree.no, tree.yes)
        then: Chain | int = (
            branch.code
            if isinstance(branch, Leaf)
            else _chain(branch, operands, dialect, by_null=by_null)
        )
        if whens and isinstance(then, int) and whens[-1].then == then:
            whens[-1] = When((*whens[-1].conditions, condition), then)
        else:
            whens.append(When((condition,), then))
        tree = rest
    while whens and whens[-1].then == tree.code:
        whens.pop()
    return Chain(tuple(whens), tree.code)


def _light_side(split: Split, by_null: bool) -> str:
    if by_null and isinstance(split.test, Below):
        return "yes" if split.missing == "no" else "no"
    return "yes" if count_leaves(split.yes) <= count_leaves(split.no) else "no"


def _condition(split: Split, side: str, operands: Operands, dialect: Dialect) -> str:
    """SQL that is TRUE exactly for the rows of that side (FALSE or NULL for the others)."""
    operand = operands[split.column]
    if isinstance(split.test, Known):
        return f"{operand.sql} IS {'NOT ' if side == 'yes' else ''}NULL"
    text = comparison(operand.sql, split.test, operand.type, dialect, negated=side == "no")
    return f"{text} OR {operand.sql} IS NULL" if split.missing == side else text


def case_inline(chain: Chain | int) -> str:
    """The CASE on one line; a chain without WHENs is its code."""
    if isinstance(chain, int):
        return str(chain)
    if not chain.whens:
        return str(chain.otherwise)
    whens = " ".join(
        f"WHEN {' OR '.join(when.conditions)} THEN {case_inline(when.then)}" for when in chain.whens
    )
    return f"CASE {whens} ELSE {chain.otherwise} END"


def case_lines(chain: Chain, name_of: Callable[[int], str], indent: str) -> list[str]:
    """The CASE over several lines, what each line can return in a comment beside it."""
    if not chain.whens:
        return [f"{indent}{chain.otherwise}"]
    rows = list(_rows(chain, indent))
    width = max(len(text) for text, codes in rows if codes)
    lines = []
    for text, codes in rows:
        names = " | ".join(" ".join(name_of(code).split()) for code in dict.fromkeys(codes))
        lines.append(f"{text:<{width}}  -- {names}" if names else text)
    return lines


def _rows(chain: Chain, indent: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{indent}CASE", ()
    for when in chain.whens:
        head = f"{indent}  WHEN {' OR '.join(when.conditions)} THEN"
        inline = case_inline(when.then)
        if isinstance(when.then, int) or len(head) + len(inline) - len(indent) <= _INLINE_WIDTH:
            yield f"{head} {inline}", tuple(_codes(when.then))
        else:
            yield head, ()
            yield from _rows(when.then, f"{indent}    ")
    yield f"{indent}  ELSE {chain.otherwise}", (chain.otherwise,)
    yield f"{indent}END", ()


def _codes(chain: Chain | int) -> Iterator[int]:
    if isinstance(chain, int):
        yield chain
    else:
        for when in chain.whens:
            yield from _codes(when.then)
        yield chain.otherwise


def flat_case(
    rules: Sequence[Rule],
    operands: Operands,
    value_of: Callable[[int], str],
    dialect: Dialect = DUCKDB,
) -> str:
    """One WHEN a leaf, with its full conditions; a row that fits none gets NULL."""
    whens = " ".join(
        f"WHEN {rule_sql(rule, operands, dialect)} THEN {value_of(rule.code)}" for rule in rules
    )
    return f"CASE {whens} END"


def rule_sql(rule: Rule, operands: Operands, dialect: Dialect = DUCKDB) -> str:
    """The rule as a boolean expression that is never NULL-dependent on other rules."""
    parts = [condition_sql(c, operands, dialect) for c in rule.conditions]
    if len(parts) > 1:
        parts = [f"({part})" if " OR " in part else part for part in parts]
    return " AND ".join(parts) or "TRUE"


def condition_sql(condition: Condition, operands: Operands, dialect: Dialect = DUCKDB) -> str:
    operand = operands[condition.column]
    is_null = f"{operand.sql} IS NULL"
    interval = condition.interval
    if interval is None:
        return is_null
    if interval.is_everything:
        return "TRUE" if condition.null else f"{operand.sql} IS NOT NULL"
    parts = []
    if interval.lower is not None:
        test = Below(interval.lower, inclusive=not interval.lower_closed)
        parts.append(comparison(operand.sql, test, operand.type, dialect, negated=True))
    if interval.upper is not None:
        test = Below(interval.upper, inclusive=interval.upper_closed)
        parts.append(comparison(operand.sql, test, operand.type, dialect))
    inside = " AND ".join(parts)
    return f"{inside} OR {is_null}" if condition.null else inside
