"""A column that decides alone is said, and taken back where nobody asked for it."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.core.fact_english import assumption_sentences, sentences, warning_sentences
from segkit.core.facts import Fact
from segkit.learn.data.deciding import deciding_column, take_back
from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Rows
from tests.learn.conftest import MemoryEngine, feature, load, segmentation
from tests.learn.test_learn import fit

SIDE = np.tile([0, 1], 50)


def rows(first: float, *others: float) -> Rows:
    """A hundred rows in two groups that lie so far apart in each column."""
    return Rows.of_array(np.stack([SIDE * far for far in (first, *others)], axis=1))


@pytest.mark.parametrize(("other", "decides"), [(0.33, True), (0.34, False)])
def test_nine_tenths_of_the_difference_decide(other: float, decides: bool) -> None:
    """1 / (1 + 0.33 ** 2) = 90.2 %, with 0.34 89.6 %."""
    found = deciding_column(rows(1.0, other), SIDE)
    assert (found is not None) is decides
    if found is not None:
        assert (found.code, found.value) == ("decides_alone", pytest.approx(1 / 1.1089))
    assert deciding_column(rows(1.0), SIDE) is None  # there is no other


def test_it_counts_half_then_it_is_left_out() -> None:
    one = Fact("decides_alone", "price", value=0.97)
    features = tuple(feature(name) for name in ("age", "price", "visits"))
    said = (
        *(Fact("chosen", f.column) for f in features),
        Fact("out_constant", "country"),
        Fact("log_scale", "price", value=3.0),
    )
    assert take_back((features, said), one, asked=("price",)) is None
    halved = take_back((features, said), one)
    assert halved is not None
    assert [f.weight for f in halved[0]] == [1, 0.5, 1]
    assert sentences(halved[1])[-1].startswith("price counts half: alone it made 97%")
    out = take_back(halved, one)
    assert out is not None
    assert [f.column for f in out[0]] == ["age", "visits"]
    assert sentences(out[1]) == (
        "features: age, visits",
        "left out: price (alone it decided the segments: list it in `features` to have it so), "
        "country (constant)",
    )
    # of two columns one always parts two segments
    assert take_back(out, Fact("decides_alone", "age", value=0.99)) is None


def heaps() -> Floats:
    """Four columns of three groups that run into each other, and one of two heaps."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 400)
    weak = [rng.standard_normal(400) + 0.6 * group for _ in range(4)]
    heap = rng.random(400) < 0.3 + 0.2 * (group == 2)
    return np.round(np.stack([*weak, 50 * heap + 0.8 * rng.standard_normal(400)], axis=1), 3)


@pytest.mark.slow
def test_two_heaps_in_one_column_decide_only_if_that_is_asked_for(engine: MemoryEngine) -> None:
    names = ("w", "x", "y", "z", "price")
    load(engine, heaps(), names)
    found = fit(engine, segmentation(k=2, k_max=2))
    assert not any("alone makes" in text for text in warning_sentences(found))
    assert any("price counts half" in text for text in assumption_sentences(found))
    assert found.features[-1].weight == 0.5
    asked = fit(engine, segmentation(*names, k=2, k_max=2))
    assert "price alone makes" in "".join(warning_sentences(asked))
    assert [f.weight for f in asked.features] == [1] * 5
