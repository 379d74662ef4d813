"""What a verb is about: a node, the relation that it is made of, and the fit that speaks of it.

Every verb asks the same first. The answers are here, worked out when they are asked for;
no engine is kept, so that it can be closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar, cast

from segkit.core.case import Case
from segkit.core.columns import Column, Kind, spelling_of
from segkit.core.english import default_label, describe_rule
from segkit.core.fit import Fit, FittedFeature
from segkit.core.rules import Rule
from segkit.core.tree import columns as tree_columns
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.project.nodes import BucketSet, Project, Segmentation
from segkit.publish.relations import relation_sql, rows_sql
from segkit.results import NameTruth

Node = TypeVar("Node", bound=BucketSet | Segmentation)
AnyNode = TypeVar("AnyNode", bound=BucketSet | Segmentation, covariant=True)


@dataclass(frozen=True)
class Subject(Generic[AnyNode]):
    """A node over its relation, as one engine has it.

    ``base`` is SQL of the relation, ``rows`` of those of its rows that ``where`` lets in,
    ``key`` of the column with the customer's id, ``view`` of the published view.
    """

    project: Project
    node: AnyNode
    columns: tuple[Column, ...]
    dialect: Dialect

    @cached_property
    def base(self) -> str:
        return relation_sql(self.project, self.node.relation, self.dialect)

    @cached_property
    def rows(self) -> str:
        return rows_sql(self.base, self.node, self.columns, self.dialect)

    @cached_property
    def key(self) -> str:
        return identifier(self.node.key, self.dialect)

    @cached_property
    def view(self) -> str:
        return identifier(self.node.name, self.dialect)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def integers(self) -> frozenset[str]:
        """The columns of whole numbers."""
        return frozenset(c.name for c in self.columns if c.type.kind is Kind.INTEGER)


@dataclass(frozen=True)
class FittedSubject(Subject[Segmentation]):
    """A segmentation with one of its fits, and today's words for it."""

    fit: Fit

    @cached_property
    def features(self) -> tuple[FittedFeature, ...]:
        return described_features(self.node, self.fit)

    @cached_property
    def names(self) -> Mapping[str, str]:
        return given_names(self.node)

    @cached_property
    def case(self) -> Case:
        return self.fit.case(self.names)

    @cached_property
    def truths(self) -> Mapping[str, NameTruth]:
        """By id: how true the fit's names are, in today's words for its columns."""
        found = {}
        for segment in self.fit.segments:
            naming = segment.naming
            if naming is not None and segment.id not in self.names:
                rule = Rule(segment.code, tuple(s.condition for s in naming.says))
                is_said = all(s.kind in ("cut", "level") for s in naming.says)
                says = "" if is_said else describe_rule(rule, self.features, self.integers)
                found[segment.id] = NameTruth(says, naming.members, naming.others)
        return found


def read_subject(engine: Reader, project: Project, node: Node) -> Subject[Node]:
    """Ask the engine for the columns of the relation that a node is made of.

    The node's columns are spelled from here on as the relation has them.
    """
    columns = engine.columns(relation_sql(project, node.relation, engine.dialect))
    spelled = cast(Node, node.spelled(spelling_of(columns)))
    return Subject(project, spelled, columns, engine.dialect)


def fitted(subject: Subject[Segmentation], fit: Fit) -> FittedSubject:
    """The same segmentation by one of its fits, whose columns are spelled likewise."""
    known = fit.spelled(spelling_of(subject.columns))
    return FittedSubject(subject.project, subject.node, subject.columns, subject.dialect, known)


def given_names(segmentation: Segmentation) -> dict[str, str]:
    """Names from ``about:``, by segment id; they win over the fit's."""
    return {id_: about.name for id_, about in segmentation.about.items() if about.name}


def described_features(segmentation: Segmentation, fit: Fit) -> tuple[FittedFeature, ...]:
    """The declared features with today's words, which are not part of the definition.

    A constant feature is among them, although nothing was learned from it. Where
    none is declared, they are those that the fit chose. What is declared no
    more is kept as long as the rules read it.
    """
    fitted = {feature.column: feature for feature in fit.features}
    declared = segmentation.features or fit.features
    read = {*tree_columns(fit.tree)} - {given.column for given in declared}
    described = []
    for given in (*declared, *(fitted[column] for column in fitted if column in read)):
        label, unit = default_label(given.column)
        constant = FittedFeature(given.column, label, unit, given.scale, "", 0.0, 1.0, 0.0)
        known = fitted.get(given.column, constant)
        described.append(
            replace(known, label=given.label or known.label, unit=given.unit or known.unit)
        )
    return tuple(described)
