"""What may stand in segkit.yml and sql/**/*.yml, as types. A JSON schema comes from these too.

A field's description ends the help text "add `key: ...`, <description>".
"""

from segkit.project.schema.buckets import (
    BandSpec,
    BucketColumnSpec,
    BucketSetSpec,
    RfmSpec,
    RuleSpec,
)
from segkit.project.schema.column_words import (
    AcceptedValues,
    ColumnSpec,
    ModelSpec,
    PlainTest,
    Relationships,
    SeedSpec,
    TestSpec,
)
from segkit.project.schema.documents import (
    ProjectFile,
    ResourceFile,
    SourceSpec,
    SourceTableSpec,
    TargetSpec,
)
from segkit.project.schema.segments import (
    AboutSpec,
    ClustersSpec,
    FeatureSpec,
    RulesSpec,
    SegmentationSpec,
    TraitWordsSpec,
)

__all__ = [
    "AboutSpec",
    "AcceptedValues",
    "BandSpec",
    "BucketColumnSpec",
    "BucketSetSpec",
    "ClustersSpec",
    "ColumnSpec",
    "FeatureSpec",
    "ModelSpec",
    "PlainTest",
    "ProjectFile",
    "Relationships",
    "ResourceFile",
    "RfmSpec",
    "RuleSpec",
    "RulesSpec",
    "SeedSpec",
    "SegmentationSpec",
    "SourceSpec",
    "SourceTableSpec",
    "TargetSpec",
    "TestSpec",
    "TraitWordsSpec",
]
