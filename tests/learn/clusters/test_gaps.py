from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.learn.clusters.borders import Border, Layout
from segkit.learn.clusters.gaps import Found, find_gaps, proven

GAP = (0.0, 0.0)
NONE = (1.0, 1.0)


def layout(k: int, groups: int, *, depth: float = 1.0) -> Layout:
    """k clusters in a row: a gap beside the first ``groups - 1`` of them, then none."""
    borders = tuple(
        Border(c, c + 1, 50.0, *(GAP if c < groups - 1 else (1.0, depth))) for c in range(k - 1)
    )
    return Layout(k, dict.fromkeys(range(k), 100.0), borders)


def layouts(*groups: int) -> dict[int, Layout]:
    return {k: layout(k, found) for k, found in enumerate(groups, start=2)}


def test_as_many_as_most_k_join_to() -> None:
    assert find_gaps(layouts(2, 3, 3, 3, 3), best=3) == Found(3, "apart")


def test_a_few_customers_far_out_are_no_group_and_take_a_cluster() -> None:
    """K-Means with three clusters gives one to an outlier: the three groups are those of k = 4."""
    given = {k: replace(layout(k - 1, min(k - 1, 3)), k=k) for k in range(2, 8)}
    assert find_gaps(given, best=4) == Found(4, "overlap")


def test_no_gaps_are_no_groups() -> None:
    assert find_gaps(layouts(1, 1, 1, 1, 1), best=None) == Found(None, "degrees")
    assert find_gaps(layouts(1, 1, 1, 1, 1), best=4) == Found(None, "degrees")


def test_groups_that_k_means_does_not_give_are_not_round() -> None:
    assert find_gaps(layouts(2, 2, 3, 3, 3), best=3) == Found(3, "shape")


def test_nothing_stands_out_where_more_come_back_and_score_better() -> None:
    assert find_gaps(layouts(2, 3, 3, 3, 3), best=4) == Found(3, "overlap")
    # but where that is the most that were tried, and cuts groups in two, it would go on and on
    assert find_gaps(layouts(2, 3, 3, 3, 3), best=6) == Found(3, "apart")


def test_nothing_stands_out_where_more_have_gaps_perhaps() -> None:
    perhaps = layouts(2, 3, 3, 3, 3) | {4: layout(4, 3, depth=0.2)}
    assert find_gaps(perhaps, best=3) == Found(3, "overlap")


def test_more_with_gaps_at_every_border_win() -> None:
    assert find_gaps(layouts(2, 3, 3, 3, 6, 3), best=3) == Found(6, "overlap")


@pytest.mark.parametrize(("share", "found"), [((3, 3, 4, 4), 3), ((3, 4, 4, 4), 4)])
def test_two_thirds_of_them_have_to_agree(share: tuple[int, ...], found: int) -> None:
    # of k = 3 to 6 two of four say 3, then one of four
    given = {k: layout(k, groups) for k, groups in enumerate((1, *share), start=2)}
    result = find_gaps(given, best=None)
    assert result.k == (found if share.count(4) == 3 else 4)


def test_where_they_do_not_agree_gaps_at_some_borders_are_a_guess() -> None:
    given = {2: layout(2, 1), 3: layout(3, 1), 4: layout(4, 3, depth=0.5), 5: layout(5, 2)}
    assert find_gaps(given, best=None) == Found(4, "overlap")
    nothing = {2: layout(2, 1), 3: layout(3, 2), 4: layout(4, 1), 5: layout(5, 3)}
    assert find_gaps(nothing, best=None).verdict in ("overlap", "degrees")


def test_there_are_at_least_as_many_as_some_columns_say_alone() -> None:
    idle = layouts(2, 3, 4, 2, 1, 3)  # K-Means cuts columns that say nothing beyond k = 4
    assert find_gaps(idle, best=2) == Found(4, "overlap")
    assert find_gaps(idle, best=2, least=4) == Found(4, "apart")
    assert find_gaps(layouts(1, 1, 1, 1, 1), best=None, least=3) == Found(3, "shape")
    # what most k join to is more, and has gaps at every border
    assert find_gaps(layouts(2, 3, 3, 3, 3), best=3, least=2) == Found(3, "apart")
    assert find_gaps(layouts(2, 2, 3, 3, 3), best=2, least=2) == Found(2, "apart")
    # more that have gaps are taken where half of the larger k join to so many
    assert find_gaps(layouts(2, 3, 4, 4, 3, 3), best=3, least=3) == Found(4, "overlap")
    assert find_gaps(layouts(2, 3, 4, 3, 3, 3), best=3, least=3) == Found(3, "overlap")


def test_proven_are_groups_with_gaps_at_every_border_and_no_more_have_them() -> None:
    assert proven(layouts(2, 3, 3, 3, 3)) == 3
    assert proven(layouts(2, 2, 3, 3, 3)) is None
    assert proven(layouts(2, 3, 3, 3, 6, 3)) is None
    assert proven(layouts(1, 1, 1)) is None
    assert proven({}) is None
