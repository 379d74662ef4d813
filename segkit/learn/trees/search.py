"""From many starts to the best trees found, for every number of leaves.

Counts of moves end the search, never a clock: the same data give the same trees.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from segkit.learn.trees.ranks import RankTree, number_leaves
from segkit.learn.trees.segment_costs import Costs, State
from segkit.learn.trees.steps import Moves

SHORT, SHORTER = (4, 4), (2, 3)  # rounds and width of an improvement that is one of many
GROWTHS = (0.0, 0.3, 0.7, 1.0)  # noise of trees grown from nothing
NEAR = 1.08  # a kick that ends within this of its start is worth improving; 1.03 costs up to .5 %
POOL = 3  # trees that kicks start from; the worst is given up now and then
PATIENCE = 20  # kicks after which one is
STALE = 14  # kicks in a row that lead where the search has been: there is little left to find
CLOSE = 1.02  # times what is enough: worth a closer look
CLEARLY = 0.9995  # times the cost of what is found: less is not worth another result
ABOUT = 1.002  # trees that cost so little more than the best of their size are told apart


@dataclass(frozen=True)
class Effort:
    """How much is tried."""

    improved: int  # starts that are improved
    rounds: int  # of a leaf dropped and another split, at k leaves
    width: int  # leaves that are tried to be dropped in a round
    kicks: int  # for each segment beyond two, up to ``most_kicks``: 75 left .6 % of digits' ten
    most_kicks: int
    carts: int  # random trees among the starts
    kept: int  # trees of a size that are told apart
    every_size: bool  # trees between k and ``max_leaves`` leaves too


THOROUGH = Effort(
    6, rounds=20, width=6, kicks=25, most_kicks=200, carts=12, kept=4, every_size=True
)
QUICK = Effort(1, rounds=2, width=3, kicks=0, most_kicks=0, carts=5, kept=1, every_size=False)


class Found:
    """The best trees by number of leaves, at most ``kept`` of each, the cheapest first."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._states: dict[int, list[State]] = {}

    def add(self, state: State) -> None:
        states = self._states.setdefault(state.leaves, [])
        if all(state.tree != other.tree for other in states):
            states.append(state)
            states.sort(key=lambda s: s.cost)
            del states[self._kept :]

    def of(self, leaves: int) -> list[State]:
        return list(self._states.get(leaves, ()))

    def fewest(self, enough: float) -> int:
        """The fewest leaves whose best tree costs no more; the most there are if none does."""
        held = [n for n, states in self._states.items() if states[0].cost <= enough]
        return min(held, default=max(self._states))

    def about_the_same(self, sizes: Collection[int]) -> Iterator[State]:
        """Yield the best tree of each size; of some sizes those that cost next to nothing more."""
        for leaves, states in sorted(self._states.items()):
            most = ABOUT * max(0.0, states[0].cost)
            others = [s for s in states[1:] if s.cost <= most] if leaves in sizes else []
            yield from (states[0], *others)


@dataclass(frozen=True, eq=False)
class _Search:
    """``starts``: trees over bins with so many leaves to start from; leaves named by segment.

    ``rivals`` are trees of the given clusters: they have to be clearly better.
    """

    moves: Moves
    starts: Callable[[int], Iterable[RankTree]]
    rivals: Callable[[int], Iterable[RankTree]]
    effort: Effort
    found: Found

    def at_k(self) -> None:
        """Trees of k leaves: from starts, and grown from nothing."""
        k, effort = self.moves.costs.k, self.effort
        trees = [*self.starts(k), *self._grown(k)]
        self._improve(trees, k, effort.improved, effort.rounds, effort.width)
        self._compare(k)

    def _grown(self, leaves: int) -> Iterator[RankTree]:
        """Trees grown from nothing, and one that was grown too large and cut back."""
        moves = self.moves
        if not self.effort.kicks:
            yield moves.grow(0, leaves).tree
            return
        for noise in GROWTHS:
            yield moves.grow(0, leaves, noise).tree
        larger = Moves(Costs(moves.space, 3 * leaves, moves.costs.min_leaf), 0)
        yield number_leaves(larger.shrink(larger.grow(0, 3 * leaves).tree, leaves))[0]

    def step(self, leaves: int, beside: int) -> None:
        """A tree of this size from the best with a leaf less or more."""
        for state in self.found.of(beside)[:1]:
            tree = state.tree if beside < leaves else self.moves.shrink(state.tree, leaves)
            self.found.add(self.moves.improve(self.moves.settle(tree, leaves), *SHORTER))

    def above(self, leaves: int) -> None:
        """Trees of more than k leaves: from those of k, of a leaf less, cut back, and starts."""
        moves, k = self.moves, self.moves.costs.k
        seeds = [state.tree for state in self.found.of(k)]
        last = [state.tree for state in self.found.of(leaves - 1)[:1]]
        overgrown = moves.shrink(moves.grow(seeds[0], leaves + k).tree, leaves)
        trees = [*last, overgrown, *seeds, *self.starts(leaves)]
        self._improve(trees, leaves, self.effort.improved + 2, self.effort.rounds // 3, 4)
        self._compare(leaves)

    def _compare(self, leaves: int) -> None:
        """Keep the best that becomes of the rivals if it costs clearly less than what is found."""
        settled = [self.moves.settle(tree, leaves) for tree in self.rivals(leaves)]
        right = [state for state in settled if state.leaves == leaves]
        if right:
            best = self.moves.improve(min(right, key=lambda s: s.cost), *SHORT)
            if all(best.cost < CLEARLY * state.cost for state in self.found.of(leaves)[:1]):
                self.found.add(best)

    def _improve(
        self, trees: Sequence[RankTree], leaves: int, how_many: int, rounds: int, width: int
    ) -> None:
        # of those that cut alike the first: which segment a leaf is comes out anew
        unlike = {number_leaves(tree)[0]: tree for tree in reversed(trees)}
        settled = [self.moves.settle(tree, leaves) for tree in reversed(unlike.values())]
        best: list[State] = []
        for state in sorted(settled, key=lambda s: s.cost):
            if state.leaves == leaves and all(state.tree != other.tree for other in best):
                best.append(state)
        for state in best[:how_many]:
            self.found.add(self.moves.improve(state, rounds, width))

    def kick(self, leaves: int) -> None:
        """Disturb the best trees and improve what results, while it leads to new ones."""
        moves, effort = self.moves, self.effort
        pool = self.found.of(leaves)[:POOL]
        seen = {state.tree for state in pool}
        stale = 0
        for kick in range(min(effort.kicks * max(0, moves.costs.k - 2), effort.most_kicks)):
            place = kick % len(pool)
            state = moves.descend(moves.kick(pool[place]).tree)
            stale = stale + 1 if state.tree in seen else 0
            if stale == STALE:
                break
            if state.leaves != leaves or state.tree in seen:
                continue
            seen.add(state.tree)
            if state.cost <= NEAR * pool[place].cost:
                state = moves.improve(state, *SHORT)
                seen.add(state.tree)
                self.found.add(state)
            if state.cost < pool[place].cost:
                pool[place] = state
            if kick % PATIENCE == PATIENCE - 1 and len(pool) > 1:
                pool = sorted(pool, key=lambda s: s.cost)[:-1]


def search(
    moves: Moves,
    starts: Callable[[int], Iterable[RankTree]],
    rivals: Callable[[int], Iterable[RankTree]],
    max_leaves: int,
    enough: float,
    effort: Effort,
) -> Found:
    """Return the best trees found with k to ``max_leaves`` leaves.

    Most is tried at k leaves, at the fewest that cost at most ``enough``, and
    where that is nearly so.
    """
    k, found = moves.costs.k, Found(effort.kept)
    run = _Search(moves, starts, rivals, effort, found)
    run.at_k()
    if not found.of(k):
        return found
    run.kick(k)
    if max_leaves == k:
        return found
    between = range(k + 1, max_leaves) if effort.every_size else range(0)
    for leaves in between:
        run.step(leaves, leaves - 1)
    run.above(max_leaves)
    for leaves in reversed(between):
        run.step(leaves, leaves + 1)
    wanted = found.fewest(enough)
    while wanted > k:
        if wanted < max_leaves and effort.kicks:
            run.above(wanted)
        run.kick(wanted)
        wanted -= 1  # that it was not enough may be for want of trying
        if not any(state.cost <= CLOSE * enough for state in found.of(wanted)):
            break
    return found
