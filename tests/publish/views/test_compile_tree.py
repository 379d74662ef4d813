"""Anyone's tree as SQL: equal to ``predict`` on every row of every type, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier
from sklearn.tree._tree import Tree

import segkit
from segkit.dialects.emit import MAX_NESTING
from segkit.dialects.spelling import identifier, identifiers
from segkit.dialects.table import DUCKDB
from segkit.errors import CompileError, ConfigError
from segkit.learn.numbers import Floats
from segkit.learn.trees import sklearn_tree
from tests.publish.sklearn_trees import (
    COLUMNS,
    Fitted,
    adversarial_rows,
    fitted_regressors,
    fitted_trees,
    natural_rows,
)

TYPES = ("DOUBLE", "FLOAT", "DECIMAL(18,2)", "INTEGER", "BIGINT")
STORED_OTHERWISE = ("DECIMAL(38,10)", "UBIGINT", "HUGEINT")  # and cast to a double alike
QUICK = ("DOUBLE", "INTEGER")  # one of each kind; .ci/run has them all
NATURAL, ADVERSARIAL, HOLED = 11_000, 600, 4_500  # rows a tree and type


@dataclass(frozen=True)
class Tortured:
    fitted: Fitted
    sql: str
    natural: Floats
    holed: Floats
    adversarial: Floats


@pytest.fixture(scope="module")
def tortured() -> list[Tortured]:
    found = []
    for number, fitted in enumerate([*fitted_trees(), *fitted_regressors()]):
        holed = natural_rows(fitted, HOLED, number + 100)
        holed[np.random.default_rng(number).random(holed.shape) < 0.25] = np.nan
        natural = natural_rows(fitted, NATURAL, number)
        adversarial = adversarial_rows(fitted, ADVERSARIAL, number + 200)
        sql = segkit.compile_tree(fitted.tree, COLUMNS)
        found.append(Tortured(fitted, sql, natural, holed, adversarial))
    return found


@pytest.fixture
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def load(engine: duckdb.DuckDBPyConnection, X: Floats, type_: str) -> None:
    """Rows as a table ``t`` of that type; what it cannot hold is NULL."""
    raw = {f"x{place}": column for place, column in enumerate(X.T)}
    engine.register("raw", raw)
    casts = ", ".join(
        f"TRY_CAST(CASE WHEN isnan(x{place}) THEN NULL ELSE x{place} END AS {type_}) "
        f"AS {identifier(name, DUCKDB)}"
        for place, name in enumerate(COLUMNS)
    )
    engine.execute(f"CREATE OR REPLACE TABLE t AS SELECT {casts} FROM raw")


def stored(engine: duckdb.DuckDBPyConnection) -> Floats:
    """The table's values as scikit-learn sees them: doubles, NaN for NULL."""
    names = identifiers(COLUMNS, DUCKDB)
    rows = engine.execute(f"SELECT {names} FROM t").fetchall()
    return np.array([[np.nan if v is None else float(v) for v in row] for row in rows])


def stored_fast(engine: duckdb.DuckDBPyConnection) -> Floats:
    """The same, with the engine's cast to DOUBLE: for types where it rounds like Python."""
    casts = ", ".join(
        f"CAST({identifier(name, DUCKDB)} AS DOUBLE) AS x{i}" for i, name in enumerate(COLUMNS)
    )
    found = engine.execute(f"SELECT {casts} FROM t").fetchnumpy()
    return np.stack([np.ma.filled(column, np.nan) for column in found.values()], axis=1)


def mismatches(engine: duckdb.DuckDBPyConnection, fitted: Fitted, sql: str, X: Floats) -> int:
    found = [value for (value,) in engine.execute(f"SELECT {sql} FROM t").fetchall()]
    return sum(a != b for a, b in zip(found, fitted.predict(X), strict=True))


@pytest.mark.parametrize(
    "type_",
    [
        type_ if type_ in QUICK else pytest.param(type_, marks=pytest.mark.slow)
        for type_ in (*TYPES, *STORED_OTHERWISE)
    ],
)
def test_torture(engine: duckdb.DuckDBPyConnection, tortured: list[Tortured], type_: str) -> None:
    """All types together: 1,408,000 natural rows, 76,800 adversarial ones, 576,000 with NULL."""
    for each in tortured:
        typed = segkit.compile_tree(each.fitted.tree, COLUMNS, types=dict.fromkeys(COLUMNS, type_))
        for rows, seen in (
            (each.natural, stored_fast),
            (each.holed, stored_fast),
            (each.adversarial, stored),
        ):
            load(engine, rows, type_)
            held = seen(engine)
            for sql in (each.sql, typed):
                assert mismatches(engine, each.fitted, sql, held) == 0, each.fitted.name


@pytest.mark.parametrize("type_", ["BIGINT", "UBIGINT", "HUGEINT", "DECIMAL(38,10)"])
def test_whole_numbers_that_no_double_holds(engine: duckdb.DuckDBPyConnection, type_: str) -> None:
    around = [2**24, 2**53, 2**53 + 2, 2**62]
    values = [n + step for n in around for step in (-1, 0, 1)]
    engine.execute(f'CREATE TABLE t (a {type_}, b {type_}, c {type_}, d {type_}, "order" {type_})')
    engine.executemany("INSERT INTO t VALUES ($1, $1, $1, $1, $1)", [(v,) for v in values])
    X = np.array([[float(v)] * 5 for v in values])
    for cut in (2**24, 2**24 + 2, 2**53, 2**53 + 2, 2**62):
        y = X[:, 0] > cut
        tree = DecisionTreeClassifier(random_state=0).fit(X, np.where(y, "above", "below"))
        for types in (None, dict.fromkeys(COLUMNS[:5], type_)):
            sql = segkit.compile_tree(tree, COLUMNS[:5], types=types)
            found = [value for (value,) in engine.execute(f"SELECT {sql} FROM t").fetchall()]
            assert found == list(tree.predict(X))


def test_a_column_of_predict_proba(engine: duckdb.DuckDBPyConnection) -> None:
    for fitted in fitted_trees():
        X = adversarial_rows(fitted, 300, 5)
        load(engine, X, "DOUBLE")
        for place in (0, -1):
            wanted = fitted.tree.classes_[place]
            sql = segkit.compile_tree(fitted.tree, COLUMNS, proba=wanted)
            found = engine.execute(f"SELECT {sql} AS p FROM t").fetchnumpy()["p"]
            with np.errstate(all="ignore"):
                expected = fitted.tree.predict_proba(stored(engine))[:, place]
            assert found.dtype == np.float64 and (found == expected).all(), fitted.name


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"proba": 3}, r"proba=3 is no class of the tree"),
        ({"proba": "1"}, r"proba='1' is no class of the tree"),
        ({"proba": [1]}, r"proba=\[1\] is no class of the tree"),
        ({"proba": 1, "class_names": ["a", "b"]}, "a number, and `class_names` for names"),
        ({"types": {"y": "BOOLEAN"}}, "`types` has `y`, which is no column"),
        ({"types": {"x": "DATE"}}, "`x` is a DATE, and a tree compares numbers"),
        ({"types": {"x": "INT99"}}, "`INT99`, the type of `x`, is none that segkit knows"),
        ({"types": {"x": "VARCHAR"}}, "`x` is VARCHAR in `types`, and the model has numbers of it"),
    ],
)
def test_types_and_classes_that_do_not_fit(given: Any, message: str) -> None:
    tree = DecisionTreeClassifier().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(CompileError, match=message) as caught:
        segkit.compile_tree(tree, ["x"], **given)
    assert caught.value.problems[0].code == "SK801" and caught.value.problems[0].help


def test_types_beside_names_that_are_none() -> None:
    tree = DecisionTreeClassifier().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(CompileError, match="`types` has `x`"):
        segkit.compile_tree(tree, None, types={"x": "INTEGER"})  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"proba": 1.0}, {"class_names": ["a", "b"]}])
def test_numbers_have_no_classes(given: Any) -> None:
    tree = DecisionTreeRegressor().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(CompileError, match="a DecisionTreeRegressor has no classes"):
        segkit.compile_tree(tree, ["x"], **given)


def test_flags_and_types() -> None:
    X = np.array([[0, 18.0], [0, 64], [1, 18], [1, 64], [np.nan, 18]])
    tree = DecisionTreeClassifier(random_state=0).fit(X, [1, 1, 2, 3, 3])
    types = {"vip": "BOOLEAN", "age": "DECIMAL(6,1)"}
    sql = segkit.compile_tree(tree, ["vip", "age"], types=types)
    assert "WHEN NOT vip THEN" in sql and "age <= 41 THEN" in sql
    rows = [(None if np.isnan(vip) else bool(vip), age) for vip, age in X.tolist()]
    with duckdb.connect() as engine:
        engine.execute("CREATE TABLE t (vip BOOLEAN, age DECIMAL(6,1))")
        engine.executemany("INSERT INTO t VALUES (?, ?)", rows)
        found = [value for (value,) in engine.execute(f"SELECT {sql} FROM t").fetchall()]
    assert found == [1, 1, 2, 3, 3]
    assert "vip = 0" in segkit.compile_tree(tree, ["vip", "age"], types=types, dialect="tsql")


def test_a_cut_that_no_flag_is_beside() -> None:
    """Both flags are on one side; NULL has its own."""
    tree = DecisionTreeClassifier().fit([[1.0], [2.0], [2.0]], [1, 2, 2])
    sql = segkit.compile_tree(tree, ["x"], types={"x": "BOOLEAN"})
    assert sql == "CASE\n  WHEN x IS NOT NULL THEN 1\n  ELSE 2\nEND"


def test_numbers_are_doubles_where_an_exponent_makes_a_decimal() -> None:
    tree = DecisionTreeRegressor().fit([[1.0], [2.0]], [0.1, 1 / 3])
    sql = segkit.compile_tree(tree, ["x"], dialect="postgres")
    assert sql.startswith("CAST(CASE") and sql.endswith("END AS DOUBLE PRECISION)")
    assert "0.3333333333333333e0" in sql


def test_a_split_between_missing_and_known(engine: duckdb.DuckDBPyConnection) -> None:
    X = np.array([[1.0], [2.0], [np.nan], [np.nan]])
    tree = DecisionTreeClassifier().fit(X, [1, 1, 2, 2])
    assert np.isinf(tree.tree_.threshold[0])
    sql = segkit.compile_tree(tree, ["x"])
    assert sql == "CASE\n  WHEN x IS NOT NULL THEN 1\n  ELSE 2\nEND"


@pytest.mark.parametrize(
    ("classes", "names", "expected"),
    [
        (["b", "a"], None, {"a", "b"}),
        ([3, -7], None, {3, -7}),
        ([True, False], None, {True, False}),
        ([1.0, 2.0], None, {1, 2}),
        ([0.5, 1.5], ["low", "it's high"], {"low", "it's high"}),
        ([0, 1], [10, 20], {10, 20}),
    ],
)
def test_classes_come_out_as_they_are(
    classes: list[Any], names: list[Any] | None, expected: set[Any]
) -> None:
    X = np.array([[0.0], [1.0]] * 5)
    y = np.array(classes * 5) if names is None else np.array([str(c) for c in classes] * 5)
    tree = DecisionTreeClassifier().fit(X, y)
    sql = segkit.compile_tree(tree, ["x"], class_names=names)
    rows = duckdb.execute(f"SELECT {sql} FROM (VALUES (0.0), (1.0)) AS t(x)").fetchall()
    found = [value for (value,) in rows]
    assert set(found) == expected
    order = list(tree.classes_) if names is None else names
    assert found == [order[list(tree.classes_).index(c)] for c in tree.predict([[0.0], [1.0]])]


def test_names_of_segkits_own_example_are_indexed_like_classes() -> None:
    tree = DecisionTreeClassifier().fit([[1.0], [2.0], [3.0]], [7, 3, 5])
    sql = segkit.compile_tree(tree, ["x"], class_names=["three", "five", "seven"])
    found = duckdb.execute(f"SELECT {sql} FROM (VALUES (1), (2), (3)) AS t(x)").fetchall()
    assert found == [("seven",), ("three",), ("five",)]


def test_an_extra_tree_is_a_tree(engine: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(500, 6))
    tree = ExtraTreeClassifier(random_state=1).fit(X, X[:, 0] * X[:, 1] > 0)
    load(engine, X, "DOUBLE")
    fitted = Fitted("extra", tree, 1.0)
    assert mismatches(engine, fitted, segkit.compile_tree(tree, COLUMNS), X) == 0


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["right", "left", "zigzag", "balanced"])
def test_five_thousand_leaves(shape: str) -> None:
    tree, X = grown(shape, 5000)
    sql = segkit.compile_tree(tree, ["x", "y"])
    assert levels_of(sql) <= MAX_NESTING
    known = X[::7]
    holed = known.copy()
    holed[::3, 0], holed[1::3, 1] = np.nan, np.nan
    rows = np.concatenate([known, holed])
    with duckdb.connect() as engine:
        engine.register("rows", {"u": rows[:, 0], "v": rows[:, 1]})
        finite = ", ".join(f"CASE WHEN NOT isnan({a}) THEN {a} END AS {b}" for a, b in ("ux", "vy"))
        found = engine.execute(f"SELECT {sql} FROM (SELECT {finite} FROM rows) AS t").fetchall()
    assert [value for (value,) in found] == list(tree.predict(rows))


def levels_of(sql: str) -> int:
    """The deepest CASE in CASE."""
    level = deepest = 0
    for word in sql.replace("\n", " ").split(" "):
        level += (word == "CASE") - word.startswith("END")
        deepest = max(deepest, level)
    return deepest


def grown(shape: str, leaves: int) -> tuple[Any, Floats]:
    """A fitted tree of that many leaves, and rows that reach all of them."""
    n = leaves
    x = np.arange(n, dtype=float)
    if shape == "balanced":
        rng = np.random.default_rng(0)
        X = np.stack([x, rng.permutation(n)], axis=1)
        return DecisionTreeClassifier(random_state=0).fit(X, rng.integers(0, 3, n)), X
    return _ladder(shape, n), np.stack([x, x], axis=1)


def _ladder(shape: str, leaves: int) -> Any:
    """No data make such a tree, so it is written into a fitted one: a leaf at each split."""
    rng = np.random.default_rng(1)
    classifier = DecisionTreeClassifier().fit(np.eye(3)[:, :2], [0, 1, 2])
    blank = classifier.tree_.__getstate__()["nodes"]
    count = 2 * leaves - 1
    nodes = np.zeros(count, dtype=blank.dtype)
    nodes["left_child"] = nodes["right_child"] = nodes["feature"] = -1
    nodes["threshold"] = -2
    values = np.zeros((count, 1, 3))
    low, high = 0, leaves - 1
    for split in range(leaves - 1):
        node, leaf, rest = 2 * split, 2 * split + 1, 2 * split + 2
        leaf_is_left = shape == "right" or (shape == "zigzag" and split % 2 == 0)
        nodes[node]["threshold"] = low + 0.5 if leaf_is_left else high - 0.5
        low, high = (low + 1, high) if leaf_is_left else (low, high - 1)
        sides = (leaf, rest) if leaf_is_left else (rest, leaf)
        nodes[node]["left_child"], nodes[node]["right_child"] = sides
        nodes[node]["feature"] = split % 2
        nodes[node]["missing_go_to_left"] = rng.integers(2)
        values[leaf, 0, split % 3] = 1
    values[-1, 0, 0] = 1
    nodes["n_node_samples"] = nodes["weighted_n_node_samples"] = 1
    tree = Tree(2, np.array([3], dtype=np.intp), 1)
    tree.__setstate__({"max_depth": leaves, "node_count": count, "nodes": nodes, "values": values})
    classifier.tree_ = tree
    return classifier


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomForestRegressor(2).fit([[1.0], [2.0]], [1, 2]), "no decision tree"),
        (lambda: RandomForestClassifier(2).fit([[1.0], [2.0]], [1, 2]), "no decision tree"),
        (lambda: KMeans(2), "KMeans is no decision tree"),
        (lambda: DecisionTreeClassifier(), "is not fitted"),
        (lambda: DecisionTreeClassifier().fit([[1.0], [2.0]], [[1, 2], [2, 1]]), "2 outputs"),
        (lambda: DecisionTreeRegressor().fit([[1.0], [2.0]], [[1, 2], [2, 1]]), "2 outputs"),
    ],
)
def test_what_it_cannot_do_is_refused(make: Any, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        segkit.compile_tree(make(), ["x"])
    (problem,) = caught.value.problems
    assert problem.code == "SK801" and problem.help
    assert message in problem.message


@pytest.mark.parametrize(
    ("names", "class_names", "message"),
    [
        (["x", "y"], None, "1 features, and 2 names"),
        ("x", None, "not texts"),
        ([3], None, "not texts"),
        (None, None, "not texts"),
        (["x"], ["a"], "2 classes, and 1 names"),
        (["x"], ["a", 1], "beside each other"),
        (["x"], ["a", None], "neither a text"),
    ],
)
def test_names_that_do_not_fit(names: Any, class_names: Any, message: str) -> None:
    tree = DecisionTreeClassifier().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(CompileError, match=message):
        segkit.compile_tree(tree, names, class_names=class_names)


@pytest.mark.parametrize(
    "class_names", [{1: "a", 2: "b"}, "ab", {"a", "b"}, ["a", True], [1, True]]
)
def test_class_names_without_an_order_or_of_two_kinds(class_names: Any) -> None:
    tree = DecisionTreeClassifier().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(CompileError, match="SK801"):
        segkit.compile_tree(tree, ["x"], class_names=class_names)


def test_names_in_another_order_than_that_of_fit() -> None:
    frame = pd.DataFrame({"b": [1.0, 2.0], "a": [3.0, 3.5]})
    tree = DecisionTreeClassifier().fit(frame, [1, 2])
    with pytest.raises(CompileError, match="in another order"):
        segkit.compile_tree(tree, ["a", "b"])
    assert segkit.compile_tree(tree, ["b", "a"])
    assert segkit.compile_tree(tree, ["x", "y"])  # the columns are called otherwise there
    assert segkit.compile_tree(tree, frame.columns)


@pytest.mark.parametrize(("column", "label"), [("", "a"), ("a\nb", "a"), ("a", "a\x00b")])
def test_names_that_no_sql_can_write(column: str, label: str) -> None:
    tree = DecisionTreeClassifier().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(CompileError, match="SK802"):
        segkit.compile_tree(tree, [column], class_names=[label, "b"])


def test_two_names_for_one_column() -> None:
    tree = DecisionTreeClassifier().fit([[1.0, 2.0], [2.0, 1.0]], [1, 2])
    with pytest.raises(CompileError, match="given twice"):
        segkit.compile_tree(tree, ["x", "x"])
    with pytest.raises(CompileError, match="`x` and `X` are one column in DuckDB"):
        segkit.compile_tree(tree, ["x", "X"])
    assert segkit.compile_tree(tree, ["x", "X"], dialect="postgres")


def test_a_dialect_that_nobody_speaks() -> None:
    tree = DecisionTreeClassifier().fit([[1.0], [2.0]], [1, 2])
    with pytest.raises(ConfigError, match="no dialect `klingon`"):
        segkit.compile_tree(tree, ["x"], dialect="klingon")


def test_a_changed_rule_of_scikit_learn_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a tree compared doubles: rows beside a cut go elsewhere, and nothing is written."""
    monkeypatch.setattr(sklearn_tree, "exact_cut", float)
    tree = DecisionTreeClassifier().fit([[1.1], [2.3]], [1, 2])
    with pytest.raises(CompileError, match="edge cases differ from `predict`"):
        segkit.compile_tree(tree, ["x"])
