from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import Place
from segkit.project.graph import name_problems, order_nodes
from segkit.project.load import load_project
from segkit.project.nodes import DataTest, Model, Node
from tests.project.projects import codes, problems_of, write_project


def model(name: str, *parents: str) -> Model:
    text = " ".join(f"{{{{ ref('{parent}') }}}}" for parent in parents)
    return Model(name, Place(f"sql/{name}.sql"), text, text, "view", parents)


GRAPHS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14)


@given(GRAPHS, st.permutations(range(8)))
def test_parents_come_first_or_there_is_a_cycle(
    edges: list[tuple[int, int]], order: list[int]
) -> None:
    parents: dict[int, list[str]] = {i: [] for i in range(8)}
    for child, parent in edges:
        parents[child].append(f"m{parent}")
    nodes: list[Node] = [model(f"m{i}", *parents[i]) for i in order]
    ordered, problems = order_nodes(nodes)
    position = {node.name: i for i, node in enumerate(ordered)}
    for node in ordered:
        assert all(position[parent] < position[node.name] for parent in node.depends_on)
    assert bool(problems) == (len(ordered) < len(nodes))
    assert [problem.code for problem in problems] == ["SK103"] * len(problems)
    for problem in problems:
        path = problem.message.removeprefix("a cycle: ").split(" -> ")
        assert path[0] == path[-1]
        for child, parent in pairwise(path):
            assert parent in parents[int(child[1:])]


def test_the_order_is_that_of_the_files_where_it_can_be() -> None:
    nodes: list[Node] = [model("a"), model("b", "d"), model("c"), model("d")]
    assert [node.name for node in order_nodes(nodes)[0]] == ["a", "c", "d", "b"]


def test_a_test_comes_as_soon_as_its_parents_are_there() -> None:
    test = DataTest("t", "unique", ("a", "b"), Place("x.yml"), "a", "id")
    nodes: list[Node] = [model("a"), model("b"), model("c"), test]
    assert [node.name for node in order_nodes(nodes)[0]] == ["a", "b", "t", "c"]


def test_names_fold_case() -> None:
    (problem,) = name_problems([model("Orders"), model("orders")])
    assert problem.code == "SK102"
    assert "sql/Orders.sql" in problem.message and "sql/orders.sql" in problem.message


def test_derived_relations_have_names_too(tmp_path: Path) -> None:
    for suffix in ("profile", "history", "profile_history"):
        files = {
            "sql/s.yml": "segments: [{name: s, from: customer_features, key: id}]\n",
            f"sql/S_{suffix}.sql": "SELECT 1",
        }
        assert codes(problems_of(write_project(tmp_path / suffix, files))) == ["SK102"]


def test_segments_and_buckets_are_nodes_that_models_read(tmp_path: Path) -> None:
    project = load_project(
        write_project(
            tmp_path,
            {
                "sql/s.yml": "segments: [{name: s, from: customer_features, key: id}]\n"
                "buckets: [{name: b, from: s, key: id, "
                "columns: [{name: x, column: y, edges: [1]}]}]\n",
                "sql/a.sql": "SELECT 1 FROM {{ ref('s') }}, {{ ref('b') }}, {{ ref('s_profile') }}",
            },
        )
    )
    assert list(project.nodes) == ["customers", "customer_features", "s", "b", "a"]
    assert project.nodes["a"].depends_on == ("s", "b")


def test_a_cycle_through_segments(tmp_path: Path) -> None:
    problems = problems_of(
        write_project(
            tmp_path,
            {
                "sql/s.yml": "segments: [{name: s, from: a, key: id}]\n",
                "sql/a.sql": "SELECT 1\nFROM {{ ref('s_profile') }}",
            },
        )
    )
    assert [problem.message for problem in problems] == ["a cycle: a -> s -> a"]
    assert [str(label.place) for label in problems[0].labels] == ["sql/a.sql:2:9", "sql/s.yml:1:19"]
