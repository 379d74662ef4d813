"""Columns that nobody described: what is learned from, and what is left out for which reason."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.core.fact_english import sentences
from segkit.errors import Place
from segkit.learn.data.choose_features import (
    Candidate,
    candidates,
    choose_features,
    says_the_same,
    with_words,
)
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.summary import Counts, Summary
from segkit.learn.numbers import Floats
from segkit.project.nodes import Metric
from tests.learn.conftest import PLACE, feature, segmentation
from tests.learn.unweighted import summarise

N = 100
EVEN = np.arange(N) / 8.0  # differs in everybody, and is no whole number


def summary_of(name: str, x: Floats) -> Summary:
    known = x[np.isfinite(x)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (None, None)
    distinct, too_large = len(np.unique(known)), int((np.abs(known) > 1e15).sum())
    missing, negative = int(np.isnan(x).sum()), int((known < 0).sum())
    return summarise(Counts(name, len(x), missing, 0, distinct, low, high, too_large, negative), x)


def choose(integers: bool = False, **columns: Floats) -> tuple[dict[str, str], tuple[str, ...]]:
    """The scale of each chosen column, and what is said."""
    type_ = parse_type("BIGINT" if integers else "DOUBLE")
    found = [Candidate(Column(name, type_), summary_of(name, x), x) for name, x in columns.items()]
    chosen, said = choose_features(found, np.ones(N), {}, PLACE)
    return {feature.column: feature.scale for feature in chosen}, sentences(said)


def category(name: str, codes: Floats) -> Candidate:
    """A column of texts a, b, c ... by their positions."""
    counts = {chr(97 + code): int((codes == code).sum()) for code in np.unique(codes).astype(int)}
    summary = LevelSummary(name, len(codes), int(np.isnan(codes).sum()), counts, len(counts))
    return Candidate(Column(name, parse_type("VARCHAR")), summary, codes)


def number(name: str, x: Floats) -> Candidate:
    return Candidate(Column(name, parse_type("DOUBLE")), summary_of(name, x), x)


def test_the_key_metrics_and_labels_are_no_candidates() -> None:
    spec = segmentation(metrics=(Metric("spend", PLACE),), labels=feature("cluster"))
    names = {"id": "BIGINT", "spend": "DOUBLE", "cluster": "BIGINT", "x": "DOUBLE", "t": "VARCHAR"}
    columns = [Column(name, parse_type(type_)) for name, type_ in names.items()]
    assert [column.name for column in candidates(spec, columns)] == ["x", "t"]


def test_a_copy_is_looked_for_on_the_scale_that_is_learned() -> None:
    """Of two skewed columns one in cents: a line on the raw scale; a power: a line of the logs."""
    skewed = np.exp(np.linspace(0, 8, N))
    noisy = skewed * np.exp(0.05 * np.tile([1.0, -1.0], N // 2))
    assert np.corrcoef(skewed, noisy)[0, 1] < 0.999
    found, said = choose(a=skewed, b=noisy)
    assert list(found) == ["a"]
    assert "left out: b (says the same as a)" in said


def test_a_code_beside_its_text_and_bands_of_a_number_say_the_same() -> None:
    codes = np.tile([0.0, 1.0, 2.0, 3.0], N // 4)
    assert says_the_same(category("country", codes), category("country_no", 3 - codes))
    assert not says_the_same(category("country", codes), category("zone", codes // 2))
    age = np.arange(N) + 18.0
    bands = np.searchsorted([40, 60, 80], age, side="right").astype(float)
    assert says_the_same(category("age_band", bands), number("age", age))
    assert says_the_same(number("age", age), category("age_band", bands))
    bands[0] = 3.0  # one row in another band: it is no band of this number
    assert not says_the_same(category("age_band", bands), number("age", age))


def test_a_category_is_chosen_as_one() -> None:
    codes = np.tile([0.0, 1.0], N // 2)
    rare = np.append(np.zeros(N - 1), 1.0)
    chosen, said = choose_features(
        [category("plan", codes), category("rare", rare), number("x", EVEN)], np.ones(N), {}, PLACE
    )
    assert [(f.column, f.kind) for f in chosen] == [("plan", "category"), ("x", None)]
    assert sentences(said) == (
        "features: plan, x",
        "left out: rare (a in 99.0% of the rows)",
        "plan counts as a category",
    )


def test_what_has_nothing_to_do_with_the_others_is_left_out() -> None:
    rng = np.random.default_rng(3)
    group = rng.integers(0, 3, 400)
    columns = {
        "spend": group * 2 + rng.standard_normal(400),
        "visits": group * 2 + rng.standard_normal(400),
        "noise": rng.standard_normal(400),
    }
    chosen, said = choose_features(
        [number(name, x) for name, x in columns.items()], np.ones(400), {}, PLACE
    )
    assert [feature.column for feature in chosen] == ["spend", "visits"]
    assert "left out: noise (nothing to do with the other columns)" in sentences(said)


def test_a_value_of_99_in_a_hundred_tells_nobody_apart() -> None:
    one, two = np.full(N, 7.0), np.full(N, 7.0)
    one[0], two[:2] = 3.5, 3.5
    found, said = choose(one=one, two=two)
    assert found == {"two": "standard"}
    assert said == ("features: two", "left out: one (7 in 99.0% of the rows)")


@pytest.mark.parametrize(("correlation", "chosen"), [(0.991, ["a"]), (0.989, ["a", "b"])])
def test_a_twin_is_left_out(correlation: float, chosen: list[str]) -> None:
    a = np.tile([1.0, -1.0], N // 2) + 50
    noise = np.repeat([1.0, -1.0], N // 2)  # uncorrelated with it
    b = (a - 50) + noise * np.sqrt(1 / correlation**2 - 1)
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(correlation)
    for other in (b, -b):  # a straight line down is the same column, too
        found, said = choose(a=a, b=other)
        assert list(found) == chosen
        assert ("left out: b (says the same as a)" in said) == (chosen == ["a"])


@pytest.mark.parametrize(("widest", "is_id"), [(999, True), (1000, False)])
def test_each_its_own_integer_close_together_is_an_id(widest: int, is_id: bool) -> None:
    """A hundred within ten times as many numbers; cents that are spent lie farther apart."""
    x = np.append(np.arange(N - 1.0), widest)
    found, said = choose(integers=True, number=x)
    assert list(found) == ([] if is_id else ["number"])
    assert ("left out: number (unique integers, as of an id)" in said) is is_id
    assert "number" in choose(integers=False, number=x)[0]  # a DOUBLE is measured


def test_why_a_column_is_left_out() -> None:
    _, said = choose(
        none=np.full(N, np.nan),
        huge=np.append(EVEN[1:], 2e15),
        same=np.full(N, 3.0),
        seen_at=1.6e9 + EVEN**2,
        spend=EVEN,
    )
    assert said[0] == "features: spend"
    assert said[1] == (
        "left out: none (no values), huge (values beyond 1e15), same (constant), "
        "seen_at (seconds since 1970)"
    )


def test_what_is_very_skewed_gets_a_log_scale() -> None:
    skewed = np.exp(np.linspace(0, 8, N))
    even = np.roll(EVEN, 37)
    found, said = choose(skewed=skewed, even=even)
    assert found == {"skewed": "log", "even": "standard"}
    assert said[1] == f"log scale for skewed (skew {summary_of('skewed', skewed).skew:.1f})"
    assert choose(skewed=skewed - 2)[0] == {"skewed": "standard"}  # negative: no logarithm


def test_words_come_from_the_name_where_none_are_given() -> None:
    plain = with_words(feature("Annual Income (k$)"))
    assert (plain.label, plain.unit) == ("Annual Income", "k$")
    labelled = with_words(feature("Annual Income (k$)", label="Income"))
    assert (labelled.label, labelled.unit) == ("Income", "")
    unit = with_words(feature("spend", unit="€"))
    assert (unit.label, unit.unit, unit.place) == ("Spend", "€", Place(PLACE.path, 7, 9, 5))


@pytest.mark.parametrize(("correlation", "weights"), [(0.91, [0.5, 0.5, 1]), (0.89, [1, 1, 1])])
def test_columns_of_one_idea_share_a_weight(correlation: float, weights: list[float]) -> None:
    a, apart = np.tile([1.0, -1.0], N // 2), np.repeat([1.0, -1.0], N // 2)
    b = a + apart * np.sqrt(1 / correlation**2 - 1)
    found = [number("a", a), number("b", b), number("c", np.roll(EVEN, 37))]
    chosen, said = choose_features(found, np.ones(N), {}, PLACE)
    assert [feature.weight for feature in chosen] == weights
    sentence = "a and b say nearly the same: together they weigh as one column"
    assert (sentence in sentences(said)) == (weights[0] == 0.5)
