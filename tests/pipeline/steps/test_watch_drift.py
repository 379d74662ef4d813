"""Drift over the builds of a shop: nothing for nothing, and a change is found."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import ConfigError, SegkitError
from segkit.pipeline import Options, accept_level, run_drift
from tests.conftest import build_first, write_csv
from tests.pipeline.orders_project import build_at

YML = """\
name: shop
sources:
  - {name: crm, tables: [{name: customers, path: data/customers.csv}]}
"""
SEGMENTS = """\
segments:
  - name: shoppers
    from: crm.customers
    key: customer_id
    features: [age, {column: income, scale: log}, {column: region, kind: category}]
    clusters: {k: 3, k_max: 3}
    metrics: [spend, {column: next_spend, period: later}]
"""
HEADER = ("customer_id", "age", "income", "region", "spend", "next_spend")
MONTHS = [datetime(2026, month, 1) for month in range(1, 7)]


def customers(seed: int, shift: float = 0.0) -> list[tuple[Any, ...]]:
    """Nine hundred of three kinds; half of them anew each month, as ``seed`` says."""
    rows = []
    for key in range(900):
        draw = random.Random(key if key % 2 else f"{key} {seed}")
        age, income = ((25, 20), (45, 60), (65, 30))[key % 3]
        region = draw.choice(("north", "south"))
        spend = draw.lognormvariate(3, 0.5) * (1 + (key % 3))
        rows.append(
            (
                key,
                round(draw.gauss(age + shift, 4), 1),
                round(draw.gauss(income, 5) + 20, 2),
                region,
                round(spend, 2),
                0,
            )
        )
    return rows


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "segkit.yml").write_text(YML, encoding="utf-8")
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/segments.yml").write_text(SEGMENTS, encoding="utf-8")
    write_csv(tmp_path / "data/customers.csv", customers(0), HEADER)
    return tmp_path


@pytest.fixture
def project(written: Path) -> Path:
    assert build_first(written, MONTHS[0]).ok
    return written


def build(project: Path, month: int, shift: float = 0.0, **more: Any) -> Any:
    write_csv(project / "data/customers.csv", customers(month, shift), HEADER)
    return build_at(project, MONTHS[month], **more)


def ask(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_the_first_build_is_what_later_ones_are_held_against(project: Path) -> None:
    assert ask(project, "SELECT count(*), min(as_of) FROM shoppers_baseline") == [(900, MONTHS[0])]
    assert ask(project, "FROM shoppers_drift") == []
    names = [row[0] for row in ask(project, "DESCRIBE shoppers_baseline")]
    # a metric of a later period is not known yet
    assert names[:6] == ["key", "segment_id", "age", "income", "region", "spend"]


def test_the_same_shop_is_ok_and_a_change_is_found_twice(project: Path) -> None:
    for month in (1, 2):
        drift = build(project, month).segmentations[0].drift
        assert (drift.verdict, drift.alarms) == ("ok", ())
    drift = build(project, 3, shift=3.0).segmentations[0].drift
    assert drift.verdict == "watch" and "features" in drift.alarms
    again = build(project, 4, shift=3.0)
    assert again.ok and again.segmentations[0].drift.verdict == "act"
    rows = ask(
        project,
        "SELECT as_of, subject, level FROM shoppers_drift WHERE check_name = 'features'"
        " AND level IN ('watch', 'act') ORDER BY ALL",
    )
    assert rows == [(MONTHS[3], "age", "watch"), (MONTHS[4], "age", "act")]
    found = drift.mix_and_rate[0]
    parts = sum(part.mix + part.rate for part in found.parts)
    assert found.metric == "spend" and parts == pytest.approx(found.now - found.before)


@pytest.mark.slow
def test_twice_at_one_time_is_once(project: Path) -> None:
    build(project, 1)
    build(project, 2, shift=3.0)
    first = ask(project, "FROM shoppers_drift ORDER BY ALL")
    build(project, 2, shift=3.0)
    assert ask(project, "FROM shoppers_drift ORDER BY ALL") == first != []
    assert ask(project, "SELECT DISTINCT as_of FROM shoppers_baseline") == [(MONTHS[0],)]


def test_fail_on_publishes_and_fails(project: Path) -> None:
    built = build(project, 1, shift=3.0, fail_on="watch")
    assert built.published and not built.ok
    (problem,) = [p for node in built.nodes if node.kind == "drift" for p in node.problems]
    assert problem.code == "SK530" and problem.message.startswith("shoppers: watch, ")
    assert build(project, 1, shift=3.0, fail_on="act").ok


@pytest.mark.slow
def test_without_drift_nothing_is_looked_for(project: Path) -> None:
    assert build(project, 1, shift=3.0, drift=False).segmentations[0].drift is None
    assert ask(project, "FROM shoppers_drift") == []


def test_drift_looks_at_the_data_of_today_and_publishes_nothing(project: Path) -> None:
    before = ask(project, "FROM shoppers_builds")
    write_csv(project / "data/customers.csv", customers(1, 3.0), HEADER)
    (found,) = run_drift(Options(project, as_of=MONTHS[1]))
    assert found.drift is not None and found.drift.verdict == "watch"
    assert found.changes is not None and found.changes.since == MONTHS[0]
    assert ask(project, "FROM shoppers_builds") == before
    assert ask(project, "FROM shoppers_drift") == []


@pytest.mark.slow
def test_a_level_that_is_accepted_is_usual(project: Path) -> None:
    build(project, 1, shift=3.0)
    assert accept_level(Options(project)) == ("shoppers", MONTHS[1])
    begins = build(project, 2, shift=3.0).segmentations[0].drift
    assert begins is None
    assert ask(project, "SELECT DISTINCT as_of FROM shoppers_baseline") == [(MONTHS[2],)]
    drift = build(project, 3, shift=3.0).segmentations[0].drift
    assert drift.verdict == "ok"
    assert build(project, 4).segmentations[0].drift.verdict == "watch"


def test_nothing_to_accept(written: Path) -> None:
    with pytest.raises(SegkitError, match="SK605"):
        accept_level(Options(written))


@pytest.mark.parametrize(
    ("said", "budget"), [("0.05 per quarter", (0.05, "quarter")), ("0.1 per month", (0.1, "month"))]
)
def test_the_budget_is_declared(written: Path, said: str, budget: tuple[float, str]) -> None:
    from segkit.project.load import load_project

    yml = SEGMENTS + f"    drift: {{false_alarms: {said}}}\n"
    (written / "sql/segments.yml").write_text(yml, encoding="utf-8")
    node = load_project(written).nodes["shoppers"]
    assert (node.drift.false_alarms, node.drift.period) == budget  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["0", "0.9 per quarter", "often", "0.05 per week"])
def test_what_is_no_budget(written: Path, said: str) -> None:
    from segkit.project.load import load_project

    yml = SEGMENTS + f'    drift: {{false_alarms: "{said}"}}\n'
    (written / "sql/segments.yml").write_text(yml, encoding="utf-8")
    with pytest.raises(ConfigError, match="not a probability a period"):
        load_project(written)


@pytest.mark.slow
def test_ids_that_become_text_are_followed(project: Path) -> None:
    rows = customers(1)
    rows[0] = ("X17", *rows[0][1:])
    write_csv(project / "data/customers.csv", rows, HEADER)
    built = build_at(project, MONTHS[1])
    assert built.ok and built.segmentations[0].drift is not None
    assert built.segmentations[0].drift.verdict == "ok"
    found = ask(
        project, "SELECT customer_id, reason FROM shoppers_changes WHERE reason <> 'own data'"
    )
    assert sorted(found) == [("0", "left"), ("X17", "joined")]
    assert build(project, 2).ok


@pytest.mark.slow
def test_a_feature_that_is_called_as_our_own_column_is_not_followed(written: Path) -> None:
    path = written / "data/customers.csv"
    path.write_text(path.read_text().replace("age,", "as_of,", 1), encoding="utf-8")
    yml = SEGMENTS.replace("[age,", "[as_of,")
    (written / "sql/segments.yml").write_text(yml, encoding="utf-8")
    for month in (0, 1):
        assert build_at(written, MONTHS[month]).ok
    names = {row[0] for row in ask(written, "DESCRIBE shoppers_baseline")}
    assert {"income", "region"} <= names
