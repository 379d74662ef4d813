"""Quantiles as written: what is built, and every mistake with its place."""

from __future__ import annotations

from typing import Any

import pytest

from segkit.errors import Problem
from segkit.project.buckets.bucket_set import build_column
from segkit.project.buckets.quantile_buckets import Quantile, QuantileColumn
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry, parse_yaml


def column(text: str) -> tuple[Any, list[Problem]]:
    document, problems = parse_yaml(f"{{name: s, {text}}}", "b.yml")
    assert document is not None and problems == ()
    spec = BucketColumnSpec.model_validate(document.data)
    entry = Entry(document)
    return build_column(spec, "Unknown", entry, "customers"), entry.problems


def facts(score: Quantile) -> tuple[str, str, int, bool]:
    return score.name, score.column, score.parts, score.turned


def test_quantiles() -> None:
    built, problems = column("column: spend, quantiles: 4, labels: [a, b, c, d], missing: none")
    assert problems == []
    assert isinstance(built, QuantileColumn)
    assert facts(built.scores[0]) == ("s", "spend", 4, False)
    assert (built.labels, built.missing) == (("a", "b", "c", "d"), "none")
    assert str(built.scores[0].place) == "b.yml:1:19"
    assert built.outputs == (("s", "VARCHAR"), ("s_order", "INTEGER"))
    assert column("column: spend, quantiles: 4")[0].labels == ()


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
    _, problems = column(text)
    assert [p.code for p in problems] == [code]
    place = problems[0].place
    assert place is not None and place.column is not None
    assert f"{{name: s, {text}}}"[place.column - 1 :].startswith(under)
    assert said in problems[0].message
    assert problems[0].help
