"""Spreads, counted again row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from segkit.survey.page_data import SPREAD_AT
from tests.survey.conftest import Surveyed


def test_spreads(surveyed: Surveyed) -> None:
    by_column = {each.feature.column: each for each in surveyed.survey.features}
    assert list(by_column) == ["age", "income", "region"]
    ids = {s.code: s.id for s in surveyed.subject.fit.segments}
    for column in ("age", "income"):
        scaled: Callable[[Any], Any] = np.log1p if column == "income" else np.asarray
        everyone = np.array([r[column] for r in surveyed.rows if r[column] is not None], float)
        for code, id_ in [*ids.items(), (None, None)]:
            mine = [r[column] for r in surveyed.rows if code in (None, r["segment_order"])]
            known = np.array([value for value in mine if value is not None], float)
            spread = by_column[column].everyone if id_ is None else by_column[column].segments[id_]
            assert (spread.known, spread.missing) == (len(known), len(mine) - len(known))
            assert spread.mean == pytest.approx(known.mean())
            assert spread.quantiles == pytest.approx(np.quantile(known, SPREAD_AT))
            place = (scaled(known).mean() - scaled(everyone).mean()) / scaled(everyone).std()
            assert spread.place == pytest.approx(place, abs=1e-9)
    assert by_column["income"].everyone.missing > 0
    for code, id_ in ids.items():
        levels = Counter(r["region"] for r in surveyed.rows if r["segment_order"] == code)
        assert by_column["region"].segments[id_].levels == dict(levels.most_common())
