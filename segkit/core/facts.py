"""What a fit took for granted or warns of, in figures; ``fact_english.py`` has the sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Figure = float | str | bool | None
Figures = Figure | tuple[Figure, ...]


@dataclass(frozen=True)
class Fact:
    """``code`` says what the figures are: see the tables of shapes below.

    ``value`` has those besides ``column`` and ``n`` (a count) in the order of its shape; a
    single one stands alone.
    """

    code: str
    column: str | None = None
    n: int | None = None
    value: Figures = None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All of ``value``."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class Shape:
    """Which figures a fact has: types of ``value``, and whether there are a column and a count."""

    column: bool = False
    n: bool = False
    value: tuple[type, ...] = ()


_TEXT = Shape(value=(str,))  # a sentence of a fit of format 1, word for word
_COLUMN, _COUNT, _BOTH = Shape(True), Shape(n=True), Shape(True, True)

ASSUMPTIONS: Mapping[str, Shape] = {
    "text": _TEXT,
    "chosen": _COLUMN,
    "log_scale": Shape(True, value=(float,)),  # its skew
    "sampled": Shape(n=True, value=(int,)),  # of so many customers
    "unassigned": _COUNT,
    "filled_number": Shape(True, True, (float,)),  # the median
    "filled_category": Shape(True, True, (str,)),  # the most frequent level
    "unlabelled": _BOTH,
    "is_category": _COLUMN,
    "left_out": _COLUMN,  # it hardly differs
    "rounded": Shape(n=True, value=(int,)),  # cuts that stayed long
    # a column that is left out, and why
    "out_empty": _COLUMN,
    "out_too_large": _COLUMN,
    "out_by_name": Shape(True, value=(str,)),  # what it is: "an id"
    "out_time": Shape(True, value=(str,)),  # of what: "seconds since 1970"
    "out_counts_through": _COLUMN,
    "out_constant": _COLUMN,
    "out_mostly_one": Shape(True, value=(float, float)),  # the value, its share
    "out_twin": Shape(True, value=(str,)),  # the other column
    "out_date": _COLUMN,
    "out_flag": _COLUMN,
    "out_type": Shape(True, value=(str,)),
    "out_code": _COLUMN,
    "out_number_as_text": _COLUMN,
    "out_date_as_text": _COLUMN,
    "out_text_levels": _BOTH,
    "out_outcome": _COLUMN,
    "out_unrelated": _COLUMN,
    "out_mostly_level": Shape(True, value=(str, float)),  # the level, its share
    "out_free_text": _COLUMN,
}
WARNINGS: Mapping[str, Shape] = {
    "text": _TEXT,
    "not_finite": Shape(True, True, (int,)),  # of so many rows
    "mostly_null": Shape(True, True, (int,)),
    "hardly_differs": _COLUMN,
    "looks_like": Shape(True, value=(str,)),
    "looks_like_time": Shape(True, value=(str,)),
    "two_values": _COLUMN,
    "sentinel": Shape(True, True, (float, float, int)),  # the value, the next one, rows
    "far_value": Shape(True, value=(float,)),  # standard deviations
    "skewed_log_helps": Shape(True, value=(float, float)),  # skew, and on a log scale
    "skewed": Shape(True, value=(float,)),
    "unscaled_decides": Shape(True, value=(float,)),  # its share of the spread
    "twins": Shape(True, value=(str, float)),  # the other column, r
    "few_customers": Shape(n=True, value=(int,)),  # so many would be enough
    "decides_alone": Shape(True, value=(float,)),  # its share of the difference
    "rare_levels": _BOTH,
    "small_share": Shape(n=True, value=(float, float)),  # k: the smallest share, min_share
    "small_leaf": Shape(n=True, value=(int, int)),  # customers of a leaf: wanted, k
    "small_leaf_or_loss": Shape(n=True, value=(int, float)),  # wanted, the loss otherwise
    "over_max_loss": Shape(n=True, value=(float, float, int)),  # leaves: loss, max_loss, tried
    "over_max_mistakes": Shape(n=True, value=(float, float, int)),
    "own_labels": Shape(True, True, (int,)),  # of so many customers
    "small_segment": Shape(n=True, value=(str, float)),  # its id, the least that is steady
}
REASONS: Mapping[str, Shape] = {
    "text": _TEXT,
    "declared": _COUNT,
    "given": _BOTH,
    "too_few": _COUNT,
    "only_one": _COUNT,
    "knee": Shape(n=True, value=(int, int, str)),  # lowest and highest k tried: see OTHERS
    "next_by_knee": Shape(n=True, value=(int, int, str)),
    "alike_within": Shape(n=True, value=(int, int)),
    # lowest and highest k tried; stability, silhouette, Calinski-Harabasz
    "stands_out": Shape(n=True, value=(int, int, float, float, float)),
    "stands_out_of_those": Shape(n=True, value=(int, int, float, float, float)),  # that do
    "runner_up": Shape(n=True, value=(float,)),  # scores higher, its stability is too low
    "runner_up_unknown": _COUNT,  # its stability was not measured
    "runner_up_cut": _COUNT,  # it would cut one group in two
    "small_anyway": _COUNT,
    "passed_small": Shape(n=True, value=(float,)),  # min_share
    "passed_treeless": _COUNT,
}
OF_OTHERS = frozenset(code for code in REASONS if code.startswith(("runner_", "passed_", "small_")))
BY_KNEE = ("knee", "next_by_knee")
OTHERS = ("stand_out", "none", "none_two_cut")  # what the other k do, where one is by the knee


def mistakes(fact: Fact, known: Mapping[str, Shape], at: str) -> Iterator[str]:
    """Yield what is wrong with a fact: an unknown code, figures that its code does not have."""
    shape = known.get(fact.code)
    if shape is None:
        yield f"`{at}.code` is no code that segkit knows"
        return
    for name, wanted, given in (
        ("column", shape.column, fact.column),
        ("n", shape.n, fact.n),
    ):
        if wanted != (given is not None):
            yield f"`{at}.{name}` is {'missing' if wanted else 'not a figure of its code'}"
    if fact.n is not None and fact.n < 0:
        yield f"`{at}.n` is {fact.n}, below 0"
    if len(fact.figures) != len(shape.value):
        yield f"`{at}.value` has {len(fact.figures)} figures, its code has {len(shape.value)}"
        return
    for place, (kind, figure) in enumerate(zip(shape.value, fact.figures, strict=True)):
        if not (type(figure) is kind or (kind is float and type(figure) is int)):
            words = {int: "a whole number", float: "a number", str: "a text"}
            yield f"`{at}.value[{place}]` is not {words[kind]}"


@dataclass(frozen=True)
class Sentinel:
    """``value`` stands apart from all others of the column; ``next`` is the nearest of them."""

    column: str
    value: float
    next: float
    count: int
    rows: int

    def __str__(self) -> str:
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        here = f"{self.column} is {self.value:g} in {self.count:,} of {rows}"
        return f"{here}, and {self.next:g} is the next"

    @property
    def advice(self) -> str:
        call = f"null_if_sentinel('{self.column}', [{self.value:g}])"
        return f"if it means unknown, make it NULL in the model: {call}"
