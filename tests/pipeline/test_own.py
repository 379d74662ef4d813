"""``missing: own`` through whole builds: the SQL of it, what it says of a row, what is told."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import segkit
from segkit.core.evaluate import evaluate, is_missing
from segkit.core.fit import Fit
from segkit.core.tree import behind_guards, guarded_by
from segkit.errors import ConfigError
from segkit.pipeline import adjust_rules, explain_customer, explain_segmentation
from segkit.pipeline.compile import compile_node
from segkit.pipeline.run_options import Options
from segkit.publish.stored.fits import fit_path, read_fit
from segkit.report.explain import customer_page
from segkit.report.render_text import render_text
from tests.conftest import T1, customers, write_project
from tests.pipeline.test_build import build, problems, query

GOLDEN = Path(__file__).parents[1] / "golden" / "own"
# below 0 and 0 is what a broken source has instead of a number
MODEL = """\
SELECT
  customer_id,
  age,
  income,
  CAST(CASE WHEN spend < 0 THEN 'nan' WHEN spend = 0 THEN 'inf' ELSE spend END AS DOUBLE) AS spend
FROM {{ source('crm', 'customers') }}
"""
SEGMENTS = """\
segments:
  - name: shopper_segments
    from: customer_features
    key: customer_id
    features:
      - age
      - {column: income, label: Annual income, unit: "k$"}
      - {column: spend, scale: log}
    clusters: {k: 3, k_max: 3, seed: 1}
    missing: {default: unassigned, spend: own, income: own}
    about:
      E: {name: "Income: never said"}
"""


def rows() -> list[tuple[Any, ...]]:
    """Of 300 customers 40 without an income; 30 without a spend, 5 of them of the 40, too."""
    found = []
    for place, (key, age, income, spend) in enumerate(customers(300, seed=2)):
        income = None if place < 40 else income or 50
        spend = {63: -1, 64: 0}.get(place) if 35 <= place < 65 else spend
        found.append((key, None if 200 <= place < 210 else age, income, spend))
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"sql/features/customer_features.sql": MODEL, "sql/segments.yml": SEGMENTS}
    directory = write_project(
        tmp_path_factory.mktemp("own"), rows(), {**files, "sql/buckets.yml": None}
    )
    result = build(directory)
    assert result.ok, problems(result)
    assert result.segmentations[0].parity_cases > 20
    return directory


@pytest.fixture(scope="module")
def fit(project: Path) -> Fit:
    return read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 1))


def _finite(column: str) -> str:
    return f"CASE WHEN isfinite({column}) THEN {column} END"


def test_who_is_where(project: Path, fit: Fit) -> None:
    """The first own column in the order of the features takes those without either."""
    assert {c: (s.id, s.n) for c, s in fit.own.items()} == {"income": ("D", 40), "spend": ("E", 25)}
    counts = query(project, "SELECT segment_id, n FROM shopper_segments_profile ORDER BY 1")
    assert dict(counts)["D"] == 40 and dict(counts)["E"] == 25
    assert dict(counts)["unassigned"] == 10 and sum(n for _, n in counts) == 300
    assert fit.clusters.k == len(fit.learned) == 3 and sum(fit.clusters.sizes) == 225
    assert query(
        project,
        "SELECT segment_name, description, income_mean, spend_median IS NULL, rule "
        "FROM shopper_segments_profile WHERE segment_id IN ('D', 'E') ORDER BY 1",
    ) == [
        (
            "Income: never said",
            "spend unknown",
            pytest.approx(60, abs=20),
            True,
            f"({_finite('income')}) IS NOT NULL AND ({_finite('spend')}) IS NULL",
        ),
        (
            "No annual income",
            "annual income unknown",
            None,
            False,
            f"({_finite('income')}) IS NULL",
        ),
    ]
    assert query(
        project, "SELECT description FROM shopper_segments_profile WHERE segment_id = 'unassigned'"
    ) == [("one of these unknown: Age",)]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_golden(project: Path, dialect: str) -> None:
    path = GOLDEN / f"{dialect}.sql"
    text = compile_node(Options(project), "shopper_segments", dialect=dialect)
    if os.environ.get("SEGKIT_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_own_rows_get_the_own_code_and_all_others_what_the_rest_of_the_tree_says(
    project: Path, fit: Fit
) -> None:
    """In the engine, in ``evaluate`` and in Python, NULL, NaN and infinities included."""
    draw = random.Random(6)
    guards, inner = behind_guards(fit.tree)
    rest = guarded_by([guard for guard in guards if guard.column not in fit.own], inner)
    ages = [None, *range(15, 80)]
    incomes = [None, *(draw.uniform(0, 130) for _ in range(40))]
    spends = [
        None,
        *map(float, ("nan", "inf", "-inf")),
        *(draw.uniform(1, 1500) for _ in range(30)),
    ]
    cells = draw.sample([*itertools.product(ages, incomes, spends)], 3000)
    ids = {segment.code: segment.id for segment in fit.segments} | {0: "unassigned"}
    expected = []
    for age, income, spend in cells:
        row = {"age": age, "income": income, "spend": spend}
        takes = [segment.code for column, segment in fit.own.items() if is_missing(row[column])]
        code = takes[0] if takes else evaluate(rest, row)
        assert evaluate(fit.tree, row) == code
        expected.append(ids[code])
    assert set(expected) == set(ids.values())
    loaded = segkit.load_fit(project / "warehouse/fits/shopper_segments/v0001.json")
    frame = pd.DataFrame(cells, columns=["age", "income", "spend"])
    assert list(loaded.predict(frame)) == expected
    with duckdb.connect() as engine:
        engine.execute("CREATE TABLE t (id INTEGER, age BIGINT, income DOUBLE, spend DOUBLE)")
        for place, row_ in enumerate(cells):
            engine.execute("INSERT INTO t VALUES (?, ?, ?, ?)", [place, *row_])
        found = engine.execute(
            f"SELECT segment_id FROM ({loaded.to_sql(table='t', key='id')}) ORDER BY id"
        ).fetchall()
        assert [id_ for (id_,) in found] == expected
        check = compile_node(Options(project), "shopper_segments", check=True)
        assert engine.execute(check).fetchall() == []
        broken = check.replace("IS NULL THEN 4", "IS NULL THEN 1", 1)
        assert broken != check and engine.execute(broken).fetchall()


def told(project: Path, id_: str, **changes: str) -> list[str]:
    text = render_text(
        customer_page(explain_customer(Options(project), None, id_, changes)), width=200
    )
    return text.splitlines()


def test_a_customer_is_told_what_is_missing_and_what_would_be(project: Path) -> None:
    assert told(project, "0001") == [
        "Customer 0001 is in D No annual income",
        "  Annual income unknown  is known  no",
        "With annual income known the other rules would decide: $50k (the median) makes it "
        "B Younger, high annual income",
    ]
    both = told(project, "0036")
    assert both[0] == "Customer 0036 is in D No annual income"
    assert both[-1].endswith("makes it E Income: never said")
    assert told(project, "0050", income="null")[0] == "Customer 0050 is in D No annual income"
    assert explain_customer(Options(project), None, "0100", {}).if_known is None
    cards = {s.row.id: s.rules for s in explain_segmentation(Options(project), None).segments}
    assert cards["D"] == ("annual income unknown",)


@pytest.mark.parametrize(
    "change", ["age < 40 -> D", "in D: age < 40 -> A", "age < 40 -> No annual income"]
)
def test_nobody_is_put_into_an_own_segment_by_hand_or_out_of_it(project: Path, change: str) -> None:
    with pytest.raises(ConfigError, match="D is of whoever has no income, and of nobody else"):
        adjust_rules(Options(project), None, [change], save=False)


def test_a_cut_is_moved_beside_it(project: Path, fit: Fit) -> None:
    adjusted = adjust_rules(Options(project), None, ["age < 30 -> A"], save=False).after
    assert adjusted.own.keys() == fit.own.keys()
    assert adjusted.own["income"].n == 40
    assert adjusted.clusters == fit.clusters


def test_another_own_column_is_another_definition(project: Path) -> None:
    path = project / "sql/segments.yml"
    text = path.read_text()
    try:
        path.write_text(text.replace(", income: own", ""))
        result = build(project, T1)
        notes = [note for node in result.nodes for p in node.problems for note in p.notes]
        assert not result.ok and "changed: own: income, spend -> spend" in notes
    finally:
        path.write_text(text)
