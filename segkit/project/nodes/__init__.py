"""What a project consists of, parsed and checked."""

from segkit.project.conditions.door import SqlCondition
from segkit.project.nodes.buckets import (
    NOT_SCORED,
    BucketColumn,
    BucketSet,
    CutColumn,
    NamedRule,
    Score,
    ScoredGroup,
)
from segkit.project.nodes.experiments import AssignedElsewhere, Experiment, Measure, Period
from segkit.project.nodes.models import (
    DbtProject,
    DbtRelation,
    DuckDBSource,
    ForeignRelation,
    Model,
    Seed,
    Source,
    Target,
    database_name,
)
from segkit.project.nodes.project import DataTest, HistoryLimits, Node, Project, Severity
from segkit.project.nodes.segments import (
    About,
    AskedK,
    ClusterSpec,
    DriftBudget,
    Feature,
    Metric,
    RuleSpec,
    Segmentation,
    TraitWords,
)

__all__ = [
    "NOT_SCORED",
    "About",
    "AskedK",
    "AssignedElsewhere",
    "BucketColumn",
    "BucketSet",
    "ClusterSpec",
    "CutColumn",
    "DataTest",
    "DbtProject",
    "DbtRelation",
    "DriftBudget",
    "DuckDBSource",
    "Experiment",
    "Feature",
    "ForeignRelation",
    "HistoryLimits",
    "Measure",
    "Metric",
    "Model",
    "NamedRule",
    "Node",
    "Period",
    "Project",
    "RuleSpec",
    "Score",
    "ScoredGroup",
    "Seed",
    "Segmentation",
    "Severity",
    "Source",
    "SqlCondition",
    "Target",
    "TraitWords",
    "database_name",
]
