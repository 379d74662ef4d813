"""Random fits over columns of every type, and what is said of their customers, done and counted.

What is said is read back from the words and done in the warehouse's own types; who is near
a line is counted from the fit's JSON. Neither uses the code that made the sentence.
"""

from __future__ import annotations

import json
import math
import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from segkit.core.axis import Axis
from segkit.core.columns import Column
from segkit.core.customer_path import CustomerPath
from segkit.core.facts import Fact
from segkit.core.fit import (
    Baseline,
    Clusters,
    FeatureBaseline,
    Fit,
    FittedFeature,
    FittedSegment,
    Quality,
)
from segkit.core.simplify import simplify
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree, leaves
from segkit.dialects.select import ViewSelect, select_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.base import Reader
from segkit.pipeline import Options, run_build
from segkit.pipeline.customer import customer_path
from segkit.pipeline.run_options import find_node, open_project
from segkit.project.nodes import Segmentation
from segkit.publish.checks.axes import read_axes
from segkit.publish.relations import relation_sql
from segkit.publish.stored.fits import current_version, fit_files, fit_path, read_fit
from segkit.publish.subject import fitted, read_subject
from segkit.publish.views.segmentation_view import compile_segmentation
from segkit.report.explain import change_text
from tests.conftest import insert_rows
from tests.learn.conftest import MemoryEngine, feature, segmentation
from tests.subjects import subject_of

SAID = re.compile(
    r"(?P<near>near the line: )?(?:(?P<label>[^:]+): )?(?P<amount>\S+)(?: days)? "
    r"(?P<way>more|less) would make it (?P<id>\w+)(?: .*)?"
)
UNITS = ("", "$", "days", "k$", "%")
LEVELS = ("north", "south", "east", "west")
IDS = ("A", "B", "C", "D", "E")


@dataclass(frozen=True)
class Kind:
    """A column: its type, the step between its values (None: anywhere), and one value as text."""

    type: str
    grain: str | None
    scale: str
    middle: float
    spread: float
    tails: bool = False
    floor: float = -math.inf
    ceiling: float = math.inf
    zeros: float = 0.0

    def value(self, draw: random.Random) -> Decimal:
        if draw.random() < self.zeros:
            return Decimal(0)
        x = draw.gauss(self.middle, self.spread)
        if self.scale == "log" and self.middle < 20:
            x = math.expm1(x)
        x = min(max(x, self.floor), self.ceiling)
        if self.grain is None:
            return Decimal(repr(float(np.float32(x)) if self.type == "FLOAT" else x))
        with localcontext(prec=60):
            exact = Decimal(x).quantize(Decimal(self.grain))
        if self.tails:  # as a sum of floats has it
            return Decimal(repr(sum([float(exact) - 0.3, 0.1, 0.2])))
        return exact


KINDS = (
    Kind("DOUBLE", "1", "standard", 40, 12),
    Kind("DOUBLE", "1", "log", 3, 1.5, floor=0),
    Kind("DOUBLE", "0.01", "log", 5, 2, floor=0),
    Kind("DOUBLE", "0.01", "standard", 300, 90, tails=True),
    Kind("DOUBLE", "0.01", "log", 4, 1, tails=True),
    Kind("DOUBLE", None, "robust", 0, 1),
    Kind("DOUBLE", None, "log", 2, 2),
    Kind("DOUBLE", None, "none", 3e-9, 1e-9),
    Kind("DOUBLE", "1", "standard", 3e17, 1e17),
    Kind("DOUBLE", "0.1", "standard", 2, 1, floor=0, zeros=0.95),
    Kind("FLOAT", "1", "standard", 50, 20, floor=0),
    Kind("FLOAT", "0.1", "standard", 1, 0.5, floor=0),
    Kind("FLOAT", "0.01", "log", 4, 2, floor=0),
    Kind("FLOAT", None, "standard", 0.5, 0.2),
    Kind("DECIMAL(18,2)", "0.01", "log", 5, 2),
    Kind("DECIMAL(18,2)", "1", "standard", 60, 20),
    Kind("DECIMAL(38,10)", "0.0000000001", "standard", 1, 1),
    Kind("DECIMAL(38,10)", "0.01", "robust", 1e9, 1e8),
    Kind("DECIMAL(5,2)", "0.01", "none", 900, 90, ceiling=999.99),
    Kind("TINYINT", "1", "standard", 90, 20, ceiling=127),
    Kind("SMALLINT", "1", "log", 4, 1, floor=0),
    Kind("INTEGER", "1", "log", 2, 1, floor=0),
    Kind("INTEGER", "1", "standard", 1e6, 3e5),
    Kind("BIGINT", "1", "standard", 3e17, 100),
    Kind("HUGEINT", "1", "standard", 1e30, 1e29),
    Kind("UTINYINT", "1", "standard", 128, 90, floor=0, ceiling=255),
    Kind("USMALLINT", "1", "log", 3, 1, floor=0),
    Kind("UBIGINT", "1", "robust", 1.8e19, 1e17, floor=0, ceiling=1.84e19),
    Kind("UHUGEINT", "1", "standard", 10, 4, floor=0),
)


@dataclass(frozen=True)
class Case:
    """A table ``customers`` in ``engine``, and ``shoppers``, the view that a fit makes of it."""

    engine: Reader
    node: Segmentation
    fit: Fit
    view: ViewSelect
    grains: Mapping[str, Decimal | None]
    source: str = "customers"

    @property
    def columns(self) -> Mapping[str, Column]:
        return self.view.columns

    def axes(self) -> dict[str, Axis]:
        return read_axes(self.engine, self.source, self.fit, self.columns)

    def rows(self, *, printed: bool = False) -> list[tuple[str, dict[str, Any]]]:
        """Key and features of each customer; as texts of the warehouse where ``printed``."""
        names = list(self.view.passed)
        form = 'CAST("{}" AS VARCHAR)' if printed else '"{}"'
        listed = ", ".join(form.format(name) for name in names)
        key = self.view.key
        found = self.engine.query(f'SELECT "{key}", {listed} FROM {self.source} ORDER BY 1')
        return [(str(row[0]), dict(zip(names, row[1:], strict=True))) for row in found]


def random_case(seed: int, rows: int = 60) -> Case:
    draw = random.Random(seed)
    kinds = [draw.choice(KINDS) for _ in range(draw.choice((1, 2, 3, 3)))]
    names = [f"c{place}" for place in range(len(kinds))]
    values = [[None if draw.random() < 0.05 else k.value(draw) for k in kinds] for _ in range(rows)]
    texts = [[None if v is None else format(v, "f") for v in row] for row in values]
    for row in texts:
        for place, kind in enumerate(kinds):
            if kind.type in ("DOUBLE", "FLOAT") and draw.random() < 0.03:
                row[place] = draw.choice(("nan", "inf", "-inf"))
    engine = MemoryEngine()
    declared = ", ".join(f"{name} {kind.type}" for name, kind in zip(names, kinds, strict=True))
    engine.execute(
        f"CREATE TABLE texts (id VARCHAR, {' VARCHAR, '.join(names)} VARCHAR, region VARCHAR)"
    )
    levels = [None if draw.random() < 0.05 else draw.choice(LEVELS) for _ in range(rows)]
    insert_rows(
        engine.connection,
        "texts",
        [(f"{i:05}", *texts[i], levels[i]) for i in range(rows)],
    )
    engine.execute(f"CREATE TABLE customers (id VARCHAR, {declared}, region VARCHAR)")
    casts = ", ".join(
        f"CAST({name} AS {kind.type})" for name, kind in zip(names, kinds, strict=True)
    )
    engine.execute(f"INSERT INTO customers SELECT id, {casts}, region FROM texts")
    known = {
        name: [row[place] for row in values if row[place] is not None]
        for place, name in enumerate(names)
    }
    grains = {
        name: None if kind.grain is None else Decimal(kind.grain)
        for name, kind in zip(names, kinds, strict=True)
    }
    tree = random_tree(draw, known, grains, depth=draw.randint(2, 5))
    if draw.random() < 0.3:
        tree = Split(names[0], Known(), tree, Leaf(0), "no")
    tree = simplify(tree)  # leaves that nobody can reach are no segments
    fit = fit_of(tree, dict(zip(names, kinds, strict=True)), known, draw)
    return case_of(engine, fit, grains)


def case_of(engine: Reader, fit: Fit, grains: Mapping[str, Decimal | None]) -> Case:
    """The fit over the table ``customers`` of the engine, published as ``shoppers``."""
    features = (
        feature(f.column, **({"kind": "category"} if f.is_category else {"scale": f.scale}))
        for f in fit.features
    )
    node = segmentation(*features)
    subject = subject_of(node, fit, engine.columns("customers"), "customers")
    compiled = compile_segmentation(subject)
    engine.execute(f"CREATE VIEW shoppers AS {compiled.text.select('customers', DUCKDB)}")
    return Case(engine, node, fit, compiled.view, grains)


def random_tree(
    draw: random.Random,
    known: Mapping[str, Sequence[Decimal]],
    grains: Mapping[str, Decimal | None],
    depth: int,
) -> Tree:
    if depth == 0 or draw.random() < 0.1:
        return Leaf(draw.randint(1, 5))
    sides = [random_tree(draw, known, grains, depth - 1) for _ in range(2)]
    missing = draw.choice(("yes", "no"))
    if draw.random() < 0.15:
        levels = tuple(sorted(draw.sample(LEVELS, draw.randint(1, 3))))
        return Split("region", OneOf(levels), sides[0], sides[1], missing)
    column = draw.choice(list(known))
    return Split(
        column,
        Below(random_cut(draw, known[column], grains[column]), draw.random() < 0.2),
        sides[0],
        sides[1],
        missing,
    )


def random_cut(draw: random.Random, values: Sequence[Decimal], grain: Decimal | None) -> Decimal:
    with localcontext(prec=60):
        value = draw.choice(values)
        step = grain or abs(value) / 1000
        way = draw.random()
        if way < 0.4:
            return value
        if way < 0.6:
            return value + step * draw.randint(-3, 3)
        if way < 0.8:
            return value + step * Decimal(draw.choice(("0.5", "-0.25", "0.123456789")))
        return Decimal(f"{value:.2g}")


def fit_of(
    tree: Tree,
    kinds: Mapping[str, Kind],
    known: Mapping[str, Sequence[Decimal]],
    draw: random.Random,
) -> Fit:
    features = [
        FittedFeature(
            name, f"Feature {name}", draw.choice(UNITS), kind.scale, kind.type, 0.0, 1.0, 0.0
        )
        for name, kind in kinds.items()
    ]
    levels = tuple(sorted(LEVELS))
    region = ("region", "Region", "", "category", "VARCHAR", 0.0, 1.0, 0.0, 1.0, levels, levels[0])
    features.append(FittedFeature(*region))
    baselines = tuple(
        FeatureBaseline(name, len(some), 0, 0, 0.0, 0.0, deciles(some))
        for name, some in known.items()
    )
    return Fit(
        name="shoppers", version=1, origin="fitted", definition={}, target="dev", rows=60,
        sample=60, fingerprint="f", features=tuple(features),
        clusters=Clusters(5, 1, 1.0, (12,) * 5, ((0.0,),) * 5, (), (Fact("declared", n=5),), IDS),
        tree=tree, quality=Quality(0.0, 1.0, None, {}, 2, 1, 1),
        segments=tuple(FittedSegment(n, id_, f"Name {id_}", 12)
                       for n, id_ in enumerate(IDS, 1) if Leaf(n) in set(leaves(tree))),
        baseline=Baseline(60, baselines, {}, None, 1.0),
    )  # fmt: skip


def deciles(values: Sequence[Decimal]) -> tuple[float, ...]:
    found = np.quantile([float(v) for v in values], np.arange(1, 10) / 10)
    return tuple(float(f"{value:.9g}") for value in found)


# what is said, done ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """``readings``: the value as the warehouse prints it, and as it is shown."""

    id: str
    column: str
    readings: tuple[Decimal, ...]
    change: Decimal
    segment: str
    text: str


def statements(case: Case) -> Iterator[Statement]:
    axes = case.axes()
    labels = {f.label: f for f in case.fit.features}
    for (id_, row), (_, texts) in zip(case.rows(), case.rows(printed=True), strict=True):
        path = customer_path(subject_of(case.node, case.fit), id_, row, axes)
        if path.nearest is not None:
            yield statement_of(path, labels, texts)


def statement_of(
    path: CustomerPath, labels: Mapping[str, FittedFeature], texts: Mapping[str, str]
) -> Statement:
    assert path.nearest is not None
    text = change_text(path.nearest)
    said = SAID.fullmatch(text)
    assert said, text
    step = None if path.nearest.step is None else path.steps[path.nearest.step]
    label = said["label"] or next(name for name in labels if step.label.startswith(f"{name} "))  # type: ignore[union-attr]
    known = labels[label]
    amount = plain(said["amount"])
    readings = [Decimal(texts[known.column])]
    for each in path.steps:
        if each.label.startswith(f"{label} "):
            readings.append(plain(each.label.removeprefix(f"{label} ").split(" ")[0]))
    change = amount if said["way"] == "more" else -amount
    return Statement(path.id, known.column, tuple(readings), change, said["id"], text)


def plain(text: str) -> Decimal:
    """The number without signs of money, units and separators."""
    return Decimal(re.sub(r"[$,%k]", "", text))


def false_ones(case: Case, some: Sequence[Statement]) -> list[tuple[Statement, str]]:
    """Statements that do not come true, asked of the published SELECT on changed rows."""
    names, tests = list(case.view.passed), []
    for said in some:
        type_ = case.columns[said.column].type
        with localcontext(prec=800):
            ends = [format(reading + said.change, "f") for reading in said.readings]
        ways = [f"CAST('{end}' AS {type_.sql})" for end in ends]
        if type_.kind != "integer":
            change = format(said.change, "f")
            ways.append(f"CAST(\"{said.column}\" + CAST('{change}' AS DOUBLE) AS {type_.sql})")
            if len(change) < 20:
                ways.append(f'CAST("{said.column}" + ({change}) AS {type_.sql})')
        if type_.kind == "decimal":
            del ways[-2:]
        tests += [(said, way) for way in dict.fromkeys(ways)]
    if not tests:
        return []
    key = case.view.key
    selects = [
        f'SELECT {place} AS "{key}", '
        + ", ".join(f'{way} AS "{n}"' if n == said.column else f'"{n}"' for n in names)
        + f" FROM {case.source} WHERE \"{key}\" = '{said.id}'"
        for place, (said, way) in enumerate(tests)
    ]
    found: dict[int, str] = {}
    for start in range(0, len(selects), 200):
        case.engine.execute(
            "CREATE OR REPLACE TEMP TABLE changed AS "
            + " UNION ALL ".join(selects[start : start + 200])
        )
        sql = select_sql(case.view, "changed", DUCKDB)
        found |= dict(case.engine.query(f'SELECT "{key}", segment_id FROM ({sql})'))
    return [(said, way) for place, (said, way) in enumerate(tests) if found[place] != said.segment]


# who is near a line, by hand ---------------------------------------------------------------------


def near_by_hand(
    tree: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    quantiles: Mapping[str, Sequence[float]],
    scales: Mapping[str, str],
    grains: Mapping[str, Decimal | None],
    types: Mapping[str, str],
) -> Counter[str]:
    """Customers by segment for whom some value within 2 % has another one. From JSON alone."""
    found: Counter[str] = Counter()
    cuts = {column: sorted(set(cuts_of(tree, column))) for column in quantiles}
    lowest = {c: min([0, *(r[c] for r in rows if is_known(r[c]))]) for c in quantiles}
    for row in rows:
        here = segment_of(tree, row)
        found[here] += any(
            segment_of(tree, {**row, column: value}) != here
            for column in quantiles
            if is_known(row[column])
            for value in reached(
                row[column], quantiles[column], scales[column], grains[column],
                types[column], cuts[column], lowest[column],
            )
        )  # fmt: skip
    return found


def is_known(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def reached(
    value: Any,
    quantiles: Sequence[float],
    scale: str,
    grain: Decimal | None,
    type_: str,
    cuts: Sequence[Decimal],
    lowest: Any,
) -> Iterator[Any]:
    """Values beside a cut that are no farther away than a step."""
    step = 0.02 * (
        on_scale(max(quantiles[-1], 0) if scale == "log" else quantiles[-1], scale)
        - on_scale(max(quantiles[0], 0) if scale == "log" else quantiles[0], scale)
    )
    is_float = type_ in ("DOUBLE", "FLOAT")
    for cut in cuts:
        with localcontext(prec=60):
            if grain is None or (is_float and abs(cut) > 1e15):
                real = np.float32 if type_ == "FLOAT" else np.float64
                at = real(float(cut))
                ends = [float(np.nextafter(at, real(way))) for way in (-np.inf, np.inf)]
                sides = [Decimal(end) for end in (*ends, float(at))]
            else:
                sides = [((cut / grain).to_integral_value() + n) * grain for n in (-2, -1, 0, 1, 2)]
            near = (
                Decimal(value)
                if grain is None or abs(value) > 1e15
                else (Decimal(value) / grain).to_integral_value() * grain
            )
        for side in sides:
            if side < lowest or not fits(side, type_):
                continue
            if scale == "log":
                far = abs(on_scale(float(side), scale) - on_scale(float(near), scale))
            else:
                far = float(abs(side - near))
            if far <= step * (1 + 1e-9):
                yield stored(side, type_)


def stored(value: Decimal, type_: str) -> Any:
    if type_ == "FLOAT":
        return float(np.float32(float(value)))
    return float(value) if type_ == "DOUBLE" else value


def fits(value: Decimal, type_: str) -> bool:
    bits = {"TINY": 8, "SMALL": 16, "": 32, "BIG": 64, "HUGE": 128}
    found = re.fullmatch(r"(U?)(TINY|SMALL|BIG|HUGE|)INT(?:EGER)?", type_)
    if found:
        size = bits[found[2]]
        return (
            (0 <= value < 2**size) if found[1] else (-(2 ** (size - 1)) <= value < 2 ** (size - 1))
        )
    digits = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", type_)
    return not digits or abs(value) < Decimal(10) ** (int(digits[1]) - int(digits[2]))


def on_scale(value: float, scale: str) -> float:
    return math.copysign(math.log1p(abs(value)), value) if scale == "log" else float(value)


def cuts_of(tree: Mapping[str, Any], column: str) -> Iterator[Decimal]:
    if "segment" not in tree:
        if tree["column"] == column and ("below" in tree or "at_most" in tree):
            yield Decimal(tree.get("below") or tree["at_most"])
        for side in ("yes", "no"):
            yield from cuts_of(tree[side], column)


def segment_of(tree: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    while "segment" not in tree:
        tree = tree["yes" if answer(tree, row[tree["column"]]) else "no"]
    return str(tree["segment"])


def answer(test: Mapping[str, Any], value: Any) -> bool:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return bool(test["missing"] == "yes")
    if "known" in test:
        return True
    if "one_of" in test:
        return (str(value).lower() if isinstance(value, bool) else str(value)) in test["one_of"]
    cut = Decimal(test.get("below") or test["at_most"])
    end = float(cut) if isinstance(value, float) else cut
    return bool(value <= end if "at_most" in test else value < end)


# projects that were built ------------------------------------------------------------------------


def published_case(directory: Path) -> Case:
    """The one segmentation of a project, as published; what is made beside is temporary."""
    project = open_project(Options(directory))
    node = find_node(project, None, Segmentation, "segmentation")
    engine = MemoryEngine()
    engine.connection = duckdb.connect(str(project.target.path), read_only=True)
    version = current_version(project.fits_directory, node.name)
    assert version is not None
    fit = read_fit(fit_path(project.fits_directory, node.name, version))
    source = relation_sql(project, node.relation, DUCKDB)
    compiled = compile_segmentation(fitted(read_subject(engine, project, node), fit))
    return Case(engine, node, fit, compiled.view, {}, source)


def example(directory: Path) -> Path:
    """A built copy of the example at the repository's root."""
    root = Path(__file__).parents[1]
    for name in ("sql", "macros", "warehouse/seeds", "warehouse/fits", "warehouse/views"):
        shutil.copytree(root / name, directory / name)
    shutil.copyfile(root / "segkit.yml", directory / "segkit.yml")
    assert run_build(Options(directory)).ok
    return directory


def counted(case: Case) -> Counter[str]:
    """Customers near a line by segment: from the fit's files, and the published rows as text."""
    tree, features, baseline = files_of(case)
    types = {name: case.columns[name].type.sql for name in case.view.passed}
    quantiles = {
        f["column"]: f["quantiles"]
        for f in baseline["features"]
        if f["column"] in features and f.get("quantiles")
    }
    texts = [row for _, row in case.rows(printed=True)]
    grains = dict(case.grains) or {
        name: grain_of([row[name] for row in texts if row[name] is not None]) for name in quantiles
    }
    rows = [row for _, row in case.rows()]
    return near_by_hand(tree, rows, quantiles, features, grains, types)


def files_of(case: Case) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """Tree, scales and baseline as a fit's two files have them."""
    with tempfile.TemporaryDirectory() as folder:
        texts = {
            path.name: json.loads(text)
            for path, text in fit_files(case.fit, Path(folder), current=False).items()
        }
    fit = next(data for data in texts.values() if "tree" in data)
    baseline = next(data for data in texts.values() if "tree" not in data)
    scales = {f["column"]: f["scale"] for f in fit["features"] if f["scale"] != "category"}
    return fit["tree"], scales, baseline


def grain_of(texts: Sequence[str]) -> Decimal | None:
    """One step for all values: a power of ten from 1 to a millionth; None where it is finer."""
    exponents = [Decimal(text).normalize().as_tuple().exponent for text in texts]
    finest = min([0, *(e for e in exponents if isinstance(e, int))])
    return Decimal(1).scaleb(finest) if finest >= -6 else None
