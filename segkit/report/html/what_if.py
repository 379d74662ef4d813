"""What a page shows of moved cuts, of customers who are put in, and of SQL, before a script runs.

``js/what_if.js``, ``customer.js`` and ``reading.js`` make it move. Without them the cuts can
still be read, with what the next place on each side would change, and all SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import replace
from itertools import accumulate

from markupsafe import Markup

from segkit.core.english import (
    EVERYONE,
    describe_rule,
    format_threshold,
)
from segkit.core.labels import number_text
from segkit.core.rules import rules_of
from segkit.core.tree import Below, Leaf, Split, Tree, columns, fold, leaves, splits
from segkit.report.html.markup import tag
from segkit.report.html.payload import feature_payload
from segkit.report.html.rounder_cuts import feature_of, rounder_cuts, told_below
from segkit.report.html.scales import text_width
from segkit.report.text import count_of
from segkit.survey.page_data import CutSurvey, FeatureSurvey, SegmentationReport

_TICKS = 4  # spaces between them, under a hill
_HEIGHT = 50  # of a hill, in its own units
_NAMED = 4  # segments on a side of a cut, more are counted
_HERE = -1  # the code of a leaf that stands for a cut
_ROOM = 105  # for the words of its ticks, where it is narrowest


def what_if(report: SegmentationReport) -> Markup:
    """Return the list of the cuts of numbers, each with the hill of those who would move."""
    cuts = report.survey.cuts
    if not cuts:
        return tag("p", "No rule cuts a number, so there is no cut to move.", class_="note")
    result = tag(
        "section",
        tag("p", role="status", class_="headline"),
        tag("div", class_="found"),
        class_="result",
        hidden=True,
        aria_label="What the moved cut would change",
    )
    rows = tag("ol", *(_row(report, cut, place) for place, cut in enumerate(cuts)), class_="cuts")
    heading = tag("h3", "Another cut on either side")
    near = tag("div", heading, rounder_cuts(report), class_="nearest")
    return tag(
        "div",
        tag("div", _metric_picker(report), rows, class_="panel"),
        tag("div", result, near, class_="panel results"),
        class_="what-if",
    )


def _metric_picker(report: SegmentationReport) -> Markup | None:
    metrics = report.survey.metrics
    if len(metrics) < 2:
        return None
    words = report.result.words
    options = [
        tag("option", words.get(metric, (metric, ""))[0], value=place)
        for place, metric in enumerate(metrics)
    ]
    return tag("label", "Metric ", tag("select", *options), class_="metric")


def _row(report: SegmentationReport, cut: CutSurvey, place: int) -> Markup:
    feature = feature_of(report, cut).feature
    told, apart = f"{feature.label} {told_below(cut)}", _apart(report, cut)
    name = f"{report.result.name}-cut-{place}"
    last = len(cut.edges) - 1
    step = "1" if cut.column in report.integers else "any"
    now = format_threshold(cut.edges[cut.now], feature.unit)
    slider = tag(
        "input",
        type="range",
        min=0,
        max=last,
        value=cut.now,
        aria_label=told,
        aria_describedby=f"{name}-apart",
        aria_valuetext=now,
        hidden=True,
    )
    field = tag(
        "input",
        type="number",
        step=step,
        value=number_text(cut.edges[cut.now]),
        aria_label=f"{told}: value",
        aria_describedby=f"{name}-apart",
        hidden=True,
    )
    hill = tag("div", _hill(cut), _mark(cut), slider, _ticks(cut, feature.unit), class_="hill")
    value = tag("b", now, data_cut_value=True)
    words = tag("p", f"{told} ", value, " ", tag("span", apart, id=f"{name}-apart"), class_="told")
    return tag("li", words, hill, field, class_="cut", id=name, data_row=place)


def _apart(report: SegmentationReport, cut: CutSurvey) -> str:
    """Which segments it tells apart, and of whom, where its column has other cuts: "B | E"."""
    asked = [split for split in splits(report.result.fit.tree) if _is_of(cut, split)]
    sides = [split.yes for split in asked], [split.no for split in asked]
    said = " | ".join(
        _named(report, {leaf.code for tree in side for leaf in leaves(tree)}) for side in sides
    )
    others = sum(other.column == cut.column for other in report.survey.cuts) - 1
    where = _way_to(report, cut) if others else EVERYONE
    return said if where == EVERYONE else f"{said}, with {where}"


def _is_of(cut: CutSurvey, split: Split) -> bool:
    now = Below(cut.edges[cut.now], cut.is_inclusive)
    return (split.column, split.test) == (cut.column, now)


def _named(report: SegmentationReport, codes: Set[int]) -> str:
    ids = {segment.code: segment.id for segment in report.result.fit.segments}
    if len(codes) > _NAMED:
        return count_of(len(codes), "segment")
    return ", ".join(ids.get(code, "none") for code in sorted(codes))


def _way_to(report: SegmentationReport, cut: CutSurvey) -> str:
    """Of whom the cut is asked; of everyone, where that is said in several places."""
    fit = report.result.fit

    def marked(split: Split, yes: Tree, no: Tree) -> Tree:
        return Leaf(_HERE) if _is_of(cut, split) else replace(split, yes=yes, no=no)

    rules = rules_of(fold(fit.tree, lambda leaf: leaf, marked))
    here = [rule for rule in rules if rule.code == _HERE]
    return describe_rule(here[0], fit.features, report.integers) if len(here) == 1 else EVERYONE


# the hill ----------------------------------------------------------------------------------------


def _hill(cut: CutSurvey) -> Markup:
    """How many would move with the cut at each edge; edges are evenly apart."""
    of_bin: Counter[int] = Counter()
    for cell in cut.cells:
        of_bin[cell.bin] += cell.n
    passed = list(accumulate(of_bin[place] for place in range(len(cut.edges))))
    moving = [abs(n - passed[cut.now]) for n in passed]
    most, last = max(moving) or 1, max(len(moving) - 1, 1)
    tops = " ".join(f"{place},{_HEIGHT - _HEIGHT * n // most}" for place, n in enumerate(moving))
    shape = tag("polygon", points=f"0,{_HEIGHT} {tops} {last},{_HEIGHT}")
    box = f"0 0 {last} {_HEIGHT}"
    return tag("svg", shape, viewBox=box, preserveAspectRatio="none", aria_hidden="true")


def _mark(cut: CutSurvey) -> Markup:
    """Where the cut is now."""
    return tag("div", tag("i", style=f"left:{_across(cut, cut.now)}"), class_="now")


def _across(cut: CutSurvey, place: int) -> str:
    return f"{100 * place / max(len(cut.edges) - 1, 1):.4g}%"


def _ticks(cut: CutSurvey, unit: str) -> Markup:
    """What a few of the places are; equally far apart are equally many customers or values."""
    last = len(cut.edges) - 1
    places = dict.fromkeys(last * tick // _TICKS for tick in range(_TICKS + 1))
    labels = {place: format_threshold(cut.edges[place], unit) for place in places}
    if sum(text_width(label, 11) for label in labels.values()) > _ROOM:
        labels = {place: labels[place] for place in (0, last // 2, last)}
    spans = (
        tag("span", label, style=f"left:{_across(cut, place)}") for place, label in labels.items()
    )
    return tag("div", *spans, class_="ticks", aria_hidden="true")


# which segment is this customer? -----------------------------------------------------------------


def sliders(report: SegmentationReport) -> Markup:
    """Return a field for each feature that decides; the script says the segment of what is put in.

    Hidden until it runs: the rules themselves can be read elsewhere.
    """
    features = report.survey.features
    tested = columns(report.result.fit.tree)
    rows = [
        _slider(report, feature, place)
        for place, feature in enumerate(features)
        if feature.feature.column in tested
    ]
    others = len(features) - len(rows)
    unasked = "the other feature" if others == 1 else f"the {others} other features"
    rest = f"No rule asks {unasked}." if others else None
    return tag(
        "section",
        tag("h3", "Which segment is this customer?"),
        tag("p", tag("output", class_="answer")),
        tag("p", class_="because note"),
        tag("div", *rows, class_="fields"),
        tag("p", rest, class_="note") if rest else None,
        class_="customer panel",
        hidden=True,
    )


def _slider(report: SegmentationReport, survey: FeatureSurvey, place: int) -> Markup:
    feature = survey.feature
    asked = feature_payload(survey, report)
    if feature.is_category:
        levels = (
            tag("option", level, value=level, selected=level == feature.mode)
            for level in feature.levels
        )
        others = (
            tag("option", "a new one", data_new=True),
            tag("option", "unknown", data_unknown=True),
        )
        field = tag("select", *levels, *others)
        return tag("label", tag("span", feature.label), field, data_feature=place)
    unit = f" ({feature.unit})" if feature.unit else ""
    step = "1" if feature.column in report.integers else "any"
    return tag(
        "fieldset",
        tag("legend", f"{feature.label}{unit}"),
        tag("input", type="range", min=0, max=1000, aria_label=feature.label),
        tag(
            "input",
            type="number",
            step=step,
            value=asked["start"],
            aria_label=f"{feature.label}: value",
        ),
        tag("label", tag("input", type="checkbox"), " unknown"),
        data_feature=place,
    )


# SQL ---------------------------------------------------------------------------------------------


def sql_tabs(report: SegmentationReport) -> Markup:
    """Return the view in every dialect: a section each, of which the script makes tabs."""
    name = report.result.name
    return tag(
        "div",
        *(
            _sql(f"{name}-sql-{place}", dialect, sql)
            for place, (dialect, sql) in enumerate(report.sql.items())
        ),
        class_="tabs",
        data_tabs="SQL by dialect",
    )


def _sql(id_: str, dialect: str, sql: str) -> Markup:
    text = f"{id_}-text"
    copy = tag("button", "Copy", type="button", class_="copy", data_of=text, hidden=True)
    code = tag("code", sql, id=text)
    shown = tag("pre", code, tabindex=0, role="group", aria_label=f"SQL for {dialect}")
    return tag("section", tag("h3", dialect), copy, shown, id=id_)
