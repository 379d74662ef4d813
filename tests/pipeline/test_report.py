from __future__ import annotations

import pytest

from segkit.pipeline import Options, report_project, run_build
from segkit.pipeline.report import report_nodes, reported_nodes
from segkit.pipeline.run_options import open_project
from segkit.report.html.payload import payload
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


@pytest.mark.parametrize("many", [5, 2])
def test_a_result_of_other_customers_is_measured_again(
    make_project: MakeProject, many: int
) -> None:
    """A table that grew since its build, or a result of another one: all is of who is there."""
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    (stale,) = run_build(Options(project, as_of=T0)).segmentations
    model = project / "sql/features/customer_features.sql"
    more = f"SELECT m.* REPLACE (customer_id || '-' || n AS customer_id) FROM ({MODEL_SQL}) AS m"
    model.write_text(f"{more}, range({many}) AS r(n)", encoding="utf-8")
    built = run_build(Options(project, as_of=T1))
    assert [node.text for node in built.nodes if node.status == "error"] == []
    (fresh,) = built.segmentations
    opened = open_project(Options(project, as_of=T1))
    nodes = reported_nodes(opened)
    for known, used in ((stale, False), (fresh, True)):
        report = report_nodes(opened, nodes, T1, {known.name: known})
        (made,) = report.segmentations
        assert made.result.rows == many * stale.rows == sum(leaf.n for leaf in made.survey.leaves)
        assert (made.result.parity_rows == known.parity_rows) == used
        sent = payload(made)
        for cut in made.survey.cuts:
            assert all((state.agreed or 0) <= sent["learned"] for state in cut.states)
