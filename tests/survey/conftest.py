"""One small project with all that a survey meets: whole numbers, NULLs, a category, losses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from segkit.engines.base import Reader
from segkit.monitor.usefulness import measure_usefulness
from segkit.pipeline import Options, run_build
from segkit.pipeline.run_options import open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.project.nodes import Segmentation
from segkit.publish.stored.chosen import published_fit
from segkit.publish.subject import FittedSubject, fitted, read_subject
from segkit.survey.page_data import Examples, Survey
from segkit.survey.survey import examples, survey
from tests.conftest import T0, customers, write_project

MODEL = """\
SELECT
  customer_id,
  age,
  income,
  CASE WHEN CAST(customer_id AS INTEGER) % 3 = 0 THEN 'north' ELSE 'south' END AS region,
  spend,
  spend - 120 AS profit
FROM {{ source('crm', 'customers') }}
"""
SEGMENTS = """\
segments:
  - name: shopper_segments
    from: customer_features
    key: customer_id
    features:
      - age
      - {column: income, label: Annual income, unit: "k$", scale: log}
      - {column: region, kind: category, weight: 0.1}
    clusters: {k: 4, k_max: 4, seed: 1}
    metrics: [spend, profit]
"""


@dataclass(frozen=True)
class Surveyed:
    """The survey, and each customer as a dict: columns, code, by the published view."""

    subject: FittedSubject
    survey: Survey
    rows: list[dict[str, Any]]
    explained: list[float]  # of each metric, as usefulness has it
    examples: Examples
    folder: Path


@pytest.fixture(scope="session")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveyed]:
    folder: Path = tmp_path_factory.mktemp("survey") / "shop"
    files = {"sql/features/customer_features.sql": MODEL, "sql/segments.yml": SEGMENTS}
    files["sql/buckets.yml"] = None  # type: ignore[assignment]
    write_project(folder, customers(400, seed=3), files)
    options = Options(folder, as_of=T0, report=False)
    assert run_build(options).ok
    project = open_project(options)
    node = project.nodes["shopper_segments"]
    assert isinstance(node, Segmentation)
    with open_shown(project, node.name) as engine:
        fit = published_fit(engine, project, node)
        subject = fitted(read_subject(engine, project, node), fit)
        found = survey(engine, subject)
        looked_at = examples(engine, subject)
        useful = measure_usefulness(engine, subject, subject.view)
        names = ("customer_id", "age", "income", "region", "segment_order", "spend", "profit")
        rows = engine.query(
            "SELECT s.customer_id, s.age, s.income, s.region, s.segment_order, f.spend, f.profit "
            "FROM shopper_segments AS s JOIN customer_features AS f USING (customer_id)"
        )
    explained = [each.explained.value for each in useful if each.explained]
    table = [dict(zip(names, row, strict=True)) for row in rows]
    yield Surveyed(subject, found, table, explained, looked_at, folder)


@contextmanager
def opened(folder: Path) -> Iterator[Reader]:
    """What is published."""
    project = open_project(Options(folder, as_of=T0))
    with open_shown(project, "shopper_segments") as engine:
        yield engine


def coordinates(surveyed: Surveyed, row: dict[str, Any]) -> list[float]:
    return [c for f in surveyed.subject.fit.features for c in f.coordinates(row[f.column])]
