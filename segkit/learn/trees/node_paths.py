"""Places in a tree, as the way there from the root: True is left."""

from __future__ import annotations

from dataclasses import replace

from segkit.learn.trees.ranks import Cut, RankTree

Path = tuple[bool, ...]


def leaf_paths(tree: RankTree, path: Path = ()) -> list[Path]:
    if isinstance(tree, int):
        return [path]
    return leaf_paths(tree.left, (*path, True)) + leaf_paths(tree.right, (*path, False))


def cut_paths(tree: RankTree, path: Path = ()) -> list[Path]:
    if isinstance(tree, int):
        return []
    return [path, *cut_paths(tree.left, (*path, True)), *cut_paths(tree.right, (*path, False))]


def at(tree: RankTree, path: Path) -> RankTree:
    for left in path:
        assert isinstance(tree, Cut)
        tree = tree.left if left else tree.right
    return tree


def first_leaf(tree: RankTree) -> int:
    while isinstance(tree, Cut):
        tree = tree.left
    return tree


def put(tree: RankTree, path: Path, part: RankTree) -> RankTree:
    if not path or isinstance(tree, int):
        return part
    if path[0]:
        return replace(tree, left=put(tree.left, path[1:], part))
    return replace(tree, right=put(tree.right, path[1:], part))
