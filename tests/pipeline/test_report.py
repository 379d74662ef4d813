from __future__ import annotations

from segkit.pipeline import Options, report_project
from tests.conftest import T0, TWO_SEGMENTS_YML, MakeProject, build_first


def test_what_a_page_is_drawn_from(make_project: MakeProject) -> None:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    build_first(project)
    report = report_project(Options(project, as_of=T0))
    (made,) = report.segmentations
    assert [text.row.id for text in made.texts] == ["A", "B"]
    assert (made.above, made.below) == (("customer_features",), ())
    assert {"DuckDB", "PostgreSQL", "Snowflake"} <= set(made.sql)
    assert "CREATE OR REPLACE VIEW shopper_segments" in made.sql["DuckDB"]
    assert made.integers == {"age"}
    (buckets,) = report.bucket_sets
    assert [column.name for column in buckets.columns] == ["age_band", "income_band"]
    assert sum(b.n for b in buckets.columns[0].buckets) == buckets.rows == made.result.rows
    assert report_project(Options(project, as_of=T0), "customer_buckets").segmentations == ()
