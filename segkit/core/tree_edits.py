"""A tree with one cut moved, added or taken out: every other rule stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count, islice, product

from segkit.core.fit import FittedFeature
from segkit.core.rule_changes import Change, cut_not_found
from segkit.core.rulebook import Rulebook
from segkit.core.rules import rules_of
from segkit.core.simplify import simplify
from segkit.core.tree import (
    Below,
    Leaf,
    OneOf,
    Side,
    Split,
    Test,
    Tree,
    behind_guards,
    guarded_by,
    leaves,
    splits,
    with_leaves,
)
from segkit.errors import ConfigError, Problem

_MOST_WAYS = 64  # of taking out a cut that stands in many places
Make = Callable[[Tree, Tree], Tree]  # the two new sides of a split -> what stands in its place


def adjust(change: Change, rules: Rulebook) -> tuple[Tree, ...]:
    """Return the trees that the change can mean: several only where a cut is taken out.

    Without a cut, all of its customers follow the rules of one of its sides, and
    each side is one way. Every tree gives each segment that had a rule one still.

    Raises ConfigError: SK319 if there is no such cut, nothing changes, or a segment loses its last
    rule.
    """
    if isinstance(change.to, str):
        found: tuple[Tree, ...] = (_sent(rules, change),)
    elif change.to is None:
        found = tuple(islice(_without(rules, change), _MOST_WAYS))
    else:
        found = (_moved(rules, change, change.to),)
    before = simplify(rules.tree)
    trees = [tree for tree in dict.fromkeys(map(simplify, found)) if tree != before]
    if not trees:
        message = f'"{change.text}" changes nothing: the rules say so already'
        raise ConfigError(Problem("SK319", message, help=f"cuts: {', '.join(rules.cuts())}"))
    kept = [tree for tree in trees if not _lost(rules.tree, tree)]
    if not kept:
        ids = {code: id_ for id_, code in rules.codes.items()}
        lost = sorted(_lost(rules.tree, trees[0]))
        gone = f"segment{'s' * (len(lost) > 1)} {', '.join(ids[code] for code in lost)}"
        message = f'"{change.text}" would leave no rule for {gone}'
        hint = "every segment keeps at least one rule: cut elsewhere, or learn fewer segments"
        raise ConfigError(Problem("SK319", message, help=hint))
    return tuple(kept)


def side_of_missing(test: Test, feature: FittedFeature) -> Side:
    """Where the value lies that stands in for a missing one: there NULL goes, too."""
    if isinstance(test, OneOf):
        return "yes" if feature.mode in test.levels else "no"
    assert isinstance(test, Below)
    return "yes" if test.holds(feature.median) else "no"


def _matches(rules: Rulebook, change: Change) -> list[int]:
    """Which splits, counted in preorder, are the cut; an error if none is."""
    wanted = rules.normal(change.column, change.test)
    inside = None if change.within is None else rules.codes[change.within]
    found = [
        place
        for place, split in enumerate(splits(rules.tree))
        if split.column == change.column
        and rules.normal(split.column, split.test) == wanted
        and (inside is None or inside in {leaf.code for leaf in leaves(split)})
    ]
    if not found:
        raise cut_not_found(change, rules)
    return found


def _moved(rules: Rulebook, change: Change, to: Test) -> Tree:
    test = rules.normal(change.column, to)
    missing = side_of_missing(test, rules.feature(change.column))

    def moved(yes: Tree, no: Tree) -> Tree:
        return Split(change.column, test, yes, no, missing)

    return _rebuilt(rules.tree, dict.fromkeys(_matches(rules, change), moved))


def _without(rules: Rulebook, change: Change) -> Iterator[Tree]:
    places = _matches(rules, change)
    sides: tuple[Make, Make] = (lambda yes, no: yes), (lambda yes, no: no)
    for kept in product(sides, repeat=len(places)):
        yield _rebuilt(rules.tree, dict(zip(places, kept, strict=True)))


def _sent(rules: Rulebook, change: Change) -> Tree:
    """The customers of the condition are in the segment, whatever they were before."""
    assert isinstance(change.to, str)
    test = rules.normal(change.column, change.test)
    missing = side_of_missing(test, rules.feature(change.column))
    there = Leaf(rules.codes[change.to])

    def split_off(tree: Tree) -> Tree:
        yes, no = (tree, there) if change.upper else (there, tree)
        return Split(change.column, test, yes, no, missing)

    if change.within is not None:
        code = rules.codes[change.within]
        return with_leaves(rules.tree, lambda leaf: split_off(leaf) if leaf.code == code else leaf)
    guards, inner = behind_guards(rules.tree)
    return guarded_by(guards, split_off(inner))


def _rebuilt(tree: Tree, makes: Mapping[int, Make]) -> Tree:
    """The tree with some splits, by their places in preorder, as ``makes`` has them."""
    done: list[Tree] = []
    todo: list[tuple[Tree, int | None]] = [(tree, None)]
    places = count()
    while todo:
        node, place = todo.pop()
        if isinstance(node, Leaf):
            done.append(node)
        elif place is None:
            todo += [(node, next(places)), (node.no, None), (node.yes, None)]
        else:
            no, yes = done.pop(), done.pop()
            made = makes.get(place)
            done.append(made(yes, no) if made else replace(node, yes=yes, no=no))
    return done[0]


def _lost(before: Tree, after: Tree) -> set[int]:
    """Codes that had a rule for customers with values, and have none now."""
    return _reached(before) - _reached(after)


def _reached(tree: Tree) -> set[int]:
    return {
        rule.code
        for rule in rules_of(tree)
        if rule.code and all(condition.values is not None for condition in rule.conditions)
    }
