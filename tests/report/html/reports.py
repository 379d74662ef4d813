"""Made-up reports for pages: customers are drawn, go down a made-up tree, and are counted.

``report(...)`` makes one; ``CASES`` are those that a figure must survive, by name.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from segkit.core.change_result import ChangeFlow, Changes
from segkit.core.drift_result import Check, Drift, MixAndRate, Part
from segkit.core.evaluate import evaluate
from segkit.core.experiment_result import (
    ArmFigures,
    Balance,
    Caution,
    Differs,
    Group,
    MetricReadout,
    Needed,
    Planned,
    PlannedSegment,
    Policy,
    Readout,
)
from segkit.core.facts import Fact
from segkit.core.fit import (
    Clusters,
    CurvePoint,
    Fit,
    FittedFeature,
    FittedSegment,
    Quality,
    SweepPoint,
    letters,
    on_scale,
)
from segkit.core.rulebook import spoken
from segkit.core.snap import rounder
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree, depth, fold, leaves, splits
from segkit.learn.quality import number_leaves
from segkit.results import SegmentationResult, SegmentRow, SegmentText
from segkit.survey.page_data import (
    SPREAD_AT,
    BucketColumnSurvey,
    BucketCount,
    BucketSetReport,
    Cell,
    CutSurvey,
    Dot,
    Example,
    ExperimentReport,
    FeatureSurvey,
    LeafCount,
    ProjectReport,
    SegmentationReport,
    Spread,
    State,
    Survey,
    Total,
)

EVIL = "</script><img src=x onerror=alert(1)>"
Value = float | str | None
Row = Mapping[str, Value]


@dataclass(frozen=True)
class Made:
    """What a report is made with. ``biggest``: about this share of customers is in segment A."""

    segments: int = 4
    features: int = 3
    categories: int = 0  # of the features
    leaves: int | None = None  # a leaf a segment, if not said
    metric: bool = True
    names: int | None = None  # letters of each name and label
    biggest: float | None = None
    missing: float = 0.0  # share of values that are NULL
    own: bool = False  # customers without a value of the first feature are a segment
    unassigned: bool = False  # those without a value of the last feature are in none
    given: bool = False  # clusters by labels, no K-Means
    negative: bool = False  # values and sums below 0
    evil: bool = False
    customers: int = 900
    seed: int = 1


def report(**changes: object) -> SegmentationReport:
    """Return the report; ``changes`` are fields of ``Made``."""
    return _Maker(replace(Made(), **changes)).report()  # type: ignore[arg-type]


def bucket_set(label: str = "25-35") -> BucketSetReport:
    bands = (BucketCount("Unknown", 0, 40), BucketCount("<25", 1, 160), BucketCount(label, 2, 700))
    tiers = (BucketCount("Low", 1, 899), BucketCount("High", 2, 1), BucketCount("None", 3, 0))
    columns = (BucketColumnSurvey("age_band", bands), BucketColumnSurvey("tier", tiers))
    return BucketSetReport("customer_buckets", 900, columns)


def project(*reports: SegmentationReport, buckets: bool = True) -> ProjectReport:
    sets = (bucket_set(),) if buckets else ()
    day = datetime(2026, 5, 1, tzinfo=UTC)
    return ProjectReport("shop", "dev", day, reports, sets, data_day=date(2026, 4, 30))


CASES: Mapping[str, Callable[[], SegmentationReport]] = {
    name: cache(lambda made=made: _Maker(made).report())
    for name, made in {
        "plain": Made(),
        "two": Made(segments=2, features=1),
        "twelve": Made(segments=12, features=30, categories=6, leaves=24, customers=1500),
        "no_metric": Made(metric=False),
        "categories": Made(features=3, categories=3),
        "mixed": Made(segments=5, features=4, categories=1, leaves=7),
        "long_names": Made(segments=6, features=5, categories=1, names=40),
        "one_big": Made(segments=4, biggest=0.9),
        "missing": Made(features=4, categories=1, missing=0.6),
        "sparse": Made(
            segments=2, features=7, biggest=0.98, missing=0.97, negative=True, customers=200
        ),
        "own": Made(segments=5, missing=0.1, own=True, unassigned=True),
        "given": Made(given=True),
        "negative": Made(negative=True),
        "evil": Made(segments=3, features=4, categories=2, evil=True),
    }.items()
}


def with_changes(made: SegmentationReport) -> SegmentationReport:
    """The same a month after another build; somebody came, somebody went, and spend fell."""
    a, b, *_ = ids = [row.id for row in made.result.segments]
    flows = [ChangeFlow(id_, id_, None, 90 + 7 * at) for at, id_ in enumerate(ids)]
    flows += [
        ChangeFlow(a, b, "calendar", 21),
        ChangeFlow(b, a, "behaviour", 13),
        ChangeFlow(None, a, "joined", 40),
        ChangeFlow(b, None, "left", 5),
    ]
    changes = Changes(
        datetime(2026, 4, 1), datetime(2026, 5, 1), "steps", tuple(flows), {a: 8, b: 3}
    )
    day = date(2026, 5, 1)
    drift = Drift(
        day,
        "watch",
        (
            Check(day, "previous", "flow", None, b, -0.023, -0.03, -0.01, 1e-5, "watch"),
            Check(day, "fit", "features", "feature_1", None, 0.34, 0.2, 0.5, 1e-6, "watch"),
            Check(day, "fit", "psi", "feature_1", None, 0.012, 0.004, 0.009),
        ),
        0.0028,
        (MixAndRate("spend", 1034.5, 960.25, (Part(a, -70.5, 6.25), Part(b, 0.0, -10.0))),),
    )
    return replace(made, result=replace(made.result, changes=changes, drift=drift))


def readout(ids: Sequence[str], name: str = "price", arms: Sequence[str] = ("offer",)) -> Readout:
    """A final readout of a test by segment: what is lost in the first is won in the others."""
    lifts = {id_: -0.31 if at == 0 else 0.2 * at for at, id_ in enumerate(ids)}

    def group(id_: str | None, n: int) -> Group:
        lift = lifts.get(id_ or "", 0.04)
        given = [
            ArmFigures(
                arm,
                n + 1 + at,
                20.0 * (1 + lift),
                20.0 * lift,
                20.0 * (lift - 0.1),
                20.0 * (lift + 0.1),
                0.01,
                0.2 if id_ is None else 0.03,
                lift,
                lift - 0.1,
                lift + 0.1,
                None if id_ is None else 18.0 * lift,
            )
            for at, arm in enumerate(arms)
        ]
        return Group(id_, 2 * n, (ArmFigures("control", n, 20.0), *given))

    groups = (group(None, 1210), *(group(id_, 300 + at) for at, id_ in enumerate(ids)))
    metrics = (
        MetricReadout(
            "revenue", "primary", groups, (Differs(arms[0], 9.1, 0.003, 0.8, 1.25),), 95.5
        ),
        MetricReadout(
            "refunds", "guardrail", groups[:1], margin=0.02, verdicts={arms[0]: "open"}, left_out=3
        ),
    )
    counts = {"control": 1210, **dict.fromkeys(arms, 1211)}
    return Readout(
        name,
        datetime(2026, 5, 1),
        "final",
        "fixed",
        "control",
        2421,
        2430,
        2400,
        date(2026, 4, 30),
        (Balance("all", "", 0.53, 0.001, counts),),
        metrics,
        Policy(True, "control", "control", dict.fromkeys(ids, arms[0]), 1.5, 0.5, 2.25),
    )


def mismatched(found: Readout) -> Readout:
    lost = Balance("all", "", 0.00002, 0.001, {"control": 1210, "offer": 1010})
    return replace(found, status="mismatch", balance=(lost,), metrics=(), policy=None)


def interim(found: Readout) -> Readout:
    def hidden(arm: ArmFigures) -> ArmFigures:
        return ArmFigures(arm.arm, arm.n, arm.mean, arm.effect, lift=arm.lift)

    primary = found.metrics[0]
    groups = tuple(replace(g, arms=tuple(map(hidden, g.arms))) for g in primary.groups)
    metrics = (replace(primary, groups=groups, differs=()),)
    return replace(found, status="interim", metrics=metrics, policy=None)


def planned(ids: Sequence[str]) -> Planned:
    return Planned(
        "mail",
        datetime(2026, 5, 1),
        "revenue",
        60.25,
        5.5,
        1234,
        3.5,
        1300,
        0.0134,
        (0.02, 0.03),
        (Needed(0.05, 812, 28), Needed(0.02, 91_000, None)),
        tuple(PlannedSegment(id_, 410 + at, 0.4, 61.5, 5.0, 0.11) for at, id_ in enumerate(ids)),
        None,
        None,
        (),
        (Caution("small", ids[0], 12.0),),
    )


def with_experiments(
    made: SegmentationReport, *found: Readout, plan: bool = False, trouble: str = ""
) -> SegmentationReport:
    days = (date(2026, 2, 1), date(2026, 4, 30))
    experiments = [
        ExperimentReport(each.name, {"control": 50.0, "offer": 50.0}, *days, readout=each)
        for each in found
    ]
    if plan:
        ids = [row.id for row in made.result.segments]
        later = (date(2026, 6, 1), None)
        arms = {"control": 50.0, "letter": 50.0}
        experiments.append(ExperimentReport("mail", arms, *later, planned=planned(ids)))
    if trouble:
        experiments.append(
            ExperimentReport("old", {"control": 50.0, "x": 50.0}, *days, trouble=trouble)
        )
    return replace(made, experiments=tuple(experiments))


def _experiments_of(case: str, made: SegmentationReport) -> SegmentationReport:
    ids = [row.id for row in made.result.segments]
    match case:
        case "mixed":
            return with_experiments(with_changes(made), readout(ids), plan=True)
        case "evil":
            return with_experiments(
                made, readout(ids, f"{EVIL}e", (f"{EVIL}a", f"{EVIL}b")), trouble=EVIL
            )
        case "two":
            return with_experiments(made, mismatched(readout(ids)))
        case _:
            return with_experiments(made, interim(readout(ids)))


CASES = {
    **CASES,
    **{
        case: cache(lambda case=case, made=CASES[case]: _experiments_of(case, made()))
        for case in ("mixed", "evil", "two", "given")
    },
}


class _Maker:
    """Numbers alternate between a log scale, a plain one and whole ones."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.random = random.Random(made.seed)
        self.features = [self._feature(place) for place in range(made.features)]
        self.learned = made.segments - made.own
        self.tree = self._guarded(self._tree())
        self.rows = [self._row() for _ in range(made.customers)]
        self.exact = [_exact(row) for row in self.rows]
        self.codes = [int(evaluate(self.tree, row) or 0) for row in self.exact]
        self.clusters = [self._cluster(code) for code in self.codes]
        self.metrics = ("spend_next",) if made.metric else ()
        self.ids = {code: letters(code) for code in range(1, made.segments + 1)}

    def _feature(self, place: int) -> FittedFeature:
        made = self.made
        is_category = place >= made.features - made.categories
        column = f"feature_{place + 1}"
        label, levels = f"Feature {place + 1}", ["north", "south", "east", "west"]
        if made.names:
            label = f"{label} with a name that is so long".ljust(made.names, "x")[: made.names]
            levels = [level.ljust(made.names, "y") for level in levels]
        if made.evil:
            column, label, levels[0] = f"{EVIL}{place}", f"{EVIL} {place}", EVIL
        if is_category:
            return FittedFeature(
                column, label, "", "category", "VARCHAR", 0, 1, 0, 1, tuple(sorted(levels)), "south"
            )
        scale = "log" if place % 3 == 0 else "standard"
        unit = ("$", "", "days")[place % 3]
        low, high = self._ends(scale)
        middle, width = (on_scale(x, scale) for x in ((low + high) / 2, high - low))
        return FittedFeature(column, label, unit, scale, "DOUBLE", middle, width, (low + high) / 2)

    def _ends(self, scale: str) -> tuple[float, float]:
        if scale == "log":
            return 0.0, 8000.0
        return (-60.0, 40.0) if self.made.negative else (18.0, 80.0)

    def _tree(self) -> Tree:
        """Split the widest part again and again; each has one of the numbers between two ends."""
        wanted = max(self.made.leaves or 0, self.learned)
        codes = iter(1 + place % self.learned for place in range(wanted))
        made = self.made

        def grown(parts: int, ends: Mapping[str, tuple[float, float]], place: int) -> Tree:
            if parts == 1:
                return Leaf(next(codes))
            feature = self.features[place % min(len(self.features), 4)]
            first = 1 if made.biggest and parts == wanted else parts // 2
            if feature.is_category:
                # the same column twice on a way would leave a side without anybody
                levels = self.random.sample(feature.levels, 2)
                yes, no = (grown(n, ends, place + 1) for n in (first, parts - first))
                return Split(feature.column, OneOf(tuple(sorted(levels))), yes, no)
            low, high = ends.get(feature.column, self._ends(feature.scale))
            share = made.biggest if made.biggest and parts == wanted else first / parts
            cut = low + (high - low) * (share**3 if feature.scale == "log" else share)
            cut = float(f"{cut:.3g}")
            below = grown(first, {**ends, feature.column: (low, cut)}, place + 1)
            above = grown(parts - first, {**ends, feature.column: (cut, high)}, place + 1)
            return Split(feature.column, Below(Decimal(repr(cut))), below, above)

        return grown(wanted, {}, 0)

    def _guarded(self, tree: Tree) -> Tree:
        if self.made.own:
            tree = Split(self.features[0].column, Known(), tree, Leaf(self.made.segments))
        if self.made.unassigned:
            for feature in reversed(self.features[1:]):
                tree = Split(feature.column, Known(), tree, Leaf(0))
        return tree

    def _row(self) -> dict[str, Value]:
        row: dict[str, Value] = {}
        for place, feature in enumerate(self.features):
            low, high = self._ends(feature.scale)
            at = self.random.random()
            at = at**3 if feature.scale == "log" else at
            number = low + (high - low) * at
            value: Value = float(round(number, 2) if place % 3 == 0 else round(number))
            if feature.is_category:
                value = self.random.choices(feature.levels, (5, 3, 2, 1))[0]
            row[feature.column] = None if self.random.random() < self.made.missing else value
        return row

    def _cluster(self, code: int) -> int | None:
        if self.made.given or not 0 < code <= self.learned:
            return None
        return code if self.random.random() < 0.93 else self.random.randint(1, self.learned)

    # counts ---------------------------------------------------------------------------------------

    def report(self) -> SegmentationReport:
        fit = self._fit()
        totals = self._totals()
        known = sum(total.sum for total in totals.get("spend_next", {}).values())
        rows = tuple(
            SegmentRow(
                segment.id,
                segment.name,
                segment.code,
                segment.n,
                segment.n / len(self.rows),
                f"{self.features[0].label} 42 or more",
                {m: totals[m][segment.id].sum / known if known > 0 else None for m in totals},
                near_a_line=segment.n // 20,
            )
            for segment in fit.segments
        )
        words = {f.column: (f.label, f.unit) for f in self.features}
        words |= dict.fromkeys(self.metrics, ("Spend next 90 days", "$"))
        result = SegmentationResult(
            EVIL if self.made.evil else "shopper_segments",
            fit,
            len(self.rows),
            rows,
            unassigned=self.codes.count(0),
            parity_rows=len(self.rows),
            parity_cases=99,
            weakest=rows[-1].id,
            words=words,
        )
        about = ("send a voucher", "Ann") if self.made.metric else (None, None)
        survey = Survey(
            tuple(self._feature_survey(feature) for feature in self.features),
            self._leaf_counts(),
            self.metrics,
            totals,
            self._cuts(),
            self._dots(),
            self._examples(),
        )
        return SegmentationReport(
            result,
            tuple(SegmentText(row, (row.rule, "everyone else"), *about) for row in rows),
            survey,
            {"DuckDB": "CREATE VIEW v AS SELECT 1", "PostgreSQL": "CREATE VIEW v AS SELECT 1"},
            ("customer_features", f"{EVIL}_model" if self.made.evil else "stg_orders"),
            ("audiences",),
            frozenset(f.column for f in self.features[1::3]),
        )

    def _fit(self) -> Fit:
        sizes = Counter(self.codes)
        segments = tuple(
            FittedSegment(code, id_, self._name(code), sizes[code])
            for code, id_ in self.ids.items()
        )
        k, fidelity = self.learned, {self.ids[code]: 0.93 for code in range(1, self.learned + 1)}
        count = sum(1 for leaf in leaves(self.tree) if leaf.code)
        quality = Quality(
            0.041,
            0.93,
            0.92,
            fidelity,
            count,
            depth(self.tree),
            9,
            0,
            fidelity,
            2,
            self._curve(count),
        )
        labels = tuple(f"given {letter}" for letter in fidelity) if self.made.given else ()
        centers = tuple(tuple(0.0 for f in self.features for _ in range(f.width)) for _ in fidelity)
        return Fit(
            name="shopper_segments",
            version=1,
            origin="fitted",
            definition={"rules": {"max_leaves": "auto", "max_loss": 0.05}},
            target="dev",
            rows=len(self.rows),
            sample=len(self.rows),
            fingerprint="f",
            features=tuple(self.features),
            clusters=Clusters(
                k,
                111,
                900.0,
                tuple(sizes[code] for code in range(1, k + 1)),
                centers,
                () if self.made.given else self._sweep(),
                (Fact("given", "label", k) if self.made.given else Fact("declared", n=k),),
                labels,
            ),
            tree=self.tree,
            quality=quality,
            segments=segments,
        )

    def _name(self, code: int) -> str:
        if self.made.evil:
            return f"{EVIL} {code}"
        name = ("Many orders", "Lapsed", "Recent, few orders", "Low spend", "Never bought")[
            code % 5
        ]
        return name.ljust(self.made.names, "z") if self.made.names else name

    def _sweep(self) -> tuple[SweepPoint, ...]:
        points = [SweepPoint(1, 2700.0, smallest_share=1.0)]
        for k in range(2, max(11, self.learned + 3)):
            off = abs(k - self.learned)
            points.append(
                SweepPoint(
                    k,
                    2700.0 / k,
                    0.5 - off / 30,
                    0.9 / k,
                    900.0 - 40 * off,
                    0.7 + off / 20,
                    0.97 - off / 20,
                    0.03 + k / 200,
                    stability_error=0.01 + off / 200,
                )
            )
        return tuple(points)

    def _curve(self, n: int) -> tuple[CurvePoint, ...]:
        losses = {n + more: 0.041 / (1 + 0.4 * more) for more in range(-1, 5)}
        return tuple(CurvePoint(leaves, loss, 0.9, n - 1) for leaves, loss in losses.items())

    def _totals(self) -> dict[str, dict[str, Total]]:
        sign = -1 if self.made.negative else 1
        each = {code: 40.0 * code**2 * (sign if code == 1 else 1) for code in self.ids}
        sizes = Counter(self.codes)
        return {
            metric: {
                # of the first half have nothing, then a third, and so on
                id_: Total(sizes[code], sizes[code] * each[code], sizes[code] // (code + 1))
                for code, id_ in self.ids.items()
            }
            for metric in self.metrics
        }

    def _leaf_counts(self) -> tuple[LeafCount, ...]:
        numbered = number_leaves(self.tree)
        counts: dict[int, Counter[int | None]] = {}
        for row, cluster in zip(self.exact, self.clusters, strict=True):
            leaf = int(evaluate(numbered, row) or 0)
            counts.setdefault(leaf, Counter())[cluster] += 1
        return tuple(
            LeafCount(
                leaf.code,
                sum(counts.get(place, {}).values()),
                {c: n for c, n in sorted(counts.get(place, {}).items(), key=str) if c},
            )
            for place, leaf in enumerate(leaves(self.tree))
        )

    def _feature_survey(self, feature: FittedFeature) -> FeatureSurvey:
        values = [row[feature.column] for row in self.rows]
        numbers = [on_scale(v, feature.scale) for v in values if isinstance(v, float)]
        middle = sum(numbers) / len(numbers) if numbers else 0.0
        sd = math.sqrt(sum((x - middle) ** 2 for x in numbers) / len(numbers)) if numbers else 0.0

        def spread(of: Sequence[Value]) -> Spread:
            known = [value for value in of if value is not None]
            missing = len(of) - len(known)
            if feature.is_category or not known:
                ranked = sorted(Counter(map(str, known)).items(), key=lambda item: -item[1])
                return Spread(len(known), missing, levels=dict(ranked))
            ordered = sorted(float(value) for value in known)
            ends = tuple(ordered[min(int(len(ordered) * at), len(ordered) - 1)] for at in SPREAD_AT)
            here = sum(on_scale(value, feature.scale) for value in ordered) / len(ordered)
            place = (here - middle) / sd if sd else 0.0
            return Spread(len(known), missing, sum(ordered) / len(ordered), ends, place=place)

        by_code = {
            id_: spread([v for v, c in zip(values, self.codes, strict=True) if c == code])
            for code, id_ in self.ids.items()
        }
        return FeatureSurvey(feature, spread(values), by_code)

    def _cuts(self) -> tuple[CutSurvey, ...]:
        tests = [(s.column, s.test) for s in splits(self.tree) if isinstance(s.test, Below)]
        return tuple(self._cut(column, test) for column, test in dict.fromkeys(tests))

    def _cut(self, column: str, test: Below) -> CutSurvey:
        values = sorted(v for row in self.rows if isinstance(v := row[column], float)) or [0.0]
        edges = {Decimal(repr(values[len(values) * i // 20])) for i in range(20)}
        edges |= {test.cut, *rounder(test.cut)}
        ordered = tuple(sorted(edges))
        counts: Counter[tuple[int, ...]] = Counter()
        below, above = (self._side(column, test, side) for side in "yn")
        for row in self.exact:
            if isinstance(value := row[column], Decimal):
                sides = (int(evaluate(side, row) or 0) for side in (below, above))
                counts[bisect_right(ordered, value), *sides] += 1
        zeros = tuple(0.0 for _ in self.metrics)
        cells = tuple(
            Cell(bin, yes, no, n, tuple(40.0 * n for _ in self.metrics), zeros)
            for (bin, yes, no), n in sorted(counts.items())
            if yes != no
        )
        now = ordered.index(test.cut)
        explained = tuple(0.4 for _ in self.metrics)
        states = (State(0.041 + abs(i - now) / 500, 800, explained) for i in range(len(ordered)))
        spoken_ = spoken(column, test)
        return CutSurvey(column, spoken_, ordered, now, False, False, cells, tuple(states))

    def _side(self, column: str, test: Below, side: str) -> Tree:
        def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
            if (split.column, split.test) == (column, test):
                return yes if side == "y" else no
            return replace(split, yes=yes, no=no)

        return fold(self.tree, lambda leaf: leaf, of_split)

    def _dots(self) -> tuple[Dot, ...]:
        columns = [feature.column for feature in self.features]
        found = zip(self.rows[:300], self.codes, self.clusters, strict=False)
        return tuple(
            Dot(code, cluster, tuple(row[column] for column in columns))
            for row, code, cluster in sorted(found, key=lambda each: each[1])
        )

    def _examples(self) -> dict[str, tuple[Example, ...]]:
        found: dict[str, tuple[Example, ...]] = {}
        for code, id_ in self.ids.items():
            rows = [row for row, c in zip(self.rows, self.codes, strict=True) if c == code][:2]
            values = [(*row.values(), *(40.0 for _ in self.metrics)) for row in rows]
            key = EVIL if self.made.evil else f"c{code}"
            kinds = ("typical", "odd")
            found[id_] = tuple(
                Example(kind, f"{key}{place}", values[place])  # type: ignore[arg-type]
                for place, kind in enumerate(kinds[: len(values)])
            )
        return found


def _exact(row: Row) -> dict[str, object]:
    return {
        column: Decimal(repr(value)) if isinstance(value, float) else value
        for column, value in row.items()
    }
