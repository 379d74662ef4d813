"""Quantiles as written: what is built, and every mistake with its place."""

from __future__ import annotations

import pytest

from segkit.project.buckets.quantile_buckets import QuantileColumn
from tests.project.buckets.bucket_columns import check_wrong, facts, score_column


def test_quantiles() -> None:
    built, problems = score_column(
        "column: spend, quantiles: 4, labels: [a, b, c, d], missing: none"
    )
    assert problems == []
    assert isinstance(built, QuantileColumn)
    assert facts(built.scores[0]) == ("s", "spend", 4, False)
    assert (built.labels, built.missing) == (("a", "b", "c", "d"), "none")
    assert str(built.scores[0].place) == "b.yml:1:19"
    assert built.outputs == (("s", "VARCHAR"), ("s_order", "INTEGER"))
    assert score_column("column: spend, quantiles: 4")[0].labels == ()


@pytest.mark.parametrize(
    ("text", "code", "under", "said"),
    [
        ("column: x, quantiles: 3, labels: [a, b]", "SK203", "[a, b]", "2 labels for 3 quantiles"),
        ("column: x, quantiles: 3, labels: [a]", "SK203", "[a]", "1 label for 3 quantiles"),
        ("column: x, quantiles: 2, labels: [a, a]", "SK205", "a, a]", 'are called "a"'),
        ("column: x, quantiles: 2, labels: [a, Unknown]", "SK205", "Unknown]", "missing values"),
        ("column: x, quantiles: 2, labels: [a, b], missing: b", "SK205", "b], m", "missing values"),
    ],
)
def test_what_is_wrong(text: str, code: str, under: str, said: str) -> None:
    check_wrong(text, code, under, said)
