"""Which features tell segments apart, and what a figure says of one among some customers."""

from __future__ import annotations

import math

from segkit.core.english import format_statistic, is_money
from segkit.report.text import percent
from segkit.survey.page_data import FeatureSurvey, SegmentationReport, Spread

NONE, UNKNOWN = "none", "unknown"


def words_of(report: SegmentationReport, column: str) -> tuple[str, str]:
    """The label and the unit of a column; itself and none where nothing is said of it."""
    label, unit = report.result.words.get(column, ("", ""))
    return label or column, unit


def most_telling(report: SegmentationReport) -> tuple[FeatureSurvey, ...]:
    """The features, those first of which most lies between the segments."""
    sizes = {row.id: row.n for row in report.result.segments}
    shares = {id(f): told_apart(f, sizes) for f in report.survey.features}
    return tuple(sorted(report.survey.features, key=lambda f: -shares[id(f)]))


def told_apart(feature: FeatureSurvey, sizes: dict[str, int]) -> float:
    """Return the share of a feature's variance that lies between segments, from 0 to 1.

    Of a number, eta squared on the scale of the fit. Of a category, the tau of Goodman and
    Kruskal 1954: the same share of the variance of its levels taken as flags.
    """
    total = sum(sizes.values()) or 1
    if not feature.feature.is_category:
        places = ((sizes[id_], s.place or 0.0) for id_, s in feature.segments.items())
        return sum(n * place**2 for n, place in places) / total
    everyone = feature.everyone
    known = max(everyone.known, 1)
    shares = {level: n / known for level, n in everyone.levels.items()}
    spread = 1 - sum(share**2 for share in shares.values())
    between = sum(
        s.known / known * (s.levels.get(level, 0) / s.known - share) ** 2
        for s in feature.segments.values()
        if s.known
        for level, share in shares.items()
    )
    return between / spread if spread > 1e-9 else 0.0


def place_of(feature: FeatureSurvey, spread: Spread) -> float | None:
    """Where customers lie, in standard deviations from everybody; None where it is unknown.

    Of a category, its most frequent level there as a flag.
    """
    if not feature.feature.is_category:
        return spread.place if spread.known else None
    if not spread.known or not feature.everyone.known:
        return None
    level = next(iter(spread.levels))
    usual = feature.everyone.levels.get(level, 0) / feature.everyone.known
    sd = math.sqrt(usual * (1 - usual))
    return (spread.levels[level] / spread.known - usual) / sd if sd > 1e-9 else 0.0


def value_text(spread: Spread, unit: str) -> str:
    """The median or the most frequent level, in a word where most values are missing."""
    if not spread.known:
        return NONE
    if spread.is_mostly_missing:
        return UNKNOWN
    if spread.levels:
        level, n = next(iter(spread.levels.items()))
        return f"{level} {percent(n / spread.known)}"
    return format_statistic(spread.median or 0.0, unit)


def short_unit(unit: str) -> str:
    """The unit if it stands at a number; a word stands at the name of the axis, once."""
    return unit if is_money(unit) or unit == "%" else ""


def axis_words(label: str, unit: str) -> str:
    """The name of an axis, with the unit that is not at its numbers."""
    return label if unit == short_unit(unit) else f"{label} ({unit})"


def levels_text(spread: Spread, most: int = 3) -> str:
    """The most frequent levels with their shares: "north 62%, south 20%, 2 more"."""
    shown = [f"{level} {percent(n / spread.known)}" for level, n in spread.levels.items()]
    rest = [f"{len(shown) - most} more"] if len(shown) > most else []
    return ", ".join([*shown[:most], *rest])
