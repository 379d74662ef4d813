"""Bucket sets: the ways to make a bucket column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from segkit.project.schema.yaml_words import (
    WHERE,
    Condition,
    Flag,
    Identifier,
    Number,
    Parts,
    Scores,
    Spec,
    Text,
    config,
    shape,
)

_Cell = str | int
_Named = Literal["grid", "full", "none"]
_NamesInput = _Named | dict[str, _Cell | list[_Cell]]


def _names_table(value: Any) -> Any:
    """``grid``, ``full``, ``none``, or names with their cells, as texts."""
    if value in get_args(_Named):
        return value
    table = {}
    for name, cells in value.items() if isinstance(value, dict) and value else ():
        patterns = cells.split() if isinstance(cells, str) else cells
        patterns = patterns if isinstance(patterns, list) else [patterns]
        if not patterns or not all(type(cell) in (str, int) for cell in patterns):
            break
        table[name] = [str(cell) for cell in patterns]
    else:
        if table:
            return table
    raise PydanticCustomError("names", "`grid`, `full`, `none`, or names with their cells")


NamesTable = Annotated[
    _Named | dict[Text, list[Text]],
    BeforeValidator(_names_table, json_schema_input_type=_NamesInput),
]


class BandSpec(Spec):
    """``from`` up to ``to``; a side that is not written is open."""

    label: Text = Field(description="the band's name")
    from_: Number | None = Field(None, alias="from")
    to: Number | None = None


class RuleSpec(Spec):
    label: Text = Field(description="the bucket's name")
    when: Condition = Field(description="a condition in SQL")


class RfmSpec(Spec):
    recency: Text = Field(description="the column with the days since the last order")
    frequency: Text = Field(description="the column with the number of orders")
    monetary: Text = Field(description="the column with the money spent")
    quantiles: Scores = Field(5, description="scores run from 1 to this, the best")
    bins: Literal["independent", "nested"] = Field(
        "independent",
        description="nested: frequency among those of one recency, money among those of both",
    )
    not_scored: Condition | None = Field(
        None, description="SQL condition for customers with too little history for a score"
    )


_WAYS = ("edges", "bands", "width", "quantiles", "rules", "rfm")
_LISTED = ", ".join(f"`{way}`" for way in _WAYS[:-1]) + f" or `{_WAYS[-1]}`"


class BucketColumnSpec(Spec):
    model_config = config(oneOf=[{"required": [way]} for way in _WAYS])
    name: Text = Field(description="the name of the new column")
    column: Text | None = Field(None, description="the column that is put into bands")
    edges: list[Number] | None = Field(
        None, min_length=1, description="where bands end and begin, ascending"
    )
    bands: list[BandSpec] | None = Field(
        None, min_length=1, description="each band with its label, from and to"
    )
    width: Number | None = Field(
        None, gt=0, description="the width of each band; edges are found once and stored"
    )
    start: Number | None = Field(None, description="where a band begins, 0 without")
    quantiles: Parts | None = Field(
        None, description="how many groups of equal size; edges are found once and stored"
    )
    rules: list[RuleSpec] | None = Field(
        None, min_length=1, description="conditions of which exactly one may hold"
    )
    rfm: RfmSpec | None = Field(
        None, description="scores of recency, frequency and monetary value, and a name"
    )
    labels: list[Text] | None = Field(
        None, description="of the bands, lowest first; made from the edges without"
    )
    closed: Literal["left", "right"] | None = Field(
        None,
        description="left: from <= x < to (usual); right: from < x <= to; an edge is in one band",
    )
    else_: Text | None = Field(None, alias="else", description="label where no rule holds")
    names: NamesTable | None = Field(
        None,
        description="grid (10 by R and F), full (11 by R, F and M), none, or cells by name",
    )
    total: Flag | None = Field(None, description="whether the sum of the scores is a column, too")
    missing: Text | None = Field(None, description="label of NULL and non-finite values")

    @property
    def kind(self) -> str:
        """The key that says how the column is cut."""
        return next(way for way in _WAYS if getattr(self, way) is not None)

    @model_validator(mode="after")
    def _one_way(self) -> BucketColumnSpec:
        ways = [way for way in _WAYS if getattr(self, way) is not None]
        if len(ways) != 1:
            raise self._not_one(ways)
        way = ways[0]
        for key, attribute, allowed in _KEYS_OF_WAYS:
            if getattr(self, attribute) is not None and way not in allowed:
                message = "`{name}` has `{way}`, so `{key}` means nothing"
                message = _NOT_WITH.get((way, key), message)
                hint = _HELP_OF_WAYS.get((way, key), f"remove `{key}`")
                raise shape(message, hint, name=self.name, key=key, way=way)
        if self.column is None and way not in ("rules", "rfm"):
            hint = "add `column: ...`, the column that is put into bands"
            raise shape("`column` is missing in `{name}`", hint, name=self.name)
        return self

    def _not_one(self, ways: Sequence[str]) -> PydanticCustomError:
        if not ways:
            message = f"`{{name}}` needs {_LISTED}, one of them"
            return shape(message, "write `edges: [25, 35, 55]`", name=self.name)
        message = f"`{{name}}` has `{ways[0]}` and `{ways[1]}`: one column is cut in one way"
        each = f"`{ways[0]}` in one, `{ways[1]}` in the other"
        hint = f"keep one of them, or make two columns: {each}"
        return shape(message, hint, name=self.name, key=ways[1])


_KEYS_OF_WAYS = (
    ("column", "column", ("edges", "bands", "width", "quantiles")),
    ("start", "start", ("width",)),
    ("labels", "labels", ("edges", "quantiles")),
    ("closed", "closed", ("edges", "bands")),
    ("else", "else_", ("rules",)),
    ("names", "names", ("rfm",)),
    ("total", "total", ("rfm",)),
)
_NOT_WITH = {("bands", "labels"): "`{name}` has `bands`, so `labels` says it twice"}


_HELP_OF_WAYS = {
    ("bands", "labels"): "give each band its `label`",
    ("rules", "labels"): "give each rule its `label`",
    ("rules", "column"): 'a rule names its columns itself: `when: "orders >= 10"`',
    ("rfm", "column"): "write `rfm: {recency: ..., frequency: ..., monetary: ...}`",
    ("rfm", "labels"): "write `names: grid`, `names: full`, or a table of your own",
    ("edges", "else"): "the last band holds what is above the last edge",
    ("bands", "else"): "write a band without `to` for the rest",
    ("width", "labels"): "remove `labels`: they are made from the edges; `edges` takes your own",
    ("quantiles", "closed"): "remove `closed`: a quantile holds its upper edge",
}


class BucketSetSpec(Spec):
    name: Identifier = Field(description="the name of the published view")
    from_: Text = Field(alias="from", description="a model, a source or a file")
    key: Text = Field(description="the customer's id column")
    where: Condition | None = Field(None, description=WHERE)
    columns: list[BucketColumnSpec] = Field(min_length=1, description="a list of bucket columns")
    missing: Text = "Unknown"
    description: str = ""
    tags: list[Text] = []
