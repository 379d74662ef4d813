"""The files: segkit.yml and sql/**/*.yml."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr, model_validator
from pydantic_core import PydanticCustomError

from segkit.project.schema.buckets import BucketSetSpec
from segkit.project.schema.columns import ColumnSpec, ModelSpec, SeedSpec
from segkit.project.schema.segments import SegmentationSpec
from segkit.project.schema.words import Identifier, Spec, Text, config


class TargetSpec(Spec):
    type: Literal["duckdb"] = Field(description="which is `duckdb`")
    path: Text = Field(description="where the DuckDB file lies")


class SourceTableSpec(Spec):
    model_config = config(oneOf=[{"required": ["path"]}, {"required": ["relation"]}])
    name: Identifier = Field(description="the table's name")
    path: Text | None = None
    relation: Text | None = None
    description: str = ""
    columns: list[ColumnSpec] = []

    @model_validator(mode="after")
    def _path_or_relation(self) -> SourceTableSpec:
        if self.path is not None and self.relation is not None:
            raise PydanticCustomError(
                "shape",
                "`{name}` has `path` and `relation`: it comes from one place",
                {"name": self.name, "key": "relation", "help": "remove one of the two"},
            )
        if self.path is None and self.relation is None:
            raise PydanticCustomError(
                "shape",
                "`{name}` needs `path` or `relation`, one of the two",
                {
                    "name": self.name,
                    "help": "write `path: data/customers.csv`, or `relation: raw.customers`",
                },
            )
        return self


class SourceSpec(Spec):
    name: Identifier = Field(description="the source's name")
    tables: list[SourceTableSpec] = Field(min_length=1, description="a list of tables")
    description: str = ""


class ResourceFile(Spec):
    """sql/**/*.yml"""

    buckets: list[BucketSetSpec] = []
    segments: list[SegmentationSpec] = []
    models: list[ModelSpec] = []
    seeds: list[SeedSpec] = []


class ProjectFile(Spec):
    """segkit.yml"""

    name: Annotated[StrictStr, Field(pattern=r"^[a-z_][a-z0-9_]*$")] = Field(
        description="the project's name"
    )
    target: Text = "dev"
    targets: dict[str, TargetSpec] | None = Field(None, min_length=1)
    sources: list[SourceSpec] = []
    vars: dict[str, Any] = {}
    buckets: list[BucketSetSpec] = []
    segments: list[SegmentationSpec] = []
    models: list[ModelSpec] = []
    seeds: list[SeedSpec] = []
