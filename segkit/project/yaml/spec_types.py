"""The types of ``schema`` walked by the path of a value."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from segkit.project.yaml.marks import KeyPath


def type_at(spec: Any, path: KeyPath) -> Any:
    """The type that the value at ``path`` should have."""
    for part in path:
        spec = bare(spec)
        field = field_of(spec, str(part))
        if field is not None:
            spec = field.annotation
            continue
        arguments = get_args(spec)
        spec = arguments[-1] if arguments else None
    return bare(spec)


def bare(spec: Any) -> Any:
    """Without Annotated and Optional."""
    while True:
        if get_origin(spec) is Annotated:
            spec = get_args(spec)[0]
        elif get_origin(spec) in (Union, types.UnionType) and type(None) in get_args(spec):
            spec = next(kind for kind in get_args(spec) if kind is not type(None))
        else:
            return spec


def field_of(spec: Any, key: str) -> Any:
    if not (isinstance(spec, type) and issubclass(spec, BaseModel)):
        return None
    fields = spec.model_fields
    return next((f for name, f in fields.items() if (f.alias or name) == key), None)


def keys_of(spec: Any) -> list[str]:
    if not (isinstance(spec, type) and issubclass(spec, BaseModel)):
        return []
    return [field.alias or name for name, field in spec.model_fields.items()]


def literals_of(spec: Any) -> tuple[Any, ...]:
    return get_args(spec)
