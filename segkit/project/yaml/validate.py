"""YAML data against the types of ``schema``: every mistake as a Problem with its place."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segkit.errors import Label, Place, Problem
from segkit.project.yaml.marks import Document, KeyPath, dates_advice

Spec = TypeVar("Spec", bound=BaseModel)

_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "list_type": "a list",
    "int_from_float": "a whole number",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
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
            near = did_you_mean(str(where[-1]), _keys(_type_at(spec, where[:-1])))
            echoes.add((*where[:-1], near))
        if detail["type"] == "literal_error" and where and where[-1] == "type":
            strange.add(where[:-1])
    return [
        detail
        for detail in details
        if not (detail["type"] == "missing" and detail["loc"] in echoes)
        and not (detail["loc"][:-1] in strange and detail["type"] != "literal_error")
    ]


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest, if one is near."""
    by_lower = {candidate.lower(): candidate for candidate in sorted(known, reverse=True)}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.65)
    return by_lower[near[0]] if near else None


def did_you_mean_text(name: str, known: Iterable[str]) -> str:
    near = did_you_mean(name, known)
    return f"did you mean `{near}`?" if near else ""


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
    return _wrong_value(spec, detail, document, full, where)


def _unknown_key(
    spec: type[BaseModel], where: KeyPath, document: Document, full: KeyPath
) -> Problem:
    key, allowed = str(where[-1]), _keys(_type_at(spec, where[:-1]))
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
    return Problem(
        "SK003",
        f"unknown key `{key}`{_owner(full[:-1], document)}",
        (label,),
        help=hint or f"the keys here are {', '.join(allowed)}",
    )


def _missing_key(
    spec: type[BaseModel], where: KeyPath, document: Document, full: KeyPath
) -> Problem:
    key = str(where[-1])
    field = _field(_type_at(spec, where[:-1]), key)
    words = f", {field.description}" if field is not None and field.description else ""
    place = document.place(full[:-1])
    if place.line is None:
        place = Place(document.path, 1, 1)
    return Problem(
        "SK004",
        f"`{key}` is missing{_owner(full[:-1], document)}",
        (Label(place),),
        help=f"add `{key}: ...`{words}",
    )


def _wrong_shape(detail: ErrorDetails, document: Document, full: KeyPath) -> Problem:
    context = detail.get("ctx", {})
    key_path = (*full, *str(context["key"]).split(".")) if "key" in context else full
    place = document.key_place(key_path)
    return Problem("SK005", detail["msg"], (Label(place),), help=context.get("help"))


def _wrong_value(
    spec: type[BaseModel], detail: ErrorDetails, document: Document, full: KeyPath, where: KeyPath
) -> Problem:
    name = _spoken(full)
    label = Label(document.place(full))
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    written = document.written(full)
    if value is None:
        if written:
            return Problem(
                "SK005",
                f"{name} is `{written}`, which YAML reads as nothing",
                (label,),
                help=f'write "{written}" in quotes if you mean the word',
            )
        return Problem(
            "SK005",
            f"{name} has no value",
            (Label(document.key_place(full)),),
            help="give it one, or remove the line",
        )
    if kind == "string_type" and not isinstance(value, (list, dict)):
        return Problem(
            "SK005",
            f"{name} must be a text, not {_spoken_kind(value)}",
            (label,),
            help=f'write "{written}" in quotes',
        )
    if kind in ("literal_error",):
        options = [str(option) for option in _literals(_type_at(spec, where))]
        about = _description(spec, where)
        return Problem(
            "SK005",
            f"{name} cannot be `{written or _spoken_kind(value)}`",
            (Label(label.place, did_you_mean_text(str(written), options)),),
            help=f"only {options[0]} is possible"
            if len(options) == 1
            else f"it is one of {', '.join(options)}" + (f"; {about}" if about else ""),
        )
    if kind == "control":
        return Problem("SK005", f"{name} {detail['msg']}", (label,), help="remove it")
    if kind == "string_pattern_mismatch" and context["pattern"] == "^[A-Z]+$":
        return Problem(
            "SK005",
            f"`{full[-1]}` is not a segment id",
            (Label(document.key_place(full)),),
            help="ids are A, B, C, ...",
        )
    if kind == "string_pattern_mismatch":
        case = "lower-case letters" if "a-z_" in context["pattern"][:8] else "letters"
        return Problem(
            "SK005",
            f"{name} is not a plain name",
            (label,),
            help=f"use {case}, digits and `_`, and no digit at the start",
        )
    if kind in ("too_short", "string_too_short"):
        return Problem("SK005", f"{name} is empty", (label,), help="give it a value, or remove it")
    if kind in ("number", "count", "auto", "names"):
        wanted = detail["msg"]
    else:
        wanted = _limits(kind, context) or _KINDS.get(kind) or detail["msg"].lower()
    said = f'"{written}"' if full in document.quoted else written
    if isinstance(value, str) and said == written:
        said = f"`{written}`"
    shape = kind in _KINDS and kind != "int_from_float"
    found = _spoken_kind(value) if shape or said is None else said
    return Problem(
        "SK005",
        f"{name} must be {wanted}, not {found}",
        (label,),
        help=f"the file begins with one of its keys: {', '.join(_keys(spec))}"
        if not full
        else _how_to_write(spec, where, value, written, kind, full in document.quoted),
    )


def _how_to_write(
    spec: type[BaseModel],
    where: KeyPath,
    value: Any,
    written: str | None,
    kind: str,
    is_quoted: bool,
) -> str | None:
    if kind == "number" and re.match(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]|\Z)", str(value)):
        return dates_advice(str(value))
    if is_quoted and kind in ("number", "count", "int_type"):
        return "remove the quotes"
    if kind == "list_type" and written is not None:
        return f"write `[{written}]`"
    if kind == "list_type":
        entry = _bare(next(iter(get_args(_type_at(spec, where))), None))
        keys = [key for key in _keys(entry) if _field(entry, key).is_required()]
        inside = f"{{{', '.join(f'{key}: ...' for key in keys)}}}" if keys else "..."
        return f"start each entry with a `-`: `- {inside}`"
    if kind in ("model_type", "model_attributes_type") and not isinstance(value, (list, dict)):
        target = _type_at(spec, where)
        keys = [k for k in _keys(target) if _field(target, k).is_required()] or _keys(target)
        return f"write `{{{keys[0]}: ...}}`"
    if kind in ("model_type", "model_attributes_type"):
        keys = _keys(_type_at(spec, where))
        return f"write `{keys[0]}: ...`; the keys here are {', '.join(keys)}"
    usual = _usual(spec, where)
    if kind == "number" and isinstance(value, str):
        digits = "write digits alone, such as 1000 or 0.25"
        return digits if usual is None else f"{digits}; the usual one is {usual}"
    if usual is not None:
        return f"leave it out for the usual one, {usual}"
    about = _description(spec, where)
    return f"it is {about}" if about else "`segkit schema resources` says what may stand here"


def _described(spec: type[BaseModel], where: KeyPath) -> Any:
    """The field that the path leads to, or that it lies in."""
    names = [i for i, part in enumerate(where) if isinstance(part, str)]
    if not names:
        return None
    last = names[-1]
    return _field(_type_at(spec, where[:last]), str(where[last]))


def _description(spec: type[BaseModel], where: KeyPath) -> str | None:
    field = _described(spec, where)
    return field.description if field is not None else None


def _usual(spec: type[BaseModel], where: KeyPath) -> Any:
    """The default of a plain value; None where it has none."""
    field = _described(spec, where)
    default = field.default if field is not None else None
    if isinstance(default, float) and default.is_integer():
        return int(default)
    return default if isinstance(default, (str, int, float)) and default != "" else None


def _limits(kind: str, context: dict[str, Any]) -> str | None:
    words = {
        "greater_than_equal": ("ge", "at least"),
        "less_than_equal": ("le", "at most"),
        "greater_than": ("gt", "above"),
        "less_than": ("lt", "below"),
    }
    if kind not in words:
        return None
    key, text = words[kind]
    return f"{text} {context[key]:g}"


def _spoken(path: KeyPath) -> str:
    """``features[2].scale`` without what the place shows anyway: the last key and its index."""
    names = [i for i, part in enumerate(path) if isinstance(part, str)]
    if not names:
        return "the file"
    last = names[-1]
    index = "".join(f"[{part}]" for part in path[last + 1 :])
    return f"`{path[last]}{index}`"


def _spoken_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a mapping"


def _owner(path: KeyPath, document: Document) -> str:
    """`` in `shoppers` ``: the name of the entry that the key belongs to."""
    for end in range(len(path), 0, -1):
        name = document.written((*path[:end], "name"))
        if name:
            return f" in `{name}`"
    return ""


# walking the types --------------------------------------------------------------------------------


def _type_at(spec: Any, path: KeyPath) -> Any:
    """The type that the value at ``path`` should have."""
    for part in path:
        spec = _bare(spec)
        field = _field(spec, str(part))
        if field is not None:
            spec = field.annotation
            continue
        arguments = get_args(spec)
        spec = arguments[-1] if arguments else None
    return _bare(spec)


def _bare(spec: Any) -> Any:
    """Without Annotated and Optional."""
    while True:
        if get_origin(spec) is Annotated:
            spec = get_args(spec)[0]
        elif get_origin(spec) in (Union, types.UnionType) and type(None) in get_args(spec):
            spec = next(kind for kind in get_args(spec) if kind is not type(None))
        else:
            return spec


def _field(spec: Any, key: str) -> Any:
    if not (isinstance(spec, type) and issubclass(spec, BaseModel)):
        return None
    fields = spec.model_fields
    return next((f for name, f in fields.items() if (f.alias or name) == key), None)


def _keys(spec: Any) -> list[str]:
    if not (isinstance(spec, type) and issubclass(spec, BaseModel)):
        return []
    return [field.alias or name for name, field in spec.model_fields.items()]


def _literals(spec: Any) -> tuple[Any, ...]:
    return get_args(spec)
