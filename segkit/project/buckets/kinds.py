"""The kinds of buckets, by the key that they are written with: a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from segkit.errors import Problem
from segkit.project.buckets.band_buckets import build_bands
from segkit.project.buckets.edge_buckets import build_edges
from segkit.project.buckets.quantile_buckets import build_quantiles, wrong_quantiles
from segkit.project.buckets.rfm_buckets import build_rfm
from segkit.project.buckets.rule_buckets import build_rules
from segkit.project.buckets.width_buckets import build_widths, wrong_widths
from segkit.project.nodes import BucketColumn
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Document, KeyPath

# column as written, label of missing values, document, path of the column, node that is read
Builder = Callable[
    [BucketColumnSpec, str, Document, KeyPath, str | None],
    tuple[BucketColumn | None, list[Problem]],
]
BUILDERS: Mapping[str, Builder] = {
    "edges": build_edges,
    "bands": build_bands,
    "width": build_widths,
    "quantiles": build_quantiles,
    "rules": build_rules,
    "rfm": build_rfm,
}
# What is wrong with edges on disk, by the key of their definition and its value.
STORED: Mapping[str, Callable[[Any, Sequence[Decimal]], str]] = {
    "quantiles": wrong_quantiles,
    "width": wrong_widths,
}
