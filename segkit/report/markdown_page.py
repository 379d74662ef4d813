"""The page in Markdown: for a pull request or a wiki, without a customer in it."""

from __future__ import annotations

from collections.abc import Iterator

from segkit.core.english import format_statistic
from segkit.core.fact_english import reason_sentence
from segkit.core.number_format import grouped, numbers_as
from segkit.report.experiment import plan_page, readout_page
from segkit.report.page import Block, Page, Rows, Section, Sentence
from segkit.report.page_findings import age, findings, trust_text
from segkit.report.page_metric import (
    amount,
    main_metric,
    metric_notes,
    metric_share,
    metric_words,
    none_text,
    ranked,
)
from segkit.report.page_title import lead, title
from segkit.report.text import count_of, percent
from segkit.survey.page_data import BucketSetReport, ProjectReport, SegmentationReport, Spread


def markdown_page(report: ProjectReport) -> Page:
    """Segmentations and bucket sets, the boss first."""
    sections: list[Section] = []
    with numbers_as(report.numbers):
        for each in report.segmentations:
            sections += _segmentation(report, each)
        sections += map(_buckets, report.bucket_sets)
    return tuple(sections)


def _segmentation(project: ProjectReport, report: SegmentationReport) -> Iterator[Section]:
    found = [*age(project, report), *findings(report)]
    notes = (Sentence(f"{name}: {said}") for name, said in metric_notes(report))
    trusted = trust_text(project, report)
    said = (Sentence(lead(report)), *((Sentence(trusted),) if trusted else ()), *notes)
    yield Section(said, f"{report.result.name}: {title(report)}")
    yield Section((_cards(report),))
    for heading, holds in (("What holds", True), ("What is doubtful", False)):
        told = [(each.head.rstrip(":"), each.text) for each in found if each.holds is holds]
        if told:
            cells = (("Figure", "What it says"), *told)
            yield Section((Rows(cells, "ll", has_head=True),), heading)
    yield Section((_rules(report),), "What are the rules?")
    yield Section(tuple(_differences(report)), "In what do they differ?")
    for each in report.experiments:
        yield from readout_page(each.readout) if each.readout else ()
        yield from plan_page(each.planned) if each.planned else ()
    reason = reason_sentence(report.result.fit.clusters.reason)
    yield Section((Sentence(f"{reason[:1].upper()}{reason[1:]}."),), "Why so many?")


def _cards(report: SegmentationReport) -> Rows:
    metric = main_metric(report)
    of_metric = (f"Of {metric_words(report, metric)}", "Each") if metric else ()
    cells = [("", "Segment", "Customers", "Share", *of_metric, "Action", "Owner")]
    for text in ranked(report):
        money: tuple[str, ...] = ()
        if metric:
            own = report.survey.totals[metric][text.row.id]
            mean = amount(report, metric, own.sum / own.known) if own.known else "unknown"
            each = f"{mean}{none_text(own)}"
            money = (percent(metric_share(report, metric, text.row.id)), each)
        who = (text.row.id, text.row.name, grouped(text.row.n), percent(text.row.share))
        cells.append((*who, *money, text.action or "", text.owner or ""))
    return Rows(tuple(cells), "llrr" + "rr" * bool(metric) + "ll", has_head=True)


def _rules(report: SegmentationReport) -> Rows:
    rows = ((text.row.id, text.row.name, text.row.rule) for text in report.texts)
    return Rows((("", "Segment", "Customers with"), *rows), "lll", has_head=True)


def _differences(report: SegmentationReport) -> Iterator[Block]:
    ids = [text.row.id for text in report.texts]
    cells = [("Median", *ids, "all")]
    for survey in report.survey.features:
        unit = survey.feature.unit
        spreads = [*(survey.segments[id_] for id_ in ids), survey.everyone]
        cells.append((survey.feature.label, *(_middle(spread, unit) for spread in spreads)))
    yield Rows(tuple(cells), "l" + "r" * (len(ids) + 1), has_head=True)


def _middle(spread: Spread, unit: str) -> str:
    """The median, or the most frequent level with its share."""
    if spread.is_mostly_missing:
        return "unknown"
    if spread.levels:
        level, n = next(iter(spread.levels.items()))
        return f"{level} {percent(n / spread.known)}"
    return "" if spread.median is None else format_statistic(spread.median, unit)


def _buckets(report: BucketSetReport) -> Section:
    cells = [("Column", "Bucket", "Customers", "Share")]
    for column in report.columns:
        for bucket in column.buckets:
            share = percent(bucket.n / report.rows) if report.rows else ""
            cells.append((column.name, bucket.label, grouped(bucket.n), share))
    heading = f"{report.name}: {count_of(report.rows, 'customer')}"
    return Section((Rows(tuple(cells), "llrr", has_head=True),), heading)
