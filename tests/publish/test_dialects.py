"""What each dialect writes, as files for people to read. SEGKIT_UPDATE_GOLDEN=1 rewrites them."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import sqlglot

from segkit.core.case import Case, Outcome, Rules, Total, case_of_bands
from segkit.core.columns import Column, parse_type
from segkit.core.edges import ScoredColumn, ScoreEdges, score_case, score_tree
from segkit.core.predicate import AllOf, ColumnUse, Compare, IsNull, Not, Predicate
from segkit.core.rules import Interval, Levels
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree
from segkit.dialects.select import CodedColumn, ViewSelect, expression_sql
from segkit.dialects.spelling import identifier, literal, relation
from segkit.dialects.table import ALIASES, DIALECTS, DUCKDB, SNOWFLAKE, dialect_named
from segkit.dialects.translate import Translator
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import CompileError, ConfigError, Place
from segkit.publish.proof.portable_check import check_sql
from segkit.publish.views.compiled import Described, ViewText

GOLDEN = Path(__file__).parents[1] / "golden" / "dialects"
PLACE = Place("sql/segments.yml", 2, 5)
TYPES = {
    "customer_id": "VARCHAR",
    "age": "INTEGER",
    "order": "INTEGER",
    "Größe (€)": "DOUBLE",
    "income": "DECIMAL(12,2)",
    "score": "FLOAT",
    "region": "VARCHAR",
    "is_member": "BOOLEAN",
}
COLUMNS = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
TREE: Tree = Split(
    "Größe (€)",
    Below(Decimal("61.5")),
    yes=Split(
        "region",
        OneOf(("it's north", "south")),
        yes=Split("income", Below(Decimal("40.255")), Leaf(3), Leaf(2)),
        no=Split("score", Below(Decimal("0.3")), Leaf(3), Leaf(1), missing="yes"),
    ),
    no=Split(
        "is_member",
        OneOf(("true",)),
        Split("order", Below(Decimal(7)), Leaf(4), Leaf(2)),
        Split("age", Below(Decimal(30), inclusive=True), Leaf(2), Leaf(4)),
    ),
    missing="yes",
)
NAMES = ("Older, mid spend", "High income", "Low income\\low spend", "It's --odd")
OUTCOMES = (
    Outcome(0, "unassigned", "Unassigned"),
    *(Outcome(code, "ABCD"[code - 1], name) for code, name in enumerate(NAMES, start=1)),
)


def segments() -> ViewText:
    tree = Split("income", Known(), TREE, Leaf(0))
    coded = CodedColumn("segment_order", Case(tree, OUTCOMES), "segment_name", "segment_id")
    passed = ("age", "Größe (€)", "income", "score", "order")
    view = ViewSelect("customer_id", passed, (coded,), COLUMNS, where())
    about = {"age": "Age (years)", "Größe (€)": "It's the size", "segment_id": "A, B, C or D"}
    return ViewText(view, "-- shopper_segments", Described("4 segments", about))


def where() -> Predicate:
    """region IS NOT NULL AND income > 0.005, with a FLOAT beside it."""
    above = Compare("income", Interval(Decimal("0.005"), None, lower_closed=False))
    formula = AllOf((Not(IsNull("region")), above))
    text = "region IS NOT NULL AND income > 0.005"
    uses = (ColumnUse(0, 6, "region"), ColumnUse(23, 29, "income"))
    return Predicate(text, uses, formula)


def buckets() -> ViewText:
    ends = [None, Decimal(25), Decimal("35.5"), None]
    bands = [Interval(low, high) for low, high in pairwise(ends)]
    labels = ["<25", "25-35.5", "35.5+"]
    north = Predicate(
        "region = 'it''s north'",
        (ColumnUse(0, 6, "region"),),
        Compare("region", Levels(frozenset({"it's north"}))),
        is_compound=False,
    )
    late = Predicate("round(score, 1) > 0.5", (ColumnUse(6, 11, "score"),))
    rules = Rules(((north, 1), (late, 2)), 3)
    tied = tuple(map(Decimal, ("1.25", "1000", "1000")))
    size = ScoredColumn("Größe (€)", ScoreEdges(tied, 9, {}, skips=True))  # 1, 2 and 4
    nested = {(code,): (Decimal(10 * code), Decimal(50)) for code in range(1, 5)}
    age = ScoredColumn("age", ScoreEdges((), 9, {}, nested=nested), turned=True)
    outcomes = tuple(Outcome(i, t, t) for i, t in enumerate(["Unknown", "North", "Late", "Other"]))
    coded = (
        CodedColumn(
            "age_order",
            case_of_bands("age", list(zip(labels, bands, strict=True)), "?"),
            "age_band",
        ),
        CodedColumn("size_s", score_case(size)),
        CodedColumn("age_in_size_s", Case(score_tree(age, size))),
        CodedColumn("total", Case(Total(("size_s", "age_in_size_s"), 4))),
        CodedColumn("stage_order", Case(rules, outcomes), "stage"),
    )
    about = Described("business buckets", {"age_band": "bands of age"})
    return ViewText(ViewSelect("customer_id", (), coded, COLUMNS), "-- buckets", about)


def written(text: ViewText, name: str) -> ViewText:
    translator = Translator(DIALECTS[name])
    return replace(text, view=translator.view(text.view, PLACE)) if name != "duckdb" else text


def everything(name: str) -> str:
    dialect = DIALECTS[name]
    base = relation("customer_features", "crm", dialect)
    parts = []
    for text, view in ((segments(), "shopper_segments"), (buckets(), "customer_buckets")):
        compiled = written(text, name)
        parts.append(compiled.file(relation(view, None, dialect), base, dialect))
        if view == "shopper_segments":
            one = expression_sql(compiled.view.coded[0], compiled.view, dialect)
            parts.append(f"SELECT\n{one}\nAS segment_id FROM {base};\n")
    return "\n".join(parts)


def check(name: str, text: ViewText) -> str:
    with DuckDBEngine() as engine:
        return check_sql(engine, text, written(text, name).view, DIALECTS[name])


@pytest.mark.parametrize("name", DIALECTS)
def test_golden(name: str) -> None:
    path, text = GOLDEN / f"{name}.sql", everything(name)
    if os.environ.get("SEGKIT_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", [n for n, d in DIALECTS.items() if d.is_in_sqlglot])
def test_its_own_parser_reads_it(name: str) -> None:
    """Of sqlglot: as near as one comes to an engine that nobody here can run."""
    parts = [everything(name), check(name, segments()), check(name, buckets())]
    for statement in sqlglot.parse("\n".join(parts), dialect=name):
        assert statement is not None
        # else it gave up, and took the text as it is
        assert not list(statement.find_all(sqlglot.exp.Command)) or DIALECTS[name].is_certified


def test_a_plain_name_stays_bare_in_snowflake() -> None:
    """dbt made it without quotes, so it is CUSTOMER_ID there: quoted it would not be found."""
    sql = everything("snowflake")
    assert '"customer_id"' not in sql and '"income"' not in sql
    assert '"order"' in sql and '"Größe (€)"' in sql
    for name in (
        "date",
        "name",
        "value",
        "year",
        "status",
        "type",
        "region",
        "month",
        "row_number",
    ):
        assert identifier(name, SNOWFLAKE) == name
    assert identifier("CUSTOMER_ID", SNOWFLAKE) == "CUSTOMER_ID"
    assert identifier("Customer_Id", SNOWFLAKE) == '"Customer_Id"'
    assert identifier("select", SNOWFLAKE) == '"select"'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("duckdb", r"it's a\b", r"'it''s a\b'"),
        ("postgres", r"it's a\b", r"'it''s a\b'"),
        ("mysql", r"it's a\b", r"'it''s a\\b'"),
        ("clickhouse", r"it's a\b", r"'it''s a\\b'"),
        ("spark", r"it's a\b", r"'it\'s a\\b'"),
        ("bigquery", "it's\ntwo", r"'it\'s\ntwo'"),
        ("tsql", "Größe", "N'Größe'"),
    ],
)
def test_texts(name: str, text: str, expected: str) -> None:
    assert literal(text, DIALECTS[name]) == expected


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("mysql", "a`b", "`a``b`"),
        ("clickhouse", "a`b\\", "`a\\`b\\\\`"),
        ("bigquery", "a`b", "`a\\`b`"),
        ("tsql", "a]b", "[a]]b]"),
        ("postgres", 'a"b', '"a""b"'),
        ("postgres", "CUSTOMER_ID", '"CUSTOMER_ID"'),
    ],
)
def test_names(name: str, column: str, expected: str) -> None:
    assert identifier(column, DIALECTS[name]) == expected


def test_names_that_are_not_allowed() -> None:
    for name, column in (("mysql", "x" * 65), ("mysql", "🙂")):
        with pytest.raises(CompileError, match="SK802"):
            identifier(column, DIALECTS[name])
    with pytest.raises(CompileError, match="does not allow a table or view to be called `my-t`"):
        relation("my-t", None, DIALECTS["spark"])


def test_dialects_by_name() -> None:
    assert dialect_named("DuckDB") is DUCKDB
    assert {dialect_named(alias).name for alias in ALIASES} == {"postgres", "mysql", "tsql"}
    with pytest.raises(ConfigError, match="no dialect `oracle`"):
        dialect_named("oracle")


def test_what_is_understood_is_written_afresh_and_the_rest_is_said() -> None:
    translator = Translator(DIALECTS["postgres"])
    view = translator.view(buckets().view, PLACE)
    rules = view.coded[-1].case.decision
    assert isinstance(rules, Rules)
    (north, _), (late, _) = rules.rules
    assert north.sql({"region": "r.region"}) == "r.region = 'it''s north'"
    assert late.sql({"score": "s"}) == "ROUND(s, 1) > 0.5"
    (said,) = translator.warnings
    assert said.code == "SK803" and said.severity == "warning"
    assert "`round(score, 1) > 0.5` is translated for PostgreSQL, not proved" in said.message


def test_a_check_says_what_it_does_not_cover() -> None:
    lines = check("postgres", buckets()).split("\nWITH ")[0].splitlines()
    assert lines[-2:] == [
        "-- not covered: types and collations of the columns there, the models below the relation, "
        "its rows",
        "-- tried at its constants and at NULL, not where it turns: round(score, 1) > 0.5",
    ]
    assert not any("where it turns" in line for line in check("sqlite", segments()).splitlines())


def test_what_differs_there_is_said() -> None:
    translator = Translator(DIALECTS["postgres"])
    translator.view(buckets().view, PLACE)
    assert "there it differs: ROUND has another rule for halves" in translator.warnings[0].message


def test_sql_that_cannot_be_translated_is_refused() -> None:
    with pytest.raises(CompileError, match="SK803"):
        Translator(DIALECTS["mysql"]).model("m", "SELECT * FROM t QUALIFY (", PLACE, DUCKDB)
