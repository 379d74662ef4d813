"""Customers are real, and what is said of them holds."""

from __future__ import annotations

import math
from collections import Counter

from segkit.core.evaluate import evaluate
from tests.survey.conftest import Surveyed


def test_customers_are_real_and_what_is_said_of_them_holds(surveyed: Surveyed) -> None:
    by_id = {row["customer_id"]: row for row in surveyed.rows}
    ids = {s.code: s.id for s in surveyed.subject.fit.segments}
    kinds = Counter()
    for id_, examples in surveyed.survey.examples.items():
        for example in examples:
            kinds[example.kind] += 1
            row = by_id[example.id]
            assert ids[row["segment_order"]] == id_
            if example.kind == "typical" and example.column:
                assert row[example.column] is None
            assert example.values[:3] == (row["age"], row["income"], row["region"])
            if example.column and example.change is not None:
                value = float(row[example.column]) + float(example.change)
                code = evaluate(surveyed.subject.fit.tree, {**row, example.column: value})
                assert ids[code] == example.other
    assert kinds["typical"] == 8
    assert kinds["borderline"] == 8
    sizes = Counter(row["segment_order"] for row in surveyed.rows)
    roots = {code: math.sqrt(n) for code, n in sizes.items()}
    shown = {
        code: min(sizes[code], math.ceil(600 * root / sum(roots.values())))
        for code, root in roots.items()
    }
    assert Counter(dot.code for dot in surveyed.survey.dots) == shown
