"""One scan proves right SQL without a join, and finds what is wrong in it."""

from dataclasses import replace

import pytest

from segkit.core.case import codes_of
from segkit.core.predicate import ColumnUse, Predicate
from segkit.dialects import select
from segkit.dialects.select import ViewSelect, select_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.publish.proof import one_scan, parity
from segkit.publish.proof.one_scan import Figures, scan_view
from segkit.publish.proof.parity import check_parity
from tests.dialects.test_select import bucket_view, segment_view
from tests.publish.proof.test_parity import BASE, ROWS

VIEWS = [bucket_view(), segment_view(unassigned=False), segment_view(unassigned=True)]


@pytest.fixture
def engine():
    with DuckDBEngine() as scratch:
        scratch.execute(BASE.format(rows=ROWS))
        yield scratch


@pytest.fixture
def no_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(parity, "_compare_rows")


@pytest.mark.usefixtures("no_join")
@pytest.mark.parametrize("view", VIEWS)
def test_right_sql_is_proved_without_a_join(engine: DuckDBEngine, view: ViewSelect) -> None:
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    found = check_parity(engine, view, "v", "base")
    assert found.holds
    assert found.rows == ROWS


@pytest.mark.usefixtures("no_join")
def test_the_rows_that_where_lets_in_are_counted_on_both_sides(engine: DuckDBEngine) -> None:
    where = Predicate("age > 30", (ColumnUse(0, 3, "age"),))
    view = replace(segment_view(unassigned=False), where=where)
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    some = "(SELECT * FROM base WHERE age > 30)"
    found = check_parity(engine, view, "v", some, relation_sql="base")
    assert found.holds
    assert found.rows == engine.query(f"SELECT count(*) FROM {some}")[0][0] < ROWS


@pytest.mark.parametrize("other", ["age > 29", "age > 31"])
def test_other_rows_than_those_let_in_are_a_difference(engine: DuckDBEngine, other: str) -> None:
    where = Predicate("age > 30", (ColumnUse(0, 3, "age"),))
    view = replace(segment_view(unassigned=False), where=where)
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    some = f"(SELECT * FROM base WHERE {other})"
    assert check_parity(engine, view, "v", some, relation_sql="base").rows_differ > 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("age < 42", "age <= 42"),
        (">= 61", "> 61"),
        ("income < 40", "income < 45"),
        ("THEN 4", "THEN 2"),
        ("'C'", "'c'"),
        ("'High income'", "'High incomes'"),
        (""" AND "total spend ($)" < 'Infinity'""", ""),
        ("    income,", "    income + 1 AS income,"),
    ],
)
def test_what_is_wrong_in_every_rendering_of_the_select_is_found(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    """As by a fault where SELECTs are written: the view is the SELECT, and both are wrong."""
    right = select.select_parts

    def broken(*args: object, **options: object) -> tuple[list[str], str]:
        steps, last = right(*args, **options)  # type: ignore[arg-type]
        own = [s if s.startswith("counted") else s.replace(before, after) for s in steps]
        return own, last.replace(before, after)

    view = segment_view(unassigned=False)
    assert before in select_sql(view, "base", DUCKDB)
    monkeypatch.setattr(select, "select_parts", broken)
    monkeypatch.setattr(one_scan, "select_parts", broken)
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    assert not scan_view(engine, view, "base").agrees
    assert check_parity(engine, view, "v", "base").rows_differ > 0


def test_groups_have_the_codes_of_the_view_and_the_figures_wanted(engine: DuckDBEngine) -> None:
    view = segment_view(unassigned=True)
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    figures = Figures(("score",), lambda known: [f"count({known['score'].sql})"])
    found = scan_view(engine, view, "base", figures)
    wanted = engine.query("SELECT segment_order, count(*), count(score) FROM v GROUP BY 1")
    groups = found.by(["segment_order"])
    assert sorted((g.codes["segment_order"], g.rows, *g.figures) for g in groups) == sorted(wanted)


def test_many_codes_are_counted_in_parts(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = bucket_view()
    (whole,) = scan_view(engine, view, "base").parts
    monkeypatch.setattr(one_scan, "_MANY", 1)
    found = scan_view(engine, view, "base")
    assert found.agrees
    assert len(found.parts) > 1
    for coded in view.coded:
        for code in codes_of(coded.case.decision):
            rows = [
                sum(g.rows for g in groups if g.codes[coded.code] == code)
                for groups in (whole, found.by([coded.code]))
            ]
            assert rows[0] == rows[1]
