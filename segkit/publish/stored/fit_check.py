"""Whether a fit agrees with itself: everything that later steps rely on, in one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from segkit.core.facts import ASSUMPTIONS, BY_KNEE, OF_OTHERS, OTHERS, REASONS, WARNINGS, mistakes
from segkit.core.fit import UNASSIGNED, Baseline, FeatureBaseline, Fit, FittedFeature, letters
from segkit.core.naming import Naming
from segkit.core.rules import rules_of
from segkit.core.tree import Below, Known, OneOf, Split, leaves, splits
from segkit.publish.stored.records import Mistaken, shown

SCALES = ("standard", "log", "robust", "none", "category")
ORIGINS = ("fitted", "adjusted")


def check_fit(fit: Fit) -> None:
    """Raise Mistaken for the first thing in which the fit contradicts itself."""
    checks = (_counts, _lineage, _segments, _features, _clusters, _quality, _tree, _facts)
    for reason in (reason for check in checks for reason in check(fit)):
        raise Mistaken(reason)


def check_baseline(baseline: Baseline, fit: Fit) -> None:
    """Raise Mistaken if the baseline is damaged, or that of another fit."""
    for reason in _baseline(baseline, fit):
        raise Mistaken(reason)


def _counts(fit: Fit) -> Iterator[str]:
    if fit.origin not in ORIGINS:
        yield f"`origin` is {shown(fit.origin)}, neither {ORIGINS[0]} nor {ORIGINS[1]}"
    yield from _below(1, {"version": fit.version, "rows": fit.rows, "sample": fit.sample})


def _lineage(fit: Fit) -> Iterator[str]:
    lineage = fit.lineage
    for name in ("parent", "replaced", "measured"):
        version = getattr(lineage, name)
        if version is not None and not 1 <= version < fit.version:
            yield f"`lineage.{name}` is {version}, which is no version before {fit.version}"
    if lineage.adjustments and lineage.parent is None:
        yield "`lineage` has adjustments, and no parent"


def _facts(fit: Fit) -> Iterator[str]:
    """Figures as their codes have them: what is said of a fit is made of them."""
    lists = (
        ("assumptions", fit.assumptions, ASSUMPTIONS),
        ("warnings", fit.warnings, WARNINGS),
        ("clusters.reason", fit.clusters.reason, REASONS),
    )
    for name, facts, known in lists:
        for place, fact in enumerate(facts):
            yield from mistakes(fact, known, f"{name}[{place}]")
    if not fit.clusters.reason:
        yield "`clusters.reason` is empty"
    yield from _reasons_in_order(fit)
    yield from _stability(fit)


def _stability(fit: Fit) -> Iterator[str]:
    """Shares with the mean amid them, of segments that there are."""
    if (found := fit.stability) is None:
        return
    if not 0 <= found.low <= found.mean <= found.high <= 1:
        yield "`stability` has shares that are not between 0 and 1, or a mean outside low to high"
    yield from _below(1, {"stability.customers": found.customers})
    ids = {segment.id for segment in fit.segments}
    for id_, share in found.by_segment.items():
        if id_ not in ids or not 0 <= share <= 1:
            yield f"`stability.by_segment.{id_}` is no share of a segment"


def _reasons_in_order(fit: Fit) -> Iterator[str]:
    """One reason for this k, then what was said of others."""
    for place, fact in enumerate(fit.clusters.reason):
        if (place == 0) == (fact.code in OF_OTHERS):
            yield f"`clusters.reason[{place}].code` is {shown(fact.code)}, which stands elsewhere"
        if fact.code in BY_KNEE and fact.figures[2:] and fact.figures[2] not in OTHERS:
            yield f"`clusters.reason[{place}].value[2]` is none of {', '.join(OTHERS)}"


def _below(least: int, counts: dict[str, int]) -> Iterator[str]:
    for name, count in counts.items():
        if count < least:
            yield f"`{name}` is {count}, below {least}"


def _segments(fit: Fit) -> Iterator[str]:
    if not fit.segments:
        yield "`segments` is empty"
    for place, segment in enumerate(fit.segments):
        at = f"segments[{place}]"
        yield from _below(1, {f"{at}.code": segment.code})
        yield from _below(0, {f"{at}.n": segment.n})
        if len(segment.id) > 3 or segment.id != letters(segment.code):
            yield f"`{at}.id` is {shown(segment.id)}, which is not that of code {segment.code}"
        if not segment.name:
            yield f"`{at}.name` is empty"
        if segment.naming is not None:
            yield from _naming(segment.naming, f"{at}.naming")
    yield from _twice("segments", "id", (segment.id for segment in fit.segments))


def _naming(naming: Naming, at: str) -> Iterator[str]:
    for name in ("members", "others", "precision"):
        if not 0 <= getattr(naming, name) <= 1:
            yield f"`{at}.{name}` is {getattr(naming, name):g}, not a share"
    for place, statement in enumerate(naming.says):
        here = f"{at}.says[{place}]"
        if not is_name(statement.column):
            yield f"`{here}.column` is {shown(statement.column)}, which is no name of a column"
        if (statement.kind == "level") != bool(statement.levels):
            yield f"`{here}.levels` do not go with kind {statement.kind}"
        is_of_numbers = statement.kind not in ("level", "unknown")
        if is_of_numbers != bool(statement.ends) or statement.interval.is_empty:
            yield f"`{here}` has ends that do not go with kind {statement.kind}"


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
    for k in clusters.alternatives:
        yield from _below(1, {"clusters.alternatives": k})
    yield from _below(0, {f"clusters.sizes[{i}]": size for i, size in enumerate(clusters.sizes)})
    yield from _twice("clusters.labels", "text", clusters.labels)


def _quality(fit: Fit) -> Iterator[str]:
    ids = {segment.id for segment in fit.segments}
    quality = fit.quality
    for name in ("fidelity_by_segment", "held_out_by_segment"):
        for id_ in getattr(quality, name):
            if id_ not in ids:
                yield f"`quality.{name}` names {shown(id_)}, which is no segment"
    yield from _below(0, {"quality.moved": quality.moved, "quality.leaves": quality.leaves})


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


def _baseline(baseline: Baseline, fit: Fit) -> Iterator[str]:
    if baseline.rows != fit.rows:
        yield f"`rows` is {baseline.rows:,}, and {fit.label} has {fit.rows:,}: is it another fit's?"
    columns = [feature.column for feature in baseline.features]
    yield from _twice("features", "column", columns)
    for feature in fit.features:
        if feature.column not in columns:
            yield f"`features` has no {shown(feature.column)}"
    ids = {UNASSIGNED.id, *(segment.id for segment in fit.segments)}
    for id_ in baseline.segments:
        if id_ not in ids:
            yield f"`segments` names {shown(id_)}, which is no segment of {fit.label}"
    for place, measured in enumerate(baseline.features):
        if list(measured.quantiles) != sorted(measured.quantiles):
            yield f"`features[{place}].quantiles` are out of order"
        yield from _histogram(measured, f"features[{place}]")


def _histogram(measured: FeatureBaseline, at: str) -> Iterator[str]:
    """Bins between rising edges that hold all known values; none in a baseline of format 1."""
    edges, counts = measured.edges, measured.histogram
    if list(edges) != sorted(set(edges)):
        yield f"`{at}.edges` are out of order"
    if len(counts) != (len(edges) + 1 if edges else 0):
        yield f"`{at}.histogram` has {len(counts)} counts for {len(edges)} edges"
    elif counts and (min(counts) < 0 or sum(counts) != measured.count):
        yield f"`{at}.histogram` does not add up to {measured.count:,}"
