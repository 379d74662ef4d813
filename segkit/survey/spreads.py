"""What the customers of each segment are like, feature by feature."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segkit.core.fit import FittedFeature
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import double, identifier
from segkit.learn.data.coreset import known_sql
from segkit.survey.everybody import CODE, Everybody
from segkit.survey.held_rows import HeldRows
from segkit.survey.page_data import SPREAD_AT, FeatureSurvey, Spread
from segkit.survey.quantiles import Ordered, read_quantiles

_EVERYONE = None  # instead of a code
_Code = int | None
_ITEMS = 6  # of a number, in one statement


def read_spreads(held: HeldRows, everybody: Everybody) -> tuple[FeatureSurvey, ...]:
    """Return the features in the order of the subject's.

    What is known and missing, and levels, are counted of all customers.
    """
    features = held.subject.features
    numbers = [feature for feature in features if not _is_category(held, feature)]
    counts: dict[_Code, int] = {_EVERYONE: everybody.rows}
    counts |= dict(everybody.codes.items())
    spreads = _read_numbers(held, numbers, everybody)
    for feature in features:
        if feature not in numbers:
            spreads[feature.column] = _read_levels(held, feature, counts)
    ids = {segment.code: segment.id for segment in held.subject.fit.segments}
    surveys = []
    for feature in features:
        of_code = spreads[feature.column]
        segments = {ids[code]: of_code.get(code, Spread(0, 0)) for code in ids}
        surveys.append(FeatureSurvey(feature, of_code[_EVERYONE], segments))
    return tuple(surveys)


def _is_category(held: HeldRows, feature: FittedFeature) -> bool:
    return feature.is_category or not held.subject.by_name[feature.column].type.is_numeric


def _read_numbers(
    held: HeldRows, numbers: Sequence[FittedFeature], everybody: Everybody
) -> dict[str, dict[_Code, Spread]]:
    known = [known_sql(f.column, held.engine.dialect) for f in numbers]
    scaled = [_scaled_sql(held, f, v) for f, v in zip(numbers, known, strict=True)]
    found = held.engine.query(_sums_sql(held, known, scaled))
    sums = [
        {int(row[0]): row[at : at + _ITEMS] for row in found if row[at]}
        for at in range(1, 1 + _ITEMS * len(numbers), _ITEMS)
    ]
    ordered = [
        Ordered(v, z, min(row[4] for row in some.values()), max(row[5] for row in some.values()))
        for v, z, some in zip(known, scaled, sums, strict=True)
        if some
    ]
    quantiles = iter(read_quantiles(held.drawn, ordered, SPREAD_AT) if ordered else ())
    return {
        f.column: dict(
            _number_spreads(some, next(quantiles) if some else {}, *everybody.known(f.column))
        )
        for f, some in zip(numbers, sums, strict=True)
    }


def _sums_sql(held: HeldRows, known: Sequence[str], scaled: Sequence[str]) -> str:
    """By code, of each number ``_ITEMS``."""
    total = phrases(held.engine.dialect).exact_sum
    seen = [f"{v} AS v{n}, {z} AS z{n}" for n, (v, z) in enumerate(zip(known, scaled, strict=True))]
    items = [
        f"count(v{n}), {total(f'v{n}')}, {total(f'z{n}')}, {total(f'z{n} * z{n}')}, "
        f"min(z{n}), max(z{n})"
        for n in range(len(known))
    ]
    return (
        f"SELECT {', '.join(['code', *items])} "
        f"FROM (SELECT {', '.join([f'{CODE} AS code', *seen])} FROM {held.drawn.relation}"
        ") AS coded GROUP BY code"
    )


def _scaled_sql(held: HeldRows, feature: FittedFeature, value: str) -> str:
    """A known value on the scale of the fit, from anywhere and in any unit."""
    scaled = held.axis_of(feature.column)
    if scaled is None:
        scaled = value
        if feature.scale == "log":
            scaled = f"ln({double(1)} + greatest({value}, {double(0)}))"
    return f"CASE WHEN {value} IS NOT NULL THEN {scaled} END"


def _number_spreads(
    sums: Mapping[int, Sequence[Any]],
    quantiles: Mapping[_Code, tuple[float, ...]],
    known: Mapping[int, int],
    missing: Mapping[int, int],
) -> Iterator[tuple[_Code, Spread]]:
    """``sums`` by code: known values, their sum, and on the scale the sum and that of squares."""
    rows: dict[_Code, Sequence[float]] = {code: row[:4] for code, row in sums.items()}
    everyone = [math.fsum(row[place] for row in rows.values()) for place in range(4)]
    rows[_EVERYONE] = everyone
    of_all = everyone[0] or 1
    middle = everyone[2] / of_all
    sd = math.sqrt(max(0.0, everyone[3] / of_all - middle * middle))
    for code in (*known, _EVERYONE):
        n, lacking = (sum(e.values()) if code is None else e[code] for e in (known, missing))
        drawn, sum_, scaled, _ = rows.get(code, (0, 0.0, 0.0, 0.0))
        if not drawn:
            yield code, Spread(0, n + lacking)
            continue
        place = (scaled / drawn - middle) / sd if sd > 1e-9 else 0.0
        yield code, Spread(n, lacking, sum_ / drawn, quantiles[code], place=place)


def _read_levels(
    held: HeldRows, feature: FittedFeature, counts: Mapping[_Code, int]
) -> dict[_Code, Spread]:
    text = as_text(identifier(feature.column, held.engine.dialect), held.engine.dialect)
    found = held.engine.query(
        f"SELECT code, level, count(*) FROM (SELECT {CODE} AS code, {text} AS level "
        f"FROM {held.everyone.relation}) AS coded WHERE level IS NOT NULL GROUP BY code, level"
    )
    levels: dict[_Code, dict[str, int]] = {code: {} for code in counts}
    for code, level, n in found:
        for whose in (int(code), _EVERYONE):
            levels[whose][level] = levels[whose].get(level, 0) + int(n)
    spreads = {}
    for code, n in counts.items():
        ranked = dict(sorted(levels[code].items(), key=lambda item: (-item[1], item[0])))
        known = sum(ranked.values())
        spreads[code] = Spread(known, n - known, levels=ranked)
    return spreads
