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
    lines = ["about:"]
    for row in segments:
        if row.truth:
            name = json.dumps(row.name, ensure_ascii=False)
            lines += [f"  # {_true(row.truth)}", f"  {row.id}: {{name: {name}}}"]
    return (Section(tuple(map(line, lines)), _TITLE),) if lines[1:] else ()


def _true(truth: NameTruth) -> str:
    """Of whom a name is true, and its cut: "true of 9 in 10 members, 3% of others: spend $90+"."""
    tenths = math.floor(10 * truth.members)
    members = "all" if truth.members == 1 else f"{tenths} in 10"
    says = f": {truth.says}" if truth.says else ""
    return f"true of {members} members, {percent(truth.others)} of others{says}"
