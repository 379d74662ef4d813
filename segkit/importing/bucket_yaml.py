"""A bucket set as YAML that a person would write, and read back as the project reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from segkit.core.labels import number_text
from segkit.errors import Problem
from segkit.importing.candidates import Candidate
from segkit.project.buckets.bucket_set import build_buckets
from segkit.project.nodes import BucketSet
from segkit.project.schema.buckets import BucketSetSpec
from segkit.project.yaml.marks import Entry, parse_yaml
from segkit.project.yaml.scalars import quoted, scalar
from segkit.project.yaml.validate import validate

_WIDTH = 110


@dataclass(frozen=True)
class SetDraft:
    """A bucket set to be written; ``where`` is SQL."""

    name: str
    relation: str
    key: str
    columns: tuple[Candidate, ...]
    where: str | None = None


def yaml_text(draft: SetDraft) -> str:
    """Return the file; ``missing`` of the set is what most columns call it."""
    names = [column.missing for column in draft.columns]
    common = max(dict.fromkeys(names), key=names.count)
    lines = [
        "buckets:",
        f"  - name: {scalar(draft.name)}",
        f"    from: {scalar(draft.relation)}",
        f"    key: {scalar(draft.key)}",
    ]
    if draft.where is not None:
        lines.append(f"    where: {quoted(draft.where)}")
    lines.append("    columns:")
    for column in draft.columns:
        spec = dict(column.spec)
        if column.missing != common:
            spec["missing"] = column.missing
        lines += _column_lines(spec)
    lines.append(f"    missing: {scalar(common)}")
    return "\n".join(lines) + "\n"


def read_back(draft: SetDraft) -> tuple[BucketSet | None, list[Problem]]:
    """Return the node that a project would make of the draft, and what would be wrong with it."""
    document, found = parse_yaml(yaml_text(draft), "import.yml")
    if document is None or found:
        return None, list(found)
    entry = Entry(document, ("buckets", 0))
    spec = validate(BucketSetSpec, entry.value, entry)
    node = None if spec is None else build_buckets(spec, entry, None)
    return (None if entry.problems else node), entry.problems


def _column_lines(spec: Mapping[str, Any]) -> list[str]:
    """One line where it fits, else a line a bucket."""
    flat = flow_text(spec)
    listed = next((key for key in ("bands", "rules") if key in spec), None)
    if listed is None and len(flat) + 8 <= _WIDTH:
        return [f"      - {flat}"]
    lines = []
    for key, value in spec.items():
        if key == listed:
            lines.append(f"{key}:")
            lines += [f"  - {flow_text(item)}" for item in value]
        else:
            lines.append(f"{key}: {flow_text(value, key)}")
    return [f"      {'- ' if i == 0 else '  '}{line}" for i, line in enumerate(lines)]


def flow_text(value: Any, key: str = "") -> str:
    """The value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {flow_text(v, k)}" for k, v in value.items()) + "}"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow_text(item, key) for item in value) + "]"
    return quoted(value) if key in ("when", "labels") else scalar(value)
