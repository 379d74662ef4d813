"""A bucket column from one flow mapping, for the tests of every kind."""

from __future__ import annotations

from typing import Any

from segkit.errors import Problem
from segkit.project.buckets.bucket_set import build_column
from segkit.project.buckets.quantile_buckets import Quantile
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry, parse_yaml


def declared(text: str, path: str = "b.yml") -> tuple[Any, list[Problem]]:
    """The column of a flow mapping, and what is wrong with it."""
    document, problems = parse_yaml(text, path)
    assert document is not None and problems == ()
    spec = BucketColumnSpec.model_validate(document.data)
    entry = Entry(document)
    return build_column(spec, "Unknown", entry, "customers"), entry.problems


def column(text: str) -> tuple[Any, list[str]]:
    """The column, and the codes of its problems."""
    built, problems = declared(text)
    return built, [problem.code for problem in problems]


def score_column(text: str) -> tuple[Any, list[Problem]]:
    """The column `s` of what else is said of it."""
    return declared(f"{{name: s, {text}}}")


def check_wrong(text: str, code: str, under: str, said: str) -> None:
    """One problem of that code, with its place under that text and what is said of it."""
    (problem,) = score_column(text)[1]
    assert problem.code == code
    assert problem.place is not None and problem.place.column is not None
    assert f"{{name: s, {text}}}"[problem.place.column - 1 :].startswith(under)
    assert said in problem.message
    assert problem.help


def facts(score: Quantile) -> tuple[str, str, int, bool]:
    return score.name, score.column, score.parts, score.turned


BANDS = """\
buckets:
  - name: customer_buckets
    from: customer_features
    key: customer_id
    columns:
      - {{name: tier, column: {column}, closed: {closed}, bands: [{{label: a, to: {a}}}, {{label: b, from: {b}}}]}}
"""  # noqa: E501
