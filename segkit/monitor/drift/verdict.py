"""The verdict on a build: every family's checks, one budget of false alarms, two in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from segkit.core.drift_result import (
    FAMILIES,
    Check,
    Drift,
    DriftSettings,
    EarlierBuild,
    Level,
    MixAndRate,
    Part,
    Verdict,
    builds_a_period,
)
from segkit.monitor.drift.against_fit import (
    check_features,
    check_fidelity,
    check_metrics,
    check_new_group,
    check_shares,
)
from segkit.monitor.drift.distributions import told_distances
from segkit.monitor.drift.evidence import Evidence, Far, Kind
from segkit.monitor.drift.family import Family
from segkit.monitor.drift.flow import check_events, check_flow
from segkit.monitor.drift.joiners import check_joiners

_OF_AN_INTERVAL = ("flow", "events")  # what is done between two builds
PACE = 1.5  # months have 28 to 31 days; twice the time is another matter


def alpha_of(evidence: Evidence, earlier: Sequence[EarlierBuild], settings: DriftSettings) -> float:
    """The probability of a false alarm that each family has in one build."""
    before = [evidence.base_as_of, *(build.as_of for build in earlier)]
    builds = builds_a_period(evidence.as_of, before, settings.period)
    families = len(FAMILIES) - (evidence.agreement is None)
    return settings.false_alarms / (families * builds)


def judge(
    evidence: Evidence,
    kinds: Mapping[str, Kind | None],
    far: Far | None,
    earlier: Sequence[EarlierBuild],
    settings: DriftSettings,
) -> Drift:
    """Return the verdict and its checks. ``earlier`` are the builds since the fit, in order."""
    alpha = alpha_of(evidence, earlier, settings)
    paced = _of_this_pace(evidence, earlier)
    families = {
        name: Family(name, evidence.as_of, paced if name in _OF_AN_INTERVAL else earlier, alpha)
        for name in FAMILIES
    }
    moved = _moved(earlier)
    families["shares"] = replace(families["shares"], moved=moved)
    found = {
        "shares": check_shares(evidence, kinds, families["shares"]),
        "flow": check_flow(evidence.flows, families["flow"]),
        "events": check_events(evidence.flows, families["events"]),
        "joiners": check_joiners(evidence.joined, families["joiners"]),
        "features": check_features(evidence, kinds, families["features"]),
        "metrics": check_metrics(evidence, kinds, families["metrics"]),
        "new group": check_new_group(far, families["new group"]),
        "fidelity": check_fidelity(evidence, kinds, families["fidelity"]),
    }
    last = earlier[-1].alarms if earlier else frozenset()
    checks = [_again(check, last, moved) for each in found.values() for check in each.checks]
    known = {name: kind for name, kind in kinds.items() if kind is not None}
    told = [Check(evidence.as_of, "fit", "kind", x, None, float(k)) for x, k in known.items()]
    return Drift(
        evidence.as_of,
        _worst({check.level for check in checks}),
        (*checks, *told, *told_distances(evidence)),
        alpha,
        mix_and_rate(evidence),
        tuple(unseen for each in found.values() for unseen in each.unseen),
        tuple((name, each.untested) for name, each in found.items() if each.untested),
    )


def _of_this_pace(evidence: Evidence, earlier: Sequence[EarlierBuild]) -> list[EarlierBuild]:
    """Builds about as long after the one before as this one: in less time less is done."""
    days = sorted({evidence.base_as_of, *(build.as_of for build in earlier)})
    now = (evidence.as_of - days[-1]).days
    gaps = {b: (b - a).days for a, b in pairwise(days)}
    return [
        build
        for build in earlier
        if now > 0 and now / PACE <= gaps.get(build.as_of, 0) <= now * PACE
    ]


def _moved(earlier: Sequence[EarlierBuild]) -> frozenset[str | None]:
    """Segments that more customers than usual went to in the last build, or fewer."""
    last = earlier[-1].checks if earlier else ()
    return frozenset(
        c.segment_id for c in last if c.check_name == "flow" and c.level in ("watch", "act")
    )


def _again(check: Check, last: frozenset[str], moved: frozenset[str | None]) -> Check:
    """The row of an alarm, ``act`` if the family alarmed in the last build too.

    Or flow did of a segment, whose share is another now: these are one change.
    """
    is_again = check.check_name in last
    is_again |= check.check_name == "shares" and check.segment_id in moved
    return replace(check, level="act") if is_again and check.level == "watch" else check


def _worst(levels: set[Level]) -> Verdict:
    return "act" if "act" in levels else "watch" if "watch" in levels else "ok"


def mix_and_rate(evidence: Evidence) -> tuple[MixAndRate, ...]:
    """What each segment adds to the change of each metric's mean; the parts add up to it."""
    cells, found = evidence.cells, []
    for metric, (sum0, sum1) in evidence.totals.items():
        moments = evidence.values[metric]
        n0, n1 = float(moments.known0.sum()), float(moments.known1.sum())
        if not n0 or not n1:
            continue
        mean0, mean1 = float(sum0.sum()) / n0, float(sum1.sum()) / n1
        parts = []
        for segment in cells.segments:
            of0, of1 = cells.were_in(segment), cells.are_in(segment)
            known0, known1 = float(moments.known0[of0].sum()), float(moments.known1[of1].sum())
            # of a segment that nobody was in, as of all
            rate0 = float(sum0[of0].sum()) / known0 if known0 else mean0
            rate1 = float(sum1[of1].sum()) / known1 if known1 else rate0
            weight0, weight1 = known0 / n0, known1 / n1
            mix, rate = (weight1 - weight0) * (rate0 - mean0), weight1 * (rate1 - rate0)
            parts.append(Part(segment, mix, rate))
        found.append(MixAndRate(metric, mean0, mean1, tuple(parts)))
    return tuple(found)
