"""Moves from one tree to a better one of the same size.

From small to large: put every cut anew, given what lies below it; drop a leaf
and split another; tear out a part and grow it again with noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from segkit.learn.numbers import Floats
from segkit.learn.trees.bins import Mask, Space
from segkit.learn.trees.ranks import (
    Cut,
    Path,
    RankTree,
    at,
    cut_paths,
    leaf_paths,
    middle_of_lowest,
    put,
)
from segkit.learn.trees.segment_costs import SAME, Costs, State
from segkit.learn.trees.splits import Splits

ROUNDS = 12  # of cuts and means in turn; it settles after three to five
REMEMBERED = 4_000_000  # rows of all states that are held, 32 MB: 500 states of 8,000 rows
SLOW = 1e-5  # a round that gains less than this share is the last
LEAF_NOISE, CUT_NOISE = (0.0, 0.4, 1.0), (0.0, 0.2, 0.5)  # sd of the log of a gain


@dataclass(frozen=True, eq=False)
class _About:
    """What rows cost in the segments that there are.

    ``own_means``: each leaf is a segment, so a split into two leaves is the
    one that is best when their means move too.
    """

    distances: Floats
    forms: Floats | None
    own_means: bool


class Moves:
    """Moves in the space of ``costs``; the seed alone decides what is random.

    What ``descend`` and ``settle`` come to depends on the tree alone, and of four trees one was
    there before: the last ones are known.
    """

    def __init__(self, costs: Costs, seed: int) -> None:
        self.costs = costs
        self._random = np.random.default_rng(seed)
        self._splits = Splits(costs)
        self._known: dict[tuple[RankTree, int, int], State] = {}

    @property
    def space(self) -> Space:
        return self.costs.space

    # Every cut anew

    def descend(self, tree: RankTree, rounds: int = ROUNDS) -> State:
        """Put all cuts anew and take the means of what results, while the cost falls.

        Alternates like tree alternating optimisation (Carreira-Perpinan and
        Tavallali 2018), with the cost of K-Means in place of mistakes.
        """
        return self._remembered((tree, 0, rounds), lambda: self._descended(tree, rounds))

    def _remembered(self, key: tuple[RankTree, int, int], make: Callable[[], State]) -> State:
        found = self._known.pop(key, None) or make()
        if (len(self._known) + 1) * len(self.space.weight) > REMEMBERED and self._known:
            del self._known[next(iter(self._known))]
        self._known[key] = found
        return found

    def _descended(self, tree: RankTree, rounds: int) -> State:
        state = self.costs.state(tree)
        everyone, has_means = np.ones(len(self.space.weight), dtype=bool), self.space.wrong is None
        for _ in range(rounds):
            own_means = state.leaves <= self.costs.k and has_means
            about = _About(self.costs.distances(state), self._forms(state), own_means)
            moved, _ = self._recut(state.tree, everyone, about)
            if moved is state.tree:
                break
            found = self.costs.state(moved)
            gained = state.cost - found.cost
            if gained <= SAME * self.costs.spread:
                break
            state = found
            if gained < SLOW * state.cost:
                break
        return state

    def _forms(self, state: State) -> Floats | None:
        return self.costs.forms(state) if self._splits.have_forms else None

    def _recut(self, node: RankTree, inside: Mask, about: _About) -> tuple[RankTree, Floats]:
        """The part with better cuts, and what each row costs if it comes there."""
        if isinstance(node, int):
            return node, about.distances[node]
        goes_left = self.space.goes_left(node)
        left, if_left = self._recut(node.left, inside & goes_left, about)
        right, if_right = self._recut(node.right, inside & ~goes_left, about)
        best: Cut | None
        if isinstance(left, int) and isinstance(right, int) and about.own_means:
            best = self._splits.about_new_means(np.flatnonzero(inside)).cut
            best = replace(best, left=left, right=right) if best else None
        elif isinstance(left, int) and isinstance(right, int) and about.forms is not None:
            sums = self._splits.sums(np.flatnonzero(inside))
            # not by BLAS: between cuts that part the same rows no rounding may choose
            cost = np.einsum("m,mfb->fb", about.forms[left] - about.forms[right], sums)
            best = self._better_cut(node, inside, cost, left, right)
        else:
            gain = if_left - if_right
            here = np.flatnonzero(inside & (gain != 0))
            cost = self.space.sums(here, gain[here])
            best = self._better_cut(node, inside, cost, left, right) if len(here) else None
        if best is not None and best != node:
            node, goes_left = best, self.space.goes_left(best)
        elif left is not node.left or right is not node.right:
            node = replace(node, left=left, right=right)
        return node, np.where(goes_left, if_left, if_right)

    def _better_cut(
        self, node: Cut, inside: Mask, cost: Floats, left: RankTree, right: RankTree
    ) -> Cut | None:
        """The cut that costs least, if it is better than that of the node.

        ``cost`` (d, bins): of each cut, what the rows that come here gain on its left (least sum).
        """
        now = self._now(node, inside, cost) - SAME * self.costs.spread
        cost += self.space.blocked
        for attempt in range(2):
            feature, place = divmod(int(cost.argmin()), self.space.bins)
            if not cost[feature, place] < now:
                return None
            found = self.space.cut(feature, middle_of_lowest(cost[feature]), left, right)
            counts, goes_left = self.space.counts, self.space.goes_left(found)
            n_left = float(counts[inside & goes_left].sum())
            n_right = float(counts[inside & ~goes_left].sum())
            if min(n_left, n_right) >= self.costs.min_leaf:
                return found
            if attempt == 0:  # seldom: so counted by bin only where it matters
                here = np.flatnonzero(inside)
                by_cut = self.space.sums(here, counts[here])
                smaller = np.minimum(by_cut, n_left + n_right - by_cut)
                cost[smaller < self.costs.min_leaf] = np.inf
        return None

    def _now(self, node: Cut, inside: Mask, cost: Floats) -> float:
        """What the cut that the node has costs."""
        if node.levels is None:
            return float(cost[node.feature, node.rank])
        by_level = np.diff(cost[node.feature], prepend=0.0)
        return float(by_level[sorted(node.levels)].sum())

    # One leaf more, one leaf less

    def grow(
        self, tree: RankTree, leaves: int, leaf_noise: float = 0.0, cut_noise: float = 0.0
    ) -> State:
        """Split the leaf that gains most until there are so many, or none gains."""
        state, has_means = self.costs.state(tree), self.space.wrong is None
        while state.leaves < leaves:
            free = set(range(self.costs.k)) - set(state.labels) if has_means else set()
            factors = self._factors(state.leaves, leaf_noise)
            if free:
                place, cut = self._best_new(state, factors, cut_noise)
                cut = replace(cut, left=state.labels[place], right=min(free)) if cut else None
            else:
                place, cut = self._best_labelled(state, factors)
            if cut is None:
                break
            found = self.costs.state(put(state.tree, leaf_paths(state.tree)[place], cut))
            if found.leaves <= state.leaves:
                break
            state = found
        return state

    def _factors(self, size: int, noise: float) -> Floats:
        return np.exp(noise * self._random.normal(size=size)) if noise else np.ones(size)

    def _best_new(self, state: State, factors: Floats, noise: float) -> tuple[int, Cut | None]:
        splits = [
            self._splits.about_new_means(
                np.flatnonzero(state.leaf == place), self._factors(len(self.space.codes), noise)
            )
            for place in range(state.leaves)
        ]
        place = int((factors * [split.gain for split in splits]).argmax())
        return place, splits[place].cut

    def _best_labelled(self, state: State, factors: Floats) -> tuple[int, Cut | None]:
        """The leaves that could gain most come first: few of them need to be looked at."""
        distances = self.costs.distances(state)
        labels = np.asarray(state.labels)[state.leaf]
        most = distances[labels, np.arange(len(labels))] - distances.min(axis=0)
        bounds = np.bincount(state.leaf, most) * factors
        forms = self._forms(state)
        best, chosen, cut = 0.0, 0, None
        for place in np.argsort(-bounds, kind="stable").tolist():
            if bounds[place] <= best:
                break
            rows, label = np.flatnonzero(state.leaf == place), state.labels[place]
            if forms is None:
                split = self._splits.about_means(rows, distances, label)
            else:
                split = self._splits.about_forms(rows, forms, label)
            if split.gain * factors[place] > best:
                best, chosen, cut = float(split.gain * factors[place]), place, split.cut
        return chosen, cut

    def drops(self, state: State) -> list[RankTree]:
        """The trees with one leaf less, that first which costs least before cuts are put anew."""
        distances = self.costs.distances(state)
        found: list[tuple[float, RankTree]] = []

        def walk(node: RankTree, inside: Mask, path: Path) -> Floats:
            if isinstance(node, int):
                return np.asarray(distances[node])
            goes_left = self.space.goes_left(node)
            here = inside & goes_left, inside & ~goes_left
            sides = node.left, node.right
            cost = walk(sides[0], here[0], (*path, True)), walk(sides[1], here[1], (*path, False))
            for side, other in ((0, 1), (1, 0)):
                if isinstance(sides[side], int):
                    more = float((cost[other][here[side]] - cost[side][here[side]]).sum())
                    found.append((more, put(state.tree, path, sides[other])))
            return np.where(goes_left, cost[0], cost[1])

        walk(state.tree, np.ones(len(self.space.weight), dtype=bool), ())
        return [tree for _, tree in sorted(found, key=lambda drop: drop[0])]

    # Larger moves

    def settle(self, tree: RankTree, leaves: int, rounds: int = ROUNDS) -> State:
        """Grow to so many leaves and put the cuts anew; again if that has lost a leaf."""
        return self._remembered((tree, leaves, rounds), lambda: self._settled(tree, leaves, rounds))

    def _settled(self, tree: RankTree, leaves: int, rounds: int) -> State:
        state = self.descend(self.grow(tree, leaves).tree, rounds)
        if state.leaves < leaves:
            state = self.descend(self.grow(state.tree, leaves).tree, rounds)
        return state

    def improve(self, state: State, rounds: int, width: int) -> State:
        """Drop one of the cheapest leaves and split elsewhere, while the cost falls."""
        for _ in range(rounds):
            for tree in self.drops(state)[:width]:
                found = self.settle(self.descend(tree, 1).tree, state.leaves, 3)
                if found.leaves >= state.leaves and found.cost < state.cost * (1 - 1e-6):
                    state = self.descend(found.tree)
                    break
            else:
                break
        return state

    def shrink(self, tree: RankTree, leaves: int) -> RankTree:
        """Drop the leaf that costs least until there are so many."""
        state = self.costs.state(tree)
        while state.leaves > leaves:
            state = self.costs.state(self.drops(state)[0])
            if state.leaves % 3 == 0:
                state = self.descend(state.tree, 2)
        return state.tree

    def kick(self, state: State) -> State:
        """Tear out a part, or two leaves, and grow again with more or less noise."""
        leaf_noise = float(self._random.choice(LEAF_NOISE))
        cut_noise = float(self._random.choice(CUT_NOISE))
        tree = state.tree
        if self._random.random() < 0.6:
            paths = cut_paths(tree)
            path = paths[int(self._random.integers(len(paths)))]
            part = at(tree, path)
            while isinstance(part, Cut):
                part = part.left
            tree = put(tree, path, part)
        else:
            for _ in range(2):
                drops = self.drops(self.costs.state(tree))
                if drops:
                    tree = drops[int(self._random.integers(len(drops)))]
        return self.grow(tree, state.leaves, leaf_noise, cut_noise)
