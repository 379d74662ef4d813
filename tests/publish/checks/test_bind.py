"""References of buckets, segmentations and tests to columns, checked before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError, Problem
from segkit.pipeline import Options, run_build
from tests.conftest import MakeProject


def problems(project: Path) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        run_build(Options(project))
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("DATE '2020-01-01'", "days since"),
        ("TIMESTAMP '2020-01-01 10:00:00'", "days since"),
        ("'x' || customer_id", "cast it to a number"),
    ],
)
def test_a_column_that_is_no_number_is_refused_with_advice(
    make_project: MakeProject, expression: str, advice: str
) -> None:
    project = make_project()
    model = project / "sql/features/customer_features.sql"
    model.write_text(model.read_text().replace("  age,", f"  {expression} AS age,"))
    found = problems(project)
    assert [(p.code, str(p.place)) for p in found] == [
        ("SK105", "sql/buckets.yml:6:34"),
        ("SK105", "sql/segments.yml:6:9"),
    ]
    assert all(advice in (p.help or "") for p in found)


def test_a_flag_is_a_feature_but_not_a_bucket(make_project: MakeProject) -> None:
    project = make_project()
    model = project / "sql/features/customer_features.sql"
    model.write_text(model.read_text().replace("  age,", "  age > 40 AS age,"))
    found = problems(project)
    assert [(p.code, str(p.place)) for p in found] == [("SK105", "sql/buckets.yml:6:34")]
    assert "CAST(age AS INTEGER)" in (found[0].help or "")


def test_labels_with_whole_number_ends_need_an_integer_column(make_project: MakeProject) -> None:
    project = make_project()
    yml = project / "sql/buckets.yml"
    text = yml.read_text()
    labels = 'labels: ["<25", "25-34", "35-54", "55+"]'
    yml.write_text(text.replace("edges: [25, 35, 55]", f"edges: [25, 35, 55], {labels}"))
    assert run_build(Options(project)).ok
    yml.write_text(yml.read_text().replace("column: age", "column: income"))
    assert [p.code for p in problems(project)] == ["SK203"]


@pytest.mark.parametrize("name", ["segment_id", "segment_order"])
def test_a_feature_must_not_take_the_name_of_an_output(
    make_project: MakeProject, name: str
) -> None:
    project = make_project()
    model = project / "sql/features/customer_features.sql"
    model.write_text(model.read_text().replace("  age,", f"  age, age AS {name},"))
    yml = project / "sql/segments.yml"
    yml.write_text(yml.read_text().replace("- age", f"- {name}"))
    assert [p.code for p in problems(project)] == ["SK102"]


def test_a_test_of_a_column_that_is_not_there(make_project: MakeProject) -> None:
    project = make_project()
    (project / "sql/models.yml").write_text(
        "models:\n  - name: customer_features\n    columns:\n"
        "      - {name: customer_idd, tests: [unique]}\n"
    )
    found = problems(project)
    assert [p.code for p in found] == ["SK104"]
    assert found[0].labels[0].text == "did you mean `customer_id`?"


def test_bucket_names_must_not_meet_each_other_or_the_key(make_project: MakeProject) -> None:
    project = make_project()
    yml = project / "sql/buckets.yml"
    yml.write_text(yml.read_text().replace("name: income_band", "name: AGE_BAND_ORDER"))
    assert [p.code for p in problems(project)] == ["SK102"]
