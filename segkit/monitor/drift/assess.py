"""Drift of one build, from the relations to the verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from segkit.core.drift_result import Check, Drift, DriftSettings, EarlierBuild, Value
from segkit.engines.base import Reader
from segkit.monitor.drift.evidence import Evidence, Grouped, What, decided_kinds, kinds
from segkit.monitor.drift.new_group import kept_line, read_far, sample_rows, space_of
from segkit.monitor.drift.paired_sums import Relations, base_ranges, read_evidence
from segkit.monitor.drift.told_apart import explain
from segkit.monitor.drift.verdict import alpha_of, judge
from segkit.monitor.group_sums import MetricRange

_RANGE, _BIN, _SIDE = "range", "bin", "then: "
_EXPLAINED_ON = 4000  # customers of then, and of now


def assess(
    engine: Reader,
    relations: Relations,
    features: Sequence[Value],
    metrics: Sequence[Value],
    *,
    as_of: date,
    base_as_of: date,
    earlier: Sequence[EarlierBuild],
    settings: DriftSettings,
) -> Drift:
    """Return whether the customers have changed since the fit, and since the builds before.

    Parameters
    ----------
    relations
        ``now`` and ``base`` have the columns key, segment_id, those of the features (numbers
        as DOUBLE, categories as texts) and the metrics; ``steps`` key, from_id, calendar_id,
        band, to_id, active; ``base_aged`` key, segment_id.
    earlier
        Builds since the fit, or since a level was accepted, in order. They keep the ranges and
        the histograms of the values at the fit, which cost as much as a join.
    """
    features = [_with_bins(value, base_as_of, earlier) for value in features]
    ranges, new = _ranges(engine, relations, features, metrics, earlier)
    decided = frozenset(decided_kinds(earlier))
    evidence = read_evidence(
        engine,
        relations,
        features,
        metrics,
        as_of,
        base_as_of,
        ranges,
        decided,
        _kept_sums(base_as_of, earlier),
    )
    moves = kinds(evidence.pairs, earlier)
    alpha = alpha_of(evidence, earlier, settings)
    space, n0 = space_of(evidence, moves), int(evidence.cells.n[evidence.cells.were_there].sum())
    line = kept_line(space, n0, earlier) if space else None
    far = read_far(engine, relations, space, line, alpha)
    drift = judge(evidence, moves, far, earlier, settings)
    if new:
        rows = [
            Check(as_of, "fit", _RANGE, n, None, None, r.least, r.most) for n, r in ranges.items()
        ]
        rows += [
            Check(as_of, "fit", f"{_SIDE}{what[0]}", json.dumps(what[1:]), segment, float(found))
            for what, groups in evidence.then.items()
            for (segment,), found in groups.items()
        ]
        drift = replace(drift, checks=(*drift.checks, *rows))
    drift = replace(drift, checks=(*drift.checks, *_bins(evidence, features)))
    told = [f.name for f in features if not f.is_category and not moves.get(f.name)]
    if drift.verdict == "ok" or not told:
        return drift
    before, now = (
        sample_rows(engine, relation, told, _EXPLAINED_ON)
        for relation in (relations.base_some or relations.base, relations.now)
    )
    return replace(drift, explanation=explain(told, before, now))


def _bins(evidence: Evidence, features: Sequence[Value]) -> list[Check]:
    """The histograms at the fit that were counted for this build, for later ones to know."""
    return [
        Check(evidence.as_of, "fit", _BIN, value.name, str(place), float(n))
        for value in features
        if value.name in evidence.histograms and not value.histogram
        for place, n in enumerate(evidence.histograms[value.name][0])
    ]


def _with_bins(value: Value, base_as_of: date, earlier: Sequence[EarlierBuild]) -> Value:
    """The value, with the histogram at the fit where a build since then has counted it."""
    kept = {
        int(check.segment_id): int(check.estimate)
        for build in earlier
        if build.as_of > base_as_of  # of those before it the fit's customers were others
        for check in build.checks
        if (check.check_name, check.subject) == (_BIN, value.name)
        if check.segment_id is not None and check.estimate is not None
    }
    return replace(value, histogram=tuple(kept[place] for place in sorted(kept)) or value.histogram)


def _kept_sums(base_as_of: date, earlier: Sequence[EarlierBuild]) -> Grouped:
    """The sums of the customers of the fit, where a build since then has written them down."""
    found: dict[What, dict[tuple[Any, ...], float]] = {}
    for build in earlier:
        for c in build.checks if build.as_of > base_as_of else ():
            if c.check_name.startswith(_SIDE) and c.estimate is not None:
                what = (c.check_name.removeprefix(_SIDE), *json.loads(c.subject or "[]"))
                found.setdefault(what, {})[c.segment_id,] = c.estimate
    return found


def _ranges(
    engine: Reader,
    relations: Relations,
    features: Sequence[Value],
    metrics: Sequence[Value],
    earlier: Sequence[EarlierBuild],
) -> tuple[dict[str, MetricRange], bool]:
    """The ranges of the values at the fit, and whether no earlier build has kept them."""
    kept = _kept_ranges(earlier)
    names = {value.name for value in (*features, *metrics) if not value.is_category}
    names |= {relations.agreement} if relations.agreement else set()
    if names <= kept.keys():
        return {name: range_ for name, range_ in kept.items() if name in names}, False
    return base_ranges(engine, relations, features, metrics), True


def _kept_ranges(earlier: Sequence[EarlierBuild]) -> dict[str, MetricRange]:
    """The ranges that an earlier build found and wrote down, by the name of the value."""
    return {
        check.subject: MetricRange(0, 0, check.low, check.high)
        for build in earlier
        for check in build.checks
        if check.check_name == _RANGE
        if check.subject and check.low is not None and check.high is not None
    }
