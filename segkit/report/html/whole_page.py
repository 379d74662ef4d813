"""The page of a project: one file, understood from top to bottom, without a network.

Everything on it comes from a ``ProjectReport``.
"""

from __future__ import annotations

from importlib.resources import files

from markupsafe import Markup

from segkit.core.number_format import numbers_as
from segkit.report.glossary import GLOSSARY
from segkit.report.html.brief import brief
from segkit.report.html.figures.bucket_bars import bucket_bars
from segkit.report.html.figures.share_bar import share_bar
from segkit.report.html.markup import joined, tag, with_code
from segkit.report.html.palette import mark_symbols, theme_css
from segkit.report.html.payload import payload_script
from segkit.report.html.script import page_script
from segkit.report.html.sections import sections_linked
from segkit.report.page_findings import age, findings, trust_text
from segkit.report.page_metric import metric_notes
from segkit.report.page_title import lead, title
from segkit.report.page_worth import Finding
from segkit.report.text import count_of
from segkit.survey.page_data import BucketSetReport, ProjectReport, SegmentationReport

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


_STYLES = ("page.css", "figures.css", "what_if.css")


def render_page(report: ProjectReport) -> str:
    """Return the page as HTML, with the customers that the report has."""
    with numbers_as(report.numbers):
        return f"<!doctype html>\n{_page(report)}\n"


def _page(report: ProjectReport) -> Markup:
    shown = report.segmentations
    names = [each.result.name for each in shown]
    body = joined(
        [
            tag("a", "To the segments", href="#main", class_="skip"),
            tag(
                "main",
                *(
                    _segmentation(report, each, is_first=n == 0, others=names)
                    for n, each in enumerate(shown)
                ),
                _bucket_sets(report.bucket_sets),
                _glossary(),
            ),
            tag("footer", _made(report), class_="w"),
        ]
    )
    heading = f"{shown[0].result.name}: {title(shown[0])}" if shown else report.project
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", heading),
        tag("style", joined([theme_css(), *map(_asset, _STYLES)])),
    )
    marks = tag("svg", mark_symbols(), class_="marks", aria_hidden="true")
    return tag(
        "html",
        head,
        tag("body", marks, body, page_script()),
        lang="en",
        data_thousands=report.numbers.thousands,
        data_decimal=report.numbers.decimal,
        data_symbol=report.numbers.symbol,
    )


def _asset(name: str) -> Markup:
    return Markup(files("segkit.report.html").joinpath(name).read_text("utf-8"))


def _segmentation(
    project: ProjectReport,
    report: SegmentationReport,
    *,
    is_first: bool,
    others: list[str],
) -> Markup:
    name = report.result.name
    parts = {other: f"report-{other}" for other in others}
    parts |= {each.name: f"buckets-{each.name}" for each in project.bucket_sets}
    parts |= {each.name: _anchor(name, "experiments", others) for each in report.experiments}
    drawn = [(section, section.draw(report)) for section in sections_linked(parts)]
    kept = [(section, body) for section, body in drawn if body]
    links = joined(tag("a", s.nav, href=f"#{_anchor(name, s.id, others)}") for s, _ in kept)
    bar = tag(
        "div",
        tag(
            "div",
            share_bar(report),
            tag(
                "nav", links, tag("span", class_="said", aria_live="polite"), aria_label="Sections"
            ),
            class_="w",
        ),
        class_="sticky",
        role="region",
        aria_label="Segments: legend and filter",
    )
    main = joined(
        tag(
            "section",
            tag("h2", section.question),
            tag("p", with_code(section.finding(report)), class_="sub"),
            body,
            id=_anchor(name, section.id, others),
        )
        for section, body in kept
    )
    return tag(
        "article",
        _header(project, report, others),
        bar,
        tag("div", main, class_="w", id="main" if is_first else None),
        payload_script(report),
        class_="segmentation",
        data_name=name,
        id=f"report-{name}",
    )


def _anchor(name: str, section: str, others: list[str]) -> str:
    """Short for the only segmentation of a page."""
    return section if len(others) == 1 else f"{name}-{section}"


def _header(project: ProjectReport, report: SegmentationReport, others: list[str]) -> Markup:
    fit, name = report.result.fit, report.result.name
    crumbs = [tag("b", project.project), tag("span", name), tag("span", f"fit {fit.label}")]
    days = dict.fromkeys((project.data_day or project.as_of.date(), project.as_of.date()))
    crumbs += [
        tag("span", f"{what} {day:%-d %B %Y}")
        for what, day in zip(("as of", "built on"), days, strict=False)
    ]
    switch = [
        tag("a", other, href=f"#report-{other}", class_="pill") for other in others if other != name
    ]
    button = tag("button", "Light / dark", class_="pill theme", hidden=True, type="button")
    found = [*age(project, report), *findings(report)]
    trusted, _, why = trust_text(project, report).partition(":")
    return tag(
        "header",
        tag("div", *crumbs, tag("span", class_="gap"), *switch, button, class_="top"),
        tag("h1", title(report)),
        tag("p", lead(report), class_="lead"),
        brief(report),
        tag("p", tag("b", f"{trusted}:"), why, class_="trust") if trusted else None,
        *(
            tag("p", tag("b", name), f": {said}", class_="sub")
            for name, said in metric_notes(report)
        ),
        tag(
            "div",
            _findings("What holds", "holds", [each for each in found if each.holds]),
            _findings("What is doubtful", "doubt", [each for each in found if not each.holds]),
            class_="duo",
        ),
        class_="w",
    )


def _findings(heading: str, kind: str, found: list[Finding]) -> Markup:
    items = [
        tag("li", tag("b", each.head), " ", tag("span", each.text, _explained(each)))
        for each in found
    ]
    nothing = tag("li", tag("span", "Nothing was found."))
    return tag(
        "section", tag("h2", heading), tag("ul", *(items or [nothing]), class_="facts"), class_=kind
    )


def _explained(found: Finding) -> Markup | None:
    if found.term is None:
        return None
    text = GLOSSARY[found.term]
    link = tag(
        "a",
        "?",
        class_="g",
        href=f"#g-{found.term.replace(' ', '-')}",
        title=text,
        aria_label=f"What {_spelled(found.term)} means",
    )
    return joined([" ", link])


_NAMES = {
    "kmeans": "K-Means",
    "calinski-harabasz": "Calinski-Harabasz",
    "davies-bouldin": "Davies-Bouldin",
    "leaf": "leaf, rule",
}


def _spelled(term: str) -> str:
    return _NAMES.get(term, term)


def _bucket_sets(found: tuple[BucketSetReport, ...]) -> Markup:
    return joined(
        tag(
            "section",
            tag("h2", "Business buckets: ", each.name),
            tag(
                "p",
                f"{count_of(each.rows, 'customer')}, each in one bucket of every column."
                if each.rows
                else "No customers: what it reads has no rows.",
                class_="sub",
            ),
            bucket_bars(each),
            class_="w",
            id=f"buckets-{each.name}",
        )
        for each in found
    )


def _glossary() -> Markup:
    items = joined(
        [tag("dt", _spelled(term), id=f"g-{term.replace(' ', '-')}"), tag("dd", text)]
        for term, text in GLOSSARY.items()
    )
    return tag("section", tag("h2", "Words"), tag("dl", items), class_="w words", id="words")


def _made(report: ProjectReport) -> str:
    return f"Made by segkit from target {report.target}. No request leaves this file."
