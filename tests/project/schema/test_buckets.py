"""A bucket column is cut in one way, with the keys of that way."""

from __future__ import annotations

import pytest
import yaml

from segkit.project.schema.buckets import BucketColumnSpec
from tests.project.schema.shapes import said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{name: a, column: x, edges: [1, 2], labels: [l, m, h], closed: right}", "edges"),
        ("{name: a, column: x, bands: [{label: l, to: 1}], closed: left}", "bands"),
        ("{name: a, column: x, quantiles: 4}", "quantiles"),
        ("{name: a, rules: [{label: l, when: b}], else: z}", "rules"),
        ("{name: a, rfm: {recency: r, frequency: f, monetary: m}, names: grid}", "rfm"),
    ],
)
def test_a_column_of_each_kind(text: str, kind: str) -> None:
    assert BucketColumnSpec.model_validate(yaml.safe_load(text)).kind == kind


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{name: a, column: x}",
         "`a` needs `edges`, `bands`, `width`, `quantiles`, `rules` or `rfm`, one of them",
         "write `edges: [25, 35, 55]`"),
        ("{name: a, column: x, edges: [1], quantiles: 4}",
         "`a` has `edges` and `quantiles`: one column is cut in one way",
         "keep one of them, or make two columns: `edges` in one, `quantiles` in the other"),
        ("{name: a, edges: [1]}", "`column` is missing in `a`",
         "add `column: ...`, the column that is put into bands"),
        ("{name: a, column: x, bands: [{label: l}], labels: [b]}",
         "`a` has `bands`, so `labels` says it twice", "give each band its `label`"),
        ("{name: a, column: x, quantiles: 4, closed: left}",
         "`a` has `quantiles`, so `closed` means nothing",
         "remove `closed`: a quantile holds its upper edge"),
        ("{name: a, column: x, rules: [{label: l, when: b}]}",
         "`a` has `rules`, so `column` means nothing",
         'a rule names its columns itself: `when: "orders >= 10"`'),
        ("{name: a, rfm: {recency: r, frequency: f, monetary: m}, names: [1]}",
         "`grid`, `full`, `none`, or names with their cells", ""),
    ],
)  # fmt: skip
def test_a_wrong_shape(text: str, message: str, hint: str) -> None:
    assert said(BucketColumnSpec, text) == (message, hint)
