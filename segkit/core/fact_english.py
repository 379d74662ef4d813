"""What a fit says of itself, in sentences: assumptions, warnings, and why there are so many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from segkit.core.english import format_threshold
from segkit.core.facts import Fact, Sentinel
from segkit.core.fit import Fit, version_label

Say = Callable[[Fact], str]
NO_UNITS: Mapping[str, str] = {}


def assumption_sentences(fit: Fit) -> tuple[str, ...]:
    """What the fit took for granted; of an adjusted one, as it was when that was measured."""
    units = {feature.column: feature.unit for feature in fit.features}
    said = sentences(fit.assumptions, units)
    if fit.lineage.measured is None:
        return said
    return tuple(f"at {version_label(fit.lineage.measured)}: {text}" for text in said)


def warning_sentences(fit: Fit) -> tuple[str, ...]:
    return sentences(fit.warnings)


def sentences(facts: Iterable[Fact], units: Mapping[str, str] = NO_UNITS) -> tuple[str, ...]:
    """Return a sentence for each fact; those of one kind that people read as a list are one.

    Parameters
    ----------
    units : mapping
        By column, of the features.
    """
    said: list[str] = []
    for kind, alike in groupby(facts, _kind):
        if kind in _LISTS:
            said.append(_LISTS[kind](list(alike)))
        else:
            said += [_sentence(fact, units) for fact in alike]
    return tuple(said)


def _kind(fact: Fact) -> str:
    return "out" if fact.code.startswith("out_") else fact.code


def _sentence(fact: Fact, units: Mapping[str, str]) -> str:
    if fact.code == "filled_number":
        median = format_threshold(Decimal(repr(_float(fact))), units.get(fact.column or "", ""))
        return _filled(fact, f"{median} (the median)")
    return _SENTENCES[fact.code](fact)


def _float(fact: Fact, place: int = 0) -> float:
    figure = fact.figures[place]
    assert isinstance(figure, int | float)  # as its shape says
    return float(figure)


def _n(fact: Fact) -> int:
    return fact.n or 0


def _customers(n: int) -> str:
    return "1 customer" if n == 1 else f"{n:,} customers"


def _of_rows(fact: Fact, place: int = 0) -> str:
    rows = int(_float(fact, place))
    return f"{_n(fact):,} of {rows:,} row{'' if rows == 1 else 's'}"


def _filled(fact: Fact, by: str) -> str:
    verb = "counts" if fact.n == 1 else "count"
    return f"{_n(fact):,} missing {fact.column} {verb} as {by}"


def _rounded(fact: Fact) -> str:
    whom = _customers(_n(fact)) if fact.n else "nobody"
    said = f"cuts were rounded, which puts {whom} into another segment"
    long = int(_float(fact))
    if long:
        said += f"; {long} of more than 3 digits would have moved more than max_moved"
    return said


def _sentinel(fact: Fact) -> str:
    value, following, rows = (_float(fact, place) for place in range(3))
    found = Sentinel(fact.column or "", value, following, _n(fact), int(rows))
    return f"{found}: {found.advice}"


def _skewed(fact: Fact) -> str:
    return f"{fact.column} is very skewed (skew {_float(fact):.1f})"


def _small_leaf(fact: Fact, why: str) -> str:
    return (
        f"a rule may hold as few as {_n(fact):,} customers, not {int(_float(fact)):,} "
        f"(min_share): otherwise {why}"
    )


def _over(fact: Fact, lost: str) -> str:
    return (
        f"{_n(fact)} leaves {lost}, more than max_loss {_float(fact, 1):.3g}; "
        f"up to {int(_float(fact, 2))} leaves were tried"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


_SENTENCES: Mapping[str, Say] = {
    "text": lambda f: str(f.value),
    "log_scale": lambda f: f"log scale for {f.column} (skew {_float(f):.1f})",
    "sampled": lambda f: (
        f"learned from {_n(f):,} of {int(_float(f)):,} customers, drawn by a hash of the key"
    ),
    "unassigned": lambda f: (
        f"{_customers(_n(f))} with a missing feature {'is' if f.n == 1 else 'are'} unassigned"
    ),
    "filled_category": lambda f: _filled(f, f"{f.value} (the most frequent)"),
    "unlabelled": lambda f: f"{_n(f):,} customers without {f.column} get a segment by the rules",
    "is_category": lambda f: f"{f.column} counts as a category",
    "rounded": _rounded,
    "not_finite": lambda f: f"{f.column} is NaN or infinite in {_of_rows(f)}: missing",
    "mostly_null": lambda f: f"{f.column} is NULL in {_of_rows(f)}",
    "looks_like": lambda f: (
        f"{f.column} is learned from as a number, and looks like {f.value}: "
        "use kind: category, or leave it out"
    ),
    "looks_like_time": lambda f: (
        f"{f.column} is learned from as a number, and looks like {f.value}: make it days since a "
        "date in the model, so that its cuts can be read"
    ),
    "two_values": lambda f: (
        f"{f.column} has two values: kind: category weighs it like the other columns"
    ),
    "sentinel": _sentinel,
    "far_value": lambda f: (
        f"{f.column} has a value {_float(f):.0f} standard deviations from its mean"
    ),
    "skewed_log_helps": lambda f: f"{_skewed(f)}: with scale: log it would be {_float(f, 1):.1f}",
    "skewed": lambda f: (
        f"{_skewed(f)}: few customers decide; cap its tail in the model: winsorize('{f.column}')"
    ),
    "unscaled_decides": lambda f: (
        f"{f.column} has scale: none and {_float(f):.1%} of all spread: it decides "
        "alone; use scale: standard, log or robust"
    ),
    "twins": lambda f: (
        f"{f.column} and {f.figures[0]} say nearly the same (r = {_float(f, 1):.2f}): "
        "it counts twice"
    ),
    "few_customers": lambda f: (
        f"{_n(f):,} customers are few: with less than {int(_float(f))} the segments "
        "may look different next time"
    ),
    "decides_alone": lambda f: (
        f"{f.column} alone makes {_float(f):.0%} of the difference between "
        "the segments: give it a lower weight, or the others another scale"
    ),
    "rare_levels": lambda f: (
        f"{f.column} is a value of their own for {_n(f):,} customers: they count as the "
        "most frequent"
    ),
    "small_share": lambda f: (
        f"with k = {_n(f)} the smallest segment holds {_percent(_float(f))} of customers, "
        f"under min_share {_percent(_float(f, 1))}"
    ),
    "small_leaf": lambda f: _small_leaf(f, f"{int(_float(f, 1))} segments cannot be told apart"),
    "small_leaf_or_loss": lambda f: _small_leaf(f, f"the rules would lose {_float(f, 1):.1%}"),
    "over_max_loss": lambda f: _over(f, f"lose {_float(f):.1%} against K-Means"),
    "over_max_mistakes": lambda f: _over(
        f, f"put {_float(f):.1%} of the customers into another cluster"
    ),
    "own_labels": lambda f: (
        f"{f.column} is a value of their own for {_n(f):,} of {int(_float(f)):,} customers: "
        "nothing is learned from them, and the rules put them elsewhere"
    ),
    "left_out": lambda f: f"{f.column} is left out of the fit: it hardly differs",
    "hardly_differs": lambda f: (
        f"{f.column} hardly differs between customers: it is left out of the fit"
    ),
}

_LEFT_OUT: Mapping[str, Say] = {
    "out_empty": lambda f: "no values",
    "out_too_large": lambda f: "values beyond 1e15",
    "out_by_name": lambda f: f"{f.value} by its name",
    "out_time": lambda f: str(f.value),
    "out_counts_through": lambda f: "unique integers, as of an id",
    "out_constant": lambda f: "constant",
    "out_mostly_one": lambda f: f"{_float(f):g} in {_float(f, 1):.1%} of the rows",
    "out_twin": lambda f: f"says the same as {f.value}",
    "out_date": lambda f: "a date: make it days since a date",
    "out_flag": lambda f: "a flag: kind: category takes it in",
    "out_type": lambda f: f"of type {f.value}",
    "out_code": lambda f: "digits of a code",
    "out_number_as_text": lambda f: "numbers written as text: cast it in a model",
    "out_date_as_text": lambda f: "a date as text: make it days since a date, strptime reads it",
    "out_outcome": lambda f: "an outcome, by its name: `metrics` shows it by segment",
    "out_unrelated": lambda f: "nothing to do with the other columns",
    "out_mostly_level": lambda f: f"{f.figures[0]} in {_float(f, 1):.1%} of the rows",
    "out_text_levels": lambda f: f"a text of {_n(f)} values: kind: category takes it in",
    "out_free_text": lambda f: "free text",
}


def _small_segments(facts: Sequence[Fact]) -> str:
    listed = ", ".join(f"{fact.figures[0]} ({_n(fact):,})" for fact in facts)
    return f"small segments: {listed}; under {_float(facts[0], 1):.0f} customers, figures jump"


_LISTS: Mapping[str, Callable[[Sequence[Fact]], str]] = {
    "chosen": lambda fs: f"features: {', '.join(str(f.column) for f in fs)}",
    "out": lambda fs: f"left out: {', '.join(f'{f.column} ({_LEFT_OUT[f.code](f)})' for f in fs)}",
    "small_segment": _small_segments,
}


# Why this k


def reason_sentence(reason: Sequence[Fact]) -> str:
    """Why there are as many segments as there are, and why not another number."""
    first, *rest = reason
    said = _REASONS[first.code](first)
    for kind, alike in groupby(rest, lambda fact: fact.code):
        said += _MORE[kind](list(alike))
    return said


def _by_knee(fact: Fact, place: str) -> str:
    lowest, highest = (int(_float(fact, end)) for end in range(2))
    said = f"k = {_n(fact)} {place} of the log-inertia"
    others = fact.figures[2]
    if others == "stand_out":
        return said
    cut = " (2 would cut one group in two)" if others == "none_two_cut" else ""
    return f"no k of {lowest} to {highest} stands out{cut}: {said}"


def _tried(fact: Fact) -> str:
    return f"{int(_float(fact)):d} to {int(_float(fact, 1)):d}"


def _stands_out(fact: Fact) -> str:
    return (
        f"k = {_n(fact)} stands out of {_tried(fact)}: its clusters come back on resamples "
        f"(stability {_float(fact, 2):.2f}) and score best"
    )


_REASONS: Mapping[str, Say] = {
    "text": lambda f: str(f.value),
    "declared": lambda f: f"k = {_n(f)} as declared",
    "given": lambda f: f"{_n(f)} clusters as given in {f.column}",
    "too_few": lambda f: f"k = {_n(f)}: too few customers to compare others",
    "only_one": lambda f: f"k = {_n(f)}: there is no other to compare it with",
    "knee": lambda f: _by_knee(f, "is the knee"),
    "next_by_knee": lambda f: _by_knee(f, "comes next by the knee"),
    "alike_within": lambda f: (
        f"k = {_n(f)} of {_tried(f)}: within these clusters customers do not differ"
    ),
    "stands_out": lambda f: f"{_stands_out(f)}{_figures(f)}",
    "stands_out_of_those": lambda f: f"{_stands_out(f)} of those that do{_figures(f)}",
}


def _figures(fact: Fact) -> str:
    return f" (silhouette {_float(fact, 3):.3f}, Calinski-Harabasz {_float(fact, 4):.4g})"


def _listed(facts: Sequence[Fact]) -> str:
    return ", ".join(str(_n(fact)) for fact in facts)


_MORE: Mapping[str, Callable[[Sequence[Fact]], str]] = {
    "runner_up": lambda f: (
        f"; {_listed(f)} scores higher and does not come back ({_float(f[0]):.3f})"
    ),
    "runner_up_unknown": lambda f: f"; {_listed(f)} scores higher and does not come back",
    "runner_up_cut": lambda f: f"; {_listed(f)} scores higher and would cut one group in two",
    "small_anyway": lambda f: ", but a small segment",
    "passed_small": lambda f: (
        f", of those whose segments all hold {_percent(_float(f[0]))} of the customers "
        f"(not so: {_listed(f)})"
    ),
    "passed_treeless": lambda f: (
        f"; no tree of so few leaves has a rule for each segment of k = {_listed(f)}"
    ),
}
