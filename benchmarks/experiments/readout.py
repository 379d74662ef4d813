"""How long a readout takes, beside the join and GROUP BY that anybody would write.

    nice -n 15 python -m benchmarks.experiments.readout [--customers 10000000]

Three metrics of one relation of events, eight segments, one covariate; a file of its own.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

from segkit.engines.duckdb.publisher import open_workspace
from segkit.errors import Place
from segkit.experiments.assignment import daily_counts
from segkit.experiments.cells import read_cells
from segkit.experiments.customer_rows import held_rows
from segkit.experiments.readout import make_readout
from segkit.project.nodes import Experiment, Measure, Project, Target

HERE = Place("benchmark.yml", 1, 1)
METRICS = ("revenue", "items", "refunds")
COMMITTED = """
CREATE OR REPLACE TABLE committed AS
SELECT a.id, a.arm, a.segment_id, sum(e.revenue) AS revenue, sum(e.items) AS items,
  sum(e.refunds) AS refunds
FROM price_assignment AS a
LEFT JOIN events AS e ON e.id = a.id AND e.at_ >= a.assigned_at
  AND e.at_ < a.assigned_at + INTERVAL '28 days'
GROUP BY ALL;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000_000)
    n = parser.parse_args().customers
    revenue, *others = (
        Measure(name, "events", "id", HERE, "at_", 28, margin=0.02) for name in METRICS
    )
    node = Experiment(
        "price",
        "s",
        {"control": 50.0, "offer": 50.0},
        date(2026, 2, 1),
        revenue,
        HERE,
        (),
        end=date(2026, 2, 2),
        covariates=("x",),
        guardrails=tuple(others),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.duckdb"
        project = Project("b", Path(folder), Target("dev", "duckdb", path), {}, {})
        with open_workspace(path, project="b", carry_over=False) as engine:
            engine.execute(
                "CREATE TABLE price_assignment AS SELECT range AS id, ['control', 'offer'][1 +"
                " CAST(hash(range) % 2 AS INTEGER)] AS arm,"
                " chr(CAST(65 + range % 8 AS INTEGER)) AS segment_id,"
                " 1 AS fit_version, TIMESTAMP '2026-02-01' AS assigned_at, 1 AS period,"
                f" random() AS x FROM range({n})"
            )
            engine.execute(
                "CREATE TABLE events AS SELECT range // 2 AS id, TIMESTAMP '2026-02-02' AS at_,"
                " random() * 50 AS revenue, 1 + range % 3 AS items, random() AS refunds"
                f" FROM range({n} * 2)"
            )
            began = time.perf_counter()
            engine.execute(COMMITTED)
            groups = "SELECT arm, segment_id, count(*), avg(revenue), var_samp(revenue)"
            engine.query(f"{groups} FROM committed GROUP BY ALL")
            plain = time.perf_counter() - began
            began = time.perf_counter()
            with held_rows(engine, project, node, datetime(2026, 3, 2)):
                cells = read_cells(engine, node)
            found = make_readout(node, datetime(2026, 3, 2), daily_counts(engine, node), cells)
            ours = time.perf_counter() - began
    assert found.n == n
    times = f"join and GROUP BY {plain:.1f} s, readout {ours:.1f} s, x {ours / plain:.2f}"
    print(f"{n:,} customers: {times}")


if __name__ == "__main__":
    main()
