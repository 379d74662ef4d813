from __future__ import annotations

from segkit.pipeline import Options, report_project, run_build
from segkit.report.html.whole_page import render_page
from segkit.report.markdown_page import markdown_page
from segkit.report.page_title import lead, title
from segkit.survey.privacy import Rows
from tests.conftest import MODEL_SQL, T0, T1, TWO_SEGMENTS_YML, MakeProject, build_first


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
    path = project / "sql/segments.yml"  # a `where` that no fit has waits for the next one
    where = 'key: customer_id\n    where: "age < 30"'
    path.write_text(path.read_text().replace("key: customer_id", where))
    (again,) = report_project(Options(project, as_of=T0), "shopper_segments").segmentations
    assert [text.row.n for text in again.texts] == [text.row.n for text in made.texts]


def test_a_relation_without_rows_has_an_honest_page(make_project: MakeProject) -> None:
    """Nobody is left a day later: the rules stay, and the page says that nobody is in them."""
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    build_first(project)
    model = project / "sql/features/customer_features.sql"
    model.write_text(f"SELECT * FROM ({MODEL_SQL}) AS everybody WHERE 1 = 0", encoding="utf-8")
    result = run_build(Options(project, as_of=T1))
    assert [node.text for node in result.nodes if node.status == "error"] == []
    for rows in Rows:
        report = report_project(Options(project, as_of=T1), rows=rows)
        (made,), (buckets,) = report.segmentations, report.bucket_sets
        assert title(made) == "No customers in 2 segments"
        assert lead(made).startswith("customer_features has no rows")
        assert buckets.rows == 0 and "what it reads has no rows." in render_page(report)
        assert markdown_page(report)
