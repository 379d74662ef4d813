"""What a fit took for granted or warns of, in figures, and the sentence of each code.

``fact_english.py`` puts the figures into the sentences. In brackets are figures of ``value`` by
their places, ``column``, ``n``, and words that ``fact_english.py`` makes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Figure = float | str | bool | None
Figures = Figure | tuple[Figure, ...]


@dataclass(frozen=True)
class Fact:
    """``code`` says what the figures are: see the tables of sentences below.

    ``value`` has those besides ``column`` and ``n`` (a count) in the order of their places in
    the sentence; a single one stands alone.
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


_TEXT = "{0}"  # a sentence of a fit of format 1, word for word
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

ASSUMPTIONS: Mapping[str, str] = {
    "text": _TEXT,
    "chosen": "{column}",
    "log_scale": "{column} (skew {0:.1f})",
    "sampled": "learned from {n:,} of {0:,} customers, drawn by a hash of the key",
    "one_idea": "{column} and {0} say nearly the same: together they weigh as one column",
    "counts_half": (
        "{column} counts half: alone it made {0:.0%} of the difference between the segments "
        "(`weight: 1` asks for that)"
    ),
    "unassigned": "{customers} with a missing feature " + BECOME["unassigned"],
    "filled_number": "{n:,} missing {column} " + BECOME["filled_number"],
    "filled_category": "{n:,} missing {column} " + BECOME["filled_category"],
    "own_segment": "{n:,} without {column} " + BECOME["own_segment"],
    "own": "{customers} without {column} {are} a segment of their own: {0} is 0 there",
    "unlabelled": "{n:,} customers without {column} get a segment by the rules",
    "is_category": "{column} counts as a category",
    "left_out": "{column} is left out of the fit: it hardly differs",
    # cuts that stayed long
    "rounded": "cuts were rounded, which puts {customers} into another segment{long}",
    # a column that is left out, and why
    "out_empty": "{column} (no values)",
    "out_too_large": "{column} (values beyond 1e15)",
    "out_by_name": "{column} ({0} by its name)",  # what it is: "an id"
    "out_time": "{column} ({0})",  # of what: "seconds since 1970"
    "out_counts_through": "{column} (unique integers, as of an id)",
    "out_constant": "{column} (constant)",
    "out_mostly_one": "{column} ({0:g} in {1:.1%} of the rows)",
    "out_twin": "{column} (says the same as {0})",  # the other column
    "out_date": "{column} (a date: make it days since a date)",
    "out_flag": "{column} (a flag: kind: category takes it in)",
    "out_type": "{column} (of type {0})",
    "out_code": "{column} (digits of a code)",
    "out_number_as_text": "{column} (numbers written as text: cast it in a model)",
    "out_date_as_text": "{column} (a date as text: make it days since a date, strptime reads it)",
    "out_text_levels": "{column} (a text of {n} values: kind: category takes it in)",
    "out_outcome": "{column} (an outcome, by its name: `metrics` shows it by segment)",
    "out_unrelated": "{column} (nothing to do with the other columns)",
    "out_decides": "{column} (alone it decided the segments: list it in `features` to have it so)",
    "out_mostly_level": "{column} ({0} in {1:.1%} of the rows)",
    "out_free_text": "{column} (free text)",
}
WARNINGS: Mapping[str, str] = {
    "text": _TEXT,
    "not_finite": "{column} is NaN or infinite in {n:,} of {0:,} row{s}: missing",
    "mostly_null": "{column} is NULL in {n:,} of {0:,} row{s}",
    "hardly_differs": "{column} hardly differs between customers: it is left out of the fit",
    "looks_like": (
        "{column} is learned from as a number, and looks like {0}: "
        "use kind: category, or leave it out"
    ),
    "looks_like_time": (
        "{column} is learned from as a number, and looks like {0}: make it days since a "
        "date in the model, so that its cuts can be read"
    ),
    "two_values": "{column} has two values: kind: category weighs it like the other columns",
    # the value, the next one, rows
    "sentinel": f"{_SENTINEL}: {_SENTINEL_ADVICE}",
    "far_value": "{column} has a value {0:.0f} standard deviations from its mean",
    "skewed_log_helps": (
        "{column} is very skewed (skew {0:.1f}): with scale: log it would be {1:.1f}"
    ),
    "skewed": (
        "{column} is very skewed (skew {0:.1f}): few customers decide; cap its tail in the model: "
        "winsorize('{column}')"
    ),
    "unscaled_decides": (
        "{column} has scale: none and {0:.1%} of all spread: it decides "
        "alone; use scale: standard, log or robust"
    ),
    "twins": "{column} and {0} say nearly the same (r = {1:.2f}): it counts twice",
    "few_customers": (
        "{n:,} customers are few: with less than {0} the segments may look different next time"
    ),
    "decides_alone": (
        "{column} alone makes {0:.0%} of the difference between "
        "the segments: give it a lower weight, or the others another scale"
    ),
    "rare_levels": (
        "{column} is a value of their own for {n:,} customers: they count as the most frequent"
    ),
    "small_share": (
        "with k = {n} the smallest segment holds {percent[0]} of customers, "
        "under min_share {percent[1]}"
    ),
    # customers of a leaf: wanted, k
    "small_leaf": _SMALL_LEAF + "{1} segments cannot be told apart",
    "small_leaf_or_loss": _SMALL_LEAF + "the rules would lose {1:.1%}",
    # leaves: loss, max_loss, tried
    "over_max_loss": "{n} leaves lose {0:.1%} against K-Means" + _OVER,
    "over_max_mistakes": "{n} leaves put {0:.1%} of the customers into another cluster" + _OVER,
    # resamples: tried
    "few_resamples": (
        "stability is of {n} resamples of {0}: the others have no rules for so many segments"
    ),
    "no_resamples": (
        "no resample of {0} has rules for so many segments: how stable they are is not known; "
        "take fewer segments, or more customers"
    ),
    "own_labels": (
        "{column} is a value of their own for {n:,} of {0:,} customers: "
        "nothing is learned from them, and the rules put them elsewhere"
    ),
    # the segment's id, its share, min_share
    "own_small": (
        "{0}, of {customers} without {column}, holds {percent[0]} of all, "
        "under min_share {percent[1]}"
    ),
    # what a missing value does instead
    "own_nobody": (
        "{column} is own, and nobody is without it alone: it has no segment. A value that is "
        "missing later {0}, until a refit gives it one"
    ),
    "small_segment": "{0} ({n:,})",  # its id, the least that is steady
    "no_short_name": "{0} ({percent[0]})",  # its id, precision of its name
    "mostly_filled": (
        "{percent[0]} of segment {0} have no {column}: what stands in for it makes them alike"
    ),
}
# of fits before there were verdicts: lowest and highest k tried; stability, silhouette, Cal.-Har.
_STANDS_OUT = (
    "k = {n} stands out of {0} to {1}: its clusters come back on resamples "
    "(stability {2:.2f}) and score best"
)
_SCORES = " (silhouette {3:.3f}, Calinski-Harabasz {4:.4g})"
REASONS: Mapping[str, str] = {
    "text": _TEXT,
    "declared": "k = {n} as declared",
    "given": "{n} clusters as given in {column}",
    "too_few": "k = {n}: too few customers to compare others",
    "only_one": "k = {n}: there is no other to compare it with",
    "asked": "k = {n} as asked for",
    "kept": "k = {n} as in {0}, which it would replace",
    # what the clusters are, by their verdict: lowest and highest k tried
    "apart": (
        "k = {n} stands out of {0} to {1}: there is a gap at every border between its clusters"
    ),
    "shape": (
        "k = {n} of {0} to {1}: so many groups have gaps between them, but they are not round, and "
        "K-Means cuts through some"
    ),
    "overlap": (
        "k = {n} of {0} to {1}: groups that run into each other, without a sure gap at every border"
    ),
    "columns": ("k = {n} of {0} to {1}: made by values that many customers share; buckets do this"),
    "apart_by": "; by {0} alone there is a gap at every border",
    "near_found": "k = {n}, the next to the {0} groups that were found",
    # lowest and highest k tried, see OTHERS; of the last the stability, too
    "useful": (
        "{others}cut where it is useful, k = {n} is the most of 4 to 7 whose segments hold 5% and "
        "come back on resamples (stability {3:.2f})"
    ),
    "knee": "{others}k = {n} is the knee of the log-inertia",
    "next_by_knee": "{others}k = {n} comes next by the knee of the log-inertia",
    "alike_within": "k = {n} of {0} to {1}: within these clusters customers do not differ",
    "stands_out": _STANDS_OUT + _SCORES,
    "stands_out_of_those": f"{_STANDS_OUT} of those that do{_SCORES}",
    # of other k: those of one code are said at once
    "found_apart": "; {n} stand out, a gap at every border",
    "found_shape": "; {n} groups have gaps between them, and are not round",
    "found_overlap": "; {n} groups run into each other",
    "found_columns": "; values that many customers share make {n} clusters",
    "found_degrees": "; no gaps, customers differ by degrees",
    "as_stable": "; {n} may be as stable",
    "next": "; next best {n}",
    "runner_up": "; {n} scores higher and does not come back ({0:.3f})",
    "runner_up_unknown": "; {n} scores higher and does not come back",  # not measured
    "runner_up_cut": "; {n} scores higher and would cut one group in two",
    "small_anyway": ", but a small segment",
    "passed_small": (
        ", of those whose segments all hold {percent[0]} of the customers (not so: {n})"
    ),
    "passed_treeless": "; no tree of so few leaves has a rule for each segment of k = {n}",
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
    "as_stable": "; {n} may do too",
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
