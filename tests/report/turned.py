"""Made-up reports with one thing turned, and two in which everything is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from segkit.core.drift_result import Drift
from segkit.core.facts import Fact
from segkit.core.fit import Stability
from segkit.core.usefulness import Estimate, Rival, Usefulness
from segkit.survey.page_data import SegmentationReport, Total
from tests.report.html.reports import (
    mismatched,
    readout,
    report,
    with_changes,
    with_experiments,
)

PLAIN = report(segments=4)


def with_fit(**changes: Any) -> SegmentationReport:
    fit = replace(PLAIN.result.fit, **changes)
    return replace(PLAIN, result=replace(PLAIN.result, fit=fit))


def with_quality(**changes: Any) -> SegmentationReport:
    return with_fit(quality=replace(PLAIN.result.fit.quality, **changes))


def with_totals(*sums: float) -> SegmentationReport:
    totals = {t.row.id: Total(t.row.n, s) for t, s in zip(PLAIN.texts, sums, strict=True)}
    survey = replace(PLAIN.survey, totals={"spend_next": totals})
    return replace(PLAIN, survey=survey)


def useful(**changes: Any) -> SegmentationReport:
    share = Estimate(0.41, 0.36, 0.46)
    rival = Rival(
        "quantiles", "feature_1", 4, Estimate(0.2, 0.15, 0.25), Estimate(0.21, 0.15, 0.27)
    )
    each = Usefulness("spend_next", True, 900, 0, 4, share, rival, 0.003, 0.01)
    return replace(PLAIN, result=replace(PLAIN.result, usefulness=(replace(each, **changes),)))


def near(n: int) -> SegmentationReport:
    rows = [replace(t.row, near_a_line=n if t.row.id == "A" else 0) for t in PLAIN.texts]
    texts = tuple(replace(t, row=row) for t, row in zip(PLAIN.texts, rows, strict=True))
    return replace(PLAIN, texts=texts)


def stable(mean: float, low: float, least: float = 0.95) -> SegmentationReport:
    return with_fit(stability=Stability(mean, low, 0.99, 800, {"A": 0.97, "B": least}))


def verdict(said: str) -> SegmentationReport:
    reason = (Fact(said, n=4, value=(2, 10)),)
    clusters = replace(PLAIN.result.fit.clusters, verdict=said, reason=reason)
    return with_fit(clusters=clusters)


PLAIN_DECLARED = with_fit(
    clusters=replace(PLAIN.result.fit.clusters, verdict="degrees", reason=(Fact("declared", n=4),))
)


def turned(good: bool) -> SegmentationReport:
    """All is well, or nothing is: every verdict of the one is another in the other."""
    made = report(segments=5, features=3, missing=0.0 if good else 0.6, unassigned=not good)
    share = Estimate(0.41, 0.36, 0.46) if good else Estimate(0.005, 0.0, 0.01)
    found = replace(useful().result.usefulness[0], explained=share)
    fit = made.result.fit
    fit = replace(
        fit,
        origin="fitted" if good else "adjusted",
        quality=replace(
            fit.quality,
            loss=0.041 if good else 0.2,
            fidelity_held_out=0.92 if good else 0.8,
            short_rules=5 if good else 0,
        ),
        stability=Stability(0.95, 0.93, 0.97, 800, {"A": 0.97}) if good else None,
        clusters=verdict("apart" if good else "overlap").result.fit.clusters,
    )
    rows = tuple(
        replace(row, near_a_line=0 if good else row.n, share=row.share if good else 0.001)
        for row in made.result.segments
    )
    who = ("send a voucher", "Ann") if good else (None, None)
    texts = tuple(
        replace(text, row=row, action=who[0], owner=who[1])
        for text, row in zip(made.texts, rows, strict=True)
    )
    totals = {
        id_: replace(total, sum=total.sum if good else -total.sum)
        for id_, total in made.survey.totals["spend_next"].items()
    }
    result = replace(made.result, fit=fit, segments=rows, usefulness=(found,))
    cuts = tuple(replace(cut, is_exact=good) for cut in made.survey.cuts)
    survey = replace(made.survey, totals={"spend_next": totals}, cuts=cuts)
    made = with_changes(replace(made, result=result, texts=texts, survey=survey))
    test = readout([row.id for row in rows])
    made = with_experiments(made, test if good else mismatched(test))
    quiet = Drift(date(2026, 5, 1), "ok", (), 0.0028)
    return replace(made, result=replace(made.result, drift=quiet)) if good else made
