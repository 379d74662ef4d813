"""A value of the wrong kind: what it should be by the types of ``schema``, and how to write it."""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from segkit.errors import Label
from segkit.project.yaml.marks import Entry, KeyPath
from segkit.project.yaml.near_names import did_you_mean_text
from segkit.project.yaml.scalars import dates_advice

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


# the types, walked by the path of a value -----------------------------------------------------


def type_at(spec: Any, path: KeyPath) -> Any:
    """The type that the value at ``path`` should have."""
    for part in path:
        spec = bare(spec)
        field = fields_of(spec).get(str(part))
        spec = field.annotation if field is not None else next(reversed(get_args(spec)), None)
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


def fields_of(spec: Any) -> dict[str, FieldInfo]:
    """The fields by the keys that they are written with; none of what is no mapping of ours."""
    if not (isinstance(spec, type) and issubclass(spec, BaseModel)):
        return {}
    return {field.alias or name: field for name, field in spec.model_fields.items()}


# what is wrong --------------------------------------------------------------------------------


@dataclass(frozen=True)
class WrongValue:
    """What pydantic says of the value ``entry``, which is at ``where`` in a ``spec``."""

    spec: type[BaseModel]
    where: KeyPath
    detail: ErrorDetails
    entry: Entry

    def report(self) -> None:
        kind, given = self.detail["type"], self.detail["input"]
        if given is None:
            self._no_value()
        elif kind == "string_type" and not isinstance(given, (list, dict)):
            message = f"must be a text, not {_spoken_kind(given)}"
            self._wrong(message, f'write "{self._written}" in quotes')
        elif kind == "literal_error":
            self._no_option()
        elif kind == "string_pattern_mismatch":
            self._no_name()
        elif kind == "control":
            self._wrong(self.detail["msg"], "remove it")
        elif kind in ("too_short", "string_too_short"):
            self._wrong("is empty", "give it a value, or remove it")
        else:
            self._other_kind()

    def _wrong(self, message: str, hint: str, near: str = "", *, at_key: bool = False) -> None:
        place = self.entry.key_place() if at_key else self.entry.place()
        self.entry.report("SK005", f"{self._spoken} {message}", Label(place, near), help=hint)

    def _no_value(self) -> None:
        if self._written:
            hint = f'write "{self._written}" in quotes if you mean the word'
            self._wrong(f"is `{self._written}`, which YAML reads as nothing", hint)
        else:
            self._wrong("has no value", "give it one, or remove the line", at_key=True)

    def _no_option(self) -> None:
        options = [str(option) for option in get_args(type_at(self.spec, self.where))]
        about = f"; {self._description}" if self._description else ""
        hint = f"it is one of {', '.join(options)}{about}"
        if len(options) == 1:
            hint = f"only {options[0]} is possible"
        near = did_you_mean_text(str(self._written), options)
        given = self._written or _spoken_kind(self.detail["input"])
        self._wrong(f"cannot be `{given}`", hint, near)

    def _no_name(self) -> None:
        pattern = self.detail["ctx"]["pattern"]
        if pattern == "^[A-Z]+$":
            self._wrong("is not a segment id", "ids are A, B, C, ...", at_key=True)
        else:
            case = "lower-case letters" if "a-z_" in pattern[:8] else "letters"
            hint = f"use {case}, digits and `_`, and no digit at the start"
            self._wrong("is not a plain name", hint)

    def _other_kind(self) -> None:
        kind, value, written = self.detail["type"], self.detail["input"], self._written
        if kind in ("number", "count", "auto", "names", "day"):
            wanted = self.detail["msg"]
        elif kind in _LIMIT_WORDS:
            limit, words = _LIMIT_WORDS[kind]
            wanted = f"{words} {self.detail['ctx'][limit]:g}"
        else:
            wanted = _KINDS.get(kind) or self.detail["msg"].lower()
        said = f'"{written}"' if self._is_quoted else written
        if isinstance(value, str) and said == written:
            said = f"`{written}`"
        shape = kind in _KINDS and kind != "int_from_float"
        hint = self._how_to_write()
        if not self.entry.path:
            hint = f"the file begins with one of its keys: {', '.join(fields_of(self.spec))}"
        found = _spoken_kind(value) if shape or said is None else said
        self._wrong(f"must be {wanted}, not {found}", hint)

    def _how_to_write(self) -> str:
        kind, value = self.detail["type"], self.detail["input"]
        if kind == "number" and re.match(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]|\Z)", str(value)):
            return dates_advice(str(value))
        if self._is_quoted and kind in ("number", "count", "int_type"):
            return "remove the quotes"
        if kind == "list_type":
            written = self._written
            listed = type_at(self.spec, self.where)
            return f"write `[{written}]`" if written is not None else _entries_of(listed)
        if kind in ("model_type", "model_attributes_type"):
            target = type_at(self.spec, self.where)
            keys = list(fields_of(target))
            if isinstance(value, (list, dict)):
                return f"write `{keys[0]}: ...`; the keys here are {', '.join(keys)}"
            return f"write `{{{[*_required(target), *keys][0]}: ...}}`"
        usual = self._usual
        if kind == "number" and isinstance(value, str):
            digits = "write digits alone, such as 1000 or 0.25"
            return digits if usual is None else f"{digits}; the usual one is {usual}"
        if usual is not None:
            return f"leave it out for the usual one, {usual}"
        about = self._description
        return f"it is {about}" if about else "`segkit schema resources` says what may stand here"

    @property
    def _written(self) -> str | None:
        return self.entry.written()

    @property
    def _is_quoted(self) -> bool:
        return self.entry.path in self.entry.document.quoted

    @property
    def _field(self) -> FieldInfo | None:
        """The field that the path leads to, or that it lies in."""
        last = _last_name(self.where)
        if last is None:
            return None
        return fields_of(type_at(self.spec, self.where[:last])).get(str(self.where[last]))

    @property
    def _description(self) -> str | None:
        return self._field.description if self._field is not None else None

    @property
    def _usual(self) -> Any:
        """The default of a plain value; None where it has none."""
        default = self._field.default if self._field is not None else None
        if isinstance(default, float) and default.is_integer():
            return int(default)
        return default if isinstance(default, (str, int, float)) and default != "" else None

    @property
    def _spoken(self) -> str:
        """``features[2].scale`` without what the place shows anyway: the last key, its index."""
        path = self.entry.path
        last = _last_name(path)
        if last is None:
            return "the file"
        index = "".join(f"[{part}]" for part in path[last + 1 :])
        return f"`{path[last]}{index}`"


def _last_name(path: KeyPath) -> int | None:
    """Where the last key of a path is that is no index."""
    return next((i for i in reversed(range(len(path))) if isinstance(path[i], str)), None)


def _entries_of(listed: Any) -> str:
    keys = _required(bare(next(iter(get_args(listed)), None)))
    inside = f"{{{', '.join(f'{key}: ...' for key in keys)}}}" if keys else "..."
    return f"start each entry with a `-`: `- {inside}`"


def _required(spec: Any) -> list[str]:
    return [key for key, field in fields_of(spec).items() if field.is_required()]


def _spoken_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a mapping"
