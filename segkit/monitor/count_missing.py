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
    learned = {feature.column for feature in subject.fit.features}
    all_decide = subject.node.missing == "unassigned"
    features = [f for f in subject.features if all_decide or f.column in learned]
    operands = guarded([f.column for f in features], subject.by_name, engine.dialect)
    known = ", ".join(["count(*)", *(f"count({operand.sql})" for operand in operands.values())])
    ((rows, *counts),) = engine.query(f"SELECT {known} FROM {subject.view}")
    at_fit = missing_at_fit(subject.fit)
    return tuple(
        MissingValues(feature, rows - count, rows, at_fit.get(feature.column))
        for feature, count in zip(features, counts, strict=True)
    )
