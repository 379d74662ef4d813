"""What a boss wants on the first screen: who brings how much, and what is to be done with whom."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from segkit.report.html.markup import tag
from segkit.report.html.palette import colour_class
from segkit.report.page_metric import Brought, brought, ranked, short_amount
from segkit.report.text import percent
from segkit.results import SegmentText
from segkit.survey.page_data import SegmentationReport

_SHOWN = 6  # segments by name: more would push all else off the screen


def brief(report: SegmentationReport) -> Markup | None:
    """Return a table, who brings most first; a column that would be empty is left out."""
    if not report.result.rows or not report.texts:
        return None
    found = brought(report)
    ordered = ranked(report)
    does = any(text.action for text in ordered)
    owned = any(text.owner for text in ordered)
    heads = ["Segment", "customers", *([found.what] if found else [])]
    asked = "What to do · who" if owned else "What to do"
    todo = tag("th", asked, scope="col", class_="todo") if does else None
    shown = ordered if len(ordered) <= _SHOWN + 1 else ordered[:_SHOWN]
    rows = [_row(found, [text], does=does) for text in shown]
    if rest := ordered[len(shown) :]:
        rows.append(_row(found, rest, does=does))
    head = tag("tr", *(tag("th", said, scope="col") for said in heads), todo)
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="brief")


def _row(found: Brought | None, texts: Sequence[SegmentText], *, does: bool) -> Markup:
    """One segment, or several that have no room, together."""
    first, is_one = texts[0], len(texts) == 1
    name = (tag("b", first.row.id), " ", first.row.name) if is_one else (f"{len(texts)} more",)
    cells = [tag("td", percent(sum(text.row.share for text in texts)))]
    if found:
        part = sum(found.sums[text.row.id] for text in texts)
        share = percent(sum(found.shares[text.row.id] for text in texts))
        about = "about " if found.is_estimate else ""
        money = f"{about}{short_amount(part, found.unit)}"
        cells.append(tag("td", tag("b", money), f" {share}"))
    if does:
        todo = " · ".join(filter(None, (first.action, first.owner))) if is_one else None
        cells.append(tag("td", todo, class_="todo"))
    return tag(
        "tr",
        tag("th", *name, scope="row"),
        *cells,
        class_=colour_class(first.row.order) if is_one else None,
        data_s=" ".join(text.row.id for text in texts),
    )
