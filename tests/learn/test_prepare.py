from __future__ import annotations

import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.learn.prepare import fill_missing, fit_feature, transform
from tests.learn.conftest import feature

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
