from __future__ import annotations

import pytest

from segkit.errors import Place
from segkit.project.buckets.bucket_labels import report_repeated
from segkit.project.yaml.marks import Entry, parse_yaml

YML = """\
buckets:
  - name: made
    missing: none
    columns:
      - name: band
        labels: [low, high, low, none]
"""
PATH = ("buckets", 0, "columns", 0)


def said(labels: list[str], missing: str) -> list[tuple[str, list[str]]]:
    document, problems = parse_yaml(YML, "sql/a.yml")
    assert document is not None and not problems
    placed = [(label, Place("sql/a.yml", 6, i)) for i, label in enumerate(labels, 1)]
    column = Entry(document, PATH)
    report_repeated(column, "band", placed, missing)
    found = column.problems
    assert {problem.code for problem in found} <= {"SK205"}
    return [(p.message, [f"{at.place} {at.text}".strip() for at in p.labels]) for p in found]


def test_each_its_own() -> None:
    assert said(["low", "mid", "high"], "none") == []


def test_a_label_that_stands_twice_and_one_that_stands_for_missing_values() -> None:
    assert said(["low", "high", "low", "none"], "none") == [
        (
            'two buckets of `band` are called "low"',
            ["sql/a.yml:6:1 first here", "sql/a.yml:6:3 and again here"],
        ),
        (
            '"none" of `band` is also what missing values are called',
            ["sql/a.yml:3:14 and for missing values", "sql/a.yml:6:4 stands for a bucket"],
        ),
    ]


@pytest.mark.parametrize("count", [2, 3])
def test_each_repetition_points_to_the_first(count: int) -> None:
    found = said(["a"] * count, "none")
    assert [places[0] for _, places in found] == ["sql/a.yml:6:1 first here"] * (count - 1)
