"""The type that a value should have, by its path."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from segkit.project.schema.documents import ProjectFile, SourceSpec, SourceTableSpec, TargetSpec
from segkit.project.yaml.wrong_values import bare, fields_of, type_at


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
    fields = fields_of(SourceSpec)
    assert fields["schema"] is SourceSpec.model_fields["schema_"]
    assert "schema_" not in fields
    assert fields_of(str) == {}
