"""YAML data against the types of ``schema``: every mistake as a Problem with its place."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segkit.errors import Label, Place
from segkit.project.yaml.marks import Entry, KeyPath
from segkit.project.yaml.near_names import did_you_mean, did_you_mean_text
from segkit.project.yaml.wrong_values import WrongValue, fields_of, type_at

Spec = TypeVar("Spec", bound=BaseModel)

_HINTS = {
    "version": "remove it: segkit's files have no version",
    "sources": "sources stand in segkit.yml",
    "targets": "targets stand in segkit.yml",
    "vars": "vars stand in segkit.yml",
}
_TESTS = "unique, not_null, accepted_values, relationships"


def validate(spec: type[Spec], data: Any, entry: Entry) -> Spec | None:
    """Return the data of ``entry`` as ``spec``; None if it does not fit, and why is reported."""
    try:
        return spec.model_validate(data)
    except ValidationError as error:
        for detail in _without_echoes(spec, error.errors(include_url=False)):
            _report(spec, detail, entry)
        return None


def _without_echoes(spec: type[BaseModel], details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out what follows from another mistake.

    ``colum`` is unknown, and ``column`` missing because of it; a target of an
    unknown type has keys of its own.
    """
    found = [(detail["type"], detail["loc"]) for detail in details]
    echoes = {
        (*loc[:-1], did_you_mean(str(loc[-1]), fields_of(type_at(spec, loc[:-1]))))
        for kind, loc in found
        if kind == "extra_forbidden"
    }
    strange = {loc[:-1] for kind, loc in found if kind == "literal_error" and "type" in loc[-1:]}
    return [
        detail
        for detail in details
        if not (detail["type"] == "missing" and detail["loc"] in echoes)
        and not (detail["loc"][:-1] in strange and detail["type"] != "literal_error")
    ]


def _report(spec: type[BaseModel], detail: ErrorDetails, root: Entry) -> None:
    where = tuple(part for part in detail["loc"] if part != "[key]")
    entry = root.at(*where)
    if entry.path[:-1] in entry.document.scalars:  # a text that stands for a mapping
        entry = root.at(*where[:-1])
    if any(entry.path[:n] in entry.document.trapped for n in range(len(entry.path) + 1)):
        return
    if detail["type"] == "extra_forbidden":
        _unknown_key(spec, where, entry)
    elif detail["type"] == "missing":
        _missing_key(spec, where, entry)
    elif detail["type"] == "shape":
        context = detail.get("ctx", {})
        said = str(context["key"]).split(".") if "key" in context else ()
        keys = [int(key) if key.isdigit() else key for key in said]
        entry.report("SK005", detail["msg"], entry.key_place(*keys), help=context.get("help"))
    else:
        WrongValue(spec, where, detail, entry).report()


def _unknown_key(spec: type[BaseModel], where: KeyPath, entry: Entry) -> None:
    key, allowed = str(where[-1]), list(fields_of(type_at(spec, where[:-1])))
    label = Label(entry.key_place(), did_you_mean_text(key, allowed))
    if set(allowed) == set(_TESTS.split(", ")):
        hint = f"tests of a column are {_TESTS}"
        entry.report("SK003", f"there is no test `{key}`", label, help=hint)
        return
    hint = _HINTS.get(key) or f"the keys here are {', '.join(allowed)}"
    if key.startswith("-"):
        hint = f"write `- {key[1:]}`, with a space"
    elif re.search(r"[^\w-]", key):
        hint = "if it belongs to the text before it: a text with a `,` needs quotes"
    entry.report("SK003", f"unknown key `{key}`{_owner(entry)}", label, help=hint)


def _missing_key(spec: type[BaseModel], where: KeyPath, entry: Entry) -> None:
    key = str(where[-1])
    field = fields_of(type_at(spec, where[:-1])).get(key)
    words = f", {field.description}" if field is not None and field.description else ""
    place = Entry(entry.document, entry.path[:-1]).place()
    if place.line is None:
        place = Place(place.path, 1, 1)
    hint = f"add `{key}: ...`{words}"
    entry.report("SK004", f"`{key}` is missing{_owner(entry)}", place, help=hint)


def _owner(entry: Entry) -> str:
    """`` in `shoppers` ``: the name of the entry that the key belongs to."""
    for end in range(len(entry.path) - 1, 0, -1):
        name = entry.document.scalars.get((*entry.path[:end], "name"))
        if name:
            return f" in `{name}`"
    return ""
