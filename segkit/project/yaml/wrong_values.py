"""A value of the wrong kind: what it should be, and how that is written."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from segkit.errors import Label, Problem
from segkit.project.yaml.marks import Document, KeyPath
from segkit.project.yaml.near_names import did_you_mean_text
from segkit.project.yaml.plain_scalars import dates_advice
from segkit.project.yaml.spec_types import bare, field_of, keys_of, literals_of, type_at

_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "list_type": "a list",
    "int_from_float": "a whole number",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "a mapping"),
}
_LIMIT_WORDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "above"),
    "less_than": ("lt", "below"),
}


def wrong_value(
    spec: type[BaseModel], detail: ErrorDetails, document: Document, full: KeyPath, where: KeyPath
) -> Problem:
    """Return the problem of the value at ``full``; ``where`` is its path within ``spec``."""
    name, label, kind = _spoken(full), Label(document.place(full)), detail["type"]
    if detail["input"] is None:
        return _no_value(document, full)
    if kind == "string_type" and not isinstance(detail["input"], (list, dict)):
        message = f"{name} must be a text, not {_spoken_kind(detail['input'])}"
        return _wrong(message, label, f'write "{document.written(full)}" in quotes')
    if kind == "literal_error":
        return _no_option(spec, detail, document, full, where)
    if kind == "string_pattern_mismatch":
        return _no_name(detail, document, full)
    if kind == "control":
        return _wrong(f"{name} {detail['msg']}", label, "remove it")
    if kind in ("too_short", "string_too_short"):
        return _wrong(f"{name} is empty", label, "give it a value, or remove it")
    return _other_kind(spec, detail, document, full, where)


def _wrong(message: str, label: Label, help_text: str | None) -> Problem:
    return Problem("SK005", message, (label,), help=help_text)


def _no_value(document: Document, full: KeyPath) -> Problem:
    name, written = _spoken(full), document.written(full)
    if written:
        message = f"{name} is `{written}`, which YAML reads as nothing"
        hint = f'write "{written}" in quotes if you mean the word'
        return _wrong(message, Label(document.place(full)), hint)
    label = Label(document.key_place(full))
    return _wrong(f"{name} has no value", label, "give it one, or remove the line")


def _no_option(
    spec: type[BaseModel], detail: ErrorDetails, document: Document, full: KeyPath, where: KeyPath
) -> Problem:
    options = [str(option) for option in literals_of(type_at(spec, where))]
    about, written = _description(spec, where), document.written(full)
    hint = f"it is one of {', '.join(options)}" + (f"; {about}" if about else "")
    message = f"{_spoken(full)} cannot be `{written or _spoken_kind(detail['input'])}`"
    label = Label(document.place(full), did_you_mean_text(str(written), options))
    return _wrong(message, label, hint if len(options) > 1 else f"only {options[0]} is possible")


def _no_name(detail: ErrorDetails, document: Document, full: KeyPath) -> Problem:
    pattern = detail["ctx"]["pattern"]
    if pattern == "^[A-Z]+$":
        label = Label(document.key_place(full))
        return _wrong(f"`{full[-1]}` is not a segment id", label, "ids are A, B, C, ...")
    case = "lower-case letters" if "a-z_" in pattern[:8] else "letters"
    hint = f"use {case}, digits and `_`, and no digit at the start"
    return _wrong(f"{_spoken(full)} is not a plain name", Label(document.place(full)), hint)


def _other_kind(
    spec: type[BaseModel], detail: ErrorDetails, document: Document, full: KeyPath, where: KeyPath
) -> Problem:
    kind, value, written = detail["type"], detail["input"], document.written(full)
    if kind in ("number", "count", "auto", "names"):
        wanted = detail["msg"]
    else:
        wanted = _limits(kind, detail.get("ctx", {})) or _KINDS.get(kind) or detail["msg"].lower()
    said = f'"{written}"' if full in document.quoted else written
    if isinstance(value, str) and said == written:
        said = f"`{written}`"
    shape = kind in _KINDS and kind != "int_from_float"
    found = _spoken_kind(value) if shape or said is None else said
    hint = _how_to_write(spec, where, detail, written, full in document.quoted)
    if not full:
        hint = f"the file begins with one of its keys: {', '.join(keys_of(spec))}"
    message = f"{_spoken(full)} must be {wanted}, not {found}"
    return _wrong(message, Label(document.place(full)), hint)


def _how_to_write(
    spec: type[BaseModel], where: KeyPath, detail: ErrorDetails, written: str | None, quoted: bool
) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "number" and re.match(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]|\Z)", str(value)):
        return dates_advice(str(value))
    if quoted and kind in ("number", "count", "int_type"):
        return "remove the quotes"
    if kind == "list_type":
        return f"write `[{written}]`" if written is not None else _entries_of(type_at(spec, where))
    if kind in ("model_type", "model_attributes_type"):
        target = type_at(spec, where)
        keys = keys_of(target)
        if isinstance(value, (list, dict)):
            return f"write `{keys[0]}: ...`; the keys here are {', '.join(keys)}"
        return f"write `{{{[*_required(target), *keys][0]}: ...}}`"
    usual = _usual(spec, where)
    if kind == "number" and isinstance(value, str):
        digits = "write digits alone, such as 1000 or 0.25"
        return digits if usual is None else f"{digits}; the usual one is {usual}"
    if usual is not None:
        return f"leave it out for the usual one, {usual}"
    about = _description(spec, where)
    return f"it is {about}" if about else "`segkit schema resources` says what may stand here"


def _entries_of(listed: Any) -> str:
    keys = _required(bare(next(iter(get_args(listed)), None)))
    inside = f"{{{', '.join(f'{key}: ...' for key in keys)}}}" if keys else "..."
    return f"start each entry with a `-`: `- {inside}`"


def _required(spec: Any) -> list[str]:
    return [key for key in keys_of(spec) if field_of(spec, key).is_required()]


def _described(spec: type[BaseModel], where: KeyPath) -> Any:
    """The field that the path leads to, or that it lies in."""
    names = [i for i, part in enumerate(where) if isinstance(part, str)]
    if not names:
        return None
    last = names[-1]
    return field_of(type_at(spec, where[:last]), str(where[last]))


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
    if kind not in _LIMIT_WORDS:
        return None
    key, text = _LIMIT_WORDS[kind]
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
