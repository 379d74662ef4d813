"""Conditions that only the rows can refuse, and those that not every reader reads alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.results import BuildResult
from tests.conftest import MakeProject
from tests.pipeline.test_build import T1, build, query

MODEL = """\
{{ config(materialized='table') }}
SELECT i AS id, i % 40 AS x, i % 3 = 0 AS is_member, 'c' || (i % 7) AS code,
  TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL (i) HOUR AS seen_at
FROM range(100) AS r(i)
"""
MakeRules = Callable[..., BuildResult]


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project(
        files={
            "sql/segments.yml": None,
            "sql/features/customer_features.sql": None,
            "sql/t.sql": MODEL,
        }
    )


@pytest.fixture
def rules(project: Path) -> MakeRules:
    """Return a function that builds one column ``c`` by rules, in the order given."""

    def make(
        *conditions: str, otherwise: str = "", head: str = "", **options: object
    ) -> BuildResult:
        listed = "".join(
            f'          - {{label: r{i}, when: "{condition}"}}\n'
            for i, condition in enumerate(conditions)
        )
        (project / "sql/buckets.yml").write_text(
            f"buckets:\n  - name: b\n    from: t\n    key: id\n{head}    columns:\n"
            f"      - name: c\n        rules:\n{listed}{otherwise}"
        )
        return build(project, T1)

    return make


REST = "        else: rest\n"


def said(result: BuildResult) -> list[tuple[str, str, str]]:
    return [(p.severity, p.code, p.message) for n in result.nodes for p in n.problems]


@pytest.mark.parametrize("condition", ["x = 'many'", "CAST(code AS INTEGER) > 3"])
def test_a_rule_that_fails_on_a_value_is_named(rules: MakeRules, condition: str) -> None:
    result = rules("x < 5", condition, otherwise=REST)
    ((severity, code, message),) = said(result)
    assert (severity, code) == ("error", "SK206")
    assert message.startswith("this condition fails on the data: ")
    (problem,) = (p for n in result.nodes for p in n.problems)
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (9, 32)
    assert problem.help is not None and "TRY_CAST" in problem.help
    assert not result.published


def test_every_rule_that_fails_is_named(rules: MakeRules) -> None:
    result = rules("x = 'many'", "x < 5", "x = 'few'", otherwise=REST)
    assert [code for _, code, _ in said(result)] == ["SK206", "SK206"]


def test_a_where_that_fails_on_a_value_is_named(rules: MakeRules) -> None:
    result = rules("x < 5", otherwise=REST, head="    where: \"x <> 'many'\"\n")
    ((_, code, message),) = said(result)
    assert code == "SK206" and "many" in message
    (problem,) = (p for n in result.nodes for p in n.problems)
    assert problem.place is not None and problem.place.line == 5


def test_a_rule_may_fail_on_rows_that_where_keeps_out(rules: MakeRules) -> None:
    head = '    where: "try_cast(substr(code, 2) AS INTEGER) > 3"\n'
    result = rules("CAST(substr(code, 2) AS INTEGER) > 5", otherwise=REST, head=head)
    assert said(result) == []


def test_a_column_may_be_spelled_in_any_case(rules: MakeRules, project: Path) -> None:
    assert said(rules("X < 2", "x >= 2")) == []
    assert query(
        project, "SELECT count(*) FROM b JOIN t USING (id) WHERE (c = 'r0') = (x < 2)"
    ) == [(100,)]


def test_a_flag_is_true_or_false(rules: MakeRules, project: Path) -> None:
    """Nothing is left out, and the compiler says so: there is no else."""
    assert said(rules("is_member = false", "is_member = TRUE")) == []
    assert query(project, "SELECT c, count(*) FROM b GROUP BY 1 ORDER BY 1") == [
        ("r0", 66),
        ("r1", 34),
    ]


@pytest.mark.parametrize(
    ("column", "conditions", "problems"),
    [
        ("i % 3 = 0 AS v", ("v = 'true'", "v = 'false'"), []),
        (
            "CASE WHEN i % 3 = 0 THEN 'true' ELSE 'false' END AS v",
            ("v = 'true'", "v = 'false'"),
            ["SK202"],
        ),
        ("CAST(i AS DECIMAL(18, 2)) AS v", ("v <= 49.99", "v >= 50"), []),
        ("CAST(i AS DECIMAL(18, 3)) AS v", ("v <= 49.99", "v >= 50"), ["SK202"]),
        ("i + 0.5e0 AS v", ("v <= 49.99", "v >= 50"), ["SK202"]),
    ],
)
def test_what_is_complete_is_for_the_type_to_say(
    rules: MakeRules, project: Path, column: str, conditions: Sequence[str], problems: list[str]
) -> None:
    path = project / "sql/t.sql"
    path.write_text(path.read_text().replace("AS code,", f"AS code, {column},"))
    if problems:
        with pytest.raises(ConfigError) as error:
            rules(*conditions)
        assert [problem.code for problem in error.value.problems] == problems
    else:
        assert said(rules(*conditions)) == []


UUID = "00000000-0000-0000-0000-0000000000"


@pytest.mark.parametrize(
    ("column", "conditions"),
    [
        (f"CAST('{UUID}a0' AS UUID) AS v", (f"v = '{UUID}A0'", f"v = '{UUID}a0'")),
        ("code COLLATE nocase AS v", ("v = 'C0'", "v = 'c0'")),
    ],
)
@pytest.mark.parametrize("materialized", ["table", "view"])
def test_texts_that_differ_may_be_equal_values(
    rules: MakeRules, project: Path, column: str, conditions: Sequence[str], materialized: str
) -> None:
    path = project / "sql/t.sql"
    text = path.read_text().replace("AS code,", f"AS code, {column},")
    path.write_text(text.replace("'table'", f"'{materialized}'"))
    ((severity, code, message),) = said(rules(*conditions, otherwise=REST))
    assert (severity, code) == ("error", "SK201")
    assert "rows of t are in two of them" in message
    result = rules(conditions[0], otherwise=REST)
    assert result.ok


@pytest.mark.parametrize(
    ("condition", "warns"),
    [
        ("seen_at < '2026-01-03'", True),
        ("CAST(seen_at AS DATE) < DATE '2026-01-03'", True),
        ("hour(seen_at) < 12", True),
        ("seen_at < TIMESTAMPTZ '2026-01-03 00:00:00+00'", False),
        ("seen_at >= timestamptz '2026-01-03T00:00:00Z'", False),
        ("seen_at IS NULL", False),
    ],
)
def test_a_time_zone_decides(rules: MakeRules, condition: str, warns: bool) -> None:
    result = rules(condition, otherwise=REST)
    assert result.ok
    assert ("SK212" in {code for _, code, _ in said(result)}) == warns


@pytest.mark.parametrize(
    ("condition", "warns"),
    [
        ("x < 20 AND x > 30", True),
        ("x > 29 AND x < 30", True),  # nothing lies between whole numbers
        ("x BETWEEN 30 AND 20", True),
        ("is_member AND NOT is_member", True),
        ("code = 'c1' AND code = 'c2'", True),
        ("x < 20 OR x > 30", False),
        ("x < 0", False),  # it could
        ("x % 2 = 0 AND x % 2 = 1", False),  # the engine alone could tell
    ],
)
def test_a_condition_that_never_holds(rules: MakeRules, condition: str, warns: bool) -> None:
    result = rules(condition, otherwise=REST)
    assert result.ok
    found = [p for n in result.nodes for p in n.problems if p.code == "SK213"]
    assert [p.message for p in found] == [f"`{condition}` never holds, whatever the row"] * warns
    assert all(str(p.place) == "sql/buckets.yml:8:32" for p in found)


def test_a_where_that_never_holds(rules: MakeRules) -> None:
    result = rules("x < 5", otherwise=REST, head='    where: "x < 20 AND x > 30"\n')
    assert [code for _, code, _ in said(result)] == ["SK301", "SK213"]


def test_in_where_too_what_is_not_finite_is_null(rules: MakeRules, project: Path) -> None:
    path = project / "sql/t.sql"
    spend = "CASE WHEN i < 10 THEN 'nan'::DOUBLE WHEN i < 20 THEN 'inf'::DOUBLE ELSE i END AS spend"
    path.write_text(path.read_text().replace("AS id,", f"AS id, {spend},"))
    head = '    where: "Spend > 50"\n'
    assert said(rules("spend > 70", otherwise=REST, head=head)) == []
    assert query(project, "SELECT c, count(*) FROM b GROUP BY 1 ORDER BY 1") == [
        ("r0", 29),
        ("rest", 20),
    ]
    # a cast that NaN alone would fail on
    head = '    where: "CAST(spend AS INTEGER) > 50"\n'
    assert said(rules("spend > 70", otherwise=REST, head=head)) == []


def test_a_field_of_a_column(rules: MakeRules, project: Path) -> None:
    path = project / "sql/t.sql"
    path.write_text(path.read_text().replace("AS code,", "AS code, {'a': i} AS s,"))
    with pytest.raises(ConfigError) as error:
        rules("s.a > 3", otherwise=REST)
    (problem,) = error.value.problems
    assert problem.help == "write `a`; if `s` is a column with fields, `s['a']`"
    assert said(rules("s['a'] > 30", otherwise=REST)) == []
    assert query(project, "SELECT count(*) FROM b WHERE c = 'r0'") == [(69,)]


def test_nobody_is_worth_a_warning(rules: MakeRules, project: Path) -> None:
    assert said(rules("x < 5", otherwise=REST)) == []
    path = project / "sql/t.sql"
    path.write_text(path.read_text() + "WHERE i < 0\n")
    result = rules("x < 5", otherwise=REST)
    assert result.ok
    assert said(result) == [("warning", "SK301", "t has no rows")]
    assert query(project, "SELECT count(*) FROM b") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition", ["x >= {0} AND x < {0} + 1", "x >= {0} AND x < {1}", "code LIKE 'r{0}'"]
)
def test_2000_rules_build_in_seconds(rules: MakeRules, condition: str) -> None:
    """Each is asked once, in the check as in the proof; the build took minutes and 2 GB."""
    start = time.process_time()
    result = rules(*(condition.format(i, i + 1) for i in range(2000)), otherwise=REST)
    assert result.ok, result.nodes
    assert time.process_time() - start < 40  # 19 on two quiet cores
