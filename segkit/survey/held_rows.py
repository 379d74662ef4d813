"""The customers of a segmentation as a page draws them: all, or a sample of very many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from segkit.dialects.spelling import double, identifiers
from segkit.engines.base import Reader
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.exact_pass import axes_sql
from segkit.monitor.group_sums import read_ranges
from segkit.publish.subject import FittedSubject
from segkit.survey.everybody import CODE, LEAF, METRIC, coded_sql, columns_read, metrics_read
from segkit.survey.sample import hold_sample

# columns beside those of ``coded_sql``; the last two are numbered from 0 on
NEAREST, UNIT, AXIS = (f"segkit_{name}" for name in ("nearest", "u", "z"))
_NAME, _AWAY = "segkit_survey", "segkit_d"


@dataclass(frozen=True)
class HeldRows:
    """Customers with the columns that rules, features and metrics need, in their own types.

    Beside them are the code of the segment, the place of the leaf, the code whose centre is
    nearest (NULL where K-Means has none), each metric as a number and within its caps from -1 to
    1 (sums of squares of that do not cancel), and each of the ``width`` coordinates in the space
    of the fit. These are the customers that are ``drawn``, ``rows`` has them with their keys, and
    ``everyone`` has all of them, with codes, leaves and metrics alone.
    """

    subject: FittedSubject
    rows: str
    drawn: AllRows
    everyone: AllRows
    metrics: tuple[str, ...]
    width: int

    @property
    def engine(self) -> Reader:
        return self.everyone.engine

    @property
    def is_sample(self) -> bool:
        return self.drawn is not self.everyone

    @property
    def measured(self) -> list[str]:
        return [f"{METRIC}{place}" for place in range(len(self.metrics))]

    @property
    def axes(self) -> list[str]:
        return [f"{AXIS}{place}" for place in range(self.width)]

    def axis_of(self, column: str) -> str | None:
        """The coordinate that a number makes, where there is one."""
        at = 0
        for feature in self.subject.fit.features if self.width else ():
            if feature.column == column:
                return self.axes[at]
            at += feature.width
        return None

    @property
    def units(self) -> list[str]:
        return [f"{UNIT}{place}" for place in range(len(self.metrics))]


@contextmanager
def hold_rows(engine: Reader, subject: FittedSubject, customers: int) -> Iterator[HeldRows]:
    """Hold the customers while the block runs: all of so many, or a sample of them."""
    columns, metrics = columns_read(subject), metrics_read(subject)
    with hold_sample(engine, subject, customers) as rows:
        axes = _axes_sql(subject) if centre_codes(subject) else []
        units = _units_sql(engine, subject, rows)
        with engine.hold(_NAME, _held_sql(engine, subject, rows, axes, units)):
            drawn = everyone = AllRows(engine, _NAME, columns)
            if rows != subject.rows:
                all_of_them = f"({coded_sql(engine, subject, subject.rows)}) AS segkit_all"
                everyone = AllRows(engine, all_of_them, columns)
            yield HeldRows(subject, rows, drawn, everyone, tuple(metrics), len(axes))


def _held_sql(
    engine: Reader, subject: FittedSubject, rows: str, axes: Sequence[str], units: Sequence[str]
) -> str:
    """The SELECT of what is held."""
    own = identifiers([column.name for column in columns_read(subject)], engine.dialect)
    measured = [f"{METRIC}{place}" for place in range(len(units))]
    placed = [f"{AXIS}{place}" for place in range(len(axes))]
    coded = coded_sql(engine, subject, rows)
    select = "".join(f", {sql} AS {name}" for sql, name in zip(axes, placed, strict=True))
    found, nearest = f"SELECT *{select} FROM ({coded}) AS coded", "CAST(NULL AS INTEGER)"
    if axes:
        centers, codes = subject.fit.clusters.centers, centre_codes(subject)
        away = [f"{_AWAY}{place}" for place in range(len(codes))]
        listed = ", ".join(
            f"{_distance_sql(center)} AS {name}" for center, name in zip(centers, away, strict=True)
        )
        found = f"SELECT *, {listed} FROM ({found}) AS placed"
        whens = " ".join(f"WHEN {d} THEN {c}" for d, c in zip(away, codes, strict=True))
        nearest = f"CASE least({', '.join(away)}) {whens} END"
    kept = ", ".join([own, CODE, LEAF, *measured, *units, *placed])
    return f"SELECT {kept}, {nearest} AS {NEAREST} FROM ({found}) AS measured"


def _units_sql(engine: Reader, subject: FittedSubject, rows: str) -> list[str]:
    metrics = metrics_read(subject)
    items = [f"{sql} AS {METRIC}{place}" for place, sql in enumerate(metrics.values())]
    names = [f"{METRIC}{place}" for place in range(len(metrics))]
    ranges = read_ranges(engine, f"SELECT {', '.join(items)} FROM {rows}", names)
    units = []
    for place, (range_, name) in enumerate(zip(ranges, names, strict=True)):
        middle, half = (range_.least + range_.most) / 2, (range_.most - range_.least) / 2 or 1.0
        unit = f"({range_.capped_sql(name)} - {double(middle)}) / {double(half)}"
        units.append(f"{unit} AS {UNIT}{place}")
    return units


def _axes_sql(subject: FittedSubject) -> list[str]:
    return [axis for f in subject.fit.features for axis in axes_sql(f, subject.dialect)]


def centre_codes(subject: FittedSubject) -> Sequence[int]:
    """The code of each centre; none where K-Means had no part in the clusters.

    Of given clusters there may be fewer than segments.
    """
    centers, learned = subject.fit.clusters.centers, [s.code for s in subject.fit.learned]
    if len(centers) < 2 or subject.fit.clusters.labels:
        return ()
    return learned if len(learned) == len(centers) else range(1, len(centers) + 1)


def _distance_sql(center: Sequence[float]) -> str:
    """The squared distance to a centre, less a part that is the same for all of them."""
    parts = [f"{AXIS}{place} * {double(-2 * at)}" for place, at in enumerate(center)]
    return " + ".join([double(sum(at * at for at in center)), *parts])
