"""Segmentations: features, clusters, rules, words."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from segkit.project.schema.yaml_words import (
    WHERE,
    AutoOrGroups,
    AutoOrLeaves,
    Condition,
    Flag,
    Groups,
    Identifier,
    Number,
    SegmentId,
    Share,
    ShareOrOff,
    Spec,
    Text,
    Word,
    config,
    shape,
)


def _column_mapping(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class TraitWordsSpec(Spec):
    high: Text | None = None
    low: Text | None = None
    mid: Text | None = None

    @model_validator(mode="after")
    def _words_differ(self) -> TraitWordsSpec:
        said: dict[str, str] = {}
        for key in ("high", "low", "mid"):
            word = getattr(self, key)
            first = said.setdefault(word.lower(), key) if word else key
            if first != key:
                message = "`{first}` and `{key}` have the same words"
                raise shape(message, "say which is which", first=first, key=key)
        return self


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

    words: TraitWordsSpec | None = Field(
        None, description="what segments are called for it: high, low, mid"
    )

    @model_validator(mode="after")
    def _category_has_no_scale(self) -> FeatureSpec:
        for key in ("scale", "unit", "words"):
            if self.kind == "category" and getattr(self, key):
                message = "`{column}` is a category, so `{key}` means nothing"
                raise shape(message, _CATEGORY_HELP[key], column=self.column, key=key)
        return self


_CATEGORY_HELP = {
    "scale": "remove `scale`; `weight` says how much a category counts",
    "unit": "remove `unit`",
    "words": "remove `words`; segments are called by its levels",
}


Feature = Annotated[
    FeatureSpec, BeforeValidator(_column_mapping, json_schema_input_type=str | FeatureSpec)
]


class MetricSpec(Spec):
    column: Text = Field(description="the column's name")
    period: Literal["same", "later"] = Field(
        "same",
        description="later: of a later period than the features, so that it can test the segments",
    )
    label: Word = Field("", description="what people call it")
    unit: Word = Field("", description='such as "$", "k$", "%" or "days"')


Metric = Annotated[
    MetricSpec, BeforeValidator(_column_mapping, json_schema_input_type=str | MetricSpec)
]


class ClustersSpec(Spec):
    k: AutoOrGroups = "auto"
    k_max: Groups | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0

    @model_validator(mode="after")
    def _k_fits(self) -> ClustersSpec:
        if self.k_max is not None and self.k != "auto" and self.k_max < self.k:
            raise shape("`k_max` is below `k`", "raise `k_max`, or leave it out", key="k_max")
        return self


class RulesSpec(Spec):
    max_leaves: AutoOrLeaves = "auto"
    max_loss: Annotated[Number, Field(ge=0)] = 0.05
    min_share: Share = 0.01
    max_moved: Share = Field(
        default=0.0, description="share of customers that may move for cuts of at most three digits"
    )
    frozen: Flag | None = Field(
        default=None,
        description="whether the rules stay, whatever a refit finds",
    )


class AboutSpec(Spec):
    name: Text | None = None
    action: Text | None = None
    owner: Text | None = None


class MissingSpec(Spec):
    default: Literal["median", "unassigned"] = Field(
        "median", description="where customers with a missing feature go"
    )
    own: list[Text] = []


def _missing_mapping(value: Any) -> Any:
    """Columns that are ``own`` beside ``default``, as a list; a text is the default."""
    if value == "own":
        message = "`missing: own` does not say of which column"
        raise shape(message, f"write `missing: {{COLUMN: own}}`: {_OWN}")
    if not isinstance(value, dict):
        return {"default": value} if isinstance(value, str) else value
    rest = {column: said for column, said in value.items() if column != "default"}
    for column, said in rest.items():
        if said != "own":
            message = "a column of `missing` can only be `own`"
            hint = f"write `{{column}}: own`: {_OWN}; `default` is of all the others"
            raise shape(message, hint.format(column=column), key=column)
    default = {key: said for key, said in value.items() if key == "default"}
    return {**default, "own": list(rest)}


_OWN = "who has no value there is in a segment of its own"
Missing = Annotated[
    MissingSpec,
    BeforeValidator(
        _missing_mapping,
        json_schema_input_type=Literal["median", "unassigned"]
        | dict[str, Literal["own", "median", "unassigned"]],
    ),
]


class DriftSpec(Spec):
    false_alarms: Text | Number = "0.05 per quarter"

    @property
    def budget(self) -> tuple[float, str]:
        share, _, period = str(self.false_alarms).partition(" per ")
        return float(share), period.strip() or "quarter"

    @model_validator(mode="after")
    def _is_a_budget(self) -> DriftSpec:
        text = str(self.false_alarms)
        if not _BUDGET.match(text) or not 0 < self.budget[0] <= 0.5:
            message = "`false_alarms` is `{text}`, not a probability a period"
            hint = "write `0.05 per quarter`: above 0, at most 0.5; per month, quarter or year"
            raise shape(message, hint, text=text, key="false_alarms")
        return self


_BUDGET = re.compile(r"[0-9]*\.?[0-9]+( per (month|quarter|year))?\Z")


class SegmentationSpec(Spec):
    model_config = config(**{"not": {"required": ["clusters", "labels"]}})
    name: Identifier = Field(description="the name of the published view")
    from_: Text = Field(alias="from", description="a model, a source or a file")
    key: Text = Field(description="the customer's id column")
    where: Condition | None = Field(None, description=WHERE)
    features: list[Feature] = Field(
        [], min_length=1, description="what customers are told apart by; chosen where not given"
    )
    clusters: ClustersSpec | None = Field(None, description="K-Means: how many segments")
    labels: Text | None = Field(
        None, description="a column with somebody else's clusters, to be explained instead"
    )
    rules: RulesSpec = RulesSpec()
    missing: Missing = Field(
        MissingSpec(default="median"),
        description="where customers with a missing feature go; {COLUMN: own}: " + _OWN,
    )
    missing_grew: ShareOrOff = Field(
        0.2,
        description="a test fails if a feature's share of missing values rose by more since the "
        "fit; false: nobody asks",
    )
    about: dict[SegmentId, AboutSpec] = Field({}, description="words by segment: A, B, ...")
    metrics: list[Metric] = Field(
        [], description="shown by segment, never learned from; say whether segments are useful"
    )
    activity: Text | None = Field(
        None,
        description="a date column: when the customer last did something; tells who moved because "
        "time went by from who moved by what they did",
    )
    drift: DriftSpec = Field(
        DriftSpec(), description="false_alarms: the probability of any false alarm in a period"
    )
    sensitive: list[Text] = Field([], description="columns to be careful with")
    materialized: Literal["view", "table"] = Field(
        "view", description="table: a build stores the codes in <name>__codes, behind the view"
    )
    description: str = ""
    tags: list[Text] = []

    @model_validator(mode="after")
    def _leaves_hold_k(self) -> SegmentationSpec:
        if self.labels is not None and self.clusters is not None:
            both = "`{name}` has `clusters` and `labels`: it learns groups, or explains given ones"
            raise shape(both, "remove one of the two", name=self.name, key="labels")
        leaves, k = self.rules.max_leaves, self.clusters.k if self.clusters else "auto"
        if leaves != "auto" and k != "auto" and leaves < k:
            message = "`max_leaves` {leaves} is below `k` {k}: each segment needs a rule"
            hint = "write `max_leaves: auto`, or at least k"
            raise shape(message, hint, leaves=leaves, k=k, key="rules.max_leaves")
        return self
