"""An experiment from its first build to its policy, and what a build refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import SegkitError
from segkit.pipeline import Options, compile_node, plan_out, read_out
from segkit.results import BuildResult
from tests.experiments.shop import (
    END,
    EXPERIMENT,
    LATER,
    START,
    arm_of,
    bucket,
    build_at,
    write_customers,
    write_experiment,
    write_shop,
)


def query(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def failure(result: BuildResult) -> tuple[str, str]:
    (node,) = [node for node in result.nodes if node.status == "error"]
    return node.problems[0].code, node.problems[0].message


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once, on the first day."""
    project = write_shop(tmp_path_factory.mktemp("experiment") / "shop")
    assert build_at(project, START).ok
    return project


@pytest.fixture
def project(started: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(started, tmp_path / "shop"))


def test_everybody_gets_the_arm_of_the_hash(started: Path) -> None:
    rows = query(started, "SELECT * FROM price_assignment ORDER BY customer_id")
    assert len(rows) == 1200
    for id_, arm, segment, version, at, period, covariate in rows:
        assert (arm, version, at, period) == (arm_of(id_), 1, START, 1)
        assert segment in ("A", "B")
        assert (covariate is None) == (id_ % 10 == 0)
    plan = json.loads((started / "warehouse/experiments/price/plan.json").read_text())
    assert plan["definition"]["arms"] == {"control": 50.0, "offer": 50.0}
    assert (plan["as_of"], plan["fit_version"]) == ("2026-02-01T00:00:00", 1)


def test_building_again_changes_nobody_and_late_joiners_join(project: Path) -> None:
    before = query(project, "SELECT * FROM price_assignment ORDER BY ALL")
    assert build_at(project, START).ok
    assert query(project, "SELECT * FROM price_assignment ORDER BY ALL") == before
    write_customers(project, 1300)
    assert build_at(project, LATER).ok
    rows = query(project, "SELECT customer_id, arm, assigned_at FROM price_assignment")
    assert len(rows) == 1300
    assert {at for id_, _, at in rows if id_ > 1200} == {LATER}
    assert all(arm == arm_of(id_) for id_, arm, _ in rows)
    write_customers(project, 1400)  # nobody joins from the end on
    assert build_at(project, END).ok
    assert query(project, "SELECT count(*) FROM price_assignment") == [(1300,)]


def test_no_p_and_no_interval_before_its_end(project: Path) -> None:
    assert build_at(project, LATER).ok
    rows = query(project, "SELECT DISTINCT low, high, q, shrunk, status FROM price_readout")
    assert rows == [(None, None, None, None, "interim")]
    assert not (project / "warehouse/experiments/price/policy.json").exists()
    with pytest.raises(SegkitError, match="not decided"):
        compile_node(Options(project), "price_policy")


def test_it_ends_in_a_policy_by_segment(project: Path) -> None:
    assert build_at(project, END).ok
    found = read_out(Options(project, as_of=END))
    assert (found.status, found.n, found.assigned) == ("final", 1200, 1200)
    assert all(check.ok for check in found.balance)
    primary, uncapped, guardrail = found.metrics
    assert [m.role for m in found.metrics] == ["primary", "uncapped", "guardrail"]
    by_segment = {group.segment_id: group.arms[1] for group in primary.groups}
    young = query(project, "SELECT DISTINCT segment_id FROM shoppers WHERE age < 40")[0][0]
    old = "AB".replace(young, "")
    assert by_segment[young].effect == pytest.approx(30, abs=2)
    assert by_segment[old].effect == pytest.approx(-30, abs=2)
    assert primary.differs[0].p < 0.001
    assert uncapped.cap is None and primary.cap is not None
    assert guardrail.verdicts == {"offer": "held"}
    assert found.policy is not None and found.policy.by_segment
    assert found.policy.arms == {young: "offer", old: "control"}
    assert found.policy.low < 15 < found.policy.high  # half of them, 30 each
    policy = query(project, "SELECT DISTINCT segment_id, arm FROM price_policy ORDER BY 1")
    assert dict(policy) == found.policy.arms
    sql = compile_node(Options(project), "price_policy", dialect="duckdb")
    select = sql.partition(" AS\n")[2].rstrip(";\n")
    assert query(project, f"({select}) EXCEPT (FROM price_policy)") == []
    rows = query(project, "SELECT count(*), sum(n) FROM price_readout WHERE as_of = '2026-03-10'")
    assert rows == [(18, 3 * 2 * 1200)]


def test_what_is_decided_stays(project: Path) -> None:
    assert build_at(project, END).ok
    files = project / "warehouse/experiments/price"
    before = (files / "policy.json").read_bytes()
    later = END.replace(month=6)
    assert build_at(project, later).ok
    assert (files / "policy.json").read_bytes() == before
    first, second = (read_out(Options(project, as_of=at)) for at in (END, later))
    assert first.metrics == second.metrics


def test_a_changed_definition_stops_the_build_and_says_what_changed(project: Path) -> None:
    text = EXPERIMENT.replace("control: 50, offer: 50", "control: 40, offer: 60")
    write_experiment(project, text.replace("days: 28", "days: 14"))
    code, message = failure(build_at(project, LATER))
    assert code == "SK350"
    assert "`arms.control` was 50.0 and is 40.0" in message
    assert "`primary.days` was 28 and is 14" in message
    assert query(project, "SELECT max(as_of) FROM price_readout") == [(START,)]


def test_before_its_start_nothing_is_frozen(tmp_path: Path) -> None:
    project = write_shop(tmp_path, customers=100)
    assert build_at(project, START.replace(month=1)).ok
    assert not (project / "warehouse/experiments").exists()
    assert query(
        project, "SELECT count(*) FROM duckdb_tables() WHERE table_name ILIKE 'price%'"
    ) == [(0,)]
    with pytest.raises(SegkitError, match="nobody is assigned"):
        read_out(Options(project))
    planned = plan_out(Options(project, as_of=START))
    assert planned.available == 100
    assert planned.mean == pytest.approx(60, abs=3)  # of January
    assert {c.code for c in planned.cautions} >= {"small", "proxy"}


def test_the_holdout_comes_first_and_a_ramp_grows(tmp_path: Path) -> None:
    text = EXPERIMENT.replace(
        "    salt: exp1\n",
        "    salt: exp1\n    holdout: 10\n"
        "    ramp: [{from: 2026-02-01, share: 20}, {from: 2026-02-08, share: 100,"
        " arms: {control: 20, offer: 80}}]\n",
    )
    project = write_shop(tmp_path, text, customers=1000)
    assert build_at(project, START).ok
    first = dict(query(project, "SELECT customer_id, arm FROM price_assignment"))
    entered = {i for i in range(1, 1001) if bucket("exp1:entry", i) < 2000}
    assert first.keys() == entered
    for id_, arm in first.items():
        held = bucket("segkit_holdout", id_) < 1000
        assert arm == ("holdout" if held else arm_of(id_))
    assert build_at(project, LATER).ok
    rows = query(project, "SELECT customer_id, arm, period FROM price_assignment")
    assert len(rows) == 1000
    for id_, arm, period in rows:
        assert period == (1 if id_ in entered else 2)
        if period == 1:
            assert arm == first[id_]
        elif bucket("segkit_holdout", id_) >= 1000:
            assert arm == ("control" if bucket("exp1", id_) < 2000 else "offer")
    found = read_out(Options(project, as_of=END))
    assert found.status == "final"  # a ramp is no mismatch
    assert {check.kind for check in found.balance} == {"all", "segment", "period"}
    assert found.assigned == sum(bucket("segkit_holdout", i) >= 1000 for i in range(1, 1001))


ELSEWHERE = EXPERIMENT.replace(
    "salt: exp1",
    "assigned_by: {relation: crm.given, key: customer, arm: variant, at: seen_at}",
)


def test_assignments_made_elsewhere_are_read_as_well(tmp_path: Path) -> None:
    """Seen a week late: the covariate may hold what the arm did, so it is not known."""
    project = write_shop(tmp_path, ELSEWHERE, customers=600)
    with (project / "data/given.csv").open("a", encoding="utf-8") as file:
        file.write("1,offer,2026-02-03 00:00:00\n1,control,2026-02-04 00:00:00\n")
    result = build_at(project, LATER)
    assert result.ok
    rows = query(
        project, "SELECT customer_id, arm, assigned_at, spend_before FROM price_assignment"
    )
    assert {(id_, arm, at, x) for id_, arm, at, x in rows} == {
        (id_, arm_of(id_), START, None) for id_ in range(1, 601)
    }
    (told,) = [p for node in result.nodes for p in node.problems if p.code == "SK352"]
    assert "1 customers of crm.given got more than one arm" in told.message


def test_arms_and_segments_that_are_not_there(tmp_path: Path) -> None:
    project = write_shop(tmp_path, ELSEWHERE.replace("offer: 50", "other: 50"), customers=100)
    code, message = failure(build_at(project, START))
    assert (code, "`offer` (" in message) == ("SK352", True)
    write_experiment(project, EXPERIMENT.replace("arms:", "eligible: [A, Z]\n    arms:"))
    assert failure(build_at(project, START)) == ("SK352", "shoppers has no segment Z")


def test_customers_who_are_lost_on_the_way_hide_every_effect(tmp_path: Path) -> None:
    project = write_shop(tmp_path, ELSEWHERE, customers=1200)
    lines = (project / "data/given.csv").read_text().splitlines()
    kept = [line for i, line in enumerate(lines) if "offer" not in line or i % 3]
    (project / "data/given.csv").write_text("\n".join(kept) + "\n")
    result = build_at(project, END)
    (told,) = [p for node in result.nodes for p in node.problems if p.code == "SK351"]
    assert "customers are not in the arms as they should be" in told.message
    found = read_out(Options(project, as_of=END))
    assert (found.status, found.metrics, found.policy) == ("mismatch", (), None)
    assert query(project, "SELECT DISTINCT metric, n, status FROM price_readout") == [
        (None, None, "mismatch")
    ]


def test_a_sequential_one_is_read_at_any_time(tmp_path: Path) -> None:
    text = EXPERIMENT.replace("end: 2026-02-10", "analysis: sequential\n    planned_n: 4000")
    project = write_shop(tmp_path, text.replace("days: 28", "days: 5"))
    assert build_at(project, START).ok and build_at(project, LATER).ok
    found = read_out(Options(project, as_of=LATER))
    assert (found.status, found.policy) == ("running", None)
    arm = found.metrics[0].overall.arms[1]
    assert arm.low is not None and arm.high is not None and arm.q is not None
    assert compile_node(Options(project), "price_assignment").startswith("SELECT customer_id")


def test_only_the_experiment_is_built(project: Path) -> None:
    assert build_at(project, LATER, "price").ok
    assert query(project, "SELECT max(as_of) FROM price_readout") == [(LATER,)]


def test_what_was_changed_is_not_read(project: Path) -> None:
    write_experiment(project, EXPERIMENT.replace("days: 28", "days: 14"))
    with pytest.raises(SegkitError, match=r"`primary\.days` was 28 and is 14"):
        read_out(Options(project, as_of=LATER))


def test_data_that_end_before_a_time_does_are_warned_of(project: Path) -> None:
    result = build_at(project, END)
    (told,) = [p for node in result.nodes for p in node.problems if p.code == "SK352"]
    said = "price: crm.orders ends on 2026-02-20, and times until 2026-03-01 are over"
    assert (told.message, told.severity) == (said, "warning")
    (end,) = read_out(Options(project, as_of=END)).data_ends
    assert (end.relation, str(end.newest)) == ("crm.orders", "2026-02-20")
    with (project / "data/orders.csv").open("a") as file:
        file.write("0,2026-02-27 12:00:00,1,0\n")
    assert not [p for node in build_at(project, END).nodes for p in node.problems]
    assert read_out(Options(project, as_of=END)).data_ends == ()
