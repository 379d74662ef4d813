"""Data tests beside columns, from the YAML to nodes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from segkit.project.column_tests import with_unique_names
from segkit.project.load import load_project
from segkit.project.nodes import DataTest
from tests.project.projects import problems_of, write_project

YML = """\
models:
  - name: customer_features
    columns:
      - name: customer_id
        tests: [unique, not_null]
      - name: age
        data_tests:
          - accepted_values: {values: [30, 40], config: {severity: warn}}
          - relationships: {to: TO, field: age}
"""


def declared_tests(directory: Path, yml: str) -> dict[str, DataTest]:
    project = load_project(write_project(directory, {"sql/models.yml": yml}))
    return {name: node for name, node in project.nodes.items() if isinstance(node, DataTest)}


@pytest.mark.parametrize("to", ["customers", "ref('customers')", "\"ref( 'customers' )\""])
def test_each_is_a_node_that_depends_on_what_it_reads(tmp_path: Path, to: str) -> None:
    found = declared_tests(tmp_path, YML.replace("TO", to))
    assert list(found) == [
        "unique_customer_features_customer_id",
        "not_null_customer_features_customer_id",
        "accepted_values_customer_features_age",
        "relationships_customer_features_age",
    ]
    unique, _, accepted, related = found.values()
    assert (unique.check, unique.node, unique.column, unique.severity) == (
        "unique",
        "customer_features",
        "customer_id",
        "error",
    )
    assert str(unique.place) == "sql/models.yml:5:17"
    assert str(unique.column_place) == "sql/models.yml:4:15"
    assert (accepted.arguments, accepted.severity) == ({"values": (30, 40)}, "warn")
    assert related.arguments == {"to": "customers", "field": "age"}
    assert related.depends_on == ("customer_features", "customers")
    assert str(related.field_place) == "sql/models.yml:9:" + str(
        YML.replace("TO", to).splitlines()[8].index("field: age") + 8
    )


def test_what_is_not_there_is_said_with_what_is_near(tmp_path: Path) -> None:
    project = write_project(tmp_path, {"sql/models.yml": YML.replace("TO", "ref('customer')")})
    (found,) = problems_of(project)
    assert (found.code, found.message) == ("SK101", "nothing is called `customer`")
    assert found.labels[0].text == "did you mean `customers`?"


def test_names_are_numbered_where_they_are_taken(tmp_path: Path) -> None:
    (test, *_) = declared_tests(tmp_path, YML.replace("TO", "customers")).values()
    twice = [test, replace(test, name=test.name.upper()), replace(test, name="other"), test]
    named = with_unique_names(twice, {"Other"})
    assert [each.name for each in named] == [
        test.name,
        f"{test.name.upper()}_2",
        "other_2",
        f"{test.name}_3",
    ]
