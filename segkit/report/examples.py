"""Customers to look at: typical of their segment, at its border, odd; with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from segkit.core.english import format_threshold, lower_first
from segkit.report.page import Page, Rows, Section, line
from segkit.survey.page_data import Example, Examples

_DIGITS = 10  # more are what sums of doubles leave
_LEAST_WHY = 30  # columns
Words = Mapping[str, tuple[str, str]]  # column -> label, unit


def examples_page(found: Examples) -> Page:
    """A table a segment, a row a customer."""
    labels = [found.words.get(column, (column, ""))[0] for column in found.columns]
    sections = []
    for id_, examples in found.segments.items():
        if not examples:
            continue
        cells = [("", "Customer", *labels, "Why")]
        for example in examples:
            values = zip(found.columns, example.values, strict=True)
            shown = (value_text(value, found.words.get(c, ("", ""))[1]) for c, value in values)
            cells.append((example.kind, example.id, *shown, why(example, found.words)))
        table = Rows(
            tuple(cells), "ll" + "r" * len(labels) + "l", has_head=True, indent=2, least=_LEAST_WHY
        )
        sections.append(Section((table,), f"{id_}  {found.names.get(id_, id_)}"))
    if not sections:
        return (Section((line(f"{found.segmentation} has no customers"),)),)
    return tuple(sections)


def value_text(value: float | str | None, unit: str) -> str:
    """Return a value with its unit, as it is; what is missing is "unknown".

    >>> value_text(319.59, "$"), value_text(0.1 + 0.2, ""), value_text(None, "$")
    ('$319.59', '0.3', 'unknown')
    """
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value
    return format_threshold(Decimal(f"{value:.{_DIGITS}g}"), unit)


def why(example: Example, words: Words) -> str:
    """Return why somebody looks at this customer."""
    if example.kind == "typical":
        if example.column is None:
            return "in the middle, far from every cut"
        label = lower_first(words.get(example.column, (example.column, ""))[0])
        return f"{label} unknown: a segment of its own"
    if example.kind == "odd":
        return (
            f"K-Means has them in {example.other}" if example.other else "farthest from the others"
        )
    assert example.column is not None
    assert example.change is not None
    label, unit = words.get(example.column, (example.column, ""))
    amount = format_threshold(example.change.copy_abs(), unit)
    way = "less" if example.change < 0 else "more"
    return f"{lower_first(label)}: {amount} {way} makes it {example.other or 'unassigned'}"
