"""JSON schemas of the YAML files, for editors: made from the types that validate them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from segkit.project.schema.documents import ProjectFile, ResourceFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILES: dict[str, tuple[type[BaseModel], str]] = {
    "project": (ProjectFile, "segkit.yml"),
    "resources": (ResourceFile, "sql/**/*.yml of a segkit project"),
}
_LIMITS = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
}


def json_schema(file: str) -> dict[str, Any]:
    """Return the schema of ``project`` (segkit.yml) or ``resources`` (sql/**/*.yml)."""
    model, title = FILES[file]
    schema = _tidied(model.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, "title": title, **schema}


def _tidied(schema: Any) -> Any:
    """Without what only says how the types are written: titles, and None for "not given"."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs", "patternProperties"):  # keys here are names
            out[key] = {name: _tidied(inner) for name, inner in value.items()}
        elif key == "anyOf":
            options = [_tidied(option) for option in value if option != {"type": "null"}]
            out |= options[0] if len(options) == 1 else {"anyOf": options}
        elif not (key == "title" or (key == "default" and value is None)):
            out[_LIMITS.get(str(key), str(key))] = _tidied(value)
    return out
