"""Segmentations: what is learned, from what, and how it is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeVar

from segkit.core.columns import Spell
from segkit.core.english import default_label
from segkit.errors import Place
from segkit.project.conditions.door import SqlCondition


@dataclass(frozen=True)
class TraitWords:
    """What a segment is called for being high, low or in the middle; "" where it is not said."""

    high: str = ""
    low: str = ""
    mid: str = ""


@dataclass(frozen=True)
class Feature:
    """``label``, ``unit`` and ``words`` are words, not definition.

    ``scale`` (of a number): standard, log, robust or none. ``kind`` None: what the
    column's type says, a number or (BOOLEAN) a category. ``weight`` 2 counts as
    if the column stood there twice.
    """

    column: str
    place: Place
    label: str = ""
    unit: str = ""
    scale: str = "standard"
    kind: Literal["number", "category"] | None = None
    weight: float = 1.0
    words: TraitWords = TraitWords()

    def definition(self) -> dict[str, Any]:
        """As in a fit; what is usual is left out."""
        said: dict[str, Any] = {"column": self.column}
        if self.kind == "category":
            said["kind"] = self.kind
        else:
            said["scale"] = self.scale
        if self.weight != 1:
            said["weight"] = self.weight
        return said


@dataclass(frozen=True)
class DriftBudget:
    """The probability of any false alarm in a period."""

    false_alarms: float = 0.05
    period: str = "quarter"  # month | quarter | year


@dataclass(frozen=True)
class Metric:
    """What segments are judged by, never learned from. All of it is words, not definition.

    ``is_later``: of a later period than the features, so it can test the segments.
    """

    column: str
    place: Place
    label: str = ""
    unit: str = ""
    is_later: bool = False

    @property
    def words(self) -> tuple[str, str]:
        """Label and unit, from the column's name where they are not given."""
        label, unit = default_label(self.column)
        return self.label or label, self.unit or unit


AskedK = int | Literal["auto"] | None  # of a refit; None: as it was

Declared = TypeVar("Declared", Feature, Metric)


def _spelled(declared: Declared, spell: Spell) -> Declared:
    """The same with its column as the relation writes it, called as it was in the file."""
    column = spell(declared.column)
    if column == declared.column:
        return declared
    label, unit = default_label(declared.column)
    return replace(
        declared, column=column, label=declared.label or label, unit=declared.unit or unit
    )


@dataclass(frozen=True)
class ClusterSpec:
    k: int | None  # None: auto
    k_max: int
    seed: int


@dataclass(frozen=True)
class RuleSpec:
    """``frozen``: whether a refit may replace published rules; None: what the fit says.

    It is no part of the definition.
    """

    max_leaves: int | None  # None: auto
    max_loss: float
    min_share: float
    max_moved: float = 0.0  # share of the customers that may move for rounder cuts
    frozen: bool | None = None
    frozen_place: Place | None = None


@dataclass(frozen=True)
class About:
    """Words about a segment, by id. A name here wins over the fit's."""

    place: Place
    name: str | None = None
    action: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Segmentation:
    name: str
    relation: str  # name of the node it reads
    key: str
    features: tuple[Feature, ...]  # empty: to be chosen from the relation's columns
    clusters: ClusterSpec
    rules: RuleSpec
    missing: Literal["median", "unassigned"]  # of columns that are not among ``own``
    place: Place
    key_place: Place
    depends_on: tuple[str, ...]
    where: SqlCondition | None = None
    labels: Feature | None = None  # the column with somebody else's clusters, instead of our own
    about: Mapping[str, About] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    # columns whose missing values are a segment of their own, and where that is said
    own: Mapping[str, Place] = field(default_factory=dict)
    guesses_own: bool = False  # nobody says what to learn from, nor what missing values are
    missing_grew: float | None = 0.2  # a share may rise so far since the fit; None: not asked
    activity: str | None = None  # the column that says when a customer last did something
    activity_place: Place | None = None
    drift: DriftBudget = DriftBudget()
    sensitive: tuple[str, ...] = ()
    sensitive_places: tuple[Place, ...] = ()
    materialized: Literal["view", "table"] = "view"
    description: str = ""
    tags: tuple[str, ...] = ()
    kind: Literal["segmentation"] = "segmentation"

    def spelled(self, spell: Spell) -> Self:
        """The same with its columns as the relation writes them; words stay those of the file."""
        return replace(
            self,
            key=spell(self.key),
            features=tuple(_spelled(feature, spell) for feature in self.features),
            labels=self.labels and _spelled(self.labels, spell),
            metrics=tuple(_spelled(metric, spell) for metric in self.metrics),
            own={spell(column): place for column, place in self.own.items()},
            activity=self.activity and spell(self.activity),
            sensitive=tuple(map(spell, self.sensitive)),
        )

    def names(self) -> Iterator[tuple[str, Place]]:
        """Columns of the relation that are named, and where."""
        yield self.key, self.key_place
        labels = (self.labels,) if self.labels else ()
        for declared in (*self.features, *self.metrics, *labels):
            yield declared.column, declared.place
        if self.activity is not None and self.activity_place is not None:
            yield self.activity, self.activity_place
        yield from zip(self.sensitive, self.sensitive_places, strict=True)
        if self.where is not None:
            yield from self.where.names()

    def definition(self) -> dict[str, Any]:
        """What the segments depend on: if it changes, the fit is stale. Words are not in it."""
        return {
            "from": self.relation,
            **({"where": self.where.predicate.spaced} if self.where else {}),
            "key": self.key,
            "features": [feature.definition() for feature in self.features] or "auto",
            **self._groups(),
            "rules": {
                "max_leaves": self.rules.max_leaves or "auto",
                "max_loss": self.rules.max_loss,
                "min_share": self.rules.min_share,
                **({"max_moved": self.rules.max_moved} if self.rules.max_moved else {}),
            },
            "missing": self.missing,
            **({"own": list(self.own)} if self.own else {}),
        }

    def _groups(self) -> dict[str, Any]:
        if self.labels is not None:
            return {"labels": self.labels.column}
        clusters = self.clusters
        return {
            "clusters": {"k": clusters.k or "auto", "k_max": clusters.k_max, "seed": clusters.seed}
        }
