"""The files: segkit.yml and sql/**/*.yml; and their JSON schemas, for editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictStr, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from segkit.core.number_format import NumberFormat
from segkit.core.periods import PERIOD, parse_period
from segkit.project.nodes import HistoryLimits
from segkit.project.schema.buckets import BucketSetSpec
from segkit.project.schema.column_words import ColumnSpec, ModelSpec, SeedSpec
from segkit.project.schema.experiments import ExperimentSpec
from segkit.project.schema.file_words import FileSpec
from segkit.project.schema.segments import SegmentationSpec
from segkit.project.schema.yaml_words import Identifier, Spec, Text, config, shape

Lasting = Annotated[Text, WithJsonSchema({"type": "string", "pattern": PERIOD})]
_OF_TYPE = {"duckdb": ("path",), "postgres": ("url", "schema")}


class TargetSpec(Spec):
    """A DuckDB file (``path``), or a schema (``schema``) of a PostgreSQL server (``url``)."""

    model_config = config(
        oneOf=[
            {
                "properties": {"type": {"const": "duckdb"}, "url": False, "schema": False},
                "required": ["path"],
            },
            {
                "properties": {"type": {"const": "postgres"}, "path": False},
                "required": ["url"],
            },
        ]
    )
    type: Literal["duckdb", "postgres"] = Field(description="a DuckDB file, or a PostgreSQL server")
    path: Text | None = Field(None, description="where the DuckDB file lies")
    url: Text | None = Field(None, description="of the server, from the environment")
    schema_: Text | None = Field(None, alias="schema", description="of the server's relations")

    @model_validator(mode="after")
    def _fits_type(self) -> TargetSpec:
        given = {"path": self.path, "url": self.url, "schema": self.schema_}
        wanted = _OF_TYPE[self.type]
        hint = "write `path: warehouse/shop.duckdb`"
        if self.type == "postgres":
            hint = "write `url: \"{{ env_var('SHOP_PG_URL') }}\"` and `schema: analytics`"
        if given[wanted[0]] is None:
            raise shape(f"a target of type {self.type} needs `{wanted[0]}`", hint)
        for key, value in given.items():
            if value is not None and key not in wanted:
                raise shape(f"a target of type {self.type} has no `{key}`", hint, key=key)
        return self


class SourceTableSpec(FileSpec):
    model_config = config(**{"not": {"required": ["path", "relation"]}})
    name: Identifier = Field(description="the table's name")
    path: Text | None = Field(
        None, description="a file of data, or files of one shape: data/o-*.csv"
    )
    relation: Text | None = Field(None, description="a table or view, schema.name")
    description: str = ""
    columns: list[ColumnSpec] = []

    @model_validator(mode="after")
    def _path_or_relation(self) -> SourceTableSpec:
        if self.path is not None and self.relation is not None:
            message = "`{name}` has `path` and `relation`: it comes from one place"
            raise shape(message, "remove one of the two", name=self.name, key="relation")
        return self


_NO_FILES = {"items": {"properties": {"path": False}}}
_FILES = {"items": {"oneOf": [{"required": ["path"]}, {"required": ["relation"]}]}}


class SourceSpec(Spec):
    """Tables that are listed, or all of a DuckDB file: ``path``, or that of a dbt project."""

    model_config = config(
        oneOf=[
            {
                "required": ["path"],
                "properties": {"dbt_project": False, "dbt_target": False, "tables": _NO_FILES},
            },
            {
                "required": ["dbt_project"],
                "properties": {"path": False, "schema": False, "tables": _NO_FILES},
            },
            {
                "required": ["tables"],
                "properties": {
                    **dict.fromkeys(("path", "schema", "dbt_project", "dbt_target"), False),
                    "tables": _FILES,
                },
            },
        ]
    )
    name: Identifier = Field(description="the source's name")
    path: Text | None = Field(None, description="another DuckDB file")
    schema_: Text | None = Field(None, alias="schema", description="of that file; main without it")
    dbt_project: Text | None = Field(None, description="the folder of a dbt project on DuckDB")
    dbt_target: Text | None = Field(None, description="of dbt's profile; its default without it")
    tables: list[SourceTableSpec] | None = Field(None, min_length=1, description="a list of tables")
    description: str = ""

    @property
    def is_file(self) -> bool:
        return self.path is not None or self.dbt_project is not None

    @model_validator(mode="after")
    def _one_origin(self) -> SourceSpec:
        if self.path is not None and self.dbt_project is not None:
            hint = "remove `path`: dbt's profile says which file it is"
            raise self._wrong(
                "has `path` and `dbt_project`: it comes from one place", hint, key="path"
            )
        if self.schema_ is not None and self.path is None:
            hint = "dbt says in which schema a model is"
            if self.dbt_project is None:
                hint = "name a relation of the target with its schema: `relation: raw.customers`"
            raise self._wrong("has `schema`, but no `path` of a DuckDB file", hint, key="schema")
        if self.dbt_target is not None and self.dbt_project is None:
            hint = "remove it, or add `dbt_project: ../shop`"
            raise self._wrong("has `dbt_target`, but no `dbt_project`", hint, key="dbt_target")
        if self.tables is None and not self.is_file:
            hint = (
                "write `path: ../dev.duckdb` for all of a DuckDB file, or list `tables`, "
                "each with its `path` or `relation`"
            )
            raise self._wrong("needs `tables`, `path` or `dbt_project`", hint)
        return self

    def _wrong(self, message: str, hint: str, **key: str) -> PydanticCustomError:
        return shape(f"`{{name}}` {message}", hint, name=self.name, **key)


class ResourceFile(Spec):
    """sql/**/*.yml"""

    buckets: list[BucketSetSpec] = []
    segments: list[SegmentationSpec] = []
    experiments: list[ExperimentSpec] = []
    models: list[ModelSpec] = []
    seeds: list[SeedSpec] = []


_SAME = [{"properties": {key: {"const": s} for key in ("thousands", "decimal")}} for s in ",."]


class FormatSpec(Spec):
    """How numbers are written for people; in SQL and JSON they are as they are."""

    model_config = config(**{"not": {"required": ["thousands", "decimal"], "anyOf": _SAME}})
    thousands: Literal[",", ".", " ", "\u00a0", "\u202f", "'", "’", ""] | None = Field(
        None, description="between thousands"
    )
    decimal: Literal[".", ","] | None = Field(None, description="before decimals")
    symbol: Literal["before", "after"] = Field(
        "before", description="where $, € and £ stand: $5 or 5 €"
    )

    @model_validator(mode="after")
    def _are_apart(self) -> FormatSpec:
        if self.thousands is not None and self.thousands == self.decimal:
            hint = "one of them may be left out: it is the other sign"
            raise shape("`thousands` and `decimal` are the same sign", hint, key="decimal")
        return self

    @property
    def numbers(self) -> NumberFormat:
        """With what was left out: the comma or the point that the other one is not."""
        decimal = self.decimal or ("," if self.thousands == "." else ".")
        thousands = self.thousands
        if thousands is None:
            thousands = "." if decimal == "," else ","
        return NumberFormat(thousands, decimal, self.symbol)


class HistorySpec(Spec):
    """How long it is known who was in a segment; sums of the past stay as they are."""

    keep: Lasting | None = Field(
        default=None, description="ids of stays that ended, for so long: 24 months"
    )
    forget_gone: Lasting | None = Field(
        default=None, description="ids of customers who left, for so long: 90 days"
    )

    @property
    def limits(self) -> HistoryLimits:
        keep, gone = (parse_period(text or "") for text in (self.keep, self.forget_gone))
        return HistoryLimits(keep, gone)

    @model_validator(mode="after")
    def _are_periods(self) -> HistorySpec:
        for key, text in (("keep", self.keep), ("forget_gone", self.forget_gone)):
            if text is not None and parse_period(text) is None:
                message = "`{name}` is `{text}`, not a period"
                hint = "write `24 months`: a whole number of days, weeks, months or years"
                raise shape(message, hint, name=key, text=text, key=key)
        return self


class ProjectFile(Spec):
    """segkit.yml"""

    name: Annotated[StrictStr, Field(pattern=r"^[a-z_][a-z0-9_]*$")] = Field(
        description="the project's name"
    )
    target: Text = "dev"
    dialect: Literal["duckdb", "postgres"] | None = Field(
        None, description="what sql/**/*.sql is written in; the target's without it"
    )
    targets: dict[str, TargetSpec] | None = Field(None, min_length=1)
    sources: list[SourceSpec] = []
    vars: dict[str, Any] = {}
    format: FormatSpec | None = Field(None, description="how numbers are written for people")
    history: HistorySpec = Field(
        default=HistorySpec(), description="how long ids are kept; no part of a definition"
    )
    buckets: list[BucketSetSpec] = []
    segments: list[SegmentationSpec] = []
    experiments: list[ExperimentSpec] = []
    models: list[ModelSpec] = []
    seeds: list[SeedSpec] = []


DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILES: dict[str, tuple[type[BaseModel], str]] = {
    "project": (ProjectFile, "segkit.yml"),
    "resources": (ResourceFile, "sql/**/*.yml of a segkit project"),
}
_LIMITS = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
}


def json_schema(file: str) -> dict[str, Any]:
    """Return the schema of ``project`` (segkit.yml) or ``resources`` (sql/**/*.yml)."""
    model, title = FILES[file]
    schema = _tidied(model.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, "title": title, **schema}


def _tidied(schema: Any) -> Any:
    """Without what only says how the types are written: titles, and None for "not given"."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs", "patternProperties"):  # keys here are names
            out[key] = {name: _tidied(inner) for name, inner in value.items()}
        elif key == "anyOf":
            options = [_tidied(option) for option in value if option != {"type": "null"}]
            out |= options[0] if len(options) == 1 else {"anyOf": options}
        elif not (key == "title" or (key == "default" and value is None)):
            out[_LIMITS.get(str(key), str(key))] = _tidied(value)
    return out
