"""Segments by features: the usual value, and how far from everybody's it is as a shade."""

from __future__ import annotations

from markupsafe import Markup

from segkit.report.html.drawing import scrolled
from segkit.report.html.markup import tag
from segkit.report.html.palette import chip, shade_class
from segkit.report.html.telling import (
    axis_words,
    most_telling,
    place_of,
    short_unit,
    value_text,
    words_of,
)
from segkit.results import SegmentRow
from segkit.survey.page_data import FeatureSurvey, SegmentationReport

_FEW = 6  # segments: their values have room beside each other on a phone


def heat_table(report: SegmentationReport) -> Markup:
    """Return a row a feature, those first that tell segments apart, and a column a segment."""
    features = most_telling(report)
    if not features:
        return Markup()
    rows = report.result.segments
    heads = (tag("th", chip(r.order, r.id), scope="col", title=r.name, data_s=r.id) for r in rows)
    head = tag("tr", tag("th", "Feature", scope="col"), tag("th", "All", scope="col"), *heads)
    body = (_row(report, feature, rows) for feature in features)
    table = tag(
        "table",
        tag("caption", "Usual value of each segment, darker the farther from everybody's"),
        tag("thead", head),
        tag("tbody", *body),
        class_="heat few" if len(rows) <= _FEW else "heat",
    )
    return scrolled("Usual values", table)


def _row(report: SegmentationReport, survey: FeatureSurvey, rows: tuple[SegmentRow, ...]) -> Markup:
    label, unit = words_of(report, survey.feature.column)
    cells, head = [], axis_words(label, unit)
    unit = short_unit(unit)
    for row in rows:
        spread = survey.segments[row.id]
        place = place_of(survey, spread)
        shade = "v4" if place is None or spread.is_mostly_missing else shade_class(place)
        said = value_text(spread, unit)
        title = said if spread.levels else None  # names of levels are cut off where they are long
        cells.append(tag("td", said, class_=shade, title=title, data_s=row.id))
    usual = tag("td", value_text(survey.everyone, unit), class_="usual")
    return tag("tr", tag("th", head, scope="row", title=head), usual, *cells)
