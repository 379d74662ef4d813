from __future__ import annotations

from segkit.pipeline import Options, list_nodes
from tests.conftest import MakeProject


def test_nodes_that_are_selected(make_project: MakeProject) -> None:
    project = make_project()
    assert [n.name for n in list_nodes(Options(project, select=("+customer_buckets",)))] == [
        "crm.customers",
        "customer_features",
        "customer_buckets",
    ]
    rest = list_nodes(Options(project, exclude=("customer_features+",)))
    assert [n.name for n in rest] == ["crm.customers"]
