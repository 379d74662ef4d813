"""How many values are missing from what is published, beside how many were at the fit."""

from __future__ import annotations

from segkit.core.missing_values import MissingValues, missing_at_fit
from segkit.dialects.select import guarded
from segkit.engines.base import Reader
from segkit.publish.subject import FittedSubject


def count_missing(engine: Reader, subject: FittedSubject) -> tuple[MissingValues, ...]:
    """Count rows of the published view without a value, for each feature that decides.

    A feature that hardly differed at the fit decides nothing, unless whoever lacks it is
    unassigned.
    """
    own = {column: segment.id for column, segment in subject.fit.own.items()}
    learned = {*own, *(feature.column for feature in subject.fit.features)}
    all_decide = subject.node.missing == "unassigned"
    features = [f for f in subject.features if all_decide or f.column in learned]
    operands = guarded([f.column for f in features], subject.by_name, engine.dialect)
    known = " AND ".join(f"{operands[column].sql} IS NOT NULL" for column in own)
    counted = [
        f"count(CASE WHEN {known} THEN 1 END) - count(CASE WHEN {known} THEN {operand.sql} END)"
        if own and column not in own
        else f"count(*) - count({operand.sql})"
        for column, operand in operands.items()
    ]
    asked = ", ".join(["count(*)", *counted])
    ((rows, *counts),) = engine.query(f"SELECT {asked} FROM {subject.view}")
    at_fit = missing_at_fit(subject.fit)
    return tuple(
        MissingValues(feature, count, rows, at_fit.get(feature.column), own.get(feature.column))
        for feature, count in zip(features, counts, strict=True)
    )
