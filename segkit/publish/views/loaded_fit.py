"""A fit from its file, for Python: segments of a DataFrame, and SQL for a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segkit.core.columns import Column, ColumnType, Kind, parse_type, spelling_of
from segkit.core.english import describe_segment
from segkit.core.evaluate import level
from segkit.core.fit import Fit, FittedFeature
from segkit.core.tree import columns as columns_of_tree
from segkit.dialects.select import CodedColumn, ViewSelect, select_sql
from segkit.dialects.spelling import relation
from segkit.dialects.table import DUCKDB, dialect_named
from segkit.errors import DataError, Problem
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import codes_of
from segkit.publish.views.compiled import segment_rules

if TYPE_CHECKING:
    import pandas as pd

_UNKNOWN = ColumnType("", Kind.OTHER)


@dataclass(frozen=True, repr=False)
class LoadedFit:
    """``fit`` is everything that was learned, as data."""

    fit: Fit

    def __repr__(self) -> str:
        fit = self.fit
        return f"<Fit {fit.name} {fit.label}: {len(fit.segments)} segments of {fit.rows:,} rows>"

    def profile_frame(self) -> pd.DataFrame:
        """Return the segments as they were at the fit, one row a segment.

        Columns: segment_id, segment_name, segment_order, n (customers), share (of those who
        are in a segment), rule (English), and for each feature ``<feature>_center``: where the
        centre of the segment's cluster lies, in the column's own unit (on a ``log`` scale the
        geometric mean of 1 + x, less 1), or the cluster's most frequent level. Given clusters
        (``labels``) have no centres, nor have segments of who has no value (``own``).
        """
        import pandas as pd

        fit, rules = self.fit, segment_rules(self.fit)
        whole = {f.column for f in fit.features if parse_type(f.type).kind is Kind.INTEGER}
        everybody = sum(segment.n for segment in fit.segments) or 1
        rows = [
            {
                "segment_id": segment.id,
                "segment_name": segment.name,
                "segment_order": segment.code,
                "n": segment.n,
                "share": segment.n / everybody,
                "rule": describe_segment(rules[segment.code], fit.features, whole),
                **{f"{f.column}_center": f.value_at(at) for f, at in fit.centers_of(segment)},
            }
            for segment in fit.segments
        ]
        return pd.DataFrame(rows)

    def predict(self, frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.object_]]:
        """Return the segment id of every row: 'A', 'B', ...; 'unassigned' where that can be.

        Parameters
        ----------
        frame : DataFrame
            Has the columns that the rules ask for, in their own units; NaN, None
            and infinities are missing values.

        Raises
        ------
        DataError
            SK104 for a column that is not there, SK105 for one that is no number.
        """
        fit = self.fit.spelled(spelling_of(Column(str(c), _UNKNOWN) for c in frame.columns))
        names = columns_of_tree(fit.tree)
        lacking = [name for name in names if name not in frame.columns]
        if lacking:
            listed = ", ".join(f"`{name}`" for name in lacking)
            hint = f"the frame has: {', '.join(map(str, frame.columns))}"
            raise DataError(Problem("SK104", f"{fit.label} asks for {listed}", help=hint))
        features = {feature.column: feature for feature in fit.features}
        levels = {name: f.levels for name, f in features.items() if f.is_category}
        values = [_values(frame[name], features.get(name)) for name in names]
        X = np.column_stack(values) if values else np.empty((len(frame), 0))
        ids = {segment.code: segment.id for segment in fit.segments} | {0: "unassigned"}
        codes = codes_of(fit.tree, names, X, levels)
        return np.array([ids[int(code)] for code in codes], dtype=object)

    def to_sql(self, dialect: str = "duckdb", table: str = "customers", key: str = "id") -> str:
        """Return a SELECT with the key, the features, and the segment of each row of a table.

        Parameters
        ----------
        dialect : str
            See ``segkit compile --help``.
        table, key : str
            Names; they are quoted where needed, ``schema.table`` part by part.
        """
        chosen = dialect_named(dialect)
        types = {feature.column: parse_type(feature.type) for feature in self.fit.features}
        asked = columns_of_tree(self.fit.tree)
        columns = {name: Column(name, types.get(name, _UNKNOWN)) for name in (*types, *asked, key)}
        coded = CodedColumn("segment_order", self.fit.case(), "segment_name", "segment_id")
        passed = tuple(feature.column for feature in self.fit.features if feature.column != key)
        view = ViewSelect(key, passed, (coded,), columns)
        schema, _, name = table.rpartition(".")
        text = select_sql(view, relation(name, schema or None, chosen), chosen)
        return f"{text}\n" if chosen is DUCKDB else f"-- for {chosen.title}\n{text}\n"


def _values(column: pd.Series[Any], feature: FittedFeature | None) -> Floats:
    """Numbers as doubles; a category as the position in its levels, the one after for others."""
    if feature is not None and feature.is_category:
        places = {text: place for place, text in enumerate(feature.levels)}
        known = column.notna()
        return np.array(
            [
                places.get(_as_level(value), len(places)) if there else math.nan
                for value, there in zip(column, known, strict=True)
            ],
            dtype=np.float64,
        )
    try:
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    except (TypeError, ValueError):
        if feature is None:  # only whether there is a value is asked
            return np.where(column.notna(), 0.0, np.nan)
        message = f"column `{column.name}` holds values that are no numbers"
        raise DataError(Problem("SK105", message, help="convert it: pd.to_numeric")) from None


def _as_level(value: object) -> str:
    """Whole numbers that a column with gaps made floats of are the text that SQL has for them."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(level(value))
