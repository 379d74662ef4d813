from __future__ import annotations

import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.errors import DataError
from segkit.learn.data.prepare import fill_missing, transform
from tests.learn.conftest import feature
from tests.learn.unweighted import fit_feature

VALUES = np.array([0.0, 1.0, np.nan, 9.0, 30.0])
COLUMN = Column("x", parse_type("DOUBLE"))


@pytest.mark.parametrize("scale", ["standard", "log"])
def test_scaled_values_have_mean_0_and_sd_1(scale: str) -> None:
    fitted = fit_feature(feature("x", scale=scale), COLUMN, VALUES)
    known = VALUES[np.isfinite(VALUES)]
    scaled = transform(known[:, None], [fitted])
    assert scaled.mean() == pytest.approx(0, abs=1e-8)
    assert scaled.std() == pytest.approx(1)
    assert (np.diff(scaled[:, 0]) > 0).all()
    assert fitted.median == 5


def test_none_keeps_the_values() -> None:
    fitted = fit_feature(feature("x", scale="none"), COLUMN, VALUES)
    assert transform(VALUES[:2, None], [fitted]).tolist() == [[0.0], [1.0]]


def test_a_missing_value_is_the_median() -> None:
    fitted = fit_feature(feature("x"), COLUMN, VALUES)
    assert fill_missing(VALUES[:, None], [fitted])[:, 0].tolist() == [0, 1, 5, 9, 30]


def test_robust_has_the_median_at_0_and_quartiles_1_apart() -> None:
    fitted = fit_feature(feature("x", scale="robust"), COLUMN, VALUES)
    assert (fitted.center, fitted.spread) == (5, 13.5)  # quartiles 0.75 and 14.25
    known = VALUES[np.isfinite(VALUES)]
    scaled = transform(known[:, None], [fitted])[:, 0]
    low, middle, high = np.quantile(scaled, [0.25, 0.5, 0.75])
    assert (middle, high - low) == (pytest.approx(0), pytest.approx(1))


def test_robust_is_refused_where_the_quartiles_are_equal() -> None:
    values = np.array([0.0] * 8 + [5.0, 9.0])
    with pytest.raises(DataError) as caught:
        fit_feature(feature("x", scale="robust"), COLUMN, values)
    (problem,) = caught.value.problems
    assert problem.code == "SK316"
    assert "80% of its values are 0" in problem.message
    assert "scale: log" in (problem.help or "")


@pytest.mark.parametrize("scale", ["standard", "log", "robust", "none"])
@pytest.mark.parametrize("weight", [1.0, 2.5])
def test_one_row_lies_where_all_rows_do(scale: str, weight: float) -> None:
    fitted = fit_feature(feature("x", scale=scale, weight=weight), COLUMN, VALUES)
    filled = fill_missing(VALUES[:, None], [fitted])
    together = transform(filled, [fitted])[:, 0].tolist()
    alone = [fitted.coordinates(None if np.isnan(v) else v)[0] for v in VALUES]
    assert together == pytest.approx(alone)
