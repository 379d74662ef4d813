from __future__ import annotations

from segkit.learn.trees.node_paths import at, cut_paths, first_leaf, leaf_paths, put
from segkit.learn.trees.ranks import Cut

INNER = Cut(1, 5, 7, 8)
TREE = Cut(0, 3, Cut(2, 1, 4, INNER), 9)


def test_places_are_the_way_from_the_root_left_to_right() -> None:
    assert leaf_paths(TREE) == [
        (True, True),
        (True, False, True),
        (True, False, False),
        (False,),
    ]
    assert cut_paths(TREE) == [(), (True,), (True, False)]
    assert (leaf_paths(4), cut_paths(4)) == ([()], [])


def test_what_stands_at_a_place() -> None:
    assert [at(TREE, path) for path in leaf_paths(TREE)] == [4, 7, 8, 9]
    assert at(TREE, (True, False)) is INNER
    assert at(TREE, ()) is TREE
    assert (first_leaf(TREE), first_leaf(INNER), first_leaf(9)) == (4, 7, 9)


def test_a_part_is_put_there_and_all_others_stay() -> None:
    assert put(TREE, (True, False), 6) == Cut(0, 3, Cut(2, 1, 4, 6), 9)
    assert put(TREE, (False,), INNER) == Cut(0, 3, Cut(2, 1, 4, INNER), INNER)
    assert put(TREE, (), 6) == 6
    assert put(put(TREE, (True, False), 6), (True, False), INNER) == TREE
