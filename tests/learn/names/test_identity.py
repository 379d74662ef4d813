from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from segkit.core.fit import Fit, FittedSegment, Lineage, letters
from segkit.learn.names.identity import best_pairs
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import codes_of
from tests.learn.conftest import MemoryEngine, load, segmentation
from tests.learn.test_learn import fit
from tests.learn.unweighted import identify


class Previous:
    """A fit is only asked for its segments here; ``own`` are those at its end, by column."""

    def __init__(self, *segments: FittedSegment, own: Sequence[str] = ()) -> None:
        self.segments = segments
        self.learned = segments[: len(segments) - len(own)]
        self.own = dict(zip(own, segments[len(self.learned) :], strict=True))


def previous(*segments: FittedSegment, own: Sequence[str] = ()) -> Any:
    return Previous(*segments, own=own)


A = FittedSegment(1, "A", "Older", 50)
B = FittedSegment(2, "B", "Younger", 30)
CENTERS = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("number", "text"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (53, "BA")]
)
def test_letters(number: int, text: str) -> None:
    assert letters(number) == text


def test_the_first_fit_goes_by_size_then_by_centre() -> None:
    segments = np.repeat([2, 0, 1, -1], [20, 10, 10, 40])
    assert [i.id for i in identify(segments, CENTERS, None, None)] == ["B", "C", "A"]


def test_a_segment_that_holds_the_same_people_keeps_id_and_code() -> None:
    before = np.repeat([1, 2], [50, 30])
    segments = np.repeat([1, 0], [52, 28])  # the other order, and two who changed
    found = identify(segments, CENTERS[:2], previous(A, B), before)
    assert [(i.code, i.id, i.before) for i in found] == [(2, "B", B), (1, "A", A)]


def test_other_people_get_a_letter_that_was_never_used() -> None:
    before = np.repeat([1, 2], [60, 60])
    segments = np.concatenate([np.repeat(0, 60), np.tile([1, 2, 0, 0], 15)])
    found = identify(segments, CENTERS, previous(A, B), before)
    assert [i.id for i in found] == ["A", "C", "D"]
    assert [i.code for i in found] == [1, 3, 4]
    assert found[1].before is None


def test_fewer_segments_than_before() -> None:
    before = np.repeat([1, 2], [50, 10])
    found = identify(np.zeros(60, dtype=int), CENTERS[:1], previous(A, B), before)
    assert [i.id for i in found] == ["A"]


@pytest.mark.parametrize(("shared", "ids"), [(20, ["A", "B"]), (19, ["C", "B"])])
def test_a_third_of_both_together_are_the_same_people(shared: int, ids: list[str]) -> None:
    """20 of 40 and 40 are a third of the 60 in either; 19 are less."""
    before = np.repeat([1, 2, 0], [40, 60, 40])
    new = np.concatenate(
        [np.repeat([0, -1], [shared, 40 - shared]), np.repeat(1, 60), np.repeat(-1, 40)]
    )
    new[100 : 140 - shared] = 0  # so that the new segment has 40, too
    assert (new == 0).sum() == 40
    found = identify(new, CENTERS[:2], previous(A, B), before)
    assert [i.id for i in found] == ids


def test_an_id_that_an_earlier_fit_gave_is_not_given_again() -> None:
    before = np.repeat([1, 2], [60, 60])
    segments = np.repeat([0, 1, 2], [60, 60, 30])
    found = identify(segments, CENTERS, previous(A, B), np.append(before, [0] * 30), taken=6)
    assert [(i.code, i.id) for i in found] == [(1, "A"), (2, "B"), (7, "G")]


def test_of_segments_of_one_size_that_with_the_lower_centre_is_first() -> None:
    centers = np.array([[2.0, 1.0], [1.0, 9.0], [1.0, 3.0]])
    found = identify(np.repeat([0, 1, 2], 10), centers, None, None)
    assert [i.id for i in found] == ["C", "B", "A"]


# (x, y) of each group's centre, and how many customers it has
GROUPS = (((20, 20), 400), ((50, 25), 300), ((35, 60), 200), ((70, 70), 100))


def people(*groups: tuple[tuple[float, float], int]) -> Floats:
    rng = np.random.default_rng(1)
    return np.concatenate([rng.normal(center, 3, (n, 2)).round(2) for center, n in groups])


def refit(engine: MemoryEngine, X: Floats, k: int, *earlier: Fit) -> Fit:
    load(engine, X)
    taken = max((s.code for fit in earlier for s in fit.segments), default=0)
    previous = earlier[-1] if earlier else None
    return fit(engine, segmentation("x", "y", k=k), previous=previous, taken=taken)


def words(found: Fit) -> dict[str, str]:
    return {segment.id: segment.name for segment in found.segments}


@pytest.mark.long
@pytest.mark.slow
def test_a_refit_on_a_resample_moves_hardly_anyone(engine: MemoryEngine) -> None:
    X = people(*GROUPS)
    first = refit(engine, X, 4)
    before = codes_of(first.tree, ("x", "y"), X)
    for seed in range(3):
        drawn = np.random.default_rng(seed).integers(0, len(X), len(X))
        again = refit(engine, X[drawn], 4, first)
        assert (codes_of(again.tree, ("x", "y"), X) == before).mean() >= 0.99
        assert words(again) == words(first)


@pytest.mark.long
@pytest.mark.slow
def test_groups_that_come_and_go(engine: MemoryEngine) -> None:
    first = refit(engine, people(*GROUPS), 4)
    without = refit(engine, people(*GROUPS[:1], *GROUPS[2:]), 3, first)
    assert words(without) == {id: name for id, name in words(first).items() if id != "B"}
    back = refit(engine, people(*GROUPS), 4, first, without)
    assert list(words(back)) == ["A", "C", "D", "E"]  # a retired id is not given again
    more = refit(engine, people(*GROUPS, ((90, 20), 250)), 5, first)
    # the fifth group is what the name of B said, too: it is made anew, and the others stay
    assert {id: words(more)[id] for id in "ACD"} == {id: words(first)[id] for id in "ACD"}
    assert words(more)["B"] != words(first)["B"]
    assert [(s.code, s.id, s.n) for s in more.segments][4:] == [(5, "E", 250)]


@pytest.mark.slow
def test_the_larger_part_of_a_split_keeps_the_id(engine: MemoryEngine) -> None:
    first = refit(engine, people(*GROUPS), 4)
    parts = (((20, 20), 270), ((20, 35), 130))
    split = refit(engine, people(*parts, *GROUPS[1:]), 5, first)
    sizes = {segment.id: segment.n for segment in split.segments}
    assert sizes == {"A": 270, "B": 300, "C": 200, "D": 100, "E": 130}
    # what was said of all is true of either part, and both get a name of their own
    assert {id: words(split)[id] for id in "BCD"} == {id: words(first)[id] for id in "BCD"}
    assert not {words(split)["A"], words(split)["E"]} & {*words(first).values()}


NEVER = FittedSegment(3, "C", "No recency", 20)


def test_own_segments_go_by_size_among_the_others() -> None:
    segments = np.repeat([0, 1, 2], [20, 40, 30])  # the last one is own
    assert [i.id for i in identify(segments, CENTERS[:2], None, None, own=["recency"])] == [
        *("C", "A", "B")
    ]


def test_an_own_segment_keeps_its_id_whoever_is_in_it() -> None:
    """Its people of before are now in a segment that was learned, and those of A in it."""
    before = np.repeat([1, 2, 3], [50, 30, 20])
    segments = np.repeat([2, 1, 0], [50, 30, 20])
    old = previous(A, B, NEVER, own=["recency"])
    found = identify(segments, CENTERS[:2], old, before, own=["recency"])
    assert [(i.id, i.before) for i in found] == [("D", None), ("B", B), ("C", None)]


def test_a_name_of_a_column_is_not_left_to_people() -> None:
    """The same people: an id stays, "No recency" does not, and neither does a name of theirs."""
    before = np.repeat([1, 2, 3], [50, 30, 20])
    learned = np.repeat([0, 1, 2], [50, 30, 20])
    old = previous(A, B, NEVER, own=["recency"])
    found = identify(learned, CENTERS, old, before)
    assert [(i.id, i.before) for i in found] == [("A", A), ("B", B), ("C", None)]
    found = identify(learned, CENTERS[:2], previous(A, B, NEVER), before, own=["recency"])
    assert [(i.id, i.before) for i in found] == [("A", A), ("B", B), ("C", None)]


def test_another_own_column_is_another_segment_unless_its_people_are_the_same() -> None:
    before = np.repeat([1, 2, 3, 0], [50, 30, 20, 50])
    segments = np.repeat([0, 1, -1, 2], [50, 30, 20, 50])
    old = previous(A, B, NEVER, own=["recency"])
    found = identify(segments, CENTERS[:2], old, before, own=["income"])
    assert [i.id for i in found] == ["A", "B", "D"]


def test_of_two_ways_that_share_as_many_the_first_letter_goes_to_the_larger_one() -> None:
    """A's 40 are in both halves alike. Of equally large ones that with the lower centre is A."""
    before = np.repeat([1, 0], [40, 10])
    larger = np.repeat([0, 1, 1], [20, 20, 10])
    assert [i.id for i in identify(larger, CENTERS[:2], previous(A), before)] == ["B", "A"]
    before = np.repeat([1], [40])
    equal = np.repeat([0, 1], [20, 20])
    assert [i.id for i in identify(equal, CENTERS[:2], previous(A), before)] == ["A", "B"]
    assert [i.id for i in identify(equal, CENTERS[1::-1], previous(A), before)] == ["B", "A"]


def test_pairs_are_the_best_and_the_first_of_equals() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        rows, columns = rng.integers(1, 5, 2).tolist()
        table = rng.integers(0, 3, (rows, columns)).astype(float)
        short, long = sorted((rows, columns))
        ways = []
        for chosen in itertools.permutations(range(long), short):
            pairs = zip(*(range(short), chosen)[:: 1 if rows <= columns else -1], strict=True)
            of_row = dict(pairs)
            way = tuple(of_row.get(row) for row in range(rows))
            sum_ = sum(table[r, c] for r, c in of_row.items())
            ways.append((-sum_, tuple(columns if c is None else c for c in way), way))
        assert best_pairs(table) == min(ways)[2]


@pytest.mark.slow
def test_a_refit_says_what_became_of_the_segments(engine: MemoryEngine) -> None:
    """Two groups become one and one becomes two; over all customers, unassigned ones too."""
    before = people(*GROUPS)
    first = refit(engine, before, 4)
    assert first.lineage.segments == () and first.lineage.replaced is None
    second = refit(engine, before, 3, first)
    told = second.lineage
    assert (told.replaced, len(told.segments)) == (first.version, 4)
    both = list(zip(*(codes_of(f.tree, ("x", "y"), before) for f in (first, second)), strict=True))
    assert told.agrees == pytest.approx(sum(one == other for one, other in both) / len(both))
    kinds = [each.kind for each in told.segments]
    assert sorted(kinds) == ["kept", "kept", "merged", "retired"]
    merged = next(each for each in told.segments if each.kind == "merged")
    assert len(merged.of) == 2 and told.segments[-1].of == (merged.id,)


@pytest.mark.slow
def test_of_rules_that_ask_a_lost_column_nothing_is_told(engine: MemoryEngine) -> None:
    first = refit(engine, people(*GROUPS), 4)
    load(engine, people(*GROUPS)[:, :1], ("x",))
    second = fit(engine, segmentation("x", k=3), previous=first, taken=4)
    assert second.lineage == Lineage() and second.lineage.replaced == first.version
    assert second.lineage.segments == () and second.lineage.agrees is None
