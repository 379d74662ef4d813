"""How many values are missing from what is published, beside how many were at the fit."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.fit import FittedFeature
from segkit.core.missing_values import MissingValues, missing_at_fit
from segkit.dialects.emit import Operands
from segkit.dialects.select import guarded
from segkit.engines.base import Reader
from segkit.publish.subject import FittedSubject


def missing_items(subject: FittedSubject, operands: Operands) -> list[str]:
    """Aggregates of the rows without a value, for each feature that decides.

    A feature that hardly differed at the fit decides nothing, unless whoever lacks it is
    unassigned.
    """
    own = subject.fit.own
    known = " AND ".join(f"{operands[column].sql} IS NOT NULL" for column in own)
    return [
        f"count(CASE WHEN {known} THEN 1 END) - "
        f"count(CASE WHEN {known} THEN {operands[feature.column].sql} END)"
        if own and feature.column not in own
        else f"count(*) - count({operands[feature.column].sql})"
        for feature in deciding(subject)
    ]


def deciding(subject: FittedSubject) -> list[FittedFeature]:
    learned = {*subject.fit.own, *(feature.column for feature in subject.fit.features)}
    all_decide = subject.node.missing == "unassigned"
    return [f for f in subject.features if all_decide or f.column in learned]


def missing_values(
    subject: FittedSubject, rows: int, counts: Sequence[int]
) -> tuple[MissingValues, ...]:
    """What is missing of each feature that decides, of so many rows."""
    own = {column: segment.id for column, segment in subject.fit.own.items()}
    at_fit = missing_at_fit(subject.fit)
    return tuple(
        MissingValues(feature, count, rows, at_fit.get(feature.column), own.get(feature.column))
        for feature, count in zip(deciding(subject), counts, strict=True)
    )


def count_missing(engine: Reader, subject: FittedSubject) -> tuple[MissingValues, ...]:
    """Count rows of the published view without a value, for each feature that decides."""
    features = [feature.column for feature in subject.features]
    operands = guarded(features, subject.by_name, engine.dialect)
    asked = ", ".join(["count(*)", *missing_items(subject, operands)])
    ((rows, *counts),) = engine.query(f"SELECT {asked} FROM {subject.view}")
    return missing_values(subject, rows, counts)
