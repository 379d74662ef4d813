"""What of a segmentation cannot stand together."""

from __future__ import annotations

import pytest

from segkit.project.schema.segments import SegmentationSpec
from tests.project.schema.shapes import said


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("features: [a, {column: b, kind: category, weight: 1000}]", "", ""),
        ("features: [{column: b, kind: category, scale: log}]",
         "`b` is a category, so `scale` means nothing",
         "remove `scale`; `weight` says how much a category counts"),
        ("features: [{column: b, words: {high: Rich, low: rich}}]",
         "`high` and `low` have the same words", "say which is which"),
        ("clusters: {k: 4, k_max: 3}", "`k_max` is below `k`", "raise `k_max`, or leave it out"),
        ("clusters: {k: 4, k_max: 4}", "", ""),
        ("clusters: {k_max: 1}", "a whole number from 2 to 100", ""),
        ("clusters: {k: 1}", "`auto` or a whole number from 2 to 100", ""),
        ("clusters: {k: 4}\nlabels: team",
         "`s` has `clusters` and `labels`: it learns groups, or explains given ones",
         "remove one of the two"),
        ("clusters: {k: 4}\nrules: {max_leaves: 3}",
         "`max_leaves` 3 is below `k` 4: each segment needs a rule",
         "write `max_leaves: auto`, or at least k"),
        ("clusters: {k: 4}\nrules: {max_leaves: 4}", "", ""),
    ],
)  # fmt: skip
def test_what_goes_together(text: str, message: str, hint: str) -> None:
    assert said(SegmentationSpec, f"name: s\nfrom: t\nkey: k\n{text}\n") == (message, hint)
