"""What is held beside the customers' own columns."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.core.evaluate import evaluate
from segkit.learn.numbers import squared_distances
from segkit.survey.everybody import CODE
from segkit.survey.held_rows import NEAREST, hold_rows
from tests.survey.conftest import Surveyed, coordinates, opened


def test_codes_centres_coordinates_and_metrics(surveyed: Surveyed) -> None:
    fit = surveyed.subject.fit
    with opened(surveyed.folder) as engine, hold_rows(engine, surveyed.subject, 400) as held:
        keys = engine.query(f"SELECT customer_id FROM {surveyed.subject.rows}")
        columns = ", ".join([CODE, NEAREST, *held.measured, *held.axes])
        rows = engine.query(f"SELECT {columns} FROM segkit_survey")
        found = {key: row for (key,), row in zip(keys, rows, strict=True)}
        assert (held.width, held.metrics) == (4, ("spend", "profit"))
        capped = f"SELECT min({held.units[1]}), max({held.units[1]}) FROM segkit_survey"
        assert engine.query(capped)[0] == pytest.approx((-1.0, 1.0))
    for row in surveyed.rows:
        code, nearest, spend, profit, *z = found[row["customer_id"]]
        assert code == evaluate(fit.tree, row)
        assert (spend, profit) == (row["spend"], row["profit"])
        np.testing.assert_allclose(z, coordinates(surveyed, row), atol=1e-9)
        away = squared_distances(np.array([z]), np.array(fit.clusters.centers))
        assert nearest == 1 + away.argmin()
