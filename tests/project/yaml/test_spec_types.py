"""The type that a value should have, by its path."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from segkit.project.schema.documents import ProjectFile, SourceSpec, SourceTableSpec, TargetSpec
from segkit.project.yaml.spec_types import bare, field_of, keys_of, literals_of, type_at


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), ProjectFile),
        (("targets", "dev"), TargetSpec),
        (("sources", 3), SourceSpec),
        (("sources", 3, "tables", 0), SourceTableSpec),
        (("sources", 3, "schema"), str),
        (("nobody",), None),
    ],
)
def test_by_its_path(path: tuple[str | int, ...], expected: Any) -> None:
    assert type_at(ProjectFile, path) is expected


def test_without_annotated_and_optional() -> None:
    assert bare(Annotated[int | None, "x"]) is int
    assert bare(None | str) is str
    assert bare(str) is str


def test_keys_are_as_they_are_written() -> None:
    assert "schema" in keys_of(SourceSpec) and "schema_" not in keys_of(SourceSpec)
    assert keys_of(str) == []
    assert field_of(SourceSpec, "schema") is SourceSpec.model_fields["schema_"]
    assert field_of(SourceSpec, "schema_") is None
    assert literals_of(Literal["a", "b"]) == ("a", "b")
