"""Descriptions and tests of columns."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from segkit.project.schema.file_words import FileSpec
from segkit.project.schema.yaml_words import Scalar, Spec, Text, config, shape


def _test_mapping(value: Any) -> Any:
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict) and len(value) == 1:
        return {key: {} if inner is None else inner for key, inner in value.items()}
    return value


class TestConfig(Spec):
    __test__ = False
    severity: Literal["warn", "error"] | None = None


class PlainTest(Spec):
    severity: Literal["warn", "error"] | None = None
    config: TestConfig = TestConfig()


class AcceptedValuesArguments(Spec):
    values: list[Scalar] = Field(min_length=1, description="a list of the values that are right")


class AcceptedValues(PlainTest):
    values: list[Scalar] | None = Field(None, min_length=1)
    arguments: AcceptedValuesArguments | None = None

    @model_validator(mode="after")
    def _has_values(self) -> AcceptedValues:
        if (self.values is None) == (self.arguments is None):
            raise shape("`accepted_values` needs `values`", "add `values: [...]`")
        return self


class RelationshipsArguments(Spec):
    to: Text = Field(description="such as `ref('customers')`")
    field: Text = Field(description="the column there")


class Relationships(PlainTest):
    to: Text | None = None
    field: Text | None = None
    arguments: RelationshipsArguments | None = None

    @model_validator(mode="after")
    def _has_both(self) -> Relationships:
        if self.arguments is None and (self.to is None or self.field is None):
            hint = "write `relationships: {to: ref('customers'), field: customer_id}`"
            raise shape("`relationships` needs `to` and `field`", hint)
        return self


class TestSpec(Spec):
    """One of the four; a bare name is short for a mapping without arguments."""

    model_config = config(minProperties=1, maxProperties=1)
    __test__ = False
    unique: PlainTest | None = None
    not_null: PlainTest | None = None
    accepted_values: AcceptedValues | None = None
    relationships: Relationships | None = None

    @model_validator(mode="after")
    def _is_one(self) -> TestSpec:
        if len(self.model_fields_set) != 1:
            count = "several tests" if self.model_fields_set else "no test"
            hint = "start each test with a `-` of its own"
            raise shape("{count} in one entry of the list", hint, count=count)
        return self


_TestInput = Literal["unique", "not_null"] | TestSpec
Test = Annotated[TestSpec, BeforeValidator(_test_mapping, json_schema_input_type=_TestInput)]


class ColumnSpec(Spec):
    name: Text = Field(description="the column's name")
    description: str = ""
    tests: list[Test] = []
    data_tests: list[Test] = []


class ModelSpec(Spec):
    name: Text = Field(description="the model's name, that is its file's without .sql")
    description: str = ""
    tags: list[Text] = []
    columns: list[ColumnSpec] = []


class SeedSpec(ModelSpec, FileSpec):
    name: Text = Field(description="the seed's name, that is its file's without .csv")
