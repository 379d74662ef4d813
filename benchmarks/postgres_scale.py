"""What a nightly build on PostgreSQL costs the client, at 10 thousand and at a million customers.

    python -m benchmarks.postgres_scale

Rows stay on the server, so the client's CPU should hardly know how many there are.
Needs the programs of a PostgreSQL server; it starts one of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.warehouses.postgres import open_postgres

SIZES = (10_000, 1_000_000)
YAML = """\
name: shop
target: pg
targets:
  pg: {type: postgres, url: "{{ env_var('SHOP_PG_URL') }}", schema: analytics}
sources: [{name: raw, tables: [{name: customers, relation: raw.customers}]}]
"""
NODES = """\
buckets:
  - name: bands
    from: customers
    key: id
    columns:
      - {name: age_band, column: age, edges: [25, 35, 55]}
      - {name: spend_quintile, column: spend, quantiles: 5}
segments:
  - name: groups
    from: customers
    key: id
    features: [age, {column: spend, scale: log}, {column: orders, scale: log}, recency]
    clusters: {k: 4}
    metrics: [later]
"""
CUSTOMERS = """\
CREATE SCHEMA IF NOT EXISTS raw;
DROP TABLE IF EXISTS raw.customers CASCADE;
CREATE TABLE raw.customers AS
SELECT id, 18 + h % 60 AS age, round(exp(2 + g + (h % 997) / 400.0)::numeric, 2) AS spend,
  1 + h % (3 + 6 * g) AS orders, h % (400 - 90 * g) AS recency,
  round((h % 1013) * (1 + g) / 10.0, 2) AS later
FROM (SELECT id, id % 4 AS g, ('x' || substr(md5(id::text), 1, 7))::bit(28)::int AS h
      FROM generate_series(1, {n}) AS id) AS drawn;
ANALYZE raw.customers
"""
# a build in this process, that counts what comes back from the server
COUNTED = """\
import json, sys
from segkit.engines.postgres import reader
seen = {"rows": 0, "queries": 0}
plain = reader.PostgresReader._received
def counted(self, *words):
    rows = plain(self, *words)
    seen["rows"] += len(rows)
    seen["queries"] += 1
    return rows
reader.PostgresReader._received = counted
from segkit.cli.main import main
try:
    main()
finally:
    print(json.dumps(seen), file=sys.stderr)
"""


def measure(project: Path, url: str, as_of: str) -> dict[str, Any]:
    """CPU-seconds of the client's process, and what it fetched."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, "build", "--as-of", as_of, "--no-report"],
        cwd=project,
        env={**os.environ, "SHOP_PG_URL": url, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    seen: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": round(seconds, 2), **seen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().sizes
    with open_postgres() as server, tempfile.TemporaryDirectory() as name:
        url = f"postgresql://segkit@/postgres?host={server.connection.info.host}"
        project = Path(name) / "shop"
        (project / "sql").mkdir(parents=True)
        (project / "segkit.yml").write_text(YAML)
        (project / "sql/nodes.yml").write_text(NODES)
        (project / "sql/customers.sql").write_text("SELECT * FROM {{ source('raw', 'customers') }}")
        found = {}
        for n in sizes:
            server.execute("DROP SCHEMA IF EXISTS analytics CASCADE")
            server.execute(CUSTOMERS.format(n=n))
            measure(project, url, "2026-01-01")  # the first size learns
            measure(project, url, "2026-02-01")
            found[n] = measure(project, url, "2026-03-01")
            print(f"{n:>10,}  {found[n]}", flush=True)
        least, most = found[min(sizes)], found[max(sizes)]
        print(f"CPU of the client at {max(sizes):,}: {most['cpu'] / least['cpu']:.2f} x")
        shutil.rmtree(project)


if __name__ == "__main__":
    main()
