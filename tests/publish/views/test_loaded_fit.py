"""A fit in Python says of a DataFrame what the published view says of the table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import segkit
from segkit.errors import DataError, FitError
from tests.conftest import MakeProject, build_first, write_csv
from tests.pipeline import test_mixed
from tests.pipeline.test_build import problems


@pytest.fixture(params=["median", "{default: unassigned, age: own, region: own}"])
def project(make_project: MakeProject, request: pytest.FixtureRequest) -> Path:
    directory = make_project(
        files={
            "sql/features/customer_features.sql": test_mixed.MODEL,
            "sql/buckets.yml": None,
            "sql/segments.yml": test_mixed.SEGMENTS.replace("MISSING", request.param),
        }
    )
    write_csv(directory / "data/customers.csv", test_mixed.mixed(), test_mixed.HEADER)
    result = build_first(directory)
    assert result.ok, problems(result)
    return directory


def published(project: Path, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).df()


def test_predict_is_the_view(project: Path) -> None:
    fit = segkit.load_fit(project / "warehouse/fits/shopper_segments/v0001.json")
    rows = published(
        project,
        "SELECT f.*, s.segment_id FROM customer_features f JOIN shopper_segments s"
        " USING (customer_id)",
    )
    found = fit.predict(rows)
    assert list(found) == list(rows["segment_id"])
    assert len(set(found)) >= 5
    shuffled = rows.sample(frac=1, random_state=1)
    assert list(fit.predict(shuffled)) == list(shuffled["segment_id"])
    assert list(fit.predict(rows.head(0))) == []


def test_to_sql_is_the_view(project: Path) -> None:
    fit = segkit.load_fit(str(project / "warehouse/fits/shopper_segments/v0001.json"))
    sql = fit.to_sql("duckdb", "customer_features", "customer_id")
    both = published(
        project,
        f"SELECT a.segment_id AS a, b.segment_id AS b FROM ({sql}) a JOIN shopper_segments b"
        " USING (customer_id)",
    )
    assert len(both) == 588 and (both["a"] == both["b"]).all()
    other = fit.to_sql("snowflake", "crm.customers", "customer_id")
    assert "FROM crm.customers" in other and "DECODE(" in other


def test_values_as_python_has_them(project: Path) -> None:
    fit = segkit.load_fit(project / "warehouse/fits/shopper_segments/v0001.json")
    plain = pd.DataFrame(
        {"age": [33], "spend": [80.5], "region": ["r01"], "is_member": [True], "store": [2]}
    )
    odd = pd.DataFrame(
        {
            "age": [np.int64(33)],
            "spend": [Decimal("80.5")],
            "region": pd.Categorical(["r01"]),
            "is_member": pd.array([True], dtype="boolean"),
            "store": [2.0],
        }
    )
    assert fit.predict(plain)[0] == fit.predict(odd)[0]
    empty = pd.DataFrame({name: [None] for name in plain}, dtype=object)
    assert fit.predict(empty)[0] in {"unassigned", *(s.id for s in fit.fit.segments)}


def test_what_does_not_fit_is_said(project: Path) -> None:
    fit = segkit.load_fit(project / "warehouse/fits/shopper_segments/v0001.json")
    with pytest.raises(DataError, match=r"SK104.*asks for"):
        fit.predict(pd.DataFrame({"shoe_size": [41]}))
    rows = published(project, "SELECT * FROM customer_features LIMIT 3")
    with pytest.raises(DataError, match=r"SK105.*`spend`"):
        fit.predict(rows.assign(spend="much"))
    with pytest.raises(FitError, match="SK312"):
        segkit.load_fit(project / "warehouse/fits/shopper_segments/current")


def test_the_profile_at_the_fit_is_a_frame(project: Path) -> None:
    fit = segkit.load_fit(project / "warehouse/fits/shopper_segments/v0001.json")
    frame = fit.profile_frame().set_index("segment_id")
    told = published(project, "SELECT * FROM shopper_segments_profile").set_index("segment_id")
    told = told.loc[frame.index]  # without those who are unassigned
    assert list(frame["n"]) == list(told["n"])
    assert list(frame["segment_name"]) == list(told["segment_name"])
    assert list(frame["rule"]) == list(told["description"])
    assert frame["share"].sum() == pytest.approx(1)
    assert repr(fit) == (
        f"<Fit shopper_segments v0001: {len(frame)} segments of {fit.fit.rows:,} rows>"
    )
    for segment, center in zip(fit.fit.learned, fit.fit.clusters.centers, strict=True):
        at = 0
        for feature in fit.fit.features:
            value = frame[f"{feature.column}_center"][segment.id]
            here, at = center[at : at + feature.width], at + feature.width
            if feature.is_category:
                assert here[feature.levels.index(value)] == max(here)
            else:
                assert feature.coordinates(value) == pytest.approx(here, abs=1e-9)


def test_segments_of_a_build_are_a_frame(make_project: MakeProject) -> None:
    result = build_first(make_project())
    frame = result.segments_frame()
    (found,) = result.segmentations
    assert list(frame["segment_id"]) == [row.id for row in found.segments]
    assert frame["n"].sum() == found.rows
    assert {*frame["segmentation"]} == {found.name}
    metrics = [f"{metric}_share" for metric in found.segments[0].metrics]
    assert list(frame.columns[7:]) == metrics
    assert all(frame[name].sum() == pytest.approx(1) for name in metrics)
    segments = f"{found.name} v0001, {len(frame)} segments, {found.rows:,} rows"
    assert repr(result) == f"<BuildResult: ok, published on dev; {segments}>"
    assert repr(found) == f"<SegmentationResult: {segments}>"


def test_what_is_learned_from_an_array_says_what_it_is_in_a_line() -> None:
    X = np.array([[0.0, 1], [0, 2], [9, 1], [9, 2]])
    clustering = segkit.fit_clusters(X, k=2)
    assert repr(clustering) == "<Clustering: 2 clusters of 4 rows x 2, inertia 1>"
    surrogate = segkit.fit_surrogate(X, clustering.centers, max_leaves=2)
    assert repr(surrogate) == "<Surrogate: 2 leaves over x0, x1, cost 1>"
