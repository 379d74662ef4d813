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

# what becomes of customers without a value: said of a fit, and of every build by it
BECOME = {
    "filled_number": "{count} as {amount} (the median)",
    "filled_category": "{count} as {0} (the most frequent)",
    "unassigned": "{are} unassigned",
    "own_segment": "{are} {0}, a segment of their own",
}

ASSUMPTIONS: Mapping[str, Shape] = {
    "text": _TEXT,
    "chosen": _says("{column}"),
    "log_scale": _says("{column} (skew {0:.1f})", float),
    "sampled": _says("learned from {n:,} of {0:,} customers, drawn by a hash of the key", int),
    "one_idea": _says(
        "{column} and {0} say nearly the same: together they weigh as one column", str
    ),
    "counts_half": _says(
        "{column} counts half: alone it made {0:.0%} of the difference between the segments "
        "(`weight: 1` asks for that)",
        float,
    ),
    "unassigned": _says("{customers} with a missing feature " + BECOME["unassigned"]),
    "filled_number": _says("{n:,} missing {column} " + BECOME["filled_number"], float),
    "filled_category": _says("{n:,} missing {column} " + BECOME["filled_category"], str),
    "own_segment": _says("{n:,} without {column} " + BECOME["own_segment"], str),
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
    "out_decides": _says(
        "{column} (alone it decided the segments: list it in `features` to have it so)"
    ),
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
    "no_short_name": _says("{0} ({percent[0]})", str, float),  # its id, precision of its name
    "mostly_filled": _says(
        "{percent[0]} of segment {0} have no {column}: what stands in for it makes them alike",
        str,
        float,
    ),
}
# of fits before there were verdicts: lowest and highest k tried; stability, silhouette, Cal.-Har.
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
    "asked": _says("k = {n} as asked for"),
    "kept": _says("k = {n} as in {0}, which it would replace", str, n=True),
    # what the clusters are, by their verdict: lowest and highest k tried
    "apart": _says(
        "k = {n} stands out of {0} to {1}: there is a gap at every border between its clusters",
        int,
        int,
    ),
    "shape": _says(
        "k = {n} of {0} to {1}: so many groups have gaps between them, but they are not round, and "
        "K-Means cuts through some",
        int,
        int,
    ),
    "overlap": _says(
        "k = {n} of {0} to {1}: groups that run into each other, with a gap at some borders only",
        int,
        int,
    ),
    "columns": _says(
        "k = {n} of {0} to {1}: made by values that many customers share, each column by itself; "
        "buckets do this",
        int,
        int,
    ),
    "near_found": _says("k = {n}, the next to the {0} groups that were found", int, n=True),
    # lowest and highest k tried, see OTHERS; of the last the stability, too
    "useful": _says(
        "{others}cut where it is useful, k = {n} is the most of 4 to 7 whose segments hold 5% and "
        "come back on resamples (stability {3:.2f})",
        int,
        int,
        str,
        float,
    ),
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
    "found_apart": _says("; {n} stand out, a gap at every border", n=True),
    "found_shape": _says("; {n} groups have gaps between them, and are not round", n=True),
    "found_overlap": _says("; {n} groups run into each other", n=True),
    "found_columns": _says("; columns by themselves make {n} clusters", n=True),
    "found_degrees": _says("; no gaps, customers differ by degrees"),
    "as_stable": _says("; as stable {n}", n=True),
    "next": _says("; next {n}", n=True),
    "runner_up": _says("; {n} scores higher and does not come back ({0:.3f})", float),
    "runner_up_unknown": _says("; {n} scores higher and does not come back"),  # not measured
    "runner_up_cut": _says("; {n} scores higher and would cut one group in two"),
    "small_anyway": _says(", but a small segment", n=True),
    "passed_small": _says(
        ", of those whose segments all hold {percent[0]} of the customers (not so: {n})", float
    ),
    "passed_treeless": _says("; no tree of so few leaves has a rule for each segment of k = {n}"),
}
# of the first reason, for the first screen
_BY_DEGREES = "By degrees, no gaps: {n} is useful"
IN_SHORT = {
    "declared": "{n} as declared",
    "asked": "{n} as asked for",
    "kept": "{n} as in {0}",
    "apart": "{n} stand out, a gap at every border",
    "shape": "{n} groups, not round",
    "overlap": "{n} overlapping groups",
    "columns": "By columns, {n} clusters: buckets do this",
    "alike_within": "{n} combinations of values: buckets do this",
    "near_found": "{n}, the next to the {0} groups that were found",
    **dict.fromkeys(("useful", "knee", "next_by_knee"), _BY_DEGREES),
}
_BESIDE = ("found_", "runner_", "passed_", "small_", "as_stable", "next")
OF_OTHERS = frozenset(c for c in REASONS if c.startswith(_BESIDE)) - {"next_by_knee"}
BY_KNEE = ("knee", "next_by_knee", "useful")
# what the other k do, where one is by the knee
OTHERS = {
    "degrees": "no gaps between clusters of any k from {0} to {1}: customers differ by degrees; ",
    # of fits before there were verdicts, where "stands out" meant that clusters come back
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
