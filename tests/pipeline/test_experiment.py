"""``experiment plan`` on a project; ``read``: tests/pipeline/steps/test_experiment_builder.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, plan_out, read_out, run_build
from segkit.pipeline.report import report_project
from tests.experiments.shop import EXPERIMENT, LATER, START, build_at, write_experiment, write_shop

TWO = EXPERIMENT + EXPERIMENT.replace("experiments:\n", "").replace("name: price", "name: other")


def test_a_plan_from_the_customers_and_the_metric_of_the_past(tmp_path: Path) -> None:
    project = write_shop(tmp_path)
    assert build_at(project, START).ok
    write_experiment(project, TWO)
    found = plan_out(Options(project, as_of=START), "other")
    assert found.available == sum(each.n for each in found.segments) == 1200
    assert found.mean == pytest.approx(60, abs=1)  # of the 28 days before
    assert found.sd == pytest.approx(5, abs=0.5)
    assert found.mde == pytest.approx(2.8016 * found.sd * 2 / 1200**0.5 / found.mean, rel=1e-3)
    assert found.mde_difference is not None
    assert found.mde_difference[0] == pytest.approx(2 * found.mde, rel=0.1)
    assert found.replays is not None and found.replays.runs == 200
    (overlap,) = found.overlaps  # the same salt: everybody has the same arm in both
    assert (overlap.name, overlap.share) == ("price", 1.0)
    assert overlap.p < 1e-9
    assert {c.code for c in found.cautions} >= {"overlap", "proxy"}


def test_a_page_has_what_is_planned_then_what_came_of_it(tmp_path: Path) -> None:
    project = write_shop(tmp_path)
    write_experiment(project, EXPERIMENT.replace("2026-02-01", "2026-02-08"))
    assert build_at(project, START).ok
    (before,) = report_project(Options(project, as_of=START)).segmentations[0].experiments
    assert before.planned is not None and before.planned.available == 1200
    assert before.readout is None and str(before.start) == "2026-02-08"
    assert build_at(project, LATER).ok
    (after,) = report_project(Options(project, as_of=LATER)).segmentations[0].experiments
    assert after.planned is None and after.readout == read_out(Options(project, as_of=LATER))


@pytest.mark.usefixtures("drawn_pages")
def test_an_experiment_that_was_changed_does_not_take_the_page_with_it(tmp_path: Path) -> None:
    project = write_shop(tmp_path)
    built = run_build(Options(project, as_of=START))
    assert [each.name for each in built.experiments] == ["price"]
    page = (project / "target/report.html").read_text("utf-8")
    assert "What did experiments find?" in page and "customers with control" in page
    write_experiment(project, EXPERIMENT.replace("offer: 50", "offer: 40").replace("50,", "60,"))
    (found,) = report_project(Options(project, as_of=START)).segmentations[0].experiments
    assert found.readout is None and "has started, and `arms.control` was 50" in found.trouble


def test_a_name_that_no_experiment_has(tmp_path: Path) -> None:
    project = write_shop(tmp_path, customers=4)
    with pytest.raises(ConfigError, match="no experiment is called"):
        read_out(Options(project), "prise")
    with pytest.raises(ConfigError, match="is a segmentation, not an experiment"):
        plan_out(Options(project), "shoppers")
