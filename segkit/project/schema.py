"""What may stand in segkit.yml and sql/**/*.yml, as types. A JSON schema comes from these too.

A field's description ends the help text "add `key: ...`, <description>".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictStr,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError


def _no_control(text: str) -> str:
    if not text.isprintable() and any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        raise PydanticCustomError("control", "has a control character in it")
    return text


Word = Annotated[StrictStr, AfterValidator(_no_control)]  # one line; may be empty
Text = Annotated[Word, Field(min_length=1)]
Identifier = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
SegmentId = Annotated[str, Field(pattern=r"^[A-Z]+$")]
Scalar = str | int | float | bool


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError("number", "a number")
    return value


def _count(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise PydanticCustomError("count", "a whole number from 1 up")
    return value


def _auto_or_count(value: Any) -> Any:
    try:
        return value if value == "auto" else _count(value)
    except PydanticCustomError:
        raise PydanticCustomError("auto", "`auto` or a whole number from 1 up") from None


def _within(low: int, high: int) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise PydanticCustomError("count", f"a whole number from {low} to {high}")
        return value

    return BeforeValidator(check)


def _integer_schema(low: int, high: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": low, "maximum": high})


_Cell = str | int
_NamesInput = Literal["grid", "full"] | dict[str, _Cell | list[_Cell]]


def _names_table(value: Any) -> Any:
    """``grid``, ``full``, or names with their cells, as texts."""
    if value in ("grid", "full"):
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
    raise PydanticCustomError("names", "`grid`, `full`, or names with their cells")


Number = Annotated[float, BeforeValidator(_number)]
Count = Annotated[int, BeforeValidator(_count), WithJsonSchema({"type": "integer", "minimum": 1})]
AutoOrCount = Annotated[
    int | Literal["auto"],
    BeforeValidator(_auto_or_count),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}]}),
]
Share = Annotated[Number, Field(ge=0, le=1)]
Parts = Annotated[int, _within(2, 100), _integer_schema(2, 100)]
Scores = Annotated[int, _within(2, 9), _integer_schema(2, 9)]  # a score is one digit
Condition = Annotated[StrictStr, Field(min_length=1)]
NamesTable = Annotated[
    Literal["grid", "full"] | dict[Text, list[Text]],
    BeforeValidator(_names_table, json_schema_input_type=_NamesInput),
]


def _column_mapping(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _test_mapping(value: Any) -> Any:
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict) and len(value) == 1:
        return {key: {} if inner is None else inner for key, inner in value.items()}
    return value


def _config(**json_schema: Any) -> ConfigDict:
    """No unknown keys; ``json_schema`` tells editors what the validators of the model check."""
    return ConfigDict(
        extra="forbid", frozen=True, validate_by_alias=True, json_schema_extra=json_schema or None
    )


class Spec(BaseModel):
    model_config = _config()


# tests and descriptions of columns -------------------------------------------------------------


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
            raise PydanticCustomError(
                "shape", "`accepted_values` needs `values`", {"help": "add `values: [...]`"}
            )
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
            raise PydanticCustomError(
                "shape",
                "`relationships` needs `to` and `field`",
                {"help": "write `relationships: {to: ref('customers'), field: customer_id}`"},
            )
        return self


class TestSpec(Spec):
    """One of the four; a bare name is short for a mapping without arguments."""

    model_config = _config(minProperties=1, maxProperties=1)
    __test__ = False
    unique: PlainTest | None = None
    not_null: PlainTest | None = None
    accepted_values: AcceptedValues | None = None
    relationships: Relationships | None = None

    @model_validator(mode="after")
    def _is_one(self) -> TestSpec:
        if len(self.model_fields_set) != 1:
            count = "several tests" if self.model_fields_set else "no test"
            raise PydanticCustomError(
                "shape",
                "{count} in one entry of the list",
                {"count": count, "help": "start each test with a `-` of its own"},
            )
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


class SeedSpec(ModelSpec):
    name: Text = Field(description="the seed's name, that is its file's without .csv")


# buckets ----------------------------------------------------------------------------------------


class BandSpec(Spec):
    """``from`` up to ``to``; a side that is not written is open."""

    label: Text = Field(description="the band's name")
    from_: Number | None = Field(None, alias="from")
    to: Number | None = None


_WHERE = "SQL condition; only rows for which it is TRUE are in the view"


class RuleSpec(Spec):
    label: Text = Field(description="the bucket's name")
    when: Condition = Field(description="a condition in SQL")


class RfmSpec(Spec):
    recency: Text = Field(description="the column with the days since the last order")
    frequency: Text = Field(description="the column with the number of orders")
    monetary: Text = Field(description="the column with the money spent")
    quantiles: Scores = Field(5, description="scores run from 1 to this, the best")
    not_scored: Condition | None = Field(
        None, description="SQL condition for customers with too little history for a score"
    )


_WAYS = ("edges", "bands", "quantiles", "rules", "rfm")


class BucketColumnSpec(Spec):
    model_config = _config(oneOf=[{"required": [way]} for way in _WAYS])
    name: Text = Field(description="the name of the new column")
    column: Text | None = Field(None, description="the column that is put into bands")
    edges: list[Number] | None = Field(
        None, min_length=1, description="where bands end and begin, ascending"
    )
    bands: list[BandSpec] | None = Field(
        None, min_length=1, description="each band with its label, from and to"
    )
    quantiles: Parts | None = Field(
        None, description="this many groups of equal size; edges are found once and stored"
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
        None, description="left: from <= x < to (usual); right: from < x <= to"
    )
    else_: Text | None = Field(None, alias="else", description="label where no rule holds")
    names: NamesTable | None = Field(
        None, description="grid (10 names by R and F), full (11 by R, F and M), or cells by name"
    )
    missing: Text | None = Field(None, description="label of NULL and non-finite values")

    @model_validator(mode="after")
    def _one_way(self) -> BucketColumnSpec:
        ways = [way for way in _WAYS if getattr(self, way) is not None]
        if len(ways) != 1:
            raise PydanticCustomError(
                "shape",
                "`{name}` needs `edges`, `bands`, `quantiles`, `rules` or `rfm`, one of them",
                {
                    "name": self.name,
                    "help": "write `edges: [25, 35, 55]`" if not ways else f"keep {ways[0]}",
                    **({"key": ways[1]} if ways else {}),
                },
            )
        way = ways[0]
        for key, attribute, allowed in _KEYS_OF_WAYS:
            if getattr(self, attribute) is not None and way not in allowed:
                help_ = _HELP_OF_WAYS.get((way, key), f"remove `{key}`")
                raise PydanticCustomError(
                    "shape",
                    _NOT_WITH.get((way, key), "`{name}` has `{way}`, so `{key}` means nothing"),
                    {"name": self.name, "key": key, "way": way, "help": help_},
                )
        if self.column is None and way not in ("rules", "rfm"):
            raise PydanticCustomError(
                "shape",
                "`column` is missing in `{name}`",
                {"name": self.name, "help": "add `column: ...`, the column that is put into bands"},
            )
        return self


_KEYS_OF_WAYS = (
    ("column", "column", ("edges", "bands", "quantiles")),
    ("labels", "labels", ("edges", "quantiles")),
    ("closed", "closed", ("edges", "bands")),
    ("else", "else_", ("rules",)),
    ("names", "names", ("rfm",)),
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
    ("quantiles", "closed"): "remove `closed`: a quantile holds its upper edge",
}


class BucketSetSpec(Spec):
    name: Identifier = Field(description="the name of the published view")
    from_: Text = Field(alias="from", description="a model, a source or a file")
    key: Text = Field(description="the customer's id column")
    where: Condition | None = Field(None, description=_WHERE)
    columns: list[BucketColumnSpec] = Field(min_length=1, description="a list of bucket columns")
    missing: Text = "Unknown"
    description: str = ""
    tags: list[Text] = []


# segments ---------------------------------------------------------------------------------------


class FeatureSpec(Spec):
    column: Text = Field(description="the column's name")
    label: Word = Field("", description="what people call it")
    unit: Word = Field("", description='such as "$", "k$", "%" or "days"')
    kind: Literal["number", "category"] | None = Field(
        None, description="category: a text, a whole number or a flag that only tells apart"
    )
    scale: Literal["standard", "log", "robust", "none"] | None = Field(
        None,
        description="standard (usual): mean and deviation; log: ln(1 + x); robust: median and IQR",
    )
    weight: Annotated[Number, Field(gt=0, le=1000)] = Field(
        1.0, description="2 counts as if the column stood there twice"
    )

    @model_validator(mode="after")
    def _category_has_no_scale(self) -> FeatureSpec:
        for key in ("scale", "unit"):
            if self.kind == "category" and getattr(self, key):
                raise PydanticCustomError(
                    "shape",
                    "`{column}` is a category, so `{key}` means nothing",
                    {"column": self.column, "key": key, "help": _CATEGORY_HELP[key]},
                )
        return self


_CATEGORY_HELP = {
    "scale": "remove `scale`; `weight` says how much a category counts",
    "unit": "remove `unit`",
}


Feature = Annotated[
    FeatureSpec, BeforeValidator(_column_mapping, json_schema_input_type=str | FeatureSpec)
]


class ClustersSpec(Spec):
    k: AutoOrCount = "auto"
    k_max: Count | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0

    @model_validator(mode="after")
    def _k_fits(self) -> ClustersSpec:
        if self.k_max is not None and self.k_max < (2 if self.k == "auto" else self.k):
            raise PydanticCustomError(
                "shape",
                "`k_max` is below `k`" if self.k != "auto" else "`k_max` is below 2",
                {"key": "k_max", "help": "raise `k_max`, or leave it out"},
            )
        return self


class RulesSpec(Spec):
    max_leaves: AutoOrCount = "auto"
    max_loss: Annotated[Number, Field(ge=0)] = 0.05
    min_share: Share = 0.01


class AboutSpec(Spec):
    name: Text | None = None
    action: Text | None = None
    owner: Text | None = None


class SegmentationSpec(Spec):
    model_config = _config(**{"not": {"required": ["clusters", "labels"]}})
    name: Identifier = Field(description="the name of the published view")
    from_: Text = Field(alias="from", description="a model, a source or a file")
    key: Text = Field(description="the customer's id column")
    where: Condition | None = Field(None, description=_WHERE)
    features: list[Feature] = Field(
        [], min_length=1, description="what customers are told apart by; chosen where not given"
    )
    clusters: ClustersSpec | None = Field(None, description="K-Means: how many segments")
    labels: Text | None = Field(
        None, description="a column with somebody else's clusters, to be explained instead"
    )
    rules: RulesSpec = RulesSpec()
    missing: Literal["median", "unassigned"] = Field(
        "median", description="where customers with a missing feature go"
    )
    about: dict[SegmentId, AboutSpec] = Field({}, description="words by segment: A, B, ...")
    metrics: list[Text] = Field([], description="shown by segment, never learned from")
    sensitive: list[Text] = Field([], description="columns to be careful with")
    description: str = ""
    tags: list[Text] = []

    @model_validator(mode="after")
    def _leaves_hold_k(self) -> SegmentationSpec:
        if self.labels is not None and self.clusters is not None:
            raise PydanticCustomError(
                "shape",
                "`{name}` has `clusters` and `labels`: it learns groups, or explains given ones",
                {
                    "name": self.name,
                    "key": "labels",
                    "help": "remove one of the two",
                },
            )
        leaves, k = self.rules.max_leaves, self.clusters.k if self.clusters else "auto"
        if leaves != "auto" and k != "auto" and leaves < k:
            raise PydanticCustomError(
                "shape",
                "`max_leaves` {leaves} is below `k` {k}: each segment needs a rule",
                {
                    "leaves": leaves,
                    "k": k,
                    "key": "rules.max_leaves",
                    "help": "write `max_leaves: auto`, or at least k",
                },
            )
        return self


# segkit.yml -------------------------------------------------------------------------------------


class TargetSpec(Spec):
    type: Literal["duckdb"] = Field(description="which is `duckdb`")
    path: Text = Field(description="where the DuckDB file lies")


class SourceTableSpec(Spec):
    model_config = _config(oneOf=[{"required": ["path"]}, {"required": ["relation"]}])
    name: Identifier = Field(description="the table's name")
    path: Text | None = None
    relation: Text | None = None
    description: str = ""
    columns: list[ColumnSpec] = []

    @model_validator(mode="after")
    def _path_or_relation(self) -> SourceTableSpec:
        if (self.path is None) == (self.relation is None):
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
