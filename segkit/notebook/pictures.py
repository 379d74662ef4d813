"""The pictures of segments, and how a notebook shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from markupsafe import Markup

from segkit.core.english import default_label
from segkit.core.fact_english import how_many
from segkit.core.fit import Fit
from segkit.errors import ConfigError, Problem
from segkit.notebook.fit_report import report_of
from segkit.notebook.picture import Picture
from segkit.report.first_screen import parity_text, stable_share
from segkit.report.html.figures.heat_table import heat_table
from segkit.report.html.figures.k_panel import k_panel
from segkit.report.html.figures.share_bar import share_parts
from segkit.report.html.figures.snake_plot import snake_plot
from segkit.report.html.figures.tree_drawing import tree
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import chip
from segkit.report.text import count_of, percent
from segkit.report.usefulness import worth_sentence
from segkit.results import SegmentationResult, SegmentRow
from segkit.survey.page_data import SegmentationReport


class Pictured:
    """What has a fit, and so can be drawn."""

    _to_compare = "clusters that are learned are compared: `clusters:` instead of `labels:`"

    def plot_tree(self) -> Picture:
        """Return the rules as a tree: a line as wide as its customers are many."""
        report = report_of(self._pictured())
        uncounted = {leaf.code for leaf in report.survey.leaves if not leaf.is_counted}
        ids = ", ".join(row.id for row in report.result.segments if row.order in uncounted)
        note = f"How {ids} is shared out among its rules is not in the fit: its lines are equal."
        note = note if ids else ""
        return Picture(self._title("How the rules decide"), tree(report), note)

    def plot_k(self) -> Picture:
        """Return what spoke for each number of segments, a small chart a figure.

        Raises
        ------
        ConfigError
            SK702 where no numbers were compared.
        """
        drawn = k_panel(report_of(self._pictured()))
        title, why_not = "What spoke for how many segments", "no numbers of them were compared"
        return self._drawn(title, drawn, why_not, self._to_compare)

    def plot_profile(self) -> Picture:
        """Return where the centre of each segment's cluster lies, feature by feature.

        Raises
        ------
        ConfigError
            SK702 where there are no centres.
        """
        result = self._pictured()
        known = {s.id for s in result.fit.segments if any(result.fit.centers_of(s))}
        shown = tuple(row for row in result.segments if row.id in known)
        report = report_of(replace(result, segments=shown))
        both = joined([heat_table(report), snake_plot(report)])
        title, why_not = "In what the segments differ", "given clusters have no centres"
        measured = 'segkit.figure("heat_table", project) measures the customers'
        return self._drawn(title, both, why_not, measured)

    def _pictured(self) -> SegmentationResult:
        raise NotImplementedError

    def _title(self, of: str) -> str:
        return f"{name_of(self._pictured().fit)}: {of}"

    def _drawn(self, of: str, drawn: Markup, why_not: str, instead: str) -> Picture:
        title = self._title(of)
        if not drawn:
            raise ConfigError(Problem("SK702", f"{title}: {why_not}", help=instead))
        return Picture(title, drawn)


def name_of(fit: Fit) -> str:
    """The name, and the version where it is a fit of a file."""
    return f"{fit.name} {fit.label}" if fit.version else fit.name


def segments_html(result: SegmentationResult) -> Iterator[Markup]:
    """The segmentation in short: who there is, by which rules, and how good they are."""
    report = report_of(result)
    counts = f"{count_of(len(result.segments), 'segment')} of {count_of(result.rows, 'customer')}"
    rest = f", {result.unassigned:,} unassigned" if result.unassigned else ""
    yield tag("div", f"{name_of(result.fit)}: {counts}{rest}", class_="ti")
    yield share_parts(report)
    yield _table(report)
    yield tag("div", " ".join(_said(result)), class_="sub")


def _said(result: SegmentationResult) -> Iterator[str]:
    fit = result.fit
    if said := how_many(fit):
        yield f"How many? {said}."
    quality = fit.quality
    rules = count_of(quality.leaves, "rule")
    if fit.clusters.labels:
        yield f"{rules}; {percent(quality.fidelity)} of the customers are as in the given clusters."
    else:
        agreed = f"{percent(quality.fidelity)} of the customers are where K-Means has them"
        yield f"{rules} cost {quality.loss:.1%} more than K-Means; {agreed}."
    if result.parity_rows:
        yield parity_text(result)
    if result.usefulness:
        yield worth_sentence(result.usefulness, result.words).text
    if fit.stability:
        yield f"Stable? {stable_share(fit.stability)} with rules from other customers."


def _table(report: SegmentationReport) -> Markup:
    result = report.result
    words = [result.words.get(m, default_label(m))[0] for m in report.survey.metrics]
    heads = [tag("th", said, scope="col") for said in ("Customers", "Share", *words)]
    head = tag("tr", tag("th", "Segment", class_="l"), *heads, tag("th", "Rule", class_="l"))
    rows = (_row(row, report.survey.metrics) for row in result.segments)
    return tag(
        "div",
        tag("table", tag("thead", head), tag("tbody", *rows), class_="list"),
        class_="scroll",
    )


def _row(row: SegmentRow, metrics: tuple[str, ...]) -> Markup:
    shares = [row.share, *(row.metrics.get(metric) for metric in metrics)]
    cells = (tag("td", "" if share is None else percent(share)) for share in shares)
    head = tag("th", chip(row.order, row.id), row.name, class_="l", scope="row")
    return tag("tr", head, tag("td", f"{row.n:,}"), *cells, tag("td", row.rule, class_="l"))
