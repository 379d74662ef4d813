from __future__ import annotations

from segkit.pipeline import Options
from segkit.pipeline.run_options import open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.project.nodes import BucketSet
from segkit.survey.bucket_counts import count_buckets
from tests.conftest import TWO_SEGMENTS_YML, MakeProject, build_first


def test_customers_of_each_bucket(make_project: MakeProject) -> None:
    folder = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    build_first(folder)
    project = open_project(Options(folder))
    node = project.nodes["customer_buckets"]
    assert isinstance(node, BucketSet)
    with open_shown(project, node.name) as engine:
        found = count_buckets(engine, node)
        counts = "SELECT age_band, age_band_order, count(*) FROM customer_buckets"
        asked = engine.query(f"{counts} GROUP BY 1, 2 ORDER BY 2")
    assert [(b.label, b.order, b.n) for b in found.columns[0].buckets] == asked
    assert [column.name for column in found.columns] == ["age_band", "income_band"]
    assert found.rows == 240
