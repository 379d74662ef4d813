"""How large and how small the numbers of a condition can be: whether they can overflow.

Powers of ten, not values: enough to know that whole numbers and decimals,
divided by what is not 0, stay far below the largest double.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from segkit.core.columns import ColumnType, Kind, parse_type

_DOUBLE = (math.log10(1.7976931348623157e308), -324.0)
_SINGLE = (math.log10(3.4028234663852886e38), -45.5)
_SLACK = 1e-9
_INTEGER = 39.0  # digits of a HUGEINT and a UHUGEINT
_MAX_DIGITS = 38  # of a DECIMAL; a longer one is a DOUBLE


class Grain(StrEnum):
    """What a number is made of, as DuckDB has it."""

    EXACT = "exact"  # whole or decimal: where it overflows, that is an error
    SINGLE = "single"
    DOUBLE = "double"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Magnitude:
    """Values are 0, or from 10^low to 10^high in size; if ``wild`` also NaN or infinite."""

    grain: Grain
    high: float = math.inf
    low: float = -math.inf
    is_whole: bool = False
    wild: bool = False

    @property
    def is_zero(self) -> bool:
        return self.high < self.low


UNKNOWN = Magnitude(Grain.UNKNOWN)
NOTHING = Magnitude(Grain.EXACT, -math.inf, math.inf, is_whole=True)  # 0 alone
_ANY_DOUBLE = Magnitude(Grain.DOUBLE, *_DOUBLE)
_COUNT = Magnitude(Grain.EXACT, 19.0, 0.0, is_whole=True)
_DOUBLE_NAMES = """
acos acosh array_cosine_distance array_cosine_similarity array_distance array_dot_product
array_inner_product array_negative_dot_product array_negative_inner_product asin asinh atan atan2
atanh cbrt cos cosh cot degrees exp fdiv fmod gamma lgamma list_avg list_cosine_distance
list_cosine_similarity list_distance list_dot_product list_inner_product list_kurtosis
list_kurtosis_pop list_negative_dot_product list_negative_inner_product
list_product list_sem list_skewness list_stddev_pop list_stddev_samp list_sum list_var_pop
list_var_samp ln log log10 log2 nextafter pow power radians round_even roundbankers sin sinh sqrt
tan tanh
"""
DOUBLES = frozenset(_DOUBLE_NAMES.split())  # functions
_COUNT_NAMES = """
date_diff date_part date_sub datediff datepart datesub day dayofmonth dayofweek dayofyear epoch
epoch_ms epoch_us hour length len minute month quarter second strlen week year
"""
_COUNTS = frozenset(_COUNT_NAMES.split())
_OTHER_NAMES = {"FLOAT4": "FLOAT", "FLOAT8": "DOUBLE", "INT4": "INTEGER", "INT8": "BIGINT"}
_LIKE_THE_FIRST = frozenset({"abs", "ceil", "ceiling", "floor", "nullif", "round", "trunc"})
_ONE_OF_THEM = frozenset({"coalesce", "greatest", "ifnull", "least"})


def of_type(type_: ColumnType) -> Magnitude:
    """What a column of the type holds, once its values that are not finite are NULL."""
    if type_.kind is Kind.DOUBLE:
        return _ANY_DOUBLE
    if type_.kind is Kind.FLOAT:
        return Magnitude(Grain.SINGLE, *_SINGLE)
    if type_.kind is Kind.INTEGER:
        high = _INTEGER if "HUGEINT" in type_.sql.upper() else 20.0
        return Magnitude(Grain.EXACT, high, 0.0, is_whole=True)
    if type_.kind is Kind.DECIMAL:
        precision, scale = type_.precision or 18, type_.scale or 0
        return Magnitude(Grain.EXACT, float(precision - scale), float(-scale))
    return UNKNOWN


def of_number(text: str) -> Magnitude:
    """What a number is as it stands in SQL: 0.5 a decimal, 5e-1 a double."""
    number = Decimal(text.replace("_", ""))
    floats = "e" in text.lower() or len(number.as_tuple().digits) > _MAX_DIGITS
    if floats and not math.isfinite(float(number)):
        return replace(_ANY_DOUBLE, wild=True)
    is_whole = not floats and "." not in text
    if number.is_zero() or (floats and float(number) == 0):
        return replace(NOTHING, is_whole=is_whole)
    size = number.adjusted() + math.log10(float(number.scaleb(-number.adjusted())))
    return Magnitude(Grain.DOUBLE if floats else Grain.EXACT, size, size, is_whole)


def computed(left: Magnitude, operator: str, right: Magnitude) -> Magnitude:
    """``left operator right``: one of + - * / // %, with 0 never divided by."""
    grain = _grain(left, operator, right)
    wild = left.wild or right.wild
    if grain is Grain.UNKNOWN:
        return replace(UNKNOWN, wild=wild)
    is_whole = grain is Grain.EXACT and left.is_whole and right.is_whole
    if operator == "*":
        high, low = left.high + right.high, left.low + right.low
    elif operator in ("/", "//"):
        high, low = left.high - right.low, 0.0 if is_whole else left.low - right.high
    elif operator == "%":
        high, low = min(left.high, right.high), min(left.low, right.low)
    else:
        high, low = max(left.high, right.high) + math.log10(2), min(left.low, right.low)
    if math.isnan(high) or math.isnan(low):  # 0 * infinity: 0 it is
        high, low = -math.inf, math.inf
    return _in_range(Magnitude(grain, high, low, is_whole, wild), operator)


def _grain(left: Magnitude, operator: str, right: Magnitude) -> Grain:
    grain, whole = _widest((left, right)), left.is_whole and right.is_whole
    is_divided = operator == "/" or (operator == "//" and not whole)
    return Grain.DOUBLE if is_divided and grain is Grain.EXACT else grain


def _widest(sizes: Sequence[Magnitude]) -> Grain:
    order = (Grain.UNKNOWN, Grain.DOUBLE, Grain.SINGLE, Grain.EXACT)
    return min((size.grain for size in sizes), key=order.index, default=Grain.UNKNOWN)


def _in_range(found: Magnitude, operator: str) -> Magnitude:
    """A float that leaves its range becomes infinite, or 0; differences may be as small as any."""
    if found.grain is Grain.EXACT:
        return found
    most, least = _SINGLE if found.grain is Grain.SINGLE else _DOUBLE
    low = least if operator in ("+", "-", "%") else max(found.low, least)
    return replace(
        found, high=min(found.high, most), low=low, wild=found.wild or found.high > most + _SLACK
    )


def converted(size: Magnitude, type_name: str) -> Magnitude:
    """A value cast to a type; a text may say 'nan'."""
    found = of_type(parse_type(_OTHER_NAMES.get(type_name.upper(), type_name)))
    if found.grain not in (Grain.SINGLE, Grain.DOUBLE):
        return found
    if size.grain is Grain.UNKNOWN:
        return replace(found, wild=True)
    return replace(found, high=min(size.high, found.high), low=max(size.low, found.low))


def of_call(name: str, sizes: Sequence[Magnitude]) -> Magnitude:
    """What a function returns for arguments of these sizes."""
    if name in DOUBLES:
        return replace(_ANY_DOUBLE, wild=True)
    if name in _COUNTS:
        return _COUNT
    if name in _LIKE_THE_FIRST and sizes:
        grows = name == "round" and len(sizes) > 1
        return computed(sizes[0], "+", sizes[0]) if grows else sizes[0]
    return joined(sizes) if name in _ONE_OF_THEM else UNKNOWN


def joined(sizes: Sequence[Magnitude]) -> Magnitude:
    """What one of several values is."""
    grain = _widest(sizes)
    if grain is Grain.UNKNOWN:
        return UNKNOWN
    return Magnitude(
        grain,
        max(size.high for size in sizes),
        min(size.low for size in sizes),
        all(size.is_whole for size in sizes),
        any(size.wild for size in sizes),
    )
