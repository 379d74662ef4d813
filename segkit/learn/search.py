"""From many starts to the best trees found, for every number of leaves.

Counts of moves end the search, never a clock: the same data give the same trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from segkit.learn.costs import Costs, State
from segkit.learn.moves import Moves
from segkit.learn.ranks import RankTree, number_leaves

GROWTHS = (0.0, 0.3, 0.7, 1.0)  # noise of trees grown from nothing
NEAR = 1.03  # a kick that ends within this of its start is worth improving
POOL = 3  # trees that kicks start from; the worst is given up now and then
PATIENCE = 20  # kicks after which one is
STALE = 8  # kicks in a row that lead where the search has been: there is little left to find
KEPT, ABOUT = 4, 1.002  # trees of a size that are handed on, if they cost about the same


@dataclass(frozen=True)
class Effort:
    """How much is tried."""

    improved: int  # starts that are improved
    rounds: int  # of a leaf dropped and another split
    width: int  # leaves that are tried to be dropped in a round
    kicks: int  # for each segment beyond two, up to ``most_kicks``
    most_kicks: int
    carts: int  # random trees among the starts
    every_size: bool  # trees between k and ``max_leaves`` too


THOROUGH = Effort(6, rounds=20, width=6, kicks=15, most_kicks=75, carts=5, every_size=True)
QUICK = Effort(2, rounds=2, width=3, kicks=0, most_kicks=0, carts=1, every_size=False)


class Found:
    """The best trees by number of leaves, a few of each, the cheapest first."""

    def __init__(self) -> None:
        self._states: dict[int, list[State]] = {}

    def add(self, state: State) -> None:
        states = self._states.setdefault(state.leaves, [])
        if all(state.tree != other.tree for other in states):
            states.append(state)
            states.sort(key=lambda s: s.cost)
            most = ABOUT * max(0.0, states[0].cost)
            self._states[state.leaves] = [states[0], *(s for s in states[1:KEPT] if s.cost <= most)]

    def best(self, leaves: int) -> State | None:
        states = self._states.get(leaves)
        return states[0] if states else None

    def __iter__(self) -> Iterator[State]:
        for leaves in sorted(self._states):
            yield from self._states[leaves]


def search(
    moves: Moves,
    few: Sequence[RankTree],
    many: Sequence[RankTree],
    max_leaves: int,
    effort: Effort,
) -> Found:
    """Return the best trees found with k to ``max_leaves`` leaves.

    Parameters
    ----------
    few, many : sequences of trees over bins
        To start from, at k leaves and at ``max_leaves``; leaves named by segment.
    """
    k = moves.costs.k
    found = Found()
    starts = [moves.settle(tree, k) for tree in [*few, *_grown(moves, k, effort)]]
    _deepen(moves, found, starts, k, effort)
    if max_leaves <= k or found.best(k) is None:
        return found
    between = range(k + 1, max_leaves) if effort.every_size else range(0)
    for leaves in between:
        _step(moves, found, leaves, leaves - 1, effort)
    seeds = [state.tree for state in found if state.leaves == k]
    overgrown = moves.shrink(moves.grow(seeds[0], max_leaves + k).tree, max_leaves)
    last = [state.tree for state in found if state.leaves == max_leaves - 1]
    wide = [*last[:1], overgrown, *seeds, *many]
    starts = [moves.settle(tree, max_leaves) for tree in wide]
    _deepen(moves, found, starts, max_leaves, effort)
    for leaves in reversed(between):
        _step(moves, found, leaves, leaves + 1, effort)
    return found


def _grown(moves: Moves, leaves: int, effort: Effort) -> Iterable[RankTree]:
    """Trees grown from nothing, and one that was grown too large and cut back."""
    if not effort.kicks:
        yield moves.grow(0, leaves).tree
        return
    for noise in GROWTHS:
        yield moves.grow(0, leaves, noise).tree
    larger = Moves(Costs(moves.space, 3 * leaves, moves.costs.min_leaf), 0)
    yield number_leaves(larger.shrink(larger.grow(0, 3 * leaves).tree, leaves))[0]


def _step(moves: Moves, found: Found, leaves: int, beside: int, effort: Effort) -> None:
    """A tree of this size from one with a leaf less or more."""
    state = found.best(beside)
    if state is None:
        return
    tree = state.tree if beside < leaves else moves.shrink(state.tree, leaves)
    found.add(moves.improve(moves.settle(tree, leaves), 2, effort.width // 2))


def _deepen(
    moves: Moves, found: Found, starts: Iterable[State], leaves: int, effort: Effort
) -> None:
    """Improve the best starts, then kick the best of those."""
    pool: list[State] = []
    for state in sorted(starts, key=lambda s: s.cost):
        if state.leaves == leaves and all(state.tree != other.tree for other in pool):
            pool.append(state)
    pool = [moves.improve(state, effort.rounds, effort.width) for state in pool[: effort.improved]]
    pool.sort(key=lambda s: s.cost)
    for state in pool:
        found.add(state)
    pool = pool[:POOL]
    if not pool:
        return
    seen = {state.tree for state in pool}
    stale = 0
    for kick in range(min(effort.kicks * max(0, moves.costs.k - 2), effort.most_kicks)):
        place = kick % len(pool)
        state = moves.descend(moves.kick(pool[place]).tree)
        stale = stale + 1 if state.tree in seen else 0
        if stale == STALE:
            break
        if state.tree not in seen and state.leaves == leaves and _is_near(state, pool[place]):
            seen.add(state.tree)
            state = moves.improve(state, 4, 4)
            found.add(state)
        if state.leaves == leaves and state.cost < pool[place].cost:
            pool[place] = state
        seen.add(state.tree)
        if kick % PATIENCE == PATIENCE - 1 and len(pool) > 1:
            pool = sorted(pool, key=lambda s: s.cost)[:-1]


def _is_near(state: State, start: State) -> bool:
    return state.cost <= NEAR * start.cost
