"""A sentence for each fact, word for word, and no fact without one."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from string import Formatter
from typing import Any

import pytest

from segkit.core.fact_english import (
    ORDER_LINES,
    assumption_sentences,
    grown_sentence,
    how_many,
    missing_sentences,
    reason_sentence,
    sentences,
    warning_sentences,
)
from segkit.core.facts import (
    ASSUMPTIONS,
    IN_SHORT,
    OF_OTHERS,
    REASONS,
    WARNINGS,
    Fact,
)
from segkit.core.fit import Clusters, FittedFeature, FittedSegment, Lineage, Verdict
from segkit.core.missing_values import MissingValues
from segkit.core.tree import Known, Leaf, Split
from tests.publish.stored.test_fits import FIT

AGE = FittedFeature("age", "Age", "", "standard", "DOUBLE", 0.0, 1.0, 41.5)


def example(code: str, says: str) -> Fact:
    """A fact with the figures that its sentence has places for."""
    specs = {int(n): spec for _, n, spec, _ in Formatter().parse(says) if n and n.isdigit()}
    wanted = [specs.get(place, ",") for place in range(max(specs, default=-1) + 1)]
    figures: list[Any] = [
        2.5 if re.search("[fg%]", spec) else 40 if spec else "word" for spec in wanted
    ]
    figures += [2.5] * 2 if "{percent" in says or "{amount" in says else []
    figures += [2.5] if code == "small_segment" else []  # as a list of them says
    figures += [40] if "{long}" in says else []
    if "{others}" in says:
        figures = [2, 10, "none", 0.9]
    column = "age" if "{column}" in says else None
    counted = re.search(r"\{(n|customers|are|count)\b", says)
    return Fact(code, column, 3 if counted else None, tuple(figures) or None)


@pytest.mark.parametrize("known", [ASSUMPTIONS, WARNINGS])
def test_every_fact_has_a_sentence(known: Any) -> None:
    for code, says in known.items():
        (said,) = sentences([example(code, says)])
        assert "{0}" not in says or "word" in said
        assert "{column}" not in says or "age" in said
        assert "{n" not in says or "3" in said


def test_every_reason_has_its_words() -> None:
    declared = Fact("declared", n=6)
    for code, says in REASONS.items():
        fact = example(code, says)
        said = reason_sentence([declared, fact] if code in OF_OTHERS else [fact])
        assert ("k = 6 as declared" in said) == (code in OF_OTHERS or code == "declared") or (
            code == "declared"
        )
        assert len(said) > len("k = 6 as declared") or code in ("text", "declared")


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (
            Fact("sampled", n=100_000, value=1_234_567),
            "learned from 100,000 of 1,234,567 customers, drawn by a hash of the key",
        ),
        (Fact("log_scale", "spend", value=8.049), "log scale for spend (skew 8.0)"),
        (
            Fact("twins", "a", value=("b", 0.987)),
            "a and b say nearly the same (r = 0.99): it counts twice",
        ),
        (
            Fact("sentinel", "age", 12, (999.0, 94.0, 4128)),
            "age is 999 in 12 of 4,128 rows, and 94 is the next: if it means unknown, make it NULL "
            "in the model: null_if_sentinel('age', [999])",
        ),
        (Fact("not_finite", "x", 1, 1), "x is NaN or infinite in 1 of 1 row: missing"),
        (
            Fact("small_leaf_or_loss", n=4, value=(40, 0.314)),
            "a rule may hold as few as 4 customers, not 40 (min_share): otherwise the rules would "
            "lose 31.4%",
        ),
        (
            Fact("over_max_mistakes", n=8, value=(0.12, 0.05, 12)),
            "8 leaves put 12.0% of the customers into another cluster, more than max_loss 0.05; "
            "up to 12 leaves were tried",
        ),
        (
            Fact("rounded", n=0, value=0),
            "cuts were rounded, which puts nobody into another segment",
        ),
    ],
)
def test_word_for_word(fact: Fact, said: str) -> None:
    assert sentences([fact]) == (said,)


def test_what_people_read_as_a_list_is_one_sentence() -> None:
    facts = [
        Fact("chosen", "a"),
        Fact("chosen", "b"),
        Fact("out_constant", "c"),
        Fact("out_mostly_one", "d", value=(7.0, 0.995)),
        Fact("log_scale", "a", value=3.0),
    ]
    assert sentences(facts) == (
        "features: a, b",
        "left out: c (constant), d (7 in 99.5% of the rows)",
        "log scale for a (skew 3.0)",
    )
    small = [Fact("small_segment", n=n, value=(id_, 30.0)) for n, id_ in ((12, "C"), (4, "E"))]
    assert sentences(small) == ("small segments: C (12), E (4); under 30 customers, figures jump",)


def test_the_unit_is_that_of_the_feature() -> None:
    feature = FittedFeature("age", "Age", "years", "none", "BIGINT", 0.0, 1.0, 41.5)
    said = (Fact("filled_number", "age", 1, 41.5),)
    fit = replace(FIT, features=(feature,), assumptions=said)
    assert assumption_sentences(fit) == ("1 missing age counts as 41.5 years (the median)",)
    then = replace(fit, lineage=Lineage(2, ("age < 42 -> 40",), measured=1))
    assert assumption_sentences(then) == (
        "at v0001: 1 missing age counts as 41.5 years (the median)",
    )
    assert warning_sentences(fit) == (
        "age and height say nearly the same (r = 0.96): it counts twice",
    )


def test_how_many_in_short() -> None:
    def said(*reason: Fact, verdict: Verdict | None) -> str | None:
        clusters = Clusters(4, 1, 1.0, (), (), (), reason, verdict=verdict)
        return how_many(replace(FIT, clusters=clusters))

    tried = (2, 10)
    beside = (Fact("as_stable", n=5), Fact("as_stable", n=6), Fact("next", n=3))
    apart = Fact("apart", n=4, value=tried)
    assert said(apart, *beside, verdict="apart") == (
        "4 stand out, a gap at every border; 5, 6 may do too; next best 3"
    )
    knee = Fact("knee", n=4, value=(*tried, "degrees"))
    assert said(knee, verdict="degrees") == "By degrees, no gaps: 4 is useful"
    declared = (Fact("declared", n=4), Fact("found_apart", n=6))
    assert said(*declared, verdict="degrees") == (
        "4 as declared; 6 stand out, a gap at every border"
    )
    kept = (Fact("kept", n=4, value="v0002"), Fact("found_degrees"))
    assert said(*kept, verdict="degrees") == ("4 as in v0002; no gaps, customers differ by degrees")
    assert said(Fact("only_one", n=4), verdict="degrees") == "4 segments"
    assert said(Fact("given", "team", 4), verdict=None) is None


def test_who_is_in_none_of_the_clusters_stands_beside_them() -> None:
    guard = Split("spend", Known(), FIT.tree, Leaf(3))
    segments = (*FIT.segments, FittedSegment(3, "C", "Never bought", 9))
    clusters = replace(
        FIT.clusters, verdict="overlap", reason=(Fact("overlap", n=2, value=(2, 9)),)
    )
    fit = replace(FIT, tree=guard, segments=segments, clusters=clusters)
    assert how_many(fit) == "2 overlapping groups + C"


def test_stands_out_is_said_of_gaps_at_every_border_alone() -> None:
    said = {code: text for code, text in IN_SHORT.items() if "stand" in text}
    assert set(said) == {"apart"}


def test_why_this_k() -> None:
    best = (2, 10, 0.977, 0.522, 5408.8)
    assert reason_sentence([Fact("stands_out", n=6, value=best)]) == (
        "k = 6 stands out of 2 to 10: its clusters come back on resamples (stability 0.98) and "
        "score best (silhouette 0.522, Calinski-Harabasz 5409)"
    )
    facts = [
        Fact("stands_out_of_those", n=6, value=best),
        Fact("runner_up", n=7, value=0.85),
        Fact("passed_small", n=3, value=0.01),
        Fact("passed_small", n=4, value=0.01),
        Fact("passed_treeless", n=9),
    ]
    assert reason_sentence(facts).endswith(
        "score best of those that do (silhouette 0.522, Calinski-Harabasz 5409); 7 scores higher "
        "and does not come back (0.850), of those whose segments all hold 1% of the customers "
        "(not so: 3, 4); no tree of so few leaves has a rule for each segment of k = 9"
    )


def test_what_is_missing_today_is_said_instead_of_what_was_then() -> None:
    facts = (
        Fact("filled_number", "age", 1, 41.5),
        Fact("is_category", "vip"),
        Fact("text", value="3 missing height count as 170 (the median)"),
        Fact("unassigned", n=4),
    )
    fit = replace(FIT, assumptions=facts)
    assert assumption_sentences(fit, of_missing=False) == ("vip counts as a category",)
    columns = [
        MissingValues(AGE, 2, 10, None),
        MissingValues(replace(AGE, column="height", unit="cm"), 1, 10, None),
        MissingValues(replace(AGE, column="weight"), 0, 10, None),
    ]
    assert missing_sentences(columns, "median", 0) == (
        "2 missing age count as 41.5 (the median); likewise 1 height as 41.5 cm",
    )
    assert missing_sentences(columns, "unassigned", 3) == (
        "3 customers with a missing feature are unassigned",
    )
    assert missing_sentences(columns[2:], "unassigned", 0) == ()


def test_a_column_that_lost_values() -> None:
    column = MissingValues(AGE, 2140, 6900, Fraction(4, 100))
    assert grown_sentence(column, "median") == (
        "age: 31% missing (4% at the fit): these 2,140 customers count as 41.5 (the median)"
    )
    assert grown_sentence(column, "unassigned") == (
        "age: 31% missing (4% at the fit): these 2,140 customers are unassigned"
    )
    country = replace(AGE, column="country", scale="category", mode="DE")
    assert grown_sentence(MissingValues(country, 1, 40, Fraction(1, 300)), "median") == (
        "country: 2.5% missing (0.333% at the fit): this customer counts as DE (the most frequent)"
    )


def test_what_is_so_of_six_columns_is_said_once() -> None:
    six = [Fact("two_values", f"is_{name}") for name in "abcdef"]
    other = Fact("skewed", "spend", value=8.0)
    assert sentences([*six[:3], other, *six[3:]]) == (
        "is_a has two values: kind: category weighs it like the other columns; likewise is_b, "
        "is_c, is_d, is_e, is_f",
        "spend is very skewed (skew 8.0): few customers decide; cap its tail in the model: "
        "winsorize('spend')",
    )
    empty = [Fact("mostly_null", name, n, 9000) for name, n in (("a", 8000), ("b", 7500))]
    assert sentences(empty) == ("a is NULL in 8,000 of 9,000 rows; likewise b (7,500)",)
    pairs = [Fact("twins", a, value=(b, 0.98)) for a, b in ("ab", "cd")]
    assert len(sentences(pairs)) == 2  # of other partners
    logs = [Fact("log_scale", name, value=2.0) for name in "ab"]
    assert sentences(logs) == ("log scale for a (skew 2.0), b (skew 2.0)",)


def test_a_reason_to_leave_columns_out_stands_once() -> None:
    facts = [
        Fact("out_unrelated", "region"),
        Fact("out_twin", "salary_eur", value="salary"),
        Fact("out_unrelated", "is_staff"),
    ]
    assert sentences(facts) == (
        "left out: region, is_staff (nothing to do with the other columns), salary_eur (says the "
        "same as salary)",
    )


OF_LINES = {
    Fact("order_lines", n=9000, value=(1200, "customer who, date day")): (
        "order lines: 9,000 of 1,200 customers; customer who, date day"
    ),
    Fact("other_customer", "buyer"): "--key buyer takes that for the customer",
    Fact("orders_by_day"): "no order id: what a customer bought on one day is an order",
    Fact("once_an_order", "total"): (
        "total is the same on all lines of an order: counted once an order"
    ),
    Fact("discounts", value="rebate"): "not taken off the amount: rebate",
    Fact("other_roles", value="paid_on"): (
        "by name they could be the date or the amount, too: paid_on"
    ),
    Fact("lines_without", "who", 1): "1 line without who left out",
    Fact("lines_cancelled", n=2000, value="void"): (
        "2,000 lines of cancellations (void) left out, not taken off the amount"
    ),
    Fact("lines_other", n=3, value="event is not buy"): (
        "3 lines of other events (event is not buy) left out"
    ),
    Fact("no_purchase", n=1): "1 customer without a purchase left out",
    Fact("lines_negative", n=5): (
        "5 lines with a negative amount left out, not taken off the amount"
    ),
    Fact("lines_nothing", n=6): "6 lines for nothing (amount 0) left out",
    Fact("lines_later", n=7, value="2026-02-01"): "7 lines of 2026-02-01 and later left out",
    Fact("as_of", value="2026-02-01"): "as of 2026-02-01",
    Fact("as_of_last", value="2026-02-01"): "as of 2026-02-01: the day after the last order",
}


def test_every_guess_of_order_lines_is_a_sentence() -> None:
    assert {fact.code for fact in OF_LINES} == {*ORDER_LINES}
    assert sentences(OF_LINES) == tuple(OF_LINES.values())
