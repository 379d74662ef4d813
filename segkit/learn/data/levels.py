"""Categories: which levels a column has, and how many customers each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segkit.core.columns import Column, Kind
from segkit.dialects.phrases import as_text, in_byte_order
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.project.nodes import Feature

MAX_LEVELS = 50
LEAST = 2  # customers of a level: a fit holds no single customer's values
KINDS = (Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN)


@dataclass(frozen=True)
class LevelSummary:
    """One category over all rows. ``counts`` are by level, levels as texts in order.

    ``distinct`` also counts levels that are not among them: those of too few
    customers, which are as good as never seen, and those beyond the limit.
    """

    column: str
    rows: int
    missing: int
    counts: Mapping[str, int]
    distinct: int

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(self.counts)

    @property
    def known(self) -> int:
        return self.rows - self.missing

    @property
    def rare(self) -> int:
        """Customers of levels that are too small to be kept."""
        return self.known - sum(self.counts.values())

    @property
    def is_constant(self) -> bool:
        return len(self.counts) < 2


def is_category(feature: Feature, column: Column) -> bool:
    """A flag is one without being asked."""
    return feature.kind == "category" or (feature.kind is None and column.type.kind is Kind.BOOLEAN)


def summarise_levels(engine: Reader, relation: str, column: str) -> LevelSummary:
    """Count the levels of a column that ``LEAST`` customers have, over all rows."""
    name = identifier(column, engine.dialect)
    text = as_text(name, engine.dialect)
    order = in_byte_order(text, engine.dialect)
    rows, known, distinct = engine.query(
        f"SELECT count(*), count({text}), count(DISTINCT {text}) FROM {relation}"
    )[0]
    found = engine.query(
        f"SELECT {text}, count(*) FROM {relation} WHERE {name} IS NOT NULL "
        f"GROUP BY {text} HAVING count(*) >= {LEAST} "
        f"ORDER BY count(*) DESC, {order} LIMIT {MAX_LEVELS + 1}"
    )
    return LevelSummary(column, int(rows), int(rows - known), dict(sorted(found)), int(distinct))
