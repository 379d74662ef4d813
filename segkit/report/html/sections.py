"""The sections of a page: for each a question, the finding in a line, and what is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from markupsafe import Markup

from segkit.core.fact_english import reason_sentence
from segkit.core.number_format import grouped, spelled
from segkit.core.tree import leaves, most_tests
from segkit.report.html.cards import cards, cards_finding
from segkit.report.html.change import change, change_finding
from segkit.report.html.experiment_panels import experiment_panels, experiments_finding
from segkit.report.html.figures.crosstab import crosstab
from segkit.report.html.figures.cube import cube
from segkit.report.html.figures.heat_table import heat_table
from segkit.report.html.figures.k_panel import ERRORS, k_panel
from segkit.report.html.figures.lineage import lineage
from segkit.report.html.figures.loss_by_leaves import loss_by_leaves
from segkit.report.html.figures.pair_scatters import pair_scatters
from segkit.report.html.figures.snake_plot import snake_plots
from segkit.report.html.figures.tree_drawing import tree
from segkit.report.html.markup import joined, tag
from segkit.report.html.people import people, people_finding
from segkit.report.html.what_if import sliders, sql_tabs, what_if
from segkit.report.text import count_of, in_words, own_text, percent, sampled_text
from segkit.survey.page_data import SegmentationReport

_TOLD = 3  # segments of several rules by name, more as a number
_BESIDE = 8  # segments: the crosstab of more wants the whole width


def what_if_finding(report: SegmentationReport) -> str:
    """What can be dragged, and how exact the answer is."""
    cuts, everybody = report.survey.cuts, count_of(report.result.rows, "customer")
    how = "exactly at the marks, from so many to so many between two of them"
    exact = sum(cut.is_exact for cut in cuts)
    if exact == len(cuts):
        how = "exactly, wherever you put it"
    elif (n := report.survey.sampled) is not None:
        how = f"estimated from a sample of {grouped(n)}"
        if exact:
            how += f"; exactly for the {in_words(exact)} on columns of few values"
    which = f"one of the {in_words(len(cuts))} cuts" if len(cuts) > 1 else "the only cut"
    who = f"Move {which} to see who of all {everybody} would change segment: {how}."
    return f"{who} Beside {'each' if len(cuts) > 1 else 'it'}: the segments below | above."


def _what_if(report: SegmentationReport) -> Markup:
    return what_if(report) if report.survey.cuts else Markup()


def rules_finding(report: SegmentationReport) -> str:
    """How many rules there are, why not as many as segments, and how to read the drawing."""
    fit, quality = report.result.fit, report.result.fit.quality
    tests = count_of(most_tests(fit.tree), "test")
    said = [f"{_leaves_text(report)}, at most {tests} for a customer."]
    if fit.own:
        ids, n = ", ".join(segment.id for segment in fit.own.values()), len(fit.learned)
        said.append(
            f"K-Means knows nothing of {own_text(fit, report.result.words)}: where this page tells "
            f"of {count_of(n, 'group')} or {count_of(quality.leaves, 'rule')}, it is without {ids}."
        )
    if quality.short_rules is not None:
        short = f"{quality.short_rules} of {len(fit.learned)}"
        said.append(f"{short} are one rule of at most three conditions.")
    said.append("A line is as wide as customers are many.")
    if not fit.clusters.labels:
        said.append("The strip under a leaf is where K-Means has them: one colour is pure.")
    return " ".join(said)


def _leaves_text(report: SegmentationReport) -> str:
    """``8 leaves for 6 segments, as B has 3``: a leaf is where a way through the tests ends."""
    codes = Counter(leaf.code for leaf in leaves(report.result.fit.tree) if leaf.code)
    several = {row.id: n for row in report.result.segments if (n := codes[row.order]) > 1}
    said = f"{count_of(codes.total(), 'leaf', 'leaves')} for {count_of(len(codes), 'segment')}"
    if len(several) > _TOLD:
        return f"{said}, up to {max(several.values())} for one"
    have = " and ".join(f"{id_} has {n}" for id_, n in several.items())
    return f"{said}, as {have}" if several else said


def _rules(report: SegmentationReport) -> Markup:
    return joined([tag("div", tree(report), class_="panel wide"), sliders(report)])


def differ_finding(report: SegmentationReport) -> str:
    """Which feature tells the segments apart best."""
    spans = []
    for feature in report.survey.features:
        places = [s.place for s in feature.segments.values() if s.place is not None]
        if places:
            spans.append((max(places) - min(places), feature.feature.label))
    if not spans:
        return "Each row is a segment, each column a feature."
    span, label = max(spans)
    far = spelled(f"{span:.1f}")
    of_whom = sampled_text(report.survey.sampled)
    return (
        f"In standard deviations from the average customer{of_whom}. {label} parts them most: "
        f"{far} from the lowest segment to the highest."
    )


def _differ(report: SegmentationReport) -> Markup:
    drawn = [
        tag("div", each, class_="panel wide")
        for each in (heat_table(report), snake_plots(report))
        if each
    ]
    return joined(drawn)


def map_finding(report: SegmentationReport) -> str:
    """Whose dots they are, and what a ring means."""
    dots = report.survey.dots
    odd = sum(dot.cluster not in (None, dot.code) for dot in dots)
    rings = f"; {odd} with a ring are elsewhere by K-Means" if odd else ""
    return (
        f"A sample of {count_of(len(dots), 'customer')}, relatively more of small segments{rings}. "
        f"Dashed: the cuts of the SQL. {_counted(report)}"
    )


def _counted(report: SegmentationReport) -> str:
    """What on this page is of all customers."""
    if (n := report.survey.sampled) is None:
        return "All other figures on this page are of all customers."
    return (
        "Customers, money and what is missing are counted of all; means, medians, ranges and what "
        f"K-Means says are of {grouped(n)} customers whom a number made of their key picked."
    )


def _map(report: SegmentationReport) -> Markup:
    if not (pairs := pair_scatters(report)):
        return Markup()
    parts = [tag("div", pairs, class_="panel wide")]
    if solid := cube(report):
        folded = tag("details", tag("summary", "Three at once, in 3D"), solid, class_="cube panel")
        parts.append(folded)
    return joined(parts)


def trust_finding(report: SegmentationReport) -> str:
    """Why there are as many as there are."""
    clusters = report.result.fit.clusters
    said = reason_sentence(clusters.reason)
    bars = ""
    if any(point.stability_error for point in clusters.sweep):
        bars = (
            f" Where the upright lines of the stability ({in_words(ERRORS)} standard errors) meet, "
            "one k may be as stable as another."
        )
    return f"{said[:1].upper()}{said[1:]}.{bars}"


def _trust(report: SegmentationReport) -> Markup:
    beside = [
        tag("div", tag("h3", heading), tag("p", said(report), class_="sub"), drawn, class_="panel")
        for heading, said, drawn in (
            ("What more rules would bring", _more_rules, loss_by_leaves(report)),
            ("K-Means and the rules", _agreement, crosstab(report)),
        )
        if drawn
    ]
    charts, is_narrow = k_panel(report), len(report.result.segments) <= _BESIDE
    return joined(
        [
            tag("div", charts, class_="panel wide") if charts else None,
            tag("div", *beside, class_="beside" if is_narrow else None) if beside else None,
        ]
    )


def _more_rules(report: SegmentationReport) -> str:
    """What the next tree on either side would have lost."""
    quality = report.result.fit.quality
    losses = {point.leaves: point.loss for point in quality.curve}
    sides = (("one more", quality.leaves + 1), ("one fewer", quality.leaves - 1))
    said = [f"{words} would lose {losses[n]:.1%}" for words, n in sides if n in losses]
    own = f"{count_of(quality.leaves, 'rule')} {'loses' if quality.leaves == 1 else 'lose'}"
    return ", ".join([f"At the fit {own} {quality.loss:.1%} against K-Means", *said]) + "."


def _agreement(report: SegmentationReport) -> str:
    """How many customers the rules put elsewhere than K-Means does."""
    known = [leaf for leaf in report.survey.leaves if leaf.clusters]
    total = sum(sum(leaf.clusters.values()) for leaf in known)
    elsewhere = total - sum(leaf.clusters.get(leaf.code, 0) for leaf in known)
    share = percent(elsewhere / total) if total else "0%"
    who = f"{count_of(elsewhere, 'customer')} of {grouped(total)}"
    who += " sampled" if report.survey.sampled is not None else ""
    return f"The rules put {who} elsewhere than K-Means, {share}."


def sql_finding(report: SegmentationReport) -> str:
    return (
        f"One view, nothing of segkit needed to run it. Change the name of the relation that it "
        f"reads, or `segkit compile {report.result.name} --from RELATION`."
    )


def origin_finding(report: SegmentationReport) -> str:
    fit = report.result.fit
    learned = "changed by hand" if fit.origin == "adjusted" else "learned"
    who = f"{count_of(fit.sample, 'customer')} of {grouped(fit.rows)}"
    return f"Fit {fit.label}, {learned} from {who}."


def _origin(report: SegmentationReport, parts: Mapping[str, str] | None = None) -> Markup:
    said = [("Assumed", report.result.assumptions), ("Warned", report.result.warnings)]
    lists = [
        tag(
            "div",
            tag("h3", heading),
            tag("ul", *(tag("li", f"{text}.") for text in texts)),
            class_="panel wide",
        )
        for heading, texts in said
        if texts
    ]
    return joined([tag("div", lineage(report, parts), class_="panel wide"), *lists])


@dataclass(frozen=True)
class PageSection:
    """``nav`` is its name in the bar; it is left out where ``draw`` returns nothing."""

    id: str
    nav: str
    question: str
    finding: Callable[[SegmentationReport], str]
    draw: Callable[[SegmentationReport], Markup]


SECTIONS = (
    PageSection("who", "Segments", "Who are they, and what to do?", cards_finding, cards),
    PageSection("changed", "Changed", "Who moved since the last build?", change_finding, change),
    PageSection(
        "experiments",
        "Experiments",
        "What did experiments find?",
        experiments_finding,
        experiment_panels,
    ),
    PageSection("what-if", "What if", "What would another cut cost?", what_if_finding, _what_if),
    PageSection("people", "Customers", "Who is typical, and who is not?", people_finding, people),
    PageSection("rules", "Rules", "What are the rules?", rules_finding, _rules),
    PageSection("differ", "Differences", "In what do they differ?", differ_finding, _differ),
    PageSection("map", "Map", "Where do they lie?", map_finding, _map),
    PageSection("trust", "Trust", "Why so many, and can I trust the rules?", trust_finding, _trust),
    PageSection("sql", "SQL", "How do I take them to my warehouse?", sql_finding, sql_tabs),
    PageSection("origin", "Origin", "Where does it come from?", origin_finding, _origin),
)


def sections_linked(parts: Mapping[str, str]) -> tuple[PageSection, ...]:
    """The sections; where they name a node that has a part of the page, the name leads there."""
    origin = partial(_origin, parts=parts)
    return tuple(replace(s, draw=origin) if s.id == "origin" else s for s in SECTIONS)
