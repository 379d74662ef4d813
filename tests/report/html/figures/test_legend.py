"""Which mark is which segment."""

from __future__ import annotations

from segkit.report.html.figures.legend import legend
from segkit.report.html.palette import mark_path
from tests.report.html.figures.drawn import drawings, words
from tests.report.html.reports import CASES, report


def test_each_segment_has_its_mark_letter_and_name() -> None:
    made = CASES["mixed"]()
    entries = drawings(legend(made))
    for row, entry in zip(made.result.segments, entries, strict=True):
        path = entry.find("path")
        assert path is not None and path.attrib["d"].endswith(mark_path(row.order))
        assert entry.attrib["aria-label"] == f"{row.id} {row.name}" and row.name in words(
            legend(made)
        )


def test_an_entry_is_as_wide_as_its_name_up_to_a_limit() -> None:
    widths = [float(e.attrib["viewBox"].split()[2]) for e in drawings(legend(report(names=60)))]
    assert set(widths) == {340.0}
    assert len({e.attrib["viewBox"] for e in drawings(legend(CASES["plain"]()))}) > 1
