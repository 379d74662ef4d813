"""Of very many customers a sample is drawn: who is in it, and what is still counted of all."""

from __future__ import annotations

from collections import Counter

import pytest

from segkit.core.columns import Column, parse_type
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.survey import sample
from segkit.survey.held_rows import hold_rows
from segkit.survey.sample import hold_sample
from segkit.survey.survey import survey
from tests.survey.conftest import Surveyed, opened


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "MOST", 200)


@pytest.mark.usefixtures("few")
def test_customers_money_and_cuts_of_few_values_are_counted_of_all(surveyed: Surveyed) -> None:
    with opened(surveyed.folder) as engine:
        found = survey(engine, surveyed.subject)
    whole = surveyed.survey
    assert found.sampled is not None and 150 < found.sampled < 250
    assert [leaf.n for leaf in found.leaves] == [leaf.n for leaf in whole.leaves]
    assert found.totals == whole.totals
    for mine, all_of_them in zip(found.features, whole.features, strict=True):
        for id_, spread in mine.segments.items():
            of_all = all_of_them.segments[id_]
            assert (spread.known, spread.missing) == (of_all.known, of_all.missing)
            assert spread.levels == of_all.levels
    for cut, exact in zip(found.cuts, whole.cuts, strict=True):
        assert cut.is_exact == exact.is_exact
        if cut.is_exact:
            assert [(c.bin, c.below, c.above, c.n) for c in cut.cells] == [
                (c.bin, c.below, c.above, c.n) for c in exact.cells
            ]


@pytest.mark.usefixtures("few")
def test_what_is_estimated_adds_up_to_the_segments(surveyed: Surveyed) -> None:
    sizes = Counter(row["segment_order"] for row in surveyed.rows)
    with opened(surveyed.folder) as engine:
        found = survey(engine, surveyed.subject)
    (cut,) = {cut.said: cut for cut in found.cuts if not cut.is_exact}.values()
    moved: Counter[int] = Counter()
    for cell in cut.cells:
        moved[cell.below if cell.bin <= cut.now else cell.above] += cell.n
    assert all(0 < n <= sizes[code] for code, n in moved.items())
    (whole,) = (each for each in surveyed.survey.cuts if each.said == cut.said)
    of_all = sum(cell.n for cell in whole.cells)
    assert sum(cell.n for cell in cut.cells) == pytest.approx(of_all, rel=0.15)
    state = cut.states[cut.now]
    assert state.agreed == pytest.approx(whole.states[whole.now].agreed, rel=0.05)
    assert state.loss == pytest.approx(whole.states[whole.now].loss, abs=0.05)


def test_a_sample_is_of_those_who_are_held(surveyed: Surveyed) -> None:
    with opened(surveyed.folder) as engine, hold_rows(engine, surveyed.subject, 400) as held:
        assert not held.is_sample


@pytest.mark.parametrize(
    ("key", "thinned"),
    [
        ("printf('c%05d', i)", True),
        ("CAST(md5(CAST(i AS VARCHAR)) AS VARCHAR)", True),
        ("printf('%d-%d', i, 7 * (i % 2))", False),  # a kind of customer stands at the end
        ("printf('%d@example.com', i)", False),
        ("i", False),
    ],
)
def test_only_a_digit_that_tells_nothing_thins(
    surveyed: Surveyed, monkeypatch: pytest.MonkeyPatch, key: str, thinned: bool
) -> None:
    monkeypatch.setattr(sample, "MOST", 20_000)
    columns = ", ".join(f"0 AS {c.name}" for c in surveyed.subject.columns[1:])
    asked: list[str] = []
    with DuckDBEngine() as engine:
        engine.execute(
            f"CREATE TABLE x AS SELECT {key} AS customer_id, {columns} FROM range(400000) t(i)"
        )
        type_ = engine.columns("x")[0].type
        subject = surveyed.subject.__class__(**vars_of(surveyed, type_.sql))
        subject.__dict__["rows"] = "x"
        with hold_sample(engine, subject, 400_000) as rows:
            asked = [key for (key,) in engine.query(f"SELECT customer_id FROM {rows}")]
    ends = {str(each)[-1] for each in asked}
    assert (ends == {"7"}) == thinned
    assert len(asked) == pytest.approx(20_000 * (10 / 16 if "md5" in key else 1), rel=0.03)


def vars_of(surveyed: Surveyed, type_: str) -> dict[str, object]:
    subject = surveyed.subject
    first = Column(subject.columns[0].name, parse_type(type_))
    return {
        "project": subject.project,
        "node": subject.node,
        "columns": (first, *subject.columns[1:]),
        "dialect": subject.dialect,
        "fit": subject.fit,
    }
