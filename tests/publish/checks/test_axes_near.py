"""Customers near a line: counted here once more, from the fit's JSON and the published rows."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from segkit.core.tree import Below, Leaf, OneOf, Split
from segkit.pipeline import Options, run_build, try_data
from segkit.pipeline.customer import customer_path
from segkit.publish.checks.axes import count_near
from segkit.results import SegmentationResult
from tests.conftest import MALL, MakeProject, insert_rows, write_csv
from tests.learn.conftest import MemoryEngine
from tests.stated import (
    Case,
    Kind,
    case_of,
    counted,
    example,
    fit_of,
    published_case,
    random_case,
)
from tests.subjects import subject_of


def by_segment(case: Case) -> Counter[str]:
    ids = {segment.code: segment.id for segment in case.fit.segments} | {0: "unassigned"}
    found = count_near(case.engine, "shoppers", case.fit, case.view)
    return Counter({ids[code]: n for code, n in found.items()})


def said(result: SegmentationResult) -> dict[str, int | None]:
    return {row.id: row.near_a_line for row in result.segments}


def check_random(seeds: range) -> None:
    """Types, scales, NULL, NaN, categories and unassigned customers as they come."""
    near = 0
    for seed in seeds:
        case = random_case(seed, 80)
        found = by_segment(case)
        if found:  # empty where no number is cut
            expected = counted(case)
            assert found == expected, seed
            near += expected.total()
    assert near > 3 * len(seeds), "random customers are hardly ever near a line"


def test_random_fits_are_counted_as_by_hand() -> None:
    check_random(range(1000, 1006))


@pytest.mark.slow
def test_many_random_fits_are_counted_as_by_hand() -> None:
    check_random(range(2000, 2080))


@pytest.mark.slow
def test_the_figure_of_the_example_in_numpy(tmp_path: Path) -> None:
    """Its leaves written out, and 2 % up and down on ln(1 + x), to whole days and cents."""
    project = example(tmp_path)
    warehouse = duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True)
    listed = "recency_days, orders, CAST(total_spend AS DOUBLE), segment_order"
    rows = warehouse.execute(f"SELECT {listed} FROM shopper_segments").fetchall()
    recency, orders, spend, published = (
        np.array([np.nan if v is None else v for v in column], float)
        for column in zip(*rows, strict=True)
    )

    def code(recency, orders, spend):  # type: ignore[no-untyped-def]
        often = np.where(spend >= 2130, 5, np.where(spend >= 878, 2, 3))
        by_day = np.where(recency < 42, 4, np.where(recency >= 361, 1, 2))
        seldom = np.where(spend >= 322, 2, by_day)
        return np.where(np.isnan(recency), 6, np.where(orders >= 7, often, seldom))

    here = code(recency, orders, spend)
    assert (here == published).all()
    files = project / "warehouse/fits/shopper_segments"
    baseline = json.loads((files / "v0001.baseline.json").read_text())["features"]
    values = {"recency_days": recency, "orders": orders, "total_spend": spend}
    near = np.zeros(len(rows), bool)
    for feature in baseline:
        x = values[feature["column"]]
        grain = 100 if feature["column"] == "total_spend" else 1
        step = 0.02 * np.diff(np.log1p([feature["quantiles"][0], feature["quantiles"][-1]]))[0]
        up = np.floor(np.expm1(np.log1p(x.clip(0)) + step) * grain + 1e-6) / grain
        down = np.ceil(np.expm1(np.log1p(x.clip(0)) - step) * grain - 1e-6) / grain
        for there in (np.maximum(up, x), np.clip(down, np.minimum(x, 0), x)):
            near |= code(*(values | {feature["column"]: there}).values()) != here
    result = run_build(Options(project)).segmentations[0]
    assert said(result) == {
        id_: int(near[here == order].sum()) for order, id_ in enumerate("ABCDEF", 1)
    }
    assert near.sum() == 96


@pytest.mark.slow
@pytest.mark.skipif(not MALL.is_file(), reason="the article's data is not beside the repository")
def test_the_shoppers_of_the_article_are_counted_as_by_hand(mall_project: Path) -> None:
    result = run_build(Options(mall_project)).segmentations[0]
    expected = counted(published_case(mall_project))
    assert said(result) == {row.id: expected[row.id] for row in result.segments}


def whole_numbers(seed: int = 5) -> list[tuple[str, int, int]]:
    """Two columns from 1 to about 10, in four groups."""
    draw = random.Random(seed)
    groups = [(draw.choice((2, 7)), draw.choice((2, 7))) for _ in range(300)]
    return [
        (f"c{i}", *(max(1, round(draw.gauss(middle, 1))) for middle in group))
        for i, group in enumerate(groups)
    ]


def test_whole_numbers_are_whole_in_any_type() -> None:
    """As DOUBLE every tie at a cut counted. A step of 2 % is less than 1 here: nobody moves."""
    for type_ in ("INTEGER", "DOUBLE", "FLOAT", "DECIMAL(18,2)", "UTINYINT"):
        engine = MemoryEngine()
        engine.execute(f"CREATE TABLE customers (id VARCHAR, x {type_}, y {type_}, region VARCHAR)")
        insert_rows(engine.connection, "customers", [(*row, None) for row in whole_numbers()])
        known = {"x": [Decimal(n) for n in range(1, 11)], "y": [Decimal(n) for n in range(1, 11)]}
        tree = Split(
            "x", Below(Decimal(5)), Split("y", Below(Decimal(5)), Leaf(1), Leaf(2)), Leaf(3)
        )
        kinds = {name: Kind(type_, "1", "standard", 5, 3) for name in known}
        fit = fit_of(tree, kinds, known, random.Random(1))
        case = case_of(engine, fit, {"x": Decimal(1), "y": Decimal(1)})
        assert by_segment(case) == counted(case) == Counter(), type_
        known = {name: [50 * n for n in some] for name, some in known.items()}
        wide = replace(case, fit=fit_of(tree, kinds, known, random.Random(1)))
        assert by_segment(wide) == counted(wide) != Counter(), type_


@pytest.mark.slow
def test_the_file_of_whole_numbers_that_were_doubles(tmp_path: Path) -> None:
    """The case that came from outside: 260 of 300 with a point, none without."""
    found = []
    for place, point in enumerate(("", ".0")):
        path = tmp_path / f"{place}.csv"
        rows = [(key, f"{x}{point}", f"{y}{point}") for key, x, y in whole_numbers()]
        write_csv(path, rows, ("customer_id", "orders", "visits"))
        trial = try_data(Options(), str(path), k=4)
        found.append([row.near_a_line for row in trial.result.segments])
    assert found == [[0, 0, 0, 0]] * 2


def test_who_is_near_is_told_so_by_explain() -> None:
    """One meaning of near: the first screen counts those to whom `explain --id` says it."""
    for seed in range(1000, 1004):
        case = random_case(seed, 80)
        axes, expected = case.axes(), by_segment(case)
        told = Counter(
            path.segment_id
            for id_, row in case.rows()
            if (path := customer_path(subject_of(case.node, case.fit), id_, row, axes)).nearest
            and path.nearest.is_near
        )
        assert told == +expected, seed


def test_nothing_is_counted_where_only_categories_decide() -> None:
    case = random_case(1000)
    fit = replace(case.fit, tree=Split("region", OneOf(("north",)), Leaf(1), Leaf(2)))
    assert count_near(case.engine, "nowhere", fit, case.view) == {}
    assert count_near(case.engine, "nowhere", replace(case.fit, baseline=None), case.view) == {}


def test_mixed_columns_through_a_whole_build(make_project: MakeProject) -> None:
    """Ages as whole numbers with NULLs, incomes with a digit behind the point."""
    project = make_project()
    result = run_build(Options(project)).segmentations[0]
    expected = counted(published_case(project))
    assert said(result) == {row.id: expected[row.id] for row in result.segments}
