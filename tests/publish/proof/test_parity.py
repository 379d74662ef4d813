"""The proof holds for right SQL, and fails for SQL that was changed by hand."""

from decimal import Decimal

import pytest

from segkit.core.case import Case, Outcome, Rules
from segkit.core.columns import Column, parse_type
from segkit.core.edges import ScoredColumn, ScoreEdges, score_case
from segkit.core.predicate import ColumnUse, Predicate
from segkit.core.tree import Leaf, OneOf, Split
from segkit.dialects.select import CodedColumn, ViewSelect, select_sql
from segkit.dialects.table import DUCKDB, Dialect
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.publish.proof import parity
from segkit.publish.proof.parity import Parity, check_parity
from tests.dialects.test_select import TYPES, bucket_view, segment_view

ROWS = 2000
BASE = """
CREATE TABLE base AS SELECT
  'c' || i AS customer_id,
  CASE WHEN i % 17 = 0 THEN NULL ELSE (i * 7) % 90 END::INTEGER AS age,
  CASE WHEN i % 7 = 0 THEN 'nan'::DOUBLE WHEN i % 11 = 0 THEN 'inf'::DOUBLE
    WHEN i % 13 = 0 THEN NULL ELSE (i * 37 % 1000) / 8.0 END AS "total spend ($)",
  ((i * 31) % 9000 / 100.0)::DECIMAL(12,2) AS income,
  CASE WHEN i % 5 = 0 THEN NULL ELSE (i % 10 / 10.0)::FLOAT END AS score
FROM range({rows}) AS t(i)
"""


@pytest.fixture
def engine():
    with DuckDBEngine() as scratch:
        scratch.execute(BASE.format(rows=ROWS))
        yield scratch


@pytest.mark.parametrize(
    "view", [bucket_view(), segment_view(unassigned=False), segment_view(unassigned=True)]
)
def test_right_sql_holds(engine: DuckDBEngine, view: ViewSelect) -> None:
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    found = check_parity(engine, view, "v", "base")
    assert found.holds
    assert found.rows == ROWS
    assert found.cases > 25


def test_a_sum_that_is_another_one_at_each_reading_is_no_difference(engine: DuckDBEngine) -> None:
    """What threads do to sums of doubles, here as dice: the last digits differ by reading."""
    view = segment_view(unassigned=False)
    shaken = '* REPLACE ("total spend ($)" * (1 + 1e-12 * random()) AS "total spend ($)")'
    engine.execute(f"CREATE VIEW shaken AS SELECT {shaken} FROM base")
    select = select_sql(view, "shaken", DUCKDB)
    engine.execute(f"CREATE VIEW v AS SELECT * FROM ({select})")  # not the SELECT itself: joined
    engine.execute(f"CREATE VIEW w AS {select}")
    assert check_parity(engine, view, "v", "shaken").holds
    worse = shaken.replace("1e-12", "1e-7")
    engine.execute(f"CREATE OR REPLACE VIEW shaken AS SELECT {worse} FROM base")
    assert not check_parity(engine, view, "v", "shaken").holds
    assert check_parity(engine, view, "w", "shaken").holds  # read once, whatever it says


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("age < 42", "age <= 42"),
        ("age < 42", "age < 43"),
        (">= 61", "> 61"),
        ("income < 40", "income < 45"),
        ("THEN 4", "THEN 2"),
        ("'C'", "'c'"),
        ("'High income'", "'High incomes'"),
        ("< 'Infinity'", "IS NOT NULL"),
        ("FROM base", "FROM base WHERE age IS NOT NULL"),
        ("FROM base", "FROM (SELECT * FROM base UNION ALL SELECT * FROM base LIMIT 1)"),
        ("    income,", "    income + 1 AS income,"),
    ],
)
def test_a_view_changed_by_hand_is_found(engine: DuckDBEngine, before: str, after: str) -> None:
    view = segment_view(unassigned=False)
    sql = select_sql(view, "base", DUCKDB)
    assert before in sql
    engine.execute(f"CREATE VIEW v AS {sql.replace(before, after)}")
    assert not check_parity(engine, view, "v", "base").holds


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("< 42", "<= 42"),
        ("IS NULL", "IS NOT NULL"),
        (">= 61", "> 61"),
        ("ELSE 2", "ELSE 3"),
        ("< 'Infinity'", "IS NOT NULL"),
    ],
)
def test_edge_cases_alone_find_it_too(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    view = segment_view(unassigned=True)
    engine.execute("DELETE FROM base")
    right = parity.select_sql
    assert before in right(view, "base", DUCKDB)

    def broken(view: ViewSelect, relation: str, dialect: Dialect) -> str:
        return right(view, relation, dialect).replace(before, after)

    monkeypatch.setattr(parity, "select_sql", broken)
    engine.execute(f"CREATE VIEW v AS {right(view, 'base', DUCKDB)}")
    found = check_parity(engine, view, "v", "base")
    assert found.rows == 0
    assert found.cases_differ > 0


@pytest.mark.parametrize(
    ("differ", "holds"), [((0, 0), True), ((1, 0), False), ((0, 1), False), ((1, 1), False)]
)
def test_rows_and_edge_cases_prove_it_together(differ: tuple[int, int], holds: bool) -> None:
    assert Parity(5, differ[0], 3, differ[1]).holds is holds


def test_a_lost_customer_without_a_score_is_missed(engine: DuckDBEngine) -> None:
    """NULL is what the view says of them if they are there, and so it is if they are not."""
    score = CodedColumn("age_s", score_case(ScoredColumn("age", ScoreEdges((Decimal(30),), 9, {}))))
    columns = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
    view = ViewSelect("customer_id", (), (score,), columns)
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    assert check_parity(engine, view, "v", "base").holds
    engine.execute("CREATE VIEW w AS SELECT * FROM v WHERE age_s IS NOT NULL")
    lost = engine.query("SELECT count(*) FROM base WHERE age IS NULL")[0][0]
    assert check_parity(engine, view, "w", "base").rows_differ == lost > 100


def test_the_types_of_the_base_are_those_of_the_view(engine: DuckDBEngine) -> None:
    assert {c.name: c.type.sql for c in engine.columns("base")} == TYPES


# conditions that the engine alone can judge ------------------------------------------------------


def rules_view() -> ViewSelect:
    """Two rules that no formula states; the cast fails on texts that the base does not have."""
    few = Predicate("CAST(code AS INTEGER) < 10", (ColumnUse(5, 9, "code"),), is_compound=False)
    loud = Predicate(
        "upper(word) = word AND CAST(code AS INTEGER) >= 10",
        (ColumnUse(6, 10, "word"), ColumnUse(14, 18, "word"), ColumnUse(28, 32, "code")),
    )
    names = ("Unknown", "few", "loud", "other")
    outcomes = tuple(Outcome(code, name, name) for code, name in enumerate(names))
    case = Case(Rules(((few, 1), (loud, 2)), 3), outcomes)
    columns = {name: Column(name, parse_type("VARCHAR")) for name in ("id", "code", "word")}
    return ViewSelect("id", (), (CodedColumn("kind_order", case, "kind"),), columns)


@pytest.fixture
def words(engine: DuckDBEngine) -> DuckDBEngine:
    engine.execute(
        "CREATE TABLE words AS SELECT 'c' || i AS id, "
        "CASE WHEN i % 7 > 0 THEN (i % 40)::VARCHAR END AS code, "
        "['loud', 'LOUD', NULL][1 + i % 3] AS word FROM range(500) AS t(i)"
    )
    return engine


def test_rows_on_which_a_condition_fails_say_nothing(words: DuckDBEngine) -> None:
    view = rules_view()
    words.execute(f"CREATE VIEW v AS {select_sql(view, 'words', DUCKDB)}")
    found = check_parity(words, view, "v", "words")
    assert found.holds
    assert found.rows == 500
    assert found.cases > 1  # those with an unknown code
    assert dict(words.query("SELECT kind_order, count(*) FROM v GROUP BY 1"))[2] > 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("< 10 THEN", "<= 10 THEN"),
        (">= 10 THEN", "> 10 THEN"),
        ("THEN 2", "THEN 1"),
        ("WHEN NOT (", "WHEN NOT FALSE OR NOT ("),
        ("upper(word) = word AND CAST(code AS INTEGER) >= 10 THEN", "upper(word) = word THEN"),
        ("'loud'", "'quiet'"),
    ],
)
def test_a_condition_changed_by_hand_is_found(words: DuckDBEngine, before: str, after: str) -> None:
    view = rules_view()
    sql = select_sql(view, "words", DUCKDB)
    assert before in sql
    words.execute(f"CREATE VIEW v AS {sql.replace(before, after)}")
    assert not check_parity(words, view, "v", "words").holds


def test_an_id_is_probed_as_the_type_reads_it(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = tuple(f"00000000-0000-0000-0000-0000000000a{i}" for i in range(2))
    outcomes = tuple(Outcome(code, str(code), str(code)) for code in (1, 2))
    case = Case(Split("u", OneOf(ids), Leaf(1), Leaf(2), missing="no"), outcomes)
    columns = {"id": Column("id", parse_type("INTEGER")), "u": Column("u", parse_type("UUID"))}
    view = ViewSelect("id", (), (CodedColumn("kind_order", case, "kind"),), columns)
    engine.execute("CREATE TABLE ids (id INTEGER, u UUID)")
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'ids', DUCKDB)}")
    assert check_parity(engine, view, "v", "ids").holds
    right = parity.select_sql
    monkeypatch.setattr(
        parity, "select_sql", lambda *given: right(*given).replace(f"'{ids[0]}', ", "")
    )
    assert check_parity(engine, view, "v", "ids").cases_differ > 0
