"""Shares and means against the fit: what the calendar does is no drift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.monitor.drift.against_fit import (
    check_features,
    check_fidelity,
    check_metrics,
    check_new_group,
    check_shares,
    is_suspect,
    outlier_p,
)
from segkit.monitor.drift.evidence import Evidence, Far, Kind, Line
from tests.monitor.drift.made import check, earlier, evidence, family, snapshot

ALPHA = 0.0024
IDS = np.arange(4000)
QUIET = [[check("shares", 0.0, segment=s) for s in "AB"]] * 4


def shifted(share0: float, share1: float, **others: object) -> Evidence:
    z0, z1 = share0 * 4000 <= IDS, share1 * 4000 <= IDS  # the rest are in B
    return evidence(snapshot(IDS, z0 * 1, x=IDS % 7), snapshot(IDS, z1 * 1, x=IDS % 7), **others)


def test_a_share_alarms_for_its_part_outside_of_the_calendar() -> None:
    builds = earlier(QUIET)
    for aged, level in ((0.5, "watch"), (0.53, "ok"), (0.6, "ok"), (0.4, "watch")):
        found = shifted(0.5, 0.53, aged=(aged * 4000 <= IDS) * 1)
        judged = check_shares(found, {}, family("shares", builds))
        checks, unseen = judged.checks, judged.unseen
        assert judged.untested == ""
        assert {c.segment_id: c.level for c in checks}["A"] == level, aged
        assert checks[0].estimate == pytest.approx(0.03)
        assert len(unseen) == 2
    checks = check_shares(shifted(0.5, 0.53), {}, family("shares")).checks
    assert checks[0].level == "ok"  # until builds have told how they differ
    checks = check_shares(shifted(0.5, 0.56), {}, family("shares")).checks
    assert checks[0].level == "watch"


@pytest.mark.parametrize(
    ("now", "aged", "level"),
    [
        (0.45, 0.5, "watch"),
        (0.45, 0.7, "ok"),  # a quarter more purchases take away a quarter of 20 points
        (0.435, 0.7, "watch"),
        (0.45, 0.65, "watch"),
        (0.55, 0.3, "watch"),  # what the calendar empties, purchases fill in any case
    ],
)
def test_a_season_empties_what_the_calendar_fills(now: float, aged: float, level: str) -> None:
    found = shifted(0.5, now, aged=(aged * 4000 <= IDS) * 1)
    checks = check_shares(found, {}, family("shares", earlier(QUIET))).checks
    assert {c.segment_id: c.level for c in checks}["A"] == level


@pytest.mark.parametrize(
    ("kinds", "aged", "why"),
    [
        ({"x": Kind.ACCUMULATES}, IDS % 2, "accumulates"),
        ({"x": Kind.AGES}, None, "calendar"),
        ({"x": Kind.AGES}, IDS % 2, ""),
        ({"x": Kind.STEADY}, None, ""),
    ],
)
def test_shares_are_told_where_the_calendar_is_not_known(
    kinds: dict[str, Kind | None], aged: object, why: str
) -> None:
    found = check_shares(shifted(0.5, 0.7, aged=aged), kinds, family("shares"))
    assert found.untested == why
    assert (found.checks[0].level == "info") == bool(why)
    idle = shifted(0.5, 0.7, aged=aged, no_rule=frozenset({"x"}))
    assert check_shares(idle, kinds, family("shares")).untested == ""  # no rule looks at it


def drawn(shift: float, missing: float = 0.0) -> Evidence:
    draw = np.random.default_rng(4)
    x0, x1 = draw.normal(size=4000), draw.normal(size=4000)
    z = IDS % 2
    y0, y1 = draw.normal(size=4000), draw.normal(size=4000) + shift * (z == 1)
    x1 = np.where(draw.random(4000) < missing, np.nan, x1 + shift)
    return evidence(snapshot(IDS, z, x=x0, y=y0), snapshot(IDS, z, x=x1, y=y1))


def test_a_feature_alarms_from_a_tenth_of_its_deviation_on() -> None:
    for shift, level in ((0.0, "ok"), (0.05, "ok"), (0.2, "watch")):
        checks = check_features(drawn(shift), {}, family("features")).checks
        assert [c.level for c in checks if c.subject == "x"] == [level]
    found = check_features(drawn(0.2), {"x": Kind.AGES}, family("features"))
    assert [c.level for c in found.checks] == ["info"]
    assert found.untested == "no steady feature"


def test_a_change_in_missing_values_alone_is_seen() -> None:
    checks = check_features(drawn(0.0, 0.05), {}, family("features")).checks
    assert {c.subject: c.level for c in checks} == {"x": "ok", "x IS NULL": "watch"}


def test_what_did_not_vary_and_is_another_now_is_seen() -> None:
    found = evidence(snapshot(IDS, IDS % 2, x=0 * IDS), snapshot(IDS, IDS % 2, x=0 * IDS + 5))
    (row,) = check_features(found, {}, family("features")).checks
    assert (row.estimate, row.p, row.level) == (1.0, 0.0, "watch")


def test_a_metric_alarms_in_its_segment() -> None:
    rows = [[check("metrics", 0.0, subject="y", segment=s) for s in "AB"]] * 4
    found = check_metrics(drawn(0.25), {}, family("metrics", earlier(rows)))
    assert {c.segment_id: c.level for c in found.checks} == {"A": "ok", "B": "watch"}
    assert {u.segment_id for u in found.unseen} == {"A", "B"}
    found = check_metrics(drawn(0.25), {"y": Kind.ACCUMULATES}, family("metrics"))
    assert {c.level for c in found.checks} == {"info"}
    assert found.untested == "no metric"


def test_segments_of_fewer_than_thirty_are_no_test() -> None:
    z = (np.arange(200) < 29) * 1
    few = evidence(
        snapshot(np.arange(200), z, x=z, y=np.arange(200)),
        snapshot(np.arange(200), z, x=z, y=np.arange(200) + 99),
    )
    checks = check_metrics(few, {}, family("metrics")).checks
    assert [c.segment_id for c in checks] == ["A"]


def test_less_agreement_of_rules_and_clusters_alarms_and_more_does_not() -> None:
    assert check_fidelity(drawn(0), {}, family("fidelity")).untested == "no clusters"
    for now, level in ((0.95, "ok"), (0.9, "watch"), (1.0, "ok")):
        agrees = IDS < 3800, now * 4000 > IDS
        each = [snapshot(IDS, IDS % 2, x=flags) for flags in agrees]
        found = evidence(*each)
        found = replace(found, agreement=(found.cells, found.values["x"]), features=())
        (row,) = check_fidelity(found, {}, family("fidelity")).checks
        assert row.level == level
        found = replace(found, features=("x",))
        (told,) = check_fidelity(found, {"x": Kind.AGES}, family("fidelity")).checks
        assert told.level == "info"


def test_a_new_group_is_far_away_and_dense() -> None:
    many = Far(Line("x", 9.0, 10_000, 50), 10_000, 400, 350)
    assert is_suspect(many, ALPHA)
    assert not is_suspect(Far(Line("x", 9.0, 10_000, 50), 10_000, 70, 70), ALPHA)
    assert outlier_p(Far(Line("x", 9.0, 100, 0), 100, 0)) == 1.0
    for far, level in ((many, "watch"), (replace(many, dense=90), "ok")):
        judged = check_new_group(far, family("new group"))
        (row, *kept), (unseen,) = judged.checks, judged.unseen
        assert [(c.check_name, c.estimate) for c in kept] == [("far", 9.0), ("far n", 50.0)]
        assert row.level == level
        assert row.estimate == pytest.approx(0.035)
        assert unseen.size >= 0.01
    assert check_new_group(None, family("new group")).untested == "no steady feature"


def test_who_never_bought_and_buys_is_told_and_a_value_that_is_lost_is_tested() -> None:
    then, now = np.where(IDS % 2, 5.0, np.nan), np.where(IDS % 4, 5.0, np.nan)
    ages = {"x": Kind.AGES}
    for base, today, level in ((then, now, "info"), (now, then, "watch")):
        found = evidence(snapshot(IDS, IDS * 0, x=base), snapshot(IDS, IDS * 0, x=today))
        checks = check_features(found, ages, family("features")).checks
        assert {c.subject: c.level for c in checks}["x IS NULL"] == level
    found = evidence(snapshot(IDS, IDS * 0, x=then), snapshot(IDS, IDS * 0, x=now))
    checks = check_features(found, {}, family("features")).checks
    assert {c.subject: c.level for c in checks}["x IS NULL"] == "watch"
