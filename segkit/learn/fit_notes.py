"""What a fit says of itself: assumptions, what rounder cuts cost, segments that are small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segkit.core.facts import Fact
from segkit.core.fit import FittedFeature, FittedSegment, Quality, Stability
from segkit.core.missing_values import becomes
from segkit.core.tree import Below, Tree, splits
from segkit.learn import rule_stability
from segkit.learn.data.read import Data
from segkit.learn.numbers import round_digits
from segkit.learn.trees.fit_surrogate import budget
from segkit.learn.trees.short_cuts import DIGITS, digits_of
from segkit.project.nodes import Segmentation


def assumptions(
    data: Data, features: Sequence[FittedFeature], tree: Tree, moved: int
) -> tuple[Fact, ...]:
    """What was taken for granted where nobody said how it should be."""
    said, sample, segmentation = [], data.sample, data.segmentation
    if len(sample.X) < sample.rows:
        said.append(Fact("sampled", n=len(sample.X), value=sample.rows))
    if segmentation.missing == "unassigned":
        if data.own.incomplete:
            said.append(Fact("unassigned", n=data.own.incomplete))
    else:
        said += _filled(data, features)
    if data.labels and data.labels.missing:
        said.append(Fact("unlabelled", data.labels.column, data.labels.missing))
    flags = [f.column for f in data.used if f.kind is None and data.levels(f) is not None]
    said += [Fact("is_category", column) for column in flags]
    said += [Fact("left_out", f.column) for f in data.features if f not in data.used]
    if segmentation.rules.max_moved:
        long = sum(
            isinstance(s.test, Below) and digits_of(s.test.cut) > DIGITS for s in splits(tree)
        )
        said.append(Fact("rounded", n=moved, value=long))
    return tuple(said)


def _filled(data: Data, features: Sequence[FittedFeature]) -> Iterator[Fact]:
    """What stands in for missing values, and of how many customers."""
    for feature in features:
        if count := data.own.missing[feature.column]:
            yield becomes(feature, count, data.segmentation.missing)


def over_max_loss(segmentation: Segmentation, quality: Quality, k: int) -> Iterator[Fact]:
    """What the published rules lose, where that is more than is declared."""
    rules = segmentation.rules
    if quality.loss > rules.max_loss:
        code = "over_max_loss" if segmentation.labels is None else "over_max_mistakes"
        figures = (quality.loss, rules.max_loss, rules.max_leaves or budget(k))
        yield Fact(code, n=quality.leaves, value=figures)


def few_resamples(stability: Stability | None) -> Iterator[Fact]:
    """How many halves of the customers had rules for each segment, if not all."""
    counted, tried = stability.resamples if stability else 0, 2 * rule_stability.PAIRS
    if not counted:
        yield Fact("no_resamples", value=tried)
    elif counted < tried:
        yield Fact("few_resamples", n=counted, value=tried)


def small_segments(segments: Sequence[FittedSegment]) -> list[Fact]:
    """Which segments are too small for their figures to be steady."""
    least = max(30.0, sum(segment.n for segment in segments) / 100)
    return [Fact("small_segment", n=s.n, value=(s.id, least)) for s in segments if s.n < least]


def small_own(own: Mapping[str, FittedSegment], rows: int, min_share: float) -> Iterator[Fact]:
    """Which segments of ``own``, by column, hold less than a segment should."""
    for column, segment in own.items():
        share = segment.n / rows
        if share < min_share:
            figures = (segment.id, round_digits(share), min_share)
            yield Fact("own_small", column, segment.n, figures)
