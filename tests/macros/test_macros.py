"""Every macro on a small CSV with an ``expected`` column, through real models and a real build."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import ConfigError, Problem
from segkit.pipeline import Options, run_models, run_seeds
from segkit.project.load import load_project

HERE = Path(__file__).parent
MACROS = HERE.parents[1] / "macros"

# the stem of a CSV -> the call
CALLS = {
    "bucket": "bucket('x', [25, 35, 55])",
    "bucket_labels": """bucket('x', [10], ["it's low", 'high'], missing='n/a')""",
    "days_between": "days_between('a', 'b')",
    "days_between_times": "days_between('a', 'b')",
    "hash_group": "hash_group('id', 'exp1', {'control': 0.5, 'treatment': 0.5})",
    "hash_group_three": """hash_group('id', 'exp1', {'a': 0.25, 'b': 0.25, "it's c": 0.5})""",
    "hash_split": "hash_split('id', 'exp1')",
    "hash_split_texts": "hash_split('id', 'exp1')",
    "null_if_sentinel": "null_if_sentinel('x', [999, -1])",
    "safe_divide": "safe_divide('a', 'b')",
    "safe_divide_sums": "safe_divide('a + b', 'a - b')",
    "winsorize": "winsorize('x', 0.25, 0.75)",
    "winsorize_integers": "winsorize('x', 0, 1)",
}
WHOLE = {"rfm_features"}  # a SELECT of its own, with a test of its own


def project(directory: Path, seeds: dict[str, str], models: dict[str, str]) -> Path:
    (directory / "warehouse/seeds").mkdir(parents=True)
    (directory / "sql").mkdir()
    (directory / "segkit.yml").write_text("name: macros\n")
    for name, text in seeds.items():
        (directory / f"warehouse/seeds/{name}.csv").write_text(text, encoding="utf-8")
    for name, text in models.items():
        (directory / f"sql/{name}.sql").write_text(text, encoding="utf-8")
    return directory


def built(directory: Path) -> duckdb.DuckDBPyConnection:
    for verb in (run_seeds, run_models):
        result = verb(Options(directory))
        assert result.ok, [p.message for node in result.nodes for p in node.problems]
    return duckdb.connect(str(directory / "warehouse/macros.duckdb"), read_only=True)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """One project: each CSV a seed, each call a model over it."""
    seeds = {path.stem: path.read_text(encoding="utf-8") for path in HERE.glob("*.csv")}
    models = {
        f"{name}_called": f"SELECT *, {{{{ {call} }}}} AS actual FROM {{{{ ref('{name}') }}}}"
        for name, call in CALLS.items()
    }
    return built(project(tmp_path_factory.mktemp("macros"), seeds, models))


def test_every_macro_has_a_test() -> None:
    defined = {
        name
        for path in MACROS.glob("*.sql")
        for name in re.findall(r"\{%-?\s*macro (\w+)\(", path.read_text(encoding="utf-8"))
    }
    called = {call.split("(")[0] for call in CALLS.values()}
    assert defined == called | WHOLE | {"quoted"}  # in every call that writes a text
    assert {path.stem for path in HERE.glob("*.csv")} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_macro_gives_what_is_expected(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = warehouse.execute(f"SELECT expected, actual FROM {name}_called").fetchall()
    assert rows
    for expected, actual in rows:
        wanted = pytest.approx(expected) if isinstance(expected, float) else expected
        assert actual == wanted


# the worked examples ------------------------------------------------------------------------------


def examples() -> dict[str, tuple[str, list[dict[str, str]]]]:
    """Macro -> its call, and the rows of its comment with the result under ``expected``."""
    found = {}
    for path in sorted(MACROS.glob("*.sql")):
        for comment in re.findall(r"\{#-(.*?)-#\}", path.read_text(encoding="utf-8"), re.DOTALL):
            call = re.search(r"^ {4}(\S.*?) {2,}\{\{ (.*) \}\}$", comment, re.MULTILINE)
            if call is None:
                continue
            names = [name.strip() for name in call[1].split("|")]
            rows = []
            for line in comment[call.end() :].splitlines()[2:]:
                if not line.strip():
                    continue
                *cells, expected = re.split(r"\s*\|\s*|\s{2,}", line.strip())
                rows.append({**dict(zip(names, cells, strict=True)), "expected": expected})
            found[call[2].split("(")[0]] = (call[2], rows)
    return found


EXAMPLES = examples()


def test_every_macro_has_a_worked_example() -> None:
    assert set(EXAMPLES) == {call.split("(")[0] for call in CALLS.values()} | {"quoted"}


def test_the_worked_examples_are_true(tmp_path: Path) -> None:
    seeds, models = {}, {}
    for name, (call, rows) in EXAMPLES.items():
        lines = [",".join(rows[0])]
        lines += [",".join("" if v == "NULL" else v for v in row.values()) for row in rows]
        seeds[name] = "\n".join(lines) + "\n"
        models[f"{name}_called"] = (
            f"SELECT expected, {{{{ {call} }}}} AS actual FROM {{{{ ref('{name}') }}}}"
        )
    with built(project(tmp_path / "examples", seeds, models)) as warehouse:
        for name in EXAMPLES:
            rows = warehouse.execute(f"SELECT expected, actual FROM {name}_called").fetchall()
            assert rows
            assert [actual for _, actual in rows] == [expected for expected, _ in rows], name


LINES = """\
customer_id,order_id,ordered_at,amount
anna,1,2025-12-22,10.5
anna,1,2025-12-22,2
anna,2,2025-12-30,5
bob,3,2025-11-02,8
bob,4,2026-01-01,99
,5,2025-12-01,7
"""


def test_features_from_order_lines(tmp_path: Path) -> None:
    """The rows of the worked example, and an order without a customer."""
    models = {
        "features": "{{ rfm_features(ref('lines'), '2026-01-01') }}",
        "named": "WITH f AS ({{ rfm_features(ref('lines'), var('day', '2025-12-30'), "
        "ordered_at='CAST(ordered_at AS TIMESTAMP)') }}) SELECT * FROM f",
    }
    with built(project(tmp_path / "orders", {"lines": LINES}, models)) as warehouse:
        found = warehouse.execute("SELECT * FROM features ORDER BY 1").fetchall()
        assert [(c, r, o, float(m)) for c, r, o, m in found] == [
            ("anna", 2, 2, 17.5),
            ("bob", 60, 1, 8.0),
        ]
        found = warehouse.execute("SELECT * FROM named ORDER BY 1").fetchall()
        assert [(c, r, o, float(m)) for c, r, o, m in found] == [
            ("anna", 8, 1, 12.5),
            ("bob", 58, 1, 8.0),
        ]
        types = {row[0]: row[1] for row in warehouse.execute("DESCRIBE features").fetchall()}
        assert types["total_spend"].startswith("DECIMAL")


# mistakes -----------------------------------------------------------------------------------------


def problem_of(tmp_path: Path, call: str) -> Problem:
    model = f"SELECT\n  1 AS x,\n  {{{{ {call} }}}} AS y"
    directory = project(tmp_path / "wrong", {}, {"wrong": textwrap.dedent(model)})
    with pytest.raises(ConfigError) as caught:
        load_project(directory)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("bucket('x', [])", "bucket needs edges"),
        ("bucket('x', [35, 25])", "25 comes after 35"),
        ("bucket('x', [25, 25])", "25 comes after 25"),
        ("bucket('x', [25], ['a'])", "bucket has 2 bands and 1 labels"),
        ("winsorize('x', 0.9, 0.1)", "0 <= lower < upper <= 1, not 0.9 and 0.1"),
        ("hash_group('x', 's', {'a': 0.5, 'b': 0.4})", "add up to 0.9, not to 1"),
        ("hash_group('x', 's', {'a': 1.5, 'b': -0.5})", "above 0, not -0.5"),
        ("hash_group('x', 's', {})", "add up to 0, not to 1"),
        ("safe_divide('x')", "b"),
    ],
)
def test_a_wrong_call_is_named_with_its_place(tmp_path: Path, call: str, said: str) -> None:
    problem = problem_of(tmp_path, call)
    assert said in problem.message
    assert problem.code == "SK402"
    assert problem.place is not None
    assert str(problem.place).startswith("sql/wrong.sql:3:"), problem.place


def test_a_project_macro_wins_over_ours(tmp_path: Path) -> None:
    directory = project(tmp_path / "own", {}, {"own": "SELECT {{ hash_split('1', 's') }} AS x"})
    (directory / "macros").mkdir()
    (directory / "macros/mine.sql").write_text("{% macro hash_split(id, salt) %}42{% endmacro %}")
    model: Any = load_project(directory).nodes["own"]
    assert model.sql == "SELECT 42 AS x"
