"""Names to paste into a project: an ``about:`` block that says how true each of them is."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from segkit.report.page import Section, line
from segkit.report.text import percent
from segkit.results import NameTruth, SegmentRow

_TITLE = "Names, to paste into the segmentation and change as you like:"


def about_section(segments: Sequence[SegmentRow]) -> tuple[Section, ...]:
    """YAML of the names that the fit gave; nothing where people have named all."""
    lines = [
        f"  {row.id}: {{name: {json.dumps(row.name, ensure_ascii=False)}}}  # {_true(row.truth)}"
        for row in segments
        if row.truth
    ]
    return (Section(tuple(map(line, ("about:", *lines))), _TITLE),) if lines else ()


def _true(truth: NameTruth) -> str:
    """The cut, and of whom it is true: "orders under 9: true of 9 in 10 members, 3% of others"."""
    tenths = math.floor(10 * truth.members)
    members = "all" if truth.members == 1 else f"{tenths} in 10"
    return f"{truth.says}: true of {members} members, {percent(truth.others)} of others"
