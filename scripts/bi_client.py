"""A real BI client, headless: Superset asks a segment view for a chart's data through 20 builds.

    python -m venv superset
    superset/bin/pip install apache-superset==6.1.0 flask-caching==2.3.1 'marshmallow<4' \\
        cachetools rich psycopg2-binary duckdb-engine 'duckdb==2.0.*'
    export FLASK_APP=superset SUPERSET_SECRET_KEY=any-long-text SEGKIT=path/to/segkit
    superset/bin/superset db upgrade
    superset/bin/python scripts/bi_client.py FOLDER URI [SCHEMA]

FOLDER is new and gets a project: built on the server of SHOP_PG_URL where URI is PostgreSQL's
(postgresql+psycopg2://...), else in FOLDER/warehouse/shop.duckdb
(URI: duckdb:///FOLDER/warehouse/shop.duckdb?access_mode=read_only).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CUSTOMERS, BUILDS, ASKED = 200, 20, 10  # times at least that Superset asks during a build
YAML = """\
name: shop
target: TARGET
targets:
  pg: {type: postgres, url: "{{ env_var('SHOP_PG_URL', '') }}", schema: SCHEMA}
  duck: {type: duckdb, path: warehouse/shop.duckdb}
sources: [{name: crm, tables: [{name: data, path: data.csv}]}]
"""
SEGMENTS = """\
segments:
  - {name: groups_TARGET, from: crm.data, key: id, features: [age, spend], clusters: {k: 3}}
"""
CHART = {
    "columns": ["segment_id"],
    "groupby": ["segment_id"],
    "metrics": [
        {"expressionType": "SQL", "sqlExpression": "sum(spend)", "label": "spend"},
        {"expressionType": "SQL", "sqlExpression": "count(*)", "label": "n"},
    ],
    "filter": [],
    "is_timeseries": False,
    "row_limit": 100,
    "granularity": None,
    "from_dttm": None,
    "to_dttm": None,
    "extras": {},
    "orderby": [],
}


def write_data(folder: Path, number: int) -> int:
    """New spends; return their sum."""
    spends = [(i * 37 + number) % 900 for i in range(CUSTOMERS)]
    rows = (f"{i},{20 + i % 50},{spend}\n" for i, spend in enumerate(spends))
    (folder / "data.csv").write_text("id,age,spend\n" + "".join(rows), encoding="utf-8")
    return sum(spends)


def start_build(folder: Path) -> subprocess.Popen[str]:
    words = [os.environ["SEGKIT"], "build", "-q", "--no-report", "--as-of", "2026-01-01"]
    return subprocess.Popen(words, cwd=folder, text=True)


def look(folder: Path, dataset: Any) -> dict[str, int]:
    """Build, and ask meanwhile: how often, and how often it went wrong or was stale after."""
    asked = errors = stale = 0
    for number in range(BUILDS):
        total = write_data(folder, number)
        running = start_build(folder)
        while running.poll() is None or asked < ASKED * (number + 1):
            asked += 1
            found = dataset.query(dict(CHART))
            errors += bool(found.error_message or found.df["n"].sum() != CUSTOMERS)
            time.sleep(0.1)
        if running.returncode:
            raise SystemExit(running.returncode)
        stale += bool(dataset.query(dict(CHART)).df["spend"].sum() != total)
    return {"builds": BUILDS, "asked": asked, "errors": errors, "stale": stale}


def main() -> None:
    from superset.app import create_app

    folder, uri = Path(sys.argv[1]).resolve(), sys.argv[2]
    target, schema = ("pg", sys.argv[3]) if uri.startswith("postgres") else ("duck", None)
    (folder / "sql").mkdir(parents=True)
    text = YAML.replace("TARGET", target).replace("SCHEMA", schema or "none")
    (folder / "segkit.yml").write_text(text, encoding="utf-8")
    (folder / "sql/segments.yml").write_text(SEGMENTS.replace("TARGET", target), encoding="utf-8")
    write_data(folder, 0)
    if start_build(folder).wait():
        raise SystemExit(1)
    with create_app().app_context():
        from superset import db
        from superset.connectors.sqla.models import SqlaTable
        from superset.models.core import Database

        database = Database(database_name=folder.name)
        database.set_sqlalchemy_uri(uri)
        db.session.add(database)
        db.session.commit()
        dataset = SqlaTable(table_name=f"groups_{target}", schema=schema, database=database)
        dataset.fetch_metadata()
        print(json.dumps(look(folder, dataset)))


if __name__ == "__main__":
    main()
