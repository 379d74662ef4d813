"""What tells segments apart, and the words for values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.report.html.telling import (
    axis_words,
    levels_text,
    most_telling,
    place_of,
    short_unit,
    told_apart,
    value_text,
    words_of,
)
from segkit.survey.page_data import SPREAD_AT, FeatureSurvey, Spread
from tests.report.html.reports import CASES

CATEGORY = next(f for f in CASES["mixed"]().survey.features if f.feature.is_category)
NUMBER = CASES["mixed"]().survey.features[0]


def number(median: float, known: int = 10, missing: int = 0, place: float = 0.0) -> Spread:
    return Spread(known, missing, median, tuple(median for _ in SPREAD_AT), place=place)


def survey(of: FeatureSurvey, *spreads: Spread, everyone: Spread | None = None) -> FeatureSurvey:
    segments = dict(zip("ABC", spreads, strict=False))
    return replace(of, everyone=everyone or spreads[0], segments=segments)


def test_of_a_number_it_is_the_share_of_the_variance_between() -> None:
    found = survey(NUMBER, number(1, place=1.0), number(2, place=-0.5))
    assert told_apart(found, {"A": 10, "B": 20}) == pytest.approx((10 * 1 + 20 * 0.25) / 30)


def test_of_a_category_from_nothing_to_all() -> None:
    even = Spread(10, 0, levels={"n": 5, "s": 5})
    both = Spread(20, 0, levels={"n": 10, "s": 10})
    sizes = {"A": 10, "B": 10}
    assert told_apart(survey(CATEGORY, even, even, everyone=both), sizes) == 0
    sides = Spread(10, 0, levels={"n": 10}), Spread(10, 0, levels={"s": 10})
    assert told_apart(survey(CATEGORY, *sides, everyone=both), sizes) == pytest.approx(1)
    alike = Spread(10, 0, levels={"n": 10})
    assert told_apart(survey(CATEGORY, alike, alike), sizes) == 0


def test_the_most_telling_come_first() -> None:
    report = CASES["twelve"]()
    sizes = {row.id: row.n for row in report.result.segments}
    shares = [told_apart(f, sizes) for f in most_telling(report)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0.5 > shares[-1]


def test_a_level_more_frequent_than_elsewhere_lies_above() -> None:
    everyone = Spread(100, 0, levels={"n": 50, "s": 50})
    found = survey(CATEGORY, Spread(10, 0, levels={"n": 9, "s": 1}), everyone=everyone)
    assert place_of(found, found.segments["A"]) == pytest.approx(0.4 / 0.5)
    assert place_of(found, Spread(0, 10)) is None


def test_a_value_in_a_word_where_most_are_missing() -> None:
    assert value_text(number(1234.5), "$") == "$1,230"
    assert value_text(number(5, known=4, missing=6), "$") == "unknown"
    assert value_text(Spread(0, 10), "$") == "none"
    assert value_text(Spread(8, 2, levels={"n": 6, "s": 2}), "") == "n 75%"


def test_levels_in_words() -> None:
    assert levels_text(Spread(10, 0, levels={"n": 6, "s": 3, "e": 1})) == "n 60%, s 30%, e 10%"
    many = Spread(10, 0, levels={"a": 4, "b": 3, "c": 1, "d": 1, "e": 1})
    assert levels_text(many) == "a 40%, b 30%, c 10%, 2 more"


def test_a_unit_that_is_a_word_stands_at_the_axis_once() -> None:
    assert [short_unit(unit) for unit in ("$", "k€", "days", "%", "")] == ["$", "k€", "", "%", ""]
    assert (axis_words("Age", "years"), axis_words("Spend", "$")) == ("Age (years)", "Spend")


def test_a_column_without_words_speaks_by_its_name() -> None:
    report = CASES["plain"]()
    assert words_of(report, "feature_1") == ("Feature 1", "$")
    assert words_of(report, "nobody_knows") == ("nobody_knows", "")
