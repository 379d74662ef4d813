"""YAML data against the types of ``schema``: every mistake as a Problem with its place."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segkit.errors import Label, Place, Problem
from segkit.project.yaml.marks import Document, KeyPath
from segkit.project.yaml.near_names import did_you_mean, did_you_mean_text
from segkit.project.yaml.spec_types import field_of, keys_of, type_at
from segkit.project.yaml.wrong_values import wrong_value

Spec = TypeVar("Spec", bound=BaseModel)

_HINTS = {
    "version": "remove it: segkit's files have no version",
    "sources": "sources stand in segkit.yml",
    "targets": "targets stand in segkit.yml",
    "vars": "vars stand in segkit.yml",
}
_TESTS = "unique, not_null, accepted_values, relationships"


def validate(
    spec: type[Spec], data: Any, document: Document, path: KeyPath = ()
) -> tuple[Spec | None, list[Problem]]:
    """Return the data as ``spec`` (None if it does not fit) and all that is wrong with it.

    ``path`` is where ``data`` stands in the document.
    """
    try:
        return spec.model_validate(data), []
    except ValidationError as error:
        details = _without_echoes(spec, error.errors(include_url=False))
        found = (_problem(spec, detail, document, path) for detail in details)
        return None, [problem for problem in found if problem]


def _without_echoes(spec: type[BaseModel], details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out what follows from another mistake.

    ``colum`` is unknown, and ``column`` missing because of it; a target of an
    unknown type has keys of its own.
    """
    echoes: set[tuple[Any, ...]] = set()
    strange: set[tuple[Any, ...]] = set()
    for detail in details:
        where = detail["loc"]
        if detail["type"] == "extra_forbidden":
            near = did_you_mean(str(where[-1]), keys_of(type_at(spec, where[:-1])))
            echoes.add((*where[:-1], near))
        if detail["type"] == "literal_error" and where and where[-1] == "type":
            strange.add(where[:-1])
    return [
        detail
        for detail in details
        if not (detail["type"] == "missing" and detail["loc"] in echoes)
        and not (detail["loc"][:-1] in strange and detail["type"] != "literal_error")
    ]


def _problem(
    spec: type[BaseModel], detail: ErrorDetails, document: Document, path: KeyPath
) -> Problem | None:
    where = tuple(part for part in detail["loc"] if part != "[key]")
    full = (*path, *where)
    if any(full[:n] in document.trapped for n in range(len(full) + 1)):
        return None
    if detail["type"] == "extra_forbidden":
        return _unknown_key(spec, where, document, full)
    if detail["type"] == "missing":
        return _missing_key(spec, where, document, full)
    if detail["type"] == "shape":
        return _wrong_shape(detail, document, full)
    return wrong_value(spec, detail, document, full, where)


def _unknown_key(
    spec: type[BaseModel], where: KeyPath, document: Document, full: KeyPath
) -> Problem:
    key, allowed = str(where[-1]), keys_of(type_at(spec, where[:-1]))
    label = Label(document.key_place(full), did_you_mean_text(key, allowed))
    if set(allowed) == set(_TESTS.split(", ")):
        return Problem(
            "SK003", f"there is no test `{key}`", (label,), help=f"tests of a column are {_TESTS}"
        )
    hint = _HINTS.get(key)
    if key.startswith("-"):
        hint = f"write `- {key[1:]}`, with a space"
    elif re.search(r"[^\w-]", key):
        hint = "if it belongs to the text before it: a text with a `,` needs quotes"
    message = f"unknown key `{key}`{_owner(full[:-1], document)}"
    return Problem("SK003", message, (label,), hint or f"the keys here are {', '.join(allowed)}")


def _missing_key(
    spec: type[BaseModel], where: KeyPath, document: Document, full: KeyPath
) -> Problem:
    key = str(where[-1])
    field = field_of(type_at(spec, where[:-1]), key)
    words = f", {field.description}" if field is not None and field.description else ""
    place = document.place(full[:-1])
    if place.line is None:
        place = Place(document.path, 1, 1)
    message = f"`{key}` is missing{_owner(full[:-1], document)}"
    return Problem("SK004", message, (Label(place),), f"add `{key}: ...`{words}")


def _wrong_shape(detail: ErrorDetails, document: Document, full: KeyPath) -> Problem:
    context = detail.get("ctx", {})
    key_path = (*full, *str(context["key"]).split(".")) if "key" in context else full
    place = document.key_place(key_path)
    return Problem("SK005", detail["msg"], (Label(place),), help=context.get("help"))


def _owner(path: KeyPath, document: Document) -> str:
    """`` in `shoppers` ``: the name of the entry that the key belongs to."""
    for end in range(len(path), 0, -1):
        name = document.written((*path[:end], "name"))
        if name:
            return f" in `{name}`"
    return ""
