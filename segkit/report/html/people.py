"""Customers to look at: typical, at the border, odd, with the reason."""

from __future__ import annotations

import json
from collections.abc import Sequence

from markupsafe import Markup

from segkit.core.tree import columns
from segkit.report.examples import value_text, why
from segkit.report.html.markup import tag
from segkit.report.html.palette import chip
from segkit.report.html.payload import exact
from segkit.report.page_metric import ranked
from segkit.survey.page_data import Example, SegmentationReport

ON_PAPER = 7  # columns of values: page.css has the same
_ELSEWHERE = "odd is whom K-Means has in another segment"


def people_finding(report: SegmentationReport) -> str:
    """What typical, borderline and odd mean, of those who are shown."""
    shown = [each for some in report.survey.examples.values() for each in some]
    odd = {each.other is not None for each in shown if each.kind == "odd"}
    said = [
        "Typical customers lie in the middle of their segment and far from every cut",
        "at the border a small change would move them",
    ]
    if odd == {True, False}:
        said.append(f"{_ELSEWHERE}, or, where that is nobody, who is farthest from the others")
    elif odd:
        said.append(_ELSEWHERE if True in odd else "odd is who is farthest from the others")
    return f"{'; '.join(said)}."


def people(report: SegmentationReport) -> Markup:
    found = {id_: examples for id_, examples in report.survey.examples.items() if examples}
    if not found:
        return Markup()
    tables = [
        tag(
            "div",
            tag("h3", chip(text.row.order, text.row.id), " ", text.row.name),
            _people_table(report, found[text.row.id]),
            class_="panel wide",
            data_s=text.row.id,
        )
        for text in ranked(report)
        if text.row.id in found
    ]
    return tag("div", *tables, class_="people")


def _people_table(report: SegmentationReport, examples: Sequence[Example]) -> Markup:
    words = report.result.words
    shown = [f.feature.column for f in report.survey.features] + list(report.survey.metrics)
    labels = [words.get(column, (column, ""))[0] for column in shown]
    head = tag(
        "tr",
        tag("th", "Customer", scope="col"),
        tag("th", "Why", scope="col"),
        *(tag("th", label, scope="col", class_="n") for label in labels),
    )
    body = []
    for example in examples:
        cells = [
            tag("td", value_text(value, words.get(column, ("", ""))[1]), class_="n", data_l=label)
            for column, label, value in zip(shown, labels, example.values, strict=True)
        ]
        who_ = tag("th", tag("b", example.kind), " ", tag("code", example.id), scope="row")
        told = [who_, tag("td", why(example, words)), *cells]
        body.append(tag("tr", *told, data_values=_asked(report, example)))
    return tag(
        "div",
        tag("table", tag("thead", head), tag("tbody", *body)),
        tag("p", f"On paper {ON_PAPER} of {len(shown)} columns.", class_="note paper")
        if len(shown) > ON_PAPER
        else None,
        class_="scroll",
        tabindex="0",
        role="group",
        aria_label="Customers to look at",
    )


def _asked(report: SegmentationReport, example: Example) -> str:
    """The values that the rules ask for, as they are: the script walks the tree with them."""
    tested = columns(report.result.fit.tree)
    pairs = zip(report.survey.features, example.values, strict=False)  # then come metrics
    values = [exact(value) for survey, value in pairs if survey.feature.column in tested]
    return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
