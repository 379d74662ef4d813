"""All customers are counted by leaf and by code, with their metrics and what is missing."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from segkit.survey.everybody import read_everybody
from tests.survey.conftest import Surveyed, opened


def test_counts_are_those_of_the_rows(surveyed: Surveyed) -> None:
    with opened(surveyed.folder) as engine:
        found = read_everybody(engine, surveyed.subject)
    sizes = Counter(row["segment_order"] for row in surveyed.rows)
    assert {code: n for code, n in found.codes.items() if n} == sizes
    assert found.rows == sum(found.leaves) == len(surveyed.rows)
    known, missing = found.known("income")
    assert missing == {
        code: sum(row["income"] is None for row in surveyed.rows if row["segment_order"] == code)
        for code in found.codes
    }
    assert {code: known[code] + missing[code] for code in known} == dict(found.codes)
    for segment in surveyed.subject.fit.segments:
        mine = [r["profit"] for r in surveyed.rows if r["segment_order"] == segment.code]
        total = found.totals["profit"][segment.id]
        assert (total.known, total.sum) == (len(mine), pytest.approx(math.fsum(mine)))
        assert total.none == mine.count(0)
