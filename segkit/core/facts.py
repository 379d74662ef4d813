"""What a fit took for granted or warns of, in figures, and the sentence of each code.

``fact_english.py`` puts the figures into the sentences.
"""

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
    """Which figures a fact has: types of ``value``, and whether there are a column and a count.

    ``says`` is its sentence; in brackets are figures of ``value`` by their places, ``column``,
    ``n``, and words that ``fact_english.py`` makes of them.
    """

    says: str
    column: bool
    n: bool
    value: tuple[type, ...]


def _says(text: str, *value: type, n: bool = False) -> Shape:
    """The shape of a fact with the column and the count that its sentence names."""
    counts = n or any(name in text for name in ("{n}", "{n:,}", "{customers}"))
    return Shape(text, "{column}" in text, counts, value)


_TEXT = _says("{0}", str)  # a sentence of a fit of format 1, word for word
_SENTINEL = "{column} is {0:g} in {n:,} of {2:,} row{s}, and {1:g} is the next"
_SENTINEL_ADVICE = (
    "if it means unknown, make it NULL in the model: null_if_sentinel('{column}', [{0:g}])"
)
_SMALL_LEAF = "a rule may hold as few as {n:,} customers, not {0:,} (min_share): otherwise "
_OVER = ", more than max_loss {1:.3g}; up to {2} leaves were tried"

ASSUMPTIONS: Mapping[str, Shape] = {
    "text": _TEXT,
    "chosen": _says("{column}"),
    "log_scale": _says("log scale for {column} (skew {0:.1f})", float),
    "sampled": _says("learned from {n:,} of {0:,} customers, drawn by a hash of the key", int),
    "unassigned": _says("{customers} with a missing feature {are} unassigned"),
    "filled_number": _says("{n:,} missing {column} {count} as {amount} (the median)", float),
    "filled_category": _says("{n:,} missing {column} {count} as {0} (the most frequent)", str),
    "own": _says("{customers} without {column} {are} a segment of their own: {0} is 0 there", str),
    "unlabelled": _says("{n:,} customers without {column} get a segment by the rules"),
    "is_category": _says("{column} counts as a category"),
    "left_out": _says("{column} is left out of the fit: it hardly differs"),
    # cuts that stayed long
    "rounded": _says("cuts were rounded, which puts {customers} into another segment{long}", int),
    # a column that is left out, and why
    "out_empty": _says("{column} (no values)"),
    "out_too_large": _says("{column} (values beyond 1e15)"),
    "out_by_name": _says("{column} ({0} by its name)", str),  # what it is: "an id"
    "out_time": _says("{column} ({0})", str),  # of what: "seconds since 1970"
    "out_counts_through": _says("{column} (unique integers, as of an id)"),
    "out_constant": _says("{column} (constant)"),
    "out_mostly_one": _says("{column} ({0:g} in {1:.1%} of the rows)", float, float),
    "out_twin": _says("{column} (says the same as {0})", str),  # the other column
    "out_date": _says("{column} (a date: make it days since a date)"),
    "out_flag": _says("{column} (a flag: kind: category takes it in)"),
    "out_type": _says("{column} (of type {0})", str),
    "out_code": _says("{column} (digits of a code)"),
    "out_number_as_text": _says("{column} (numbers written as text: cast it in a model)"),
    "out_date_as_text": _says(
        "{column} (a date as text: make it days since a date, strptime reads it)"
    ),
    "out_text_levels": _says("{column} (a text of {n} values: kind: category takes it in)"),
    "out_outcome": _says("{column} (an outcome, by its name: `metrics` shows it by segment)"),
    "out_unrelated": _says("{column} (nothing to do with the other columns)"),
    "out_mostly_level": _says("{column} ({0} in {1:.1%} of the rows)", str, float),
    "out_free_text": _says("{column} (free text)"),
}
WARNINGS: Mapping[str, Shape] = {
    "text": _TEXT,
    "not_finite": _says("{column} is NaN or infinite in {n:,} of {0:,} row{s}: missing", int),
    "mostly_null": _says("{column} is NULL in {n:,} of {0:,} row{s}", int),
    "hardly_differs": _says("{column} hardly differs between customers: it is left out of the fit"),
    "looks_like": _says(
        "{column} is learned from as a number, and looks like {0}: "
        "use kind: category, or leave it out",
        str,
    ),
    "looks_like_time": _says(
        "{column} is learned from as a number, and looks like {0}: make it days since a "
        "date in the model, so that its cuts can be read",
        str,
    ),
    "two_values": _says("{column} has two values: kind: category weighs it like the other columns"),
    # the value, the next one, rows
    "sentinel": _says(f"{_SENTINEL}: {_SENTINEL_ADVICE}", float, float, int),
    "far_value": _says("{column} has a value {0:.0f} standard deviations from its mean", float),
    "skewed_log_helps": _says(
        "{column} is very skewed (skew {0:.1f}): with scale: log it would be {1:.1f}", float, float
    ),
    "skewed": _says(
        "{column} is very skewed (skew {0:.1f}): few customers decide; cap its tail in the model: "
        "winsorize('{column}')",
        float,
    ),
    "unscaled_decides": _says(
        "{column} has scale: none and {0:.1%} of all spread: it decides "
        "alone; use scale: standard, log or robust",
        float,
    ),
    "twins": _says(
        "{column} and {0} say nearly the same (r = {1:.2f}): it counts twice", str, float
    ),
    "few_customers": _says(
        "{n:,} customers are few: with less than {0} the segments may look different next time",
        int,
    ),
    "decides_alone": _says(
        "{column} alone makes {0:.0%} of the difference between "
        "the segments: give it a lower weight, or the others another scale",
        float,
    ),
    "rare_levels": _says(
        "{column} is a value of their own for {n:,} customers: they count as the most frequent"
    ),
    "small_share": _says(
        "with k = {n} the smallest segment holds {percent[0]} of customers, "
        "under min_share {percent[1]}",
        float,
        float,
    ),
    # customers of a leaf: wanted, k
    "small_leaf": _says(_SMALL_LEAF + "{1} segments cannot be told apart", int, int),
    "small_leaf_or_loss": _says(_SMALL_LEAF + "the rules would lose {1:.1%}", int, float),
    # leaves: loss, max_loss, tried
    "over_max_loss": _says("{n} leaves lose {0:.1%} against K-Means" + _OVER, float, float, int),
    "over_max_mistakes": _says(
        "{n} leaves put {0:.1%} of the customers into another cluster" + _OVER, float, float, int
    ),
    "own_labels": _says(
        "{column} is a value of their own for {n:,} of {0:,} customers: "
        "nothing is learned from them, and the rules put them elsewhere",
        int,
    ),
    # the segment's id, its share, min_share
    "own_small": _says(
        "{0}, of {customers} without {column}, holds {percent[0]} of all, "
        "under min_share {percent[1]}",
        str,
        float,
        float,
    ),
    # what a missing value does instead
    "own_nobody": _says(
        "{column} is own, and nobody is without it alone: it has no segment. A value that is "
        "missing later {0}, until a refit gives it one",
        str,
    ),
    "small_segment": _says("{0} ({n:,})", str, float),  # its id, the least that is steady
}
# lowest and highest k tried; stability, silhouette, Calinski-Harabasz
_STANDS_OUT = (
    "k = {n} stands out of {0} to {1}: its clusters come back on resamples "
    "(stability {2:.2f}) and score best"
)
_SCORES = " (silhouette {3:.3f}, Calinski-Harabasz {4:.4g})"
_BEST = (int, int, float, float, float)
REASONS: Mapping[str, Shape] = {
    "text": _TEXT,
    "declared": _says("k = {n} as declared"),
    "given": _says("{n} clusters as given in {column}"),
    "too_few": _says("k = {n}: too few customers to compare others"),
    "only_one": _says("k = {n}: there is no other to compare it with"),
    # lowest and highest k tried: see OTHERS
    "knee": _says("{others}k = {n} is the knee of the log-inertia", int, int, str),
    "next_by_knee": _says(
        "{others}k = {n} comes next by the knee of the log-inertia", int, int, str
    ),
    "alike_within": _says(
        "k = {n} of {0} to {1}: within these clusters customers do not differ", int, int
    ),
    "stands_out": _says(_STANDS_OUT + _SCORES, *_BEST),
    "stands_out_of_those": _says(f"{_STANDS_OUT} of those that do{_SCORES}", *_BEST),
    # of other k: those of one code are said at once
    "runner_up": _says("; {n} scores higher and does not come back ({0:.3f})", float),
    "runner_up_unknown": _says("; {n} scores higher and does not come back"),  # not measured
    "runner_up_cut": _says("; {n} scores higher and would cut one group in two"),
    "small_anyway": _says(", but a small segment", n=True),
    "passed_small": _says(
        ", of those whose segments all hold {percent[0]} of the customers (not so: {n})", float
    ),
    "passed_treeless": _says("; no tree of so few leaves has a rule for each segment of k = {n}"),
}
OF_OTHERS = frozenset(code for code in REASONS if code.startswith(("runner_", "passed_", "small_")))
BY_KNEE = ("knee", "next_by_knee")
# what the other k do, where one is by the knee
OTHERS = {
    "stand_out": "",
    "none": "no k of {0} to {1} stands out: ",
    "none_two_cut": "no k of {0} to {1} stands out (2 would cut one group in two): ",
}


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
        return self._filled(_SENTINEL)

    @property
    def advice(self) -> str:
        return self._filled(_SENTINEL_ADVICE)

    def _filled(self, says: str) -> str:
        figures, s = (self.value, self.next, self.rows), "" if self.rows == 1 else "s"
        return says.format(*figures, column=self.column, n=self.count, s=s)
