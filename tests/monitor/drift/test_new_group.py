"""Far from every segment, and close to each other; in SQL see test_paired_sums.py."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.monitor.drift.evidence import Far, Kind, Line
from segkit.monitor.drift.new_group import dense, kept_line, space_of, with_dense
from tests.monitor.drift.made import check, earlier, evidence, snapshot

DRAW = np.random.default_rng(9)
X = DRAW.normal(50, 10, (1000, 2))
Z = (X[:, 0] > 50) * 1


def test_the_space_is_of_steady_features_and_segments_means() -> None:
    made = snapshot(np.arange(1000), Z, x=X[:, 0], w=X[:, 1], age=X[:, 1], one=np.ones(1000))
    found = evidence(made, made)
    space = space_of(found, {"age": Kind.AGES})
    assert space is not None
    assert space.features == ("x", "w")
    scaled = (X - X.mean(0)) / X.std(0)
    centers = np.array([scaled[code == Z].mean(0) for code in (0, 1)])
    assert space.centers == pytest.approx(centers)
    within = sum(((scaled[code == Z] - centers[code]) ** 2).sum() for code in (0, 1)) / 1000
    assert space.inertia == pytest.approx(within)
    points = space.scaled(np.array([[np.nan, 50.0]]))
    assert points[0, 0] == 0
    assert space.distances(centers) == pytest.approx([0, 0])
    assert space_of(found, {"x": Kind.AGES, "w": Kind.ACCUMULATES, "age": Kind.AGES}) is None


def test_a_ball_is_told_from_what_lies_around() -> None:
    angle = np.linspace(0, 2 * np.pi, 100)
    ring = 5 * np.column_stack([np.cos(angle), np.sin(angle)])
    ball = DRAW.normal(0, 0.6, (60, 2)) + np.array([4, 3])
    assert dense(ring, 1.0) < 20
    assert 55 <= dense(np.vstack([ring, ball]), 1.0) < 80
    assert dense(np.zeros((0, 2)), 1.0) == 0


def test_those_who_were_not_looked_at_count_too() -> None:
    ball = np.zeros((50, 2))
    assert with_dense(Far(Line("x", 9.0, 1000, 5), 1000, 100), ball, 1.0).dense == 100
    assert (
        with_dense(Far(Line("x", 9.0, 1000, 5), 1000, 19), ball, 1.0).dense == 0
    )  # too few to be a group


def test_a_line_is_kept_for_the_same_features() -> None:
    made = snapshot(np.arange(1000), Z, x=X[:, 0], w=X[:, 1])
    space = space_of(evidence(made, made), {})
    assert space is not None
    rows = [check("far", 8.5, subject="x, w"), check("far n", 5, subject="x, w")]
    assert kept_line(space, 1000, earlier([[], rows])) == Line("x, w", 8.5, 1000, 5)
    assert kept_line(space, 1000, earlier([[check("far", 8.5, subject="x")]])) is None
