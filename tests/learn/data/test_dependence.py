"""Whether columns have anything to do with each other."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.data.dependence import BINS, CHANCE, RELATED, association, classes, unrelated


def ones(values: np.ndarray) -> np.ndarray:
    return np.ones(len(values))


def test_association_of_known_tables() -> None:
    one = np.repeat([0, 1, 2], 100)
    assert association(one, one, np.ones(300)) == pytest.approx(1.0)
    assert association(one, 2 - one, np.ones(300)) == pytest.approx(1.0)
    assert association(one, np.tile([0, 1, 2], 100), np.ones(300)) == 0.0
    assert association(one, np.zeros(300, dtype=int), np.ones(300)) == 0.0


def test_a_form_without_any_slope_is_seen() -> None:
    """As income and spending in the article's data: an X, no correlation at all."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal(500)
    y = np.where(rng.random(500) < 0.5, x, -x) + 0.3 * rng.standard_normal(500)
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.1
    v = association(
        classes(x, ones(x), is_category=False), classes(y, ones(y), is_category=False), np.ones(500)
    )
    assert v > 0.25


@pytest.mark.parametrize("n", [300, 1500, 5000])
def test_noise_stays_below_the_floor(n: int) -> None:
    """The strongest of 30 columns of noise, ten times."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        columns = [
            classes(rng.standard_normal(n), np.ones(n), is_category=False) for _ in range(30)
        ]
        pairs = [association(a, b, np.ones(n)) for i, a in enumerate(columns) for b in columns[:i]]
        assert max(pairs) < RELATED + CHANCE / np.sqrt(n)


def test_what_is_alone_is_found_and_two_are_always_left() -> None:
    rng = np.random.default_rng(5)
    group = rng.integers(0, 4, 600)
    related = [group + 0.5 * rng.standard_normal(600) for _ in range(2)]
    noise = [rng.standard_normal(600) for _ in range(2)]
    codes = [classes(x, ones(x), is_category=False) for x in (*related, *noise)]
    assert unrelated(codes, np.ones(600)) == [2, 3]
    assert unrelated(codes[1:], np.ones(600)) == []  # only one would be left
    assert unrelated([code[:99] for code in codes], np.ones(99)) == []  # too few rows to tell


def test_classes_are_of_about_as_many() -> None:
    x = np.append(np.arange(99.0), np.nan)
    counts = np.bincount(classes(x, ones(x), is_category=False))
    assert len(counts) == BINS + 1  # and one for what is missing
    assert sorted(counts) == [1, 19, 20, 20, 20, 20]
    assert list(
        classes(np.array([2.0, 0.0, 2.0]), ones(np.array([2.0, 0.0, 2.0])), is_category=True)
    ) == [1, 0, 1]


def test_weights_are_rows_repeated() -> None:
    rng = np.random.default_rng(2)
    x, w = rng.standard_normal((2, 80)), rng.integers(1, 5, 80)
    y = np.round(x[0] + 0.5 * x[1], 1)
    weighted, repeated = (
        association(
            classes(a, weight, is_category=False), classes(b, weight, is_category=False), weight
        )
        for a, b, weight in (
            (x[0], y, w.astype(float)),
            (np.repeat(x[0], w), np.repeat(y, w), np.ones(w.sum())),
        )
    )
    assert weighted == pytest.approx(repeated, rel=1e-12)
