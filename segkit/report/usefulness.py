"""Are the segments worth having? The share of a metric's variance that they explain, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from segkit.core.english import default_label, format_statistic, lower_first
from segkit.core.number_format import grouped, spelled
from segkit.core.usefulness import Estimate, Rival, Usefulness
from segkit.report.page import Block, Rows, Sentence, line
from segkit.report.text import count_of, percent, visible

Words = Mapping[str, tuple[str, str]]  # column -> label, unit
_PARTS = {
    2: "halves",
    3: "thirds",
    4: "quartiles",
    5: "quintiles",
    6: "sixths",
    7: "sevenths",
    8: "eighths",
    9: "ninths",
    10: "deciles",
}


def worth_sentence(measured: Sequence[Usefulness], words: Words) -> Sentence:
    """The answer of the first screen, by the first metric that tests the segments.

    Without a metric it says what would be a test.
    """
    if not measured:
        return Sentence("Worth? Not measured: declare `metrics:`, best from a later period.")
    tests = [each for each in measured if each.is_test] or measured
    left = count_of(len(measured) - 1, "more metric")
    more = f" ({left}: explain)" if len(measured) > 1 else ""
    return Sentence(f"Worth? {_answer(tests[0], words)}{more}.")


def _answer(each: Usefulness, words: Words) -> str:
    metric = column_words(each.metric, words)
    if each.explained is None:
        return f"Not measured: {why_unknown(each, metric)}"
    figure = fine_percent if each.verdict == "nothing" else percent
    ends = _caps(each, words)
    capped = f" (counted {ends})" if ends else ""
    share = f"{figure(each.explained.value)} of variance in {metric}{capped}"
    if each.same_as:
        return (
            f"Describes {share}, which {column_words(each.same_as, words)} tells already: no test"
        )
    if each.verdict == "descriptive":
        return f"Describes {share}; no test without a later period"
    if each.verdict == "nothing":
        return f"No: {share}; random groups up to {fine_percent(each.random_high)}"
    rival = each.rival
    theirs = percent(rival.explained.value) if rival else ""
    if rival and each.verdict == "no better":
        return f"No better than {rival_words(rival, words)} ({theirs}): {share}"
    others = [f"K-Means {percent(each.clusters.value)}"] if each.clusters else []
    others += [f"{rival_words(rival, words)} {theirs}"] if rival else []
    return f"{share}; {', '.join(others or [f'random groups {percent(each.random)}'])}"


def why_unknown(each: Usefulness, metric: str) -> str:
    """Why nothing can be told of a metric: it is known of nobody, of too few, or never differs."""
    if not each.known:
        return f"{metric} has no value for any customer"
    if each.known <= each.groups:
        return f"{metric} is known of {count_of(each.known, 'customer')} only"
    return f"{metric} is the same for every customer"


def rival_words(rival: Rival, words: Words) -> str:
    """Return what a plain grouping is called.

    >>> share = Estimate(0.3, 0.2, 0.4)
    >>> rival_words(Rival("quantiles", "total_spend", 5, share, share), {})
    'total spend quintiles'
    >>> rival_words(Rival("buckets", "customer_buckets.age_band", 4, share, share), {})
    'age band buckets'
    """
    if rival.kind == "cross":
        pair = " x ".join(column_words(name, words) for name in (rival.name, rival.other))
        return f"{pair} in {rival.groups} groups"
    if rival.kind == "buckets":
        return f"{column_words(rival.name.partition('.')[2], {})} buckets"
    label = column_words(rival.name, words)
    if rival.kind == "category":
        return label
    parts = _PARTS.get(rival.groups)
    return f"{label} {parts}" if parts else f"{label} in {rival.groups} groups"


def as_shown(one: float, other: float, difference: Estimate) -> tuple[int, Estimate]:
    """How many decimals two shares are shown with, and their difference as one then sees it.

    Whole percents, unless their difference would be another one than that of the shares.

    >>> as_shown(0.513, 0.437, Estimate(0.076, 0.06, 0.09))
    (1, Estimate(value=0.076, low=0.06, high=0.09))
    >>> as_shown(0.51, 0.43, Estimate(0.08, 0.06, 0.09))[0]
    0
    """
    digits = int(round(round(one, 2) - round(other, 2), 2) != round(difference.value, 2))
    seen = round(round(one, 2 + digits) - round(other, 2 + digits), 2 + digits)
    return digits, replace(difference, value=seen)


def with_interval(estimate: Estimate, digits: int = 0) -> str:
    """Return a share with its interval.

    >>> with_interval(Estimate(0.414, 0.362, 0.461)), with_interval(Estimate(0.002, 0.0, 0.006))
    ('41% (36-46%)', '<1% (0-1%)')
    """
    return f"{percent(estimate.value, digits)} ({interval_of(estimate)})"


def interval_of(estimate: Estimate) -> str:
    """Return the interval of a share: "36-46%"."""
    low, high = (f"{end * 100:.0f}" for end in (estimate.low, estimate.high))
    return f"{low}-{high}%"


def fine_percent(share: float) -> str:
    """Return a share as a percentage, a small one with a decimal.

    >>> fine_percent(0.0123), fine_percent(0.0002), fine_percent(0.25)
    ('1.2%', '<0.1%', '25%')
    """
    if 0 < share < 0.0005:
        return spelled("<0.1%")
    return percent(share, 1) if 0 < share < 0.095 else percent(share)


def points(estimate: Estimate, least_digits: int = 0) -> str:
    """Return a difference of shares in points, with its interval; a sharp one with a decimal.

    ``least_digits`` are those of the difference, where shares beside it have so many.

    >>> points(Estimate(0.084, 0.041, 0.127)), points(Estimate(-0.02, -0.05, 0.01))
    ('+8 points (+4 to +13)', '-2 points (-5 to +1)')
    >>> points(Estimate(0.001, -0.004, 0.006))
    '+0.1 points (-0.4 to +0.6)'
    """
    digits = 1 if estimate.high - estimate.low < 0.02 else 0
    parts = [
        spelled(f"{round(part * 100, places) + 0.0:+.{places}f}")
        for part, places in (
            (estimate.value, max(digits, least_digits)),
            (estimate.low, digits),
            (estimate.high, digits),
        )
    ]
    word = "point" if parts[0] in ("+1", "-1") else "points"
    return f"{parts[0]} {word} ({parts[1]} to {parts[2]})"


def usefulness_blocks(
    measured: Sequence[Usefulness], words: Words, at_fit: Sequence[Usefulness] = ()
) -> tuple[Block, ...]:
    """The whole answer, metric by metric: the segments, the best plain rival, chance."""
    before = {each.metric: each.explained for each in at_fit}
    out: list[Block] = []
    for each in measured:
        out.append(line(f"{words.get(each.metric, default_label(each.metric))[0]}:", indent=2))
        if rows := _rows(each, words):
            out.append(Rows(tuple(rows), "lll", indent=4))
        notes = "; ".join(_notes(each, words, before.get(each.metric)))
        out.append(Sentence(f"{notes[:1].upper()}{notes[1:]}.", 4, 6))
    return tuple(out)


def _rows(each: Usefulness, words: Words) -> list[tuple[str, ...]]:
    if each.explained is None:
        return []
    digits, rival = 0, each.rival
    if rival:
        digits, gap = as_shown(each.explained.value, rival.explained.value, rival.ahead)
    rows = [("the segments", with_interval(each.explained, digits), "")]
    if each.clusters:
        rows.append(("K-Means itself", with_interval(each.clusters, digits), ""))
    if rival:
        ahead = f"segments ahead by {points(gap, digits)}"
        if gap.value < 0:
            behind = points(Estimate(-gap.value, -gap.high, -gap.low), digits).replace("+", "")
            ahead = f"segments behind by {behind}"
        rows.append((rival_words(rival, words), with_interval(rival.explained, digits), ahead))
    chance = f"{fine_percent(each.random)} (up to {fine_percent(each.random_high)})"
    return [*rows, ("random groups", chance, "")]


def _notes(each: Usefulness, words: Words, before: Estimate | None) -> list[str]:
    notes = [_meaning(each, words)]
    if ends := _caps(each, words):
        notes.append(
            f"counted {ends} (the outermost 1% of those not 0), so that a few customers do not "
            "decide it"
        )
    if each.missing:
        total = each.known + each.missing
        notes.append(
            f"{grouped(each.missing)} of {count_of(total, 'customer')} left out, without a value"
        )
    if before is not None:
        notes.append(f"{with_interval(before)} at the fit")
    return notes


def caps(low: float | None, high: float | None, unit: str) -> str:
    """Return where values are capped, "" where they are not.

    >>> caps(-20.0, 8070.0, "$"), caps(None, 35.0, "orders"), caps(None, None, "")
    ('down to -$20 and up to $8,070', 'up to 35 orders', '')
    """
    ends = (("down to", low), ("up to", high))
    return " and ".join(
        f"{word} {format_statistic(cap, unit)}" for word, cap in ends if cap is not None
    )


def _caps(each: Usefulness, words: Words) -> str:
    return caps(each.low_cap, each.high_cap, words.get(each.metric, ("", ""))[1])


def _meaning(each: Usefulness, words: Words) -> str:
    if each.explained is None:
        return f"not measured: {why_unknown(each, 'it')}"
    if each.same_as:
        feature = column_words(each.same_as, words)
        return (
            f"describes, tests nothing: {feature}, which the segments are made of, tells it already"
        )
    if not each.declared_later:
        return "describes, tests nothing: declare `period: later` if it is of a later period"
    said = {
        "nothing": "of a later period; no more than random groups explain",
        "no better": "of a later period; no better than the plain rival",
    }
    return said.get(each.verdict, "of a later period; better than any plain rival")


def column_words(column: str, words: Words) -> str:
    """Return the label of a column within a sentence."""
    return visible(lower_first(words.get(column, default_label(column))[0]))
