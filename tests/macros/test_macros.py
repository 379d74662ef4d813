"""Every macro on a small CSV with an ``expected`` column, through real models and a real build."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

import segkit
from segkit.core.labels import make_labels
from segkit.core.rules import Interval
from segkit.errors import ConfigError, Problem
from segkit.pipeline import Options, run_models, run_seeds
from segkit.project.load import load_project

HERE = Path(__file__).parent
MACROS = HERE.parents[1] / "macros"

# the stem of a CSV -> the call
CALLS = {
    "bucket": "bucket('x', [25, 35, 55])",
    "bucket_decimals": "bucket('CAST(x AS DECIMAL(6, 2))', [0.1, 1000000])",
    "bucket_floats": "bucket('CAST(x AS FLOAT)', [0.3, 0.7])",
    "bucket_integers": "bucket('x', [0.5, 1000])",
    "bucket_labels": """bucket('x', [10], ["it's low", 'high'], missing='n/a')""",
    "bucket_made_labels": "bucket('x', [-10, -5.0, 0.5])",
    "bucket_null": "bucket('x', [2], ['low', 'high'], missing=none)",
    "days_between": "days_between('a', 'b')",
    "days_between_infinity": "days_between('CAST(a AS DATE)', 'b')",
    "days_between_mixed": "days_between('a', 'b')",
    "days_between_times": "days_between('a', 'b')",
    "hash_group": "hash_group('id', 'exp1', {'control': 0.5, 'treatment': 0.5})",
    "hash_group_thirds": "hash_group('id', 'exp1', {'a': 1 / 3, 'b': 1 / 3, 'c': 1 / 3})",
    "hash_group_three": """hash_group('id', 'exp1', {'a': 0.25, 'b': 0.25, "it's c": 0.5})""",
    "hash_split": "hash_split('id', 'exp1')",
    "hash_split_salt": """hash_split('id', "it's")""",
    "hash_split_texts": "hash_split('id', 'exp1')",
    "is_finite": "is_finite('x')",
    "null_if_sentinel": "null_if_sentinel('x', [999, -1])",
    "null_if_sentinel_texts": """null_if_sentinel('x', ['n/a', "it's not known"])""",
    "safe_divide": "safe_divide('a', 'b')",
    "safe_divide_integers": "safe_divide('a', 'b')",
    "safe_divide_sums": "safe_divide('a + b', 'a - b')",
    "winsorize": "winsorize('x', 0.25, 0.75)",
    "winsorize_decimals": "winsorize('CAST(x AS DECIMAL(10, 2))', 0, 0.75)",
    "winsorize_integers": "winsorize('x', 0, 1)",
    "winsorize_lower": "winsorize('x', 0.1, 1)",
    "winsorize_one": "winsorize('x')",
}
# the stem of a CSV of order lines -> the call, and the column with the customer; `expected` is
# what the customer's row says, on every line of the customer
CALLS_OF_LINES = {
    "rfm_features": ("rfm_features(ref('rfm_features'), '2026-01-10')", "customer_id"),
    "rfm_features_named": (
        "rfm_features(ref('rfm_features_named'), var('as_of'), customer='\"Customer Id\"',"
        " order='invoice', ordered_at='day', amount='price * pieces', decimals=3)",
        '"Customer Id"',
    ),
}
LINES_MODEL = """\
WITH customers AS (
  {{{{ {call} }}}}
)
SELECT
  lines.expected,
  customers.recency_days || ' days; ' || customers.orders || ' orders; '
    || coalesce(CAST(customers.total_spend AS VARCHAR), 'NULL') AS actual
FROM {{{{ ref('{name}') }}}} AS lines
LEFT JOIN customers ON customers.customer_id = lines.{customer}
"""


def project(directory: Path, seeds: dict[str, str], models: dict[str, str]) -> Path:
    (directory / "warehouse/seeds").mkdir(parents=True)
    (directory / "sql").mkdir()
    (directory / "segkit.yml").write_text('name: macros\nvars: {as_of: "2026-01-10"}\n')
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
    for name, (call, customer) in CALLS_OF_LINES.items():
        models[f"{name}_alone"] = f"{{{{ {call} }}}}"
        models[f"{name}_called"] = LINES_MODEL.format(call=call, name=name, customer=customer)
    models["many_ids"] = (
        "SELECT id, {{ hash_split('id', 'a:b') }} AS number,\n"
        "  {{ hash_group('id', 'a:b', {'low': 0.1, 'mid': 0.47, 'high': 0.43}) }} AS team\n"
        "FROM range(20000) AS ids(id)"
    )
    return built(project(tmp_path_factory.mktemp("macros"), seeds, models))


def names_of_macros() -> set[str]:
    return {
        name
        for path in MACROS.rglob("*.sql")
        for name in re.findall(r"\{%-?\s*macro (\w+)\(", path.read_text(encoding="utf-8"))
        if "__" not in name  # the body of another one for a dialect
    }


def test_every_macro_has_a_test() -> None:
    called = {call.split("(")[0] for call in CALLS.values()}
    called |= {call.split("(")[0] for call, _ in CALLS_OF_LINES.values()}
    assert names_of_macros() == called | {"quoted"}  # in every call that writes a text
    assert {path.stem for path in HERE.glob("*.csv")} == {*CALLS, *CALLS_OF_LINES}


@pytest.mark.parametrize("name", [*CALLS, *CALLS_OF_LINES])
def test_a_macro_gives_what_is_expected(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = warehouse.execute(f"SELECT expected, actual FROM {name}_called").fetchall()
    assert rows
    for expected, actual in rows:
        wanted = pytest.approx(expected) if isinstance(expected, float) else expected
        assert actual == wanted


@pytest.mark.parametrize("name", CALLS_OF_LINES)
def test_each_customer_has_one_row(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    customer = CALLS_OF_LINES[name][1]
    found = warehouse.execute(f"SELECT customer_id FROM {name}_alone ORDER BY 1").fetchall()
    expected = f"SELECT DISTINCT {customer} FROM {name} WHERE expected IS NOT NULL ORDER BY 1"
    assert found == warehouse.execute(expected).fetchall()


def test_a_split_is_what_python_makes_of_md5(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute("SELECT id, number, team FROM many_ids ORDER BY id").fetchall()
    numbers = [
        int(hashlib.md5(f"a:b:{n}".encode()).hexdigest()[:8], 16) % 10_000 for n in range(20_000)
    ]
    assert {999, 1_000, 5_699, 5_700} <= set(numbers)  # the ends of the groups are among them
    assert [number for _, number, _ in rows] == numbers
    assert [team for _, _, team in rows] == [
        "low" if n < 1_000 else "mid" if n < 5_700 else "high" for n in numbers
    ]


def test_the_types_of_results(warehouse: duckdb.DuckDBPyConnection) -> None:
    types = {
        (table, column): type_
        for table, column, type_ in warehouse.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
        ).fetchall()
    }
    assert types["hash_split_called", "actual"] == "INTEGER"
    assert types["safe_divide_integers_called", "actual"] == "DOUBLE"
    assert types["winsorize_decimals_called", "actual"] == "DOUBLE"
    assert types["days_between_called", "actual"] == "BIGINT"
    for name, spend in (("rfm_features", "DECIMAL(18,2)"), ("rfm_features_named", "DECIMAL(18,3)")):
        assert types[f"{name}_alone", "recency_days"] == "BIGINT"
        assert types[f"{name}_alone", "orders"] == "BIGINT"
        assert types[f"{name}_alone", "total_spend"] == spend


EDGES = ([25], [25, 35, 55], [0, 0.25, 0.5], [-10, -5.5, 3], [1, 1_000_000.0], [-3, 0])


@pytest.mark.parametrize("edges", EDGES)
def test_labels_are_made_as_in_buckets(tmp_path: Path, edges: list[float]) -> None:
    models = {"m": f"SELECT {{{{ bucket('1', {edges}) }}}} AS x"}
    sql = load_project(project(tmp_path / "labels", {}, models)).nodes["m"].sql
    ends = [None, *(Decimal(str(edge)) for edge in edges), None]
    wanted = make_labels([Interval(a, b) for a, b in pairwise(ends)])
    assert re.findall(r"(?:THEN|ELSE) '(.*?)'", sql)[1:] == list(wanted)


# the worked examples ------------------------------------------------------------------------------


Rows = list[dict[str, str]]


def comments() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(MACROS.rglob("*.sql"))]
    return [found for text in texts for found in re.findall(r"\{#-\n(.*?)-#\}", text, re.DOTALL)]


def read_rows(header: str, lines: list[str]) -> Rows:
    """Rows of a table in a comment, up to the first empty line; cells stand between bars."""
    names = [name.strip() for name in header.split("|")]
    rows = []
    for line in lines:
        if not line.strip():
            break
        cells = [cell.strip() for cell in line.split("|")]
        rows.append(dict(zip(names, cells, strict=True)))
    return rows


def example_by_row(comment: str) -> tuple[str, Rows] | None:
    """The call and its rows, where the call stands to the right of the columns that it reads."""
    head = re.search(r"^( {4}\S.*? {2,})\{\{ (.*) \}\}\n +-[-+ ]*$", comment, re.MULTILINE)
    if head is None:
        return None
    width = len(head[1])
    lines = comment[head.end() + 1 :].splitlines()
    joined = [line[:width] + "|" + line[width:] if line.strip() else "" for line in lines]
    return head[2], read_rows(head[1] + "|expected", joined)


def example_of_tables(comment: str) -> tuple[str, Rows, Rows] | None:
    """The call, the rows that go in and those that come out, where it stands between the two."""
    call = re.search(r"^ {4}\{\{ (.*) \}\}$", comment, re.MULTILINE)
    if call is None:
        return None
    parts = comment[: call.start()], comment[call.end() :]
    tables = [
        re.search(r"^( {4}\S.*)\n +-[-+]+\n((?: {4}.*\n)+)", part, re.MULTILINE) for part in parts
    ]
    rows_in, rows_out = (read_rows(t[1], t[2].splitlines()) for t in tables if t)
    return call[1], rows_in, rows_out


BY_ROW = [found for comment in comments() if (found := example_by_row(comment))]
OF_TABLES = [found for comment in comments() if (found := example_of_tables(comment))]


def seed_of(rows: Rows, *, without: str = "") -> str:
    table = [[name for name in rows[0] if name != without]]
    table += [["" if row[n] == "NULL" else row[n] for n in table[0]] for row in rows]
    return "".join(",".join(cells) + "\n" for cells in table)


def test_every_macro_has_a_worked_example() -> None:
    calls = [call for call, _ in BY_ROW] + [call for call, _, _ in OF_TABLES]
    assert {call.split("(")[0] for call in calls} == names_of_macros()
    assert len(calls) == len(comments())


def test_the_worked_examples_are_true(tmp_path: Path) -> None:
    """As text: 30.0 is not 30. Rows are numbered, so that NULL alone is not an empty line."""
    seeds, models = {}, {}
    for place, (call, rows) in enumerate(BY_ROW):
        numbered = [{"place": str(n), **row} for n, row in enumerate(rows)]
        seeds[f"seed{place}"] = seed_of(numbered, without="expected")
        models[f"model{place}"] = (
            f"SELECT place, {{{{ {call} }}}} FROM {{{{ ref('seed{place}') }}}}"
        )
    for call, rows_in, _ in OF_TABLES:
        (name,) = re.findall(r"ref\('(\w+)'\)", call)
        seeds[name] = seed_of(rows_in)
        models[f"{name}_out"] = f"{{{{ {call} }}}}"
    with built(project(tmp_path / "examples", seeds, models)) as warehouse:
        for place, (call, rows) in enumerate(BY_ROW):
            assert texts(warehouse, f"model{place}") == [
                (str(n), row["expected"]) for n, row in enumerate(rows)
            ], call
        for call, _, rows_out in OF_TABLES:
            (name,) = re.findall(r"ref\('(\w+)'\)", call)
            assert texts(warehouse, f"{name}_out") == [tuple(row.values()) for row in rows_out]
            shown = [
                column for (column, *_) in warehouse.execute(f"DESCRIBE {name}_out").fetchall()
            ]
            assert shown == list(rows_out[0])


def texts(warehouse: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, ...]]:
    every = "coalesce(CAST(COLUMNS(*) AS VARCHAR), 'NULL')"
    return warehouse.execute(f"SELECT {every} FROM {name} ORDER BY ALL").fetchall()


# mistakes -----------------------------------------------------------------------------------------


def problem_of(tmp_path: Path, call: str) -> Problem:
    model = f"SELECT\n  1 AS x,\n  {{{{ {call} }}}} AS y,\n  {{{{ quoted('z') }}}} AS z\n"
    directory = project(tmp_path / "wrong", {}, {"wrong": model})
    with pytest.raises(ConfigError) as caught:
        load_project(directory)
    (problem,) = caught.value.problems
    return problem


# the call -> what is wrong, and the next step
MISTAKES = {
    "bucket('x', [])": ("bucket needs edges", "write [25, 35, 55]"),
    "bucket('x', 25)": ("not `25`", "write [25, 35, 55]"),
    "bucket('x', '25,35')": ("not `25,35`", "write [25, 35, 55]"),
    "bucket('x', [25, '35'])": ("an edge of bucket is `35`, not a number", "write [25"),
    "bucket('x', [true])": ("an edge of bucket is `True`, not a number", "write [25"),
    "bucket('x', [35, 25])": ("25 comes after 35", "put them in order"),
    "bucket('x', [25, 25])": ("25 comes after 25", "put them in order, each once"),
    "bucket('x', [25], ['a'])": ("bucket has 2 bands and 1 labels", "give each band one"),
    "bucket('x', [25], ['a', 'b', 'c'])": ("2 bands and 3 labels", "give each band one"),
    "bucket('x', [25], 'ab')": ("labels of bucket are a list", "write ['low', 'high']"),
    "bucket('x', [25], ['a', 'a'])": ("the label `a` twice", "rename one"),
    "bucket('x', [25], missing='25+')": ("the label `25+` twice", "or `missing`"),
    "bucket('x',\n    [35, 25])": ("25 comes after 35", "put them in order"),
    "winsorize('x', 0.9, 0.1)": ("0 <= lower < upper <= 1, not 0.9 and 0.1", "write 0.01"),
    "winsorize('x', 0.5, 0.5)": ("not 0.5 and 0.5", "write 0.01"),
    "winsorize('x', -0.1)": ("not -0.1 and 0.99", "write 0.01"),
    "winsorize('x', 1, 99)": ("not 1 and 99", "write 0.01"),
    "winsorize('x', '0.1')": ("not 0.1 and 0.99", "write 0.01"),
    "hash_split('x', '')": ("hash_split needs a salt", "write 'exp1'"),
    "hash_split('x', none)": ("hash_split needs a salt", "write 'exp1'"),
    "hash_group('x', 's', {'a': 0.5, 'b': 0.4})": ("add up to 0.9, not to 1", "name everybody"),
    "hash_group('x', 's', {'a': 0.5, 'b': 0.6})": ("add up to 1.1, not to 1", "name everybody"),
    "hash_group('x', 's', {'a': 1.5, 'b': -0.5})": ("`b` in hash_group is -0.5", "leave it out"),
    "hash_group('x', 's', {'a': 1, 'b': 0.00001})": ("`b` in hash_group is 1e-05", "leave it out"),
    "hash_group('x', 's', {'a': 'half'})": ("is `half`, not a number", "write 0.5"),
    "hash_group('x', 's', {})": ("add up to 0, not to 1", "name everybody"),
    "hash_group('x', 's', ['a', 'b'])": ("a share for each name", "write {'control': 0.5"),
    "null_if_sentinel('x', [])": ("needs a list of values", "write [999, -1]"),
    "null_if_sentinel('x', 999)": ("needs a list of values, not `999`", "write [999, -1]"),
    "rfm_features('x', 'today')": ("`today`, not a day", "write '2026-01-31'"),
    "rfm_features('x', 'current_da')": ("`current_da`, not a day", "write '2026-01-31'"),
    "rfm_features('x', '2026-01-31', decimals=5)": ("decimals of rfm_features is `5`", "0 to 4"),
    "rfm_features('x')": ("without its `as_of`", ""),
    "safe_divide('x')": ("without its `b`", ""),
}


@pytest.mark.parametrize("call", MISTAKES)
def test_a_wrong_call_is_named_with_its_place(tmp_path: Path, call: str) -> None:
    problem = problem_of(tmp_path, call)
    for said in MISTAKES[call]:
        assert said in problem.message
    assert (problem.code, str(problem.place)) == ("SK402", "sql/wrong.sql:3:3")


def test_a_day_that_is_not_set_is_said_once(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "rfm_features('x', var('today'))")
    assert (problem.code, str(problem.place)) == ("SK405", "sql/wrong.sql:3:24")


@pytest.mark.parametrize("amount", ["nan", "inf", "1e300"])
def test_an_amount_that_is_no_money_fails_the_model(tmp_path: Path, amount: str) -> None:
    seeds = {"lines": f"customer_id,order_id,ordered_at,amount\n1,1,2026-01-01,{amount}\n"}
    models = {
        "spend": "{{ config(materialized='table') }}\n\n-- What a customer spent.\n"
        "{{ rfm_features(ref('lines'), '2026-01-10') }}\n"
    }
    result = segkit.build(project(tmp_path / "money", seeds, models))
    (problem,) = next(node.problems for node in result.nodes if node.name == "spend")
    assert (problem.code, str(problem.place)) == ("SK404", "sql/spend.sql:4:1")
    assert "DECIMAL(18,4)" in problem.message
    assert not result.ok and not result.published


def test_a_project_macro_wins_over_ours(tmp_path: Path) -> None:
    directory = project(tmp_path / "own", {}, {"own": "SELECT {{ hash_split('1', 's') }} AS x"})
    (directory / "macros").mkdir()
    (directory / "macros/mine.sql").write_text("{% macro hash_split(id, salt) %}42{% endmacro %}")
    model: Any = load_project(directory).nodes["own"]
    assert model.sql == "SELECT 42 AS x"
