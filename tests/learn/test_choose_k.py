from __future__ import annotations

import numpy as np

from segkit.learn.choose_k import choose_k, measure_silhouettes
from segkit.learn.clusters import sweep
from tests.learn.conftest import blobs

SCORES = {2: 0.30, 3: 0.4504, 4: 0.4496, 5: 0.40}


def test_the_best_silhouette_wins_and_a_tie_goes_to_the_smaller() -> None:
    choice = choose_k(None, SCORES, 0.01, lambda k: 0.2)
    assert choice is not None
    assert choice.k == 3
    assert choice.reason == "k = 3 has the best silhouette (0.450) of k = 2 to 5"
    tied = choose_k(None, {2: 0.1, 3: 0.45, 4: 0.4504}, 0.01, lambda k: 0.2)
    assert tied is not None and tied.k == 3


def test_small_segments_are_passed_over_and_it_is_said() -> None:
    choice = choose_k(None, SCORES, 0.01, {2: 0.3, 3: None, 4: 0.005, 5: 0.02}.get)
    assert choice is not None
    assert choice.k == 5
    assert "whose segments all hold 1% of the customers (not so: 3, 4)" in choice.reason
    assert choice.warnings == ()


def test_if_all_are_small_the_best_is_taken_with_a_warning() -> None:
    choice = choose_k(None, SCORES, 0.1, {2: 0.01, 3: None, 4: 0.02, 5: 0.02}.get)
    assert choice is not None
    assert choice.k == 4
    assert "smallest segment holds 2%" in choice.warnings[0]


def test_no_tree_at_all() -> None:
    assert choose_k(None, SCORES, 0.01, lambda k: None) is None
    assert choose_k(3, SCORES, 0.01, lambda k: None) is None


def test_a_declared_k_is_kept_and_warns_if_small() -> None:
    choice = choose_k(4, SCORES, 0.01, lambda k: 0.2)
    assert choice is not None
    assert (choice.k, choice.reason, choice.warnings) == (4, "k = 4 as declared", ())
    small = choose_k(4, SCORES, 0.01, lambda k: 0.001)
    assert small is not None and small.warnings


def test_silhouettes_are_measured_where_they_are_defined() -> None:
    X = blobs()
    found = measure_silhouettes(X, sweep(X, 4))
    assert list(found) == [2, 3, 4]
    assert max(found, key=lambda k: found[k]) == 3
    few = np.array([[0.0], [1.0], [5.0]])
    assert list(measure_silhouettes(few, sweep(few, 3))) == [2]
