"""Results as JSON: every figure under the name that it has in its dataclass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from segkit.core.fit import Fit, SweepPoint
from segkit.core.usefulness import Usefulness
from segkit.results import BuildResult, Check, Imported, NodeResult, SegmentationResult
from segkit.survey.page_data import ProjectReport

# fields that the whole answer has beside the result
_BESIDE: Mapping[type, tuple[str, ...]] = {
    BuildResult: ("ok", "published", "target", "path", "as_of", "warnings"),
    NodeResult: ("problems",),
    SegmentationResult: ("numbers",),  # all of them are raw here
    ProjectReport: ("numbers",),
    Check: ("problems",),
    Imported: ("problems",),
    SweepPoint: ("centers",),  # on the scale of the fit, in its file
}


def plain(value: Any) -> Any:
    """Return the value as JSON has it; a dataclass is an object of its fields, a table one a row.

    NaN and infinities have no number in JSON: they are texts, as in PostgreSQL.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if is_dataclass(value):
        value = dict(_items(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return [plain(item) for item in value] if isinstance(value, Iterable) else str(value)


def _number(value: float | Decimal) -> int | float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    """What is told of a result; of a fit its figures, the rules are in its file."""
    if isinstance(value, Fit):
        yield from (("name", value.name), ("version", value.label), ("origin", value.origin))
        clusters = value.clusters
        yield from (("k", clusters.k), ("verdict", clusters.verdict))
        yield from (("alternatives", clusters.alternatives), ("quality", value.quality))
        yield from (("reason", clusters.reason), ("sweep", clusters.sweep))
        for name in ("stability", "rows", "sample", "definition"):
            yield name, getattr(value, name)
        return
    if isinstance(value, Usefulness):
        yield from value.entry().items()
        return
    for each in fields(value):
        if each.name not in _BESIDE.get(type(value), ()):
            yield each.name, getattr(value, each.name)
