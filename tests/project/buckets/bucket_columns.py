"""A bucket column from one flow mapping, for the tests of every kind."""

from __future__ import annotations

from typing import Any

from segkit.project.buckets.bucket_set import build_column
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry, parse_yaml


def column(text: str) -> tuple[Any, list[str]]:
    """The column, and the codes of its problems."""
    document, problems = parse_yaml(text, "x.yml")
    assert document is not None and problems == ()
    spec = BucketColumnSpec.model_validate(document.data)
    entry = Entry(document)
    built = build_column(spec, "Unknown", entry, "customers")
    return built, [problem.code for problem in entry.problems]


BANDS = """\
buckets:
  - name: customer_buckets
    from: customer_features
    key: customer_id
    columns:
      - {{name: tier, column: {column}, closed: {closed}, bands: [{{label: a, to: {a}}}, {{label: b, from: {b}}}]}}
"""  # noqa: E501
