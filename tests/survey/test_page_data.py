from __future__ import annotations

import pytest

from segkit.survey.page_data import SPREAD_AT, Spread


def test_the_median_is_the_middle_quantile() -> None:
    assert Spread(5, 0, quantiles=tuple(10 * at for at in SPREAD_AT)).median == 5.0
    assert Spread(0, 5).median is None


@pytest.mark.parametrize(
    ("known", "missing", "mostly"), [(5, 5, False), (4, 5, True), (1, 0, False)]
)
def test_mostly_missing(known: int, missing: int, mostly: bool) -> None:
    assert Spread(known, missing).is_mostly_missing is mostly
