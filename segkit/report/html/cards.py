"""A card a segment: who they are, what they bring, what is to be done."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from segkit.core.number_format import spelled
from segkit.report.html.figures.range_bars import range_bars
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import chip, colour_class
from segkit.report.page_metric import (
    amount,
    main_metric,
    metric_share,
    metric_total,
    metric_words,
    none_text,
    ranked,
)
from segkit.report.text import count_of, percent, sampled_text
from segkit.results import SegmentText
from segkit.survey.page_data import SegmentationReport


def cards_finding(report: SegmentationReport) -> str:
    """How the cards are ordered, and what stands on them."""
    metric = main_metric(report)
    order = f"Most {metric_words(report, metric)} first" if metric else "The largest first"
    idle = [text.row.id for text in report.texts if not text.action]
    said = (
        f"{order}. A bar holds the middle half of a segment, the dot its median; the tick is the "
        f"median of all customers{sampled_text(report.survey.sampled)}."
    )
    if len(idle) == len(report.texts):
        return (
            "What to do with them is not declared yet: write "
            f"`about: {{{idle[0]}: {{action: ..., owner: ...}}}}` beside `name:` of the segments, "
            f"and the next build has it here. {said}"
        )
    return f"Without an action: {', '.join(idle)}. {said}" if idle else said


def cards(report: SegmentationReport) -> Markup:
    shown = ranked(report)
    columns = "cards pairs" if len(shown) in (2, 4) else "cards"  # no card alone in a row
    return tag("div", *(_card(report, text) for text in shown), class_=columns)


def _card(report: SegmentationReport, text: SegmentText) -> Markup:
    row, metric = text.row, main_metric(report)
    shares = [_share(percent(row.share), "of customers", row.share)]
    facts = [count_of(row.n, "customer")]
    if metric:
        part = metric_share(report, metric, row.id)
        shares.append(_share(percent(part), f"of {metric_words(report, metric)}", part))
        facts += _each(report, metric, row.id)
    notes = "; ".join(_footnotes(report, text))
    doing = [
        "Do: ",
        tag("b", text.action) if text.action else tag("span", "not declared", class_="miss"),
        " · ",
        text.owner or tag("span", "no owner", class_="miss"),
    ]
    return tag(
        "article",
        tag("header", chip(row.order, row.id), tag("h3", row.name)),
        tag("div", *shares, class_="two"),
        tag("p", ", ".join(facts), class_="each"),
        tag("p", *doing, class_="do"),
        tag("p", _rules_text(text), _name_text(text), class_="rule"),
        range_bars(report, row.id),
        tag("p", notes, class_="foot") if notes else None,
        class_=f"card {colour_class(row.order)}",
        id=f"{report.result.name}-{row.id}",
        data_s=row.id,
    )


def _share(value: str, words: str, part: float) -> Markup:
    bar = tag("div", tag("i", style=f"width:{100 * part:.1f}%"), class_="m")
    return tag("div", tag("span", tag("b", value), f" {words}"), bar)


def _each(report: SegmentationReport, metric: str, id_: str) -> Iterator[str]:
    own, whole = report.survey.totals[metric][id_], metric_total(report, metric)
    if own.known:
        mean = own.sum / own.known
        yield f"{amount(report, metric, mean)} each{none_text(own)}"
        if whole.sum > 0:
            times = spelled(f"{mean / (whole.sum / whole.known):.2g}")
            yield f"{times}× the average"


def _rules_text(text: SegmentText) -> Markup:
    """A rule is a sentence; several are parted by an "or" that can be seen."""
    said = [rule[:1].upper() + rule[1:] if n == 0 else rule for n, rule in enumerate(text.rules)]
    return joined([joined(said, tag("b", " or ", class_="or")), "."])


def _name_text(text: SegmentText) -> Markup | None:
    """A name has room for a trait or two: of whom it is true, beside the rule that it is short for.

    Nothing of one that people have given.
    """
    truth = text.row.truth
    if truth is None:
        return None
    who = "all of them" if truth.members == 1 else f"{percent(truth.members)} of them"
    others = f"{percent(truth.others)} of the others" if truth.others else "nobody else"
    says = f", {truth.says}," if truth.says else ""
    return tag("span", f" The short name{says} is true of {who} and {others}.", class_="short")


def _footnotes(report: SegmentationReport, text: SegmentText) -> Iterator[str]:
    stability = report.result.fit.stability
    if stability and (share := stability.by_segment.get(text.row.id)) is not None:
        yield f"{percent(share)} stable"
    if near := text.row.near_a_line:
        yield f"{count_of(near, 'customer')} near a line"
