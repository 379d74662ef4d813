"""How long a tree takes as SQL in DuckDB, beside the other ways to write it.

    python -m benchmarks.compiler [--rows 20000000] [--leaves 8 50 500] [--variants]

Every time is divided by that of the bare scan (the sum of all columns) of the
same run, and is the best of several. A form is left out where it needs a
package that is not there (orbital) or fails. Prints a table.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
from sklearn.tree import DecisionTreeClassifier

import segkit
from segkit.core.case import Case, Outcome
from segkit.core.columns import Column, parse_type
from segkit.core.tree import Below, Split, Tree, fold
from segkit.dialects.emit import Operand, case_inline, chain_of
from segkit.dialects.flat import flat_sql
from segkit.dialects.select import CodedColumn, ViewSelect, select_sql
from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.learn.trees.sklearn_tree import read_sklearn

COLUMNS = tuple(f"x{place}" for place in range(6))
TYPES = {name: Column(name, parse_type("DOUBLE")) for name in (*COLUMNS, "id")}
OPERANDS = {name: Operand(name, TYPES[name].type) for name in COLUMNS}
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--leaves", type=int, nargs="+", default=[8, 50, 500])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variants", action="store_true", help="other ways to write the list")
    given = parser.parse_args()
    connection = duckdb.connect(config={"threads": given.threads})
    make_rows(connection, given.rows)
    print(
        f"duckdb {duckdb.__version__}, {given.rows:,} rows x {len(COLUMNS)} DOUBLE columns, ",
        end="",
    )
    print(f"{given.threads} threads; 1 = the bare scan, best of {ROUNDS}")
    for leaves in given.leaves:
        print(f"\n{leaves} leaves")
        tree = fitted(leaves)
        scan = best(
            lambda: connection.execute(
                f"SELECT {' + '.join(f'sum({c})' for c in COLUMNS)} FROM t"
            ).fetchall()
        )
        expected = None
        for name, run in (variants if given.variants else forms)(connection, tree):
            try:
                seconds, found = timed(run)
            except Exception as error:
                print(f"  {name:<44} {type(error).__name__}: {str(error).splitlines()[0][:60]}")
                continue
            expected = expected or found
            named = all(isinstance(segment, str) for segment in found)
            rows = wrong(found, expected) if named else 0
            note = f"  ({rows:,} rows elsewhere)" if rows else ""
            print(f"  {name:<44} {seconds / scan:6.2f} x{note}", flush=True)
        print(f"  {'(the bare scan)':<44} {scan:5.2f} s")


def make_rows(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Values that compress no better than those of customers do."""
    columns = ", ".join(
        f"hash(i * 6 + {place}) / 18446744073709551616.0 * 100 AS {name}"
        for place, name in enumerate(COLUMNS)
    )
    connection.execute(f"CREATE TABLE t AS SELECT i AS id, {columns} FROM range({rows}) r(i)")


def fitted(leaves: int) -> Any:
    rng = np.random.default_rng(leaves)
    X = rng.uniform(0, 100, (20_000, len(COLUMNS)))
    centers = rng.uniform(0, 100, (8, len(COLUMNS)))
    nearest = ((X[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
    names = np.array([f"Segment {label}, of customers" for label in range(8)])
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
    return tree.fit(X, names[nearest])


def forms(
    connection: duckdb.DuckDBPyConnection, tree: Any
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Name and what runs: each returns how many rows every segment has."""

    def grouped(expression: str, source: str = "t") -> Callable[[], Any]:
        return counted(connection, expression, source)

    ours = read_sklearn(tree, COLUMNS).tree
    labels = [literal(str(label), DUCKDB) for label in tree.classes_]
    yield "segkit.compile_tree", grouped(segkit.compile_tree(tree, COLUMNS))
    view = published(ours, [str(label) for label in tree.classes_])
    yield (
        "a published view (non-finite made NULL)",
        grouped("segment_name", f"({select_sql(view, 't', DUCKDB)})"),
    )
    yield "nested CASE, names in the leaves", grouped(nested(ours, labels))
    yield (
        "flat list of full rules",
        grouped(flat_sql(ours, OPERANDS, lambda code: labels[code - 1], DUCKDB)),
    )
    yield "orbital", lambda: dict(connection.execute(orbital_sql(tree)).fetchall())
    yield "pandas and predict", lambda: predicted(connection, tree)


def variants(
    connection: duckdb.DuckDBPyConnection, tree: Any
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What was tried to make the list faster."""
    ours = read_sklearn(tree, COLUMNS).tree
    chain = chain_of(ours, OPERANDS, DUCKDB)
    labels = [literal(str(label), DUCKDB) for label in tree.classes_]
    items = ", ".join(labels)
    tries = {"as it is": segkit.compile_tree(tree, COLUMNS)}
    for type_ in ("INTEGER", "TINYINT", "BIGINT"):
        codes = case_inline(chain, lambda code, type_=type_: f"{code}::{type_}")  # type: ignore[misc]
        tries[f"{type_} codes, no names"] = codes
        tries[f"{type_} codes, looked up"] = f"[{items}][{codes}]"
    tries["ENUM"] = case_inline(chain, lambda code: f"{labels[code - 1]}::ENUM({items})")
    tries["names in the list"] = case_inline(chain, lambda code: labels[code - 1])
    numbers = nested(ours, [str(code) for code in range(1, len(labels) + 1)])
    tries["nested CASE of codes, looked up"] = f"[{items}][{numbers}]"
    for name, expression in tries.items():
        yield name, counted(connection, expression, "t")
    view = published(ours, [str(label) for label in tree.classes_])
    twins = replace(DUCKDB, orders_non_finite=False)
    for name, dialect in {"a published view": DUCKDB, "with guarded twins": twins}.items():
        source = f"({select_sql(view, 't', dialect)})"
        yield name, counted(connection, "segment_name", source)


def counted(
    connection: duckdb.DuckDBPyConnection, expression: str, source: str
) -> Callable[[], Any]:
    sql = f"SELECT {expression} AS segment, count(*) FROM {source} GROUP BY 1"
    return lambda: dict(connection.execute(sql).fetchall())


def published(tree: Tree, names: list[str]) -> ViewSelect:
    outcomes = tuple(
        Outcome(code, chr(64 + code), name) for code, name in enumerate(names, start=1)
    )
    coded = CodedColumn("segment_order", Case(tree, outcomes), "segment_name", "segment_id")
    return ViewSelect("id", (), (coded,), TYPES)


def nested(tree: Tree, labels: list[str]) -> str:
    """The usual way, with NULL left to where it falls."""

    def of_split(split: Split, yes: str, no: str) -> str:
        assert isinstance(split.test, Below)
        return f"CASE WHEN {split.column} <= {float(split.test.cut)!r} THEN {yes} ELSE {no} END"

    return fold(tree, lambda leaf: labels[leaf.code - 1], of_split)


def orbital_sql(tree: Any) -> str:
    import orbital
    from sklearn.pipeline import Pipeline

    pipeline = Pipeline([("tree", tree)])
    types = {name: orbital.types.DoubleColumnType() for name in COLUMNS}
    parsed = orbital.parse_pipeline(pipeline, features=types)
    sql = orbital.export_sql("t", parsed, dialect="duckdb")
    return f'SELECT "output_label" AS segment, count(*) FROM ({sql}) GROUP BY 1'


def predicted(connection: duckdb.DuckDBPyConnection, tree: Any) -> dict[str, int]:
    frame = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM t").df()
    names, counts = np.unique(tree.predict(frame.to_numpy()), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def best(run: Callable[[], Any]) -> float:
    return timed(run)[0]


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """CPU-seconds of the fastest of several runs, after one that is not counted."""
    run()
    fastest, found = math.inf, None
    for _ in range(ROUNDS):
        began = time.process_time()
        found = run()
        fastest = min(fastest, time.process_time() - began)
    return fastest, found


def wrong(found: dict[str, int], expected: dict[str, int]) -> int:
    """Rows that are in another segment, at the least."""
    names = {*found, *expected}
    return sum(abs(found.get(n, 0) - expected.get(n, 0)) for n in names) // 2


if __name__ == "__main__":
    main()
