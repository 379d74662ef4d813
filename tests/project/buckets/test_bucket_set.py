from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.rules import Interval
from segkit.errors import Affected
from segkit.project.buckets.bucket_set import build_column
from segkit.project.load import load_project
from segkit.project.nodes import BucketColumn, BucketSet
from segkit.project.schema import BucketColumnSpec
from segkit.project.yaml.marks import parse_yaml
from tests.project.projects import codes, problems_of, write_project


def column(text: str) -> tuple[BucketColumn, list[str]]:
    """A column from one flow mapping, and the codes of its problems."""
    document, problems = parse_yaml(text, "x.yml")
    assert document is not None and problems == ()
    spec = BucketColumnSpec.model_validate(document.data)
    built, found = build_column(spec, "Unknown", document, (), "customers")
    return built, [problem.code for problem in found]


def test_edges_make_half_open_bands() -> None:
    built, found = column("{name: b, column: age, edges: [25, 35.50]}")
    assert found == []
    assert [(band.label, band.interval) for band in built.bands] == [
        ("<25", Interval(None, Decimal(25))),
        ("25-35.5", Interval(Decimal(25), Decimal("35.50"))),
        ("35.5+", Interval(Decimal("35.50"), None)),
    ]


def test_closed_right_turns_it_round() -> None:
    built, _ = column("{name: b, column: age, edges: [25], closed: right}")
    assert [(band.label, band.interval) for band in built.bands] == [
        ("<=25", Interval(None, Decimal(25), True, True)),
        (">25", Interval(Decimal(25), None, False, False)),
    ]


def test_numbers_are_as_written_not_the_nearest_double() -> None:
    built, _ = column("{name: b, column: x, edges: [0.1, 0.30000000000000000000001]}")
    assert str(built.bands[1].interval.lower) == "0.1"
    assert str(built.bands[1].interval.upper) == "0.30000000000000000000001"


def test_bands_keep_the_order_in_which_they_are_listed() -> None:
    built, found = column(
        "{name: b, column: x, bands: [{label: High, from: 2}, {label: Low, to: 1}, "
        "{label: Mid, from: 1, to: 2}]}"
    )
    assert found == []
    assert [band.label for band in built.bands] == ["High", "Low", "Mid"]


def test_integer_labels_are_noted() -> None:
    built, found = column('{name: b, column: x, edges: [25, 35], labels: ["<25", "25-34", "35+"]}')
    assert (built.integer_labels, found) == (True, [])
    built, found = column('{name: b, column: x, edges: [25, 35], labels: ["<25", "25-35", "35+"]}')
    assert (built.integer_labels, found) == (False, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("edges: [1], labels: [a, a]", ["SK205"]),
        ("edges: [1], labels: [a, Unknown]", ["SK205"]),
        ("edges: [1], labels: [a, b], missing: b", ["SK205"]),
        ("edges: [1], labels: [a]", ["SK203"]),
        ("edges: [2, 1]", ["SK204"]),
        ("edges: [1, 1]", ["SK204"]),
        ("edges: [1, 1.0]", ["SK204"]),
        ("edges: [1e400]", ["SK005"]),
        ("edges: [1e-400]", ["SK005"]),
        ("bands: [{label: a, from: 1, to: 1}, {label: b}]", ["SK204"]),
        ("bands: [{label: a}, {label: b}]", ["SK201"]),
        ("bands: [{label: a, to: 1}]", ["SK202"]),
        (
            "bands: [{label: a, to: 1}, {label: b, from: 2}, {label: c, from: 0}]",
            ["SK201", "SK201"],
        ),
        ('bands: [{label: "<5", to: 1}, {label: b, from: 1}]', ["SK203"]),
        ("bands: [{label: a}]", []),
    ],
)
def test_what_is_wrong(text: str, expected: list[str]) -> None:
    assert column(f"{{name: b, column: x, {text}}}")[1] == expected


NUMBERS = st.decimals(-1000, 1000, places=1)


@given(st.lists(NUMBERS, min_size=1, max_size=5, unique=True), st.booleans(), st.booleans())
def test_bands_cut_at_edges_are_exact_and_a_moved_end_is_not(
    edges: list[Decimal], right: bool, gap: bool
) -> None:
    ends = [None, *sorted(edges), None]
    bands = list(pairwise(ends))

    def text(bands: list[tuple[Decimal | None, Decimal | None]]) -> str:
        items = []
        for i, (low, high) in enumerate(bands):
            low_text = "" if low is None else f", from: {low}"
            high_text = "" if high is None else f", to: {high}"
            items.append(f"{{label: band{'x' * i}{low_text}{high_text}}}")
        closed = "right" if right else "left"
        return f"{{name: b, column: x, closed: {closed}, bands: [{', '.join(items)}]}}"

    assert column(text(bands))[1] == []
    low, high = bands[0]
    assert high is not None
    moved = Decimal("0.05") * (-1 if gap else 1)
    assert column(text([(low, high + moved), *bands[1:]]))[1] == ["SK202" if gap else "SK201"]


BANDS = """\
buckets:
  - name: customer_buckets
    from: customer_features
    key: customer_id
    columns:
      - {{name: tier, column: {column}, closed: {closed}, bands: [{{label: a, to: {a}}}, {{label: b, from: {b}}}]}}
"""  # noqa: E501


@pytest.mark.parametrize(
    ("closed", "a", "b", "text", "count"),
    [
        ("left", 5, 3, "fall in the overlap", 2),  # 3, 4
        ("left", 3, 5, "fall in the gap", 2),  # 3, 4
        ("right", 5, 3, "fall in the overlap", 2),  # 4, 5
        ("right", 3, 5, "fall in the gap", 2),  # 4, 5
    ],
)
def test_rows_concerned_can_be_counted(
    tmp_path: Path, closed: str, a: int, b: int, text: str, count: int
) -> None:
    yaml = BANDS.format(column='"order"', closed=closed, a=a, b=b)
    (problem,) = problems_of(write_project(tmp_path, {"sql/buckets.yml": yaml}))
    assert isinstance(problem.affected, Affected)
    assert (problem.affected.relation, problem.affected.text) == ("customer_features", text)
    with duckdb.connect() as connection:
        connection.execute(
            'CREATE TABLE customer_features AS SELECT range AS "order" FROM range(10)'
        )
        rows = connection.execute(
            f"SELECT count(*) FROM customer_features WHERE {problem.affected.condition_sql}"
        ).fetchall()
    assert rows == [(count,)]


def test_a_set_in_a_project(tmp_path: Path) -> None:
    yaml = BANDS.format(column="age", closed="left", a=5, b=5) + "    missing: Not known\n"
    project = load_project(write_project(tmp_path, {"sql/buckets.yml": yaml}))
    node = project.nodes["customer_buckets"]
    assert isinstance(node, BucketSet)
    assert (node.relation, node.key, node.depends_on) == (
        "customer_features",
        "customer_id",
        ("customer_features",),
    )
    assert str(node.key_place) == "sql/buckets.yml:4:10"
    assert str(node.columns[0].column_place) == "sql/buckets.yml:6:30"
    assert node.columns[0].missing == "Not known"


def test_an_unknown_relation_cannot_be_counted(tmp_path: Path) -> None:
    yaml = BANDS.format(column="age", closed="left", a=5, b=3).replace(
        "from: customer_features", "from: nothing_like_it"
    )
    problems = problems_of(write_project(tmp_path, {"sql/buckets.yml": yaml}))
    assert sorted(codes(problems)) == ["SK101", "SK201"]
    assert [problem.affected for problem in problems] == [None, None]
