"""Whether a fit agrees with itself, as far as SQL is made of it.

A checksum says that nobody has edited the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from segkit.core.facts import ASSUMPTIONS, REASONS, WARNINGS
from segkit.core.fit import UNASSIGNED, Fit, FittedFeature, letters
from segkit.core.rules import rules_of
from segkit.core.tree import Below, Known, OneOf, Split, leaves, splits
from segkit.publish.stored.records import Mistaken, shown

SCALES = ("standard", "log", "robust", "none", "category")


def check_fit(fit: Fit) -> None:
    """Raise Mistaken for the first thing in which the fit contradicts itself."""
    checks = (_facts, _segments, _features, _clusters, _tree)
    for reason in (reason for check in checks for reason in check(fit)):
        raise Mistaken(reason)


def _facts(fit: Fit) -> Iterator[str]:
    """Codes that have a sentence."""
    lists = (
        ("assumptions", fit.assumptions, ASSUMPTIONS),
        ("warnings", fit.warnings, WARNINGS),
        ("clusters.reason", fit.clusters.reason, REASONS),
    )
    for name, facts, known in lists:
        for place, fact in enumerate(facts):
            if fact.code not in known:
                yield f"`{name}[{place}].code` is no code that segkit knows"
    if not fit.clusters.reason:
        yield "`clusters.reason` is empty"


def _segments(fit: Fit) -> Iterator[str]:
    if not fit.segments:
        yield "`segments` is empty"
    for place, segment in enumerate(fit.segments):
        at = f"segments[{place}]"
        if segment.code < 1:
            yield f"`{at}.code` is {segment.code}, below 1"
        if len(segment.id) > 3 or segment.id != letters(segment.code):
            yield f"`{at}.id` is {shown(segment.id)}, which is not that of code {segment.code}"
        if not segment.name:
            yield f"`{at}.name` is empty"
    yield from _twice("segments", "id", (segment.id for segment in fit.segments))
    told = [descent.id for descent in fit.lineage.segments if descent.kind != "retired"]
    if told and told != [segment.id for segment in fit.segments]:
        yield "`lineage.segments` are not its segments, in their order"


def _twice(what: str, key: str, values: Iterable[str]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{count} of `{what}` have the {key} {shown(value)}"


def _features(fit: Fit) -> Iterator[str]:
    if not fit.features:
        yield "`features` is empty"
    for place, feature in enumerate(fit.features):
        yield from _feature(feature, f"features[{place}]")
    yield from _twice("features", "column", (feature.column for feature in fit.features))


def _feature(feature: FittedFeature, at: str) -> Iterator[str]:
    if not is_name(feature.column):
        yield f"`{at}.column` is {shown(feature.column)}, which is no name of a column"
    if feature.scale not in SCALES:
        yield f"`{at}.scale` is {shown(feature.scale)}, none of {', '.join(SCALES)}"
    for name, number in (("spread", feature.spread), ("weight", feature.weight)):
        if number <= 0:
            yield f"`{at}.{name}` is {number:g}, not above 0"
    if not feature.is_category:
        if feature.levels or feature.mode:
            yield f"`{at}` is a number, and has levels"
        return
    if feature.mode not in feature.levels:
        yield f"`{at}.mode` is {shown(feature.mode)}, none of its levels"
    yield from _twice(f"{at}.levels", "text", feature.levels)


def is_name(column: str) -> bool:
    """Whether a column can be called so: what core's ``identifier`` takes."""
    return bool(column) and not any(ord(char) < 32 or ord(char) == 127 for char in column)


def _clusters(fit: Fit) -> Iterator[str]:
    clusters, k = fit.clusters, len(fit.learned)
    width = sum(feature.width for feature in fit.features)
    found = {"sizes": len(clusters.sizes), "centers": len(clusters.centers)}
    found |= {"labels": len(clusters.labels)} if clusters.labels else {}
    if clusters.k != k:
        yield f"`clusters.k` is {clusters.k}, and there are {k} segments of clusters"
    for name, count in found.items():
        if count != k:
            yield f"`clusters.{name}` has {count} items for {k} segments"
    centers = {f"centers[{place}]": center for place, center in enumerate(clusters.centers)}
    for at, point in enumerate(clusters.sweep):
        if len(point.centers) not in (0, point.k):
            yield f"`clusters.sweep[{at}].centers` has {len(point.centers)} items for k {point.k}"
        centers |= {f"sweep[{at}].centers[{i}]": center for i, center in enumerate(point.centers)}
    for name, center in centers.items():
        if len(center) != width:
            yield f"`clusters.{name}` has {len(center)} numbers, features make {width}"
    yield from _twice("clusters.labels", "text", clusters.labels)


def _tree(fit: Fit) -> Iterator[str]:
    """Columns, levels and leaves that there are, and somebody for every leaf's segment."""
    features = {feature.column: feature for feature in fit.features}
    for split in splits(fit.tree):
        yield from _split(split, features.get(split.column))
    ids = {segment.code: segment.id for segment in fit.segments} | {0: UNASSIGNED.id}
    reached = {rule.code for rule in rules_of(fit.tree)}
    wanted = {*ids} - {0} | {leaf.code for leaf in leaves(fit.tree)}
    for code in sorted(wanted - reached):
        yield f"`tree` puts nobody into {ids[code]}"


def _split(split: Split, feature: FittedFeature | None) -> Iterator[str]:
    if isinstance(split.test, Known) and is_name(split.column):
        return  # also of a declared feature of which nothing was learned
    if feature is None:
        yield f"`tree` tests {shown(split.column)}, which is no feature of it"
        return
    if isinstance(split.test, Below) and feature.is_category:
        yield f"`tree` cuts {shown(split.column)} by a number, and it is a category"
    if isinstance(split.test, OneOf):
        unknown = [level for level in split.test.levels if level not in feature.levels]
        if unknown or not split.test.levels:
            level = shown(unknown[0]) if unknown else "nothing"
            yield f"`tree` asks for {level} in {shown(split.column)}, which is none of its levels"
