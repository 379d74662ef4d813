from __future__ import annotations

import pytest

from segkit.errors import ConfigError
from segkit.project.load import load_project
from segkit.project.nodes import DataTest, Project
from segkit.project.selectors import select_nodes
from tests.project.projects import write_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """crm.customers -> staging -> features -> s, b; customers is a seed of its own."""
    return load_project(
        write_project(
            tmp_path_factory.mktemp("shop"),
            {
                "segkit.yml": "name: shop\nsources:\n  - {name: crm, tables: ["
                "{name: customers, path: c.csv}, {name: orders, path: o.csv}]}\n",
                "sql/customer_features.sql": "{{ config(tags=['daily', 'core']) }}SELECT 1 "
                "FROM {{ ref('stg_customers') }}",
                "sql/staging/stg_customers.sql": "{{ config(tags=['daily']) }}SELECT 1 "
                "FROM {{ source('crm', 'customers') }}",
                "sql/staging/stg_orders.sql": "SELECT 1 FROM {{ source('crm', 'orders') }}",
                "sql/s.yml": "segments: [{name: s, from: customer_features, key: id}]\n"
                "buckets: [{name: b, from: customer_features, key: id, tags: [core], "
                "columns: [{name: x, column: y, edges: [1]}]}]\n"
                "models: [{name: stg_customers, columns: [{name: id, tests: [unique]}]}]\n",
                "sql/tests/both.sql": "SELECT 1 FROM {{ ref('stg_orders') }}, {{ ref('s') }}",
            },
        )
    )


def names(project: Project, *select: str, exclude: tuple[str, ...] = ()) -> set[str]:
    """Selected nodes without tests."""
    return {n.name for n in select_nodes(project, select, exclude) if not isinstance(n, DataTest)}


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("s", {"s"}),
        ("+s", {"s", "customer_features", "stg_customers", "crm.customers"}),
        ("stg_customers+", {"stg_customers", "customer_features", "s", "b"}),
        ("+customer_features+", {"crm.customers", "stg_customers", "customer_features", "s", "b"}),
        ("tag:daily", {"customer_features", "stg_customers"}),
        ("tag:daily,tag:core", {"customer_features"}),
        ("tag:core s", {"customer_features", "b", "s"}),
        ("tag:c*", {"customer_features", "b"}),
        ("path:sql/staging", {"stg_customers", "stg_orders"}),
        ("path:./sql/staging/", {"stg_customers", "stg_orders"}),
        ("path:sql/s.yml", {"s", "b"}),
        ("source:crm", {"crm.customers", "crm.orders"}),
        ("source:crm.orders+", {"crm.orders", "stg_orders"}),
        ("stg_*", {"stg_customers", "stg_orders"}),
        ("+s,stg_*", {"stg_customers"}),
        ("+tag:core,path:sql/staging", {"stg_customers"}),
        ("crm.customers", {"crm.customers"}),
    ],
)
def test_selectors(project: Project, select: str, expected: set[str]) -> None:
    assert names(project, select) == expected


def test_nothing_given_is_everything_in_build_order(project: Project) -> None:
    assert select_nodes(project) == tuple(project.nodes.values())
    assert select_nodes(project, [""], [" "]) == tuple(project.nodes.values())


def test_several_selectors_unite_and_exclude_takes_away(project: Project) -> None:
    assert names(project, "s", "b") == {"s", "b"}
    assert names(project, "+s", exclude=("stg_*", "source:crm")) == {"s", "customer_features"}
    assert "s" not in names(project, exclude=("s",))


def test_tests_come_with_what_they_read(project: Project) -> None:
    def tests(*select: str, exclude: tuple[str, ...] = ()) -> list[str]:
        nodes = select_nodes(project, select, exclude)
        return [node.name for node in nodes if isinstance(node, DataTest)]

    assert tests("stg_customers") == ["unique_stg_customers_id"]
    assert tests("stg_orders") == ["both"]
    assert tests("b") == []
    assert tests("path:sql/tests") == ["both"]
    assert [n.name for n in select_nodes(project, ["both"])] == ["both"]
    assert tests(exclude=("s",)) == ["unique_stg_customers_id"]


def test_order_is_build_order(project: Project) -> None:
    found = [n.name for n in select_nodes(project, ["s customer_features stg_customers"])]
    assert found == [name for name in project.nodes if name in set(found)]


@pytest.mark.parametrize(
    ("select", "hint"),
    [
        ("stg_custmers", "did you mean `stg_customers`?"),
        ("+stg_custmers+", "did you mean `+stg_customers+`?"),
        ("tag:dayly", "did you mean `tag:daily`?"),
        ("source:crm.customer", "did you mean `source:crm.customers`?"),
        ("tags:daily", "did you mean `tag:daily`?"),
        ("nothing_at_all_like_it", "`segkit ls` lists the names"),
        ("s,b", "a comma means both"),
        ("+", "`segkit ls`"),
        (",", "`segkit ls`"),
        ("s nope*", "`segkit ls`"),
        ("path:sql/nowhere_at_all_xyz", "paths: "),
    ],
)
def test_a_selector_that_matches_nothing(project: Project, select: str, hint: str) -> None:
    for options in ({"select": [select]}, {"exclude": [select]}):
        with pytest.raises(ConfigError) as caught:
            select_nodes(project, **options)  # type: ignore[arg-type]
        (problem,) = caught.value.problems
        assert problem.code == "SK701"
        assert hint in (problem.help or "")
