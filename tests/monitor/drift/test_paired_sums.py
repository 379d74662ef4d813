"""Sums in SQL against numpy on the same rows, on both engines that are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from benchmarks.drift.aggregates import Snapshot, evidence_of, far_of, letter
from segkit.core.drift_result import DriftSettings, Value
from segkit.dialects.table import POSTGRES
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.monitor.drift.evidence import Pairs, kinds
from segkit.monitor.drift.moments import change
from segkit.monitor.drift.new_group import read_far, space_of
from segkit.monitor.drift.paired_sums import Relations, base_ranges, read_evidence
from segkit.monitor.drift.verdict import judge
from tests.warehouses.fixtures import OpenWarehouse

FEATURES = (
    Value("spend", edges=(-1.0, 0.0, 1.0)),
    Value("recency", edges=(30.0, 60.0)),
    Value("region", is_category=True, levels=("north", "south")),
)
METRICS = (Value("revenue"),)
THEN, NOW = date(2026, 1, 1), date(2026, 1, 31)
RELATIONS = Relations("the_now", "the_base", "the_steps", "the_aged")


def rows(seed: int, n: int, first: int) -> Snapshot:
    draw = np.random.default_rng([8, seed])
    spend = 1e6 + draw.normal(size=n)
    spend[draw.random(n) < 0.1] = np.nan
    recency = draw.integers(0, 90, n).astype(float)
    values = {"spend": spend, "recency": recency, "revenue": draw.normal(50, 9, n)}
    ids = np.arange(first, first + n)
    flags = {"active": draw.random(n) < 0.4, "north": draw.random(n) < 0.5}
    return Snapshot(ids, draw.integers(0, 3, n), values, flags)


def literal(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "NULL"
    return repr(value) if not isinstance(value, bool) else str(value).upper()


def fill(engine: Any, name: str, columns: str, made: list[tuple[Any, ...]]) -> None:
    engine.execute(f"CREATE TABLE {name} ({columns})")
    for at in range(0, len(made), 500):
        listed = ", ".join(f"({', '.join(map(literal, row))})" for row in made[at : at + 500])
        engine.execute(f"INSERT INTO {name} VALUES {listed}")


def load(engine: Any, base: Snapshot, now: Snapshot) -> None:
    columns = (
        "key BIGINT, segment_id VARCHAR(9), spend DOUBLE PRECISION, recency DOUBLE PRECISION,"
        " revenue DOUBLE PRECISION, region VARCHAR(9)"
    )
    for name, each in (("the_base", base), ("the_now", now)):
        listed = zip(
            each.ids.tolist(),
            map(letter, each.segment.tolist()),
            *(each.values[c].tolist() for c in ("spend", "recency", "revenue")),
            np.where(each.flags["north"], "north", "south").tolist(),
            strict=True,
        )
        fill(engine, name, columns, list(listed))
    was, is_ = (
        dict(zip(each.ids.tolist(), each.segment.tolist(), strict=True)) for each in (base, now)
    )
    active = dict(zip(now.ids.tolist(), now.flags["active"].tolist(), strict=True))
    steps = [
        (
            key,
            letter(was[key]) if key in was else None,
            letter(was[key]) if key in was and key in is_ else None,
            0 if key in was and key in is_ else None,
            letter(is_[key]) if key in is_ else None,
            active[key] if key in was and key in is_ else None,
            1,
        )
        for key in sorted(was.keys() | is_.keys())
    ]
    texts = {name: f"{name} VARCHAR(9)" for name in ("from_id", "calendar_id", "to_id")}
    columns = f"key BIGINT, {texts['from_id']}, {texts['calendar_id']}, band INTEGER, "
    fill(engine, "the_steps", columns + f"{texts['to_id']}, active BOOLEAN, n BIGINT", steps)
    aged = [(key, letter(code)) for key, code in was.items()]
    fill(engine, "the_aged", "key BIGINT, segment_id VARCHAR(9)", aged)


def check(engine: Any) -> None:
    base, now = rows(1, 900, 0), rows(2, 1000, 100)
    load(engine, base, now)
    ranges = base_ranges(engine, RELATIONS, FEATURES, METRICS)
    said = (engine, RELATIONS, FEATURES, METRICS, NOW, THEN, ranges)
    found = read_evidence(*said)
    known = read_evidence(*said, frozenset({"spend", "revenue"}))
    assert list(known.pairs) == ["recency"]
    assert known.values["spend"].product.tolist() == found.values["spend"].product.tolist()
    assert known.totals["revenue"][1].tolist() == found.totals["revenue"][1].tolist()
    expected = evidence_of(
        NOW,
        THEN,
        base,
        base,
        now,
        features=("spend", "recency"),
        metrics=("revenue",),
        calendar=None,
        band=None,
        aged=base.segment,
    )
    assert (found.cells.before, found.cells.now) == (expected.cells.before, expected.cells.now)
    assert found.cells.n.tolist() == expected.cells.n.tolist()
    assert (found.pairs, found.aged) == (expected.pairs, expected.aged)
    assert sorted(found.flows, key=repr) == sorted(expected.flows, key=repr)
    settings = DriftSettings()
    for evidence in (found, expected):
        space = space_of(evidence, kinds(evidence.pairs, ()))
        assert space is not None
    moves = kinds(found.pairs, ())
    space = space_of(found, moves)
    far = read_far(engine, RELATIONS, space, None, 0.05)
    expected_far = far_of(base, now, space, 0.05)
    assert far is not None
    assert expected_far is not None
    line, expected_line = far.line, expected_far.line
    assert line.limit == pytest.approx(expected_line.limit)
    assert replace(far, line=expected_line) == expected_far
    assert (line.n0, line.far0) == (expected_line.n0, expected_line.far0)
    assert read_far(engine, RELATIONS, space, line, 0.05) == far
    by_sql = judge(found, moves, far, (), settings)
    by_numpy = judge(expected, moves, far, (), settings)
    told = {(c.check_name, c.subject, c.segment_id): c for c in by_sql.checks}
    compared = 0
    for row in by_numpy.checks:
        other = told[row.check_name, row.subject, row.segment_id]
        assert other.estimate == pytest.approx(row.estimate, abs=1e-6), row
        assert other.low == pytest.approx(row.low, abs=1e-5), row
        compared += 1
    assert compared > 15
    north = [
        c for c in by_sql.checks if c.subject == "region = north" and c.check_name == "features"
    ]
    share = [float(each.flags["north"].mean()) for each in (base, now)]
    assert north[0].estimate == pytest.approx((share[1] - share[0]) / 0.5, rel=0.02)
    given = [replace(f, histogram=(7,) * (len(f.edges or f.levels) + 2)) for f in FEATURES]
    counted = read_evidence(engine, RELATIONS, given, *said[3:])
    assert counted.histograms["region"][0].tolist() == [7, 7, 7, 7]
    assert counted.histograms["region"][1].tolist() == found.histograms["region"][1].tolist()
    counts = found.histograms["spend"][1]
    assert counts[-1] == np.isnan(now.values["spend"]).sum()
    assert counts.sum() == len(now.ids)
    for part, other in zip(by_sql.mix_and_rate, by_numpy.mix_and_rate, strict=True):
        assert part.now == pytest.approx(other.now)
        whole = sum(each.mix + each.rate for each in part.parts)
        assert whole == pytest.approx(part.now - part.before, abs=1e-9)


def test_sums_in_duckdb_are_those_of_the_rows() -> None:
    with DuckDBEngine() as engine:
        check(engine)


def test_how_values_move_is_asked_of_those_that_are_not_decided() -> None:
    base = rows(1, 900, 0)
    now = replace(base, values={**base.values, "revenue": base.values["revenue"] + 1})
    with DuckDBEngine() as engine:
        load(engine, base, now)
        ranges = base_ranges(engine, RELATIONS, FEATURES, METRICS)
        found = read_evidence(engine, RELATIONS, FEATURES, METRICS, NOW, THEN, ranges)
    assert found.pairs["recency"] == Pairs(900, 0, 0, 0, 0)
    assert found.pairs["revenue"] == Pairs(900, 0, 900, 0, 0)


def test_of_some_customers_means_are_exact_and_errors_nearly() -> None:
    """Those who are joined tell how values go together; all else is of everybody."""
    base, now = rows(1, 4000, 0), rows(2, 4000, 500)
    now = replace(now, values={**now.values, "revenue": now.values["revenue"] + 1})
    for at in range(500, 4000):  # who stays keeps half of what makes the spend differ
        now.values["spend"][at - 500] = 1e6 + (base.values["spend"][at] - 1e6) / 2
    with DuckDBEngine() as engine:
        load(engine, base, now)
        ranges = base_ranges(engine, RELATIONS, FEATURES, METRICS)
        some = replace(RELATIONS, base_some="(SELECT * FROM the_base WHERE key % 4 = 0)")
        few = replace(RELATIONS, base_some="(SELECT * FROM the_base WHERE key % 400 = 0)")
        every, part, hardly = (
            read_evidence(engine, each, FEATURES, METRICS, NOW, THEN, ranges)
            for each in (RELATIONS, some, few)
        )
    compared = 0
    for (_, what, all_), (_, _, others), (_, _, fewer) in zip(
        every.moments(), part.moments(), hardly.moments(), strict=True
    ):
        exact, found, alone = (
            change(moments, e.cells.were_there, e.cells.are_there)
            for e, moments in ((every, all_), (part, others), (hardly, fewer))
        )
        assert exact is not None and found is not None and alone is not None
        for other in (found, alone):
            assert (other.n0, other.n1) == (exact.n0, exact.n1), what
            assert other.mean0 == pytest.approx(exact.mean0, abs=1e-9)
            assert other.mean1 == pytest.approx(exact.mean1, abs=1e-9)
            assert other.sd == pytest.approx(exact.sd, rel=1e-6), what
        assert abs(found.error**2 - exact.error**2) <= 0.2 * alone.error**2, what
        assert alone.error == pytest.approx((2 / 4000) ** 0.5 * exact.sd, rel=0.1), what
        compared += 1
    assert compared > 5
    for segment in "ABC":
        n0, n1 = (
            every.cells.n[every.cells.were_in(segment)],
            every.cells.n[every.cells.are_in(segment)],
        )
        assert part.cells.n[part.cells.were_in(segment)].sum() == pytest.approx(n0.sum())
        assert part.cells.n[part.cells.are_in(segment)].sum() == pytest.approx(n1.sum())
    assert part.totals["revenue"][1].sum() == pytest.approx(every.totals["revenue"][1].sum())


class OnServer:
    """As much of a reader as sums need, which may write too."""

    dialect = POSTGRES

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql).fetchall())


@pytest.mark.warehouse
def test_sums_in_postgres_are_those_of_the_rows(open_warehouse: OpenWarehouse) -> None:
    connection = open_warehouse("postgres").connection  # type: ignore[attr-defined]
    connection.execute("DROP SCHEMA IF EXISTS drifting CASCADE; CREATE SCHEMA drifting")
    connection.execute("SET search_path TO drifting")
    check(OnServer(connection))
    connection.execute("RESET search_path; DROP SCHEMA drifting CASCADE")
