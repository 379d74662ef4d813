"""What the customers of each segment are like, feature by feature."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segkit.core.fit import FittedFeature
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import double, identifier
from segkit.dialects.table import Dialect
from segkit.learn.data.coreset import known_sql
from segkit.survey.held_rows import CODE, HeldRows
from segkit.survey.page_data import SPREAD_AT, FeatureSurvey, Spread

_EVERYONE = None  # instead of a code
_Code = int | None
_ITEMS = 5  # of a number, see ``_number_items``


def read_spreads(held: HeldRows) -> tuple[tuple[FeatureSurvey, ...], Mapping[int, int]]:
    """Return the features in the order of the subject's, and the customers of each code."""
    features = held.subject.features
    numbers = [feature for feature in features if not _is_category(held, feature)]
    counts, spreads = _read_numbers(held, numbers)
    for feature in features:
        if feature not in numbers:
            spreads[feature.column] = _read_levels(held, feature, counts)
    ids = {segment.code: segment.id for segment in held.subject.fit.segments}
    surveys = []
    for feature in features:
        of_code = spreads[feature.column]
        segments = {ids[code]: of_code.get(code, Spread(0, 0)) for code in ids}
        surveys.append(FeatureSurvey(feature, of_code[_EVERYONE], segments))
    counted = {code: n for code, n in counts.items() if code is not None}
    return tuple(surveys), counted


def count_codes(held: HeldRows) -> Mapping[int, int]:
    """Return the customers of each code."""
    relation = held.everyone.relation
    found = held.engine.query(f"SELECT {CODE}, count(*) FROM {relation} GROUP BY {CODE}")
    return {int(code): int(n) for code, n in found}


def _is_category(held: HeldRows, feature: FittedFeature) -> bool:
    return feature.is_category or not held.subject.by_name[feature.column].type.is_numeric


def _read_numbers(
    held: HeldRows, numbers: Sequence[FittedFeature]
) -> tuple[dict[_Code, int], dict[str, dict[_Code, Spread]]]:
    dialect = held.engine.dialect
    values = [f"{known_sql(f.column, dialect)} AS v{place}" for place, f in enumerate(numbers)]
    seen = ", ".join([f"{CODE} AS code", *values])
    items = [item for place, f in enumerate(numbers) for item in _number_items(f, place, dialect)]
    found = held.engine.query(
        f"SELECT grouping(code), code, count(*){''.join(f', {item}' for item in items)} "
        f"FROM (SELECT {seen} FROM {held.everyone.relation}) AS coded "
        "GROUP BY GROUPING SETS ((code), ())"
    )
    by_code = {_EVERYONE if folded else int(code): rest for folded, code, *rest in found}
    counts = {code: int(rest[0]) for code, rest in by_code.items()}
    spreads: dict[str, dict[_Code, Spread]] = {}
    for place, feature in enumerate(numbers):
        at = 1 + _ITEMS * place
        mine = {code: rest[at : at + _ITEMS] for code, rest in by_code.items()}
        spreads[feature.column] = dict(_number_spreads(mine, counts))
    return counts, spreads


def _number_items(feature: FittedFeature, place: int, dialect: Dialect) -> tuple[str, ...]:
    """SQL of known values, mean, quantiles, and of the mean and its square on the fit's scale."""
    words, value = phrases(dialect), f"v{place}"
    scaled = (
        f"ln({double(1)} + greatest({value}, {double(0)}))" if feature.scale == "log" else value
    )
    off = f"(CASE WHEN {value} IS NOT NULL THEN {scaled} END - {double(feature.center)})"
    z = f"{off} / {double(feature.spread or 1.0)}"
    quantiles = words.quantiles(value, SPREAD_AT)
    mean = words.exact_mean
    return f"count({value})", mean(value), quantiles, mean(z), mean(f"{z} * {z}")


def _number_spreads(
    by_code: Mapping[_Code, Sequence[Any]], counts: Mapping[_Code, int]
) -> Iterator[tuple[_Code, Spread]]:
    *_, middle, square = by_code[_EVERYONE]
    sd = 0.0 if middle is None else math.sqrt(max(0.0, square - middle * middle))
    for code, (known, mean, quantiles, z, _) in by_code.items():
        n = int(known)
        if not n:
            yield code, Spread(0, counts[code])
            continue
        place = (z - middle) / sd if sd > 1e-9 else 0.0
        ends = tuple(map(float, quantiles))
        yield code, Spread(n, counts[code] - n, float(mean), ends, place=place)


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
