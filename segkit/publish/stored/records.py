"""Plain data as frozen dataclasses, by their annotations; what is wrong is named by its place.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Point:
...     x: float
...     label: str = ""
>>> record(Point, {"x": 1})
Point(x=1.0, label='')
>>> record(Point, {"x": "1"}, at="points[0]")
Traceback (most recent call last):
segkit.publish.stored.records.Mistaken: `points[0].x` is "1", not a number
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from segkit.core.facts import Figures

R = TypeVar("R")
_kinds = cache(get_type_hints)  # of a dataclass, by field
_SHOWN = 40
_LARGEST = 2**53  # counts: as far as a double knows every whole number
_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


class Mistaken(ValueError):
    """One value that is not what it should be: where it stands, and what it should be."""


def record(cls: type[R], data: Any, at: str = "", **made: Any) -> R:
    """Return the dataclass that plain data stand for; lists become tuples.

    ``cls``: a dataclass of numbers, texts, flags, tuples, mappings, Literals, such values or None,
    and other such dataclasses.
    ``data``: as JSON has it.
    ``at``: where it stands: ``segments[2]``.
    ``**made``: fields that are not read from the data.

    Raises Mistaken for the first key that is missing, unknown, or of a wrong value.
    """
    check_keys(
        mapping_of(data, at),
        {
            field.name: field.default is MISSING and field.default_factory is MISSING
            for field in fields(cls)  # type: ignore[arg-type]
            if field.name not in made
        },
        at,
    )
    kinds: dict[str, Any] = _kinds(cls)  # type: ignore[arg-type]
    prefix = f"{at}." if at else ""
    read = {name: value_of(kinds[name], value, f"{prefix}{name}") for name, value in data.items()}
    return cls(**read, **made)


def check_keys(data: Mapping[str, Any], known: Mapping[str, bool], at: str) -> None:
    """Raise Mistaken for a key that is not known, or one that has to be there and is not."""
    prefix = f"{at}." if at else ""
    for name, is_needed in known.items():
        if is_needed and name not in data:
            raise Mistaken(f"`{prefix}{name}` is missing")
    for name in data:
        if name not in known:
            raise Mistaken(f"{shown(f'{prefix}{name}')} is no key that segkit knows")


def value_of(kind: Any, value: Any, at: str) -> Any:
    """Return the value of a type that plain data stand for; see ``record``."""
    if kind is Any:
        return value
    if kind == Figures:
        return _figures(value, at)
    if is_dataclass(kind):
        return record(kind, value, at)  # type: ignore[arg-type]
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else value_of(inner[0], value, at)
    if origin is Literal:
        if value not in inner:
            raise not_a(" or ".join(map(shown, inner)), value, at, article="")
        return value
    if origin is tuple:
        return tuple(value_of(inner[0], v, f"{at}[{i}]") for i, v in enumerate(list_of(value, at)))
    if origin is not None:  # a Mapping
        read = mapping_of(value, at).items()
        return {key: value_of(inner[1], v, f"{at}.{key}") for key, v in read}
    return _plain(kind, value, at)


def _figures(value: Any, at: str) -> Any:
    """A figure of a fact, or a list of them."""
    if isinstance(value, list):
        return tuple(_figure(each, f"{at}[{place}]") for place, each in enumerate(value))
    return _figure(value, at)


def _figure(value: Any, at: str) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return _plain(type(value), value, at)
    raise not_a("number or a text", value, at)


def _plain(kind: type[Any], value: Any, at: str) -> Any:
    """A number, a text or a flag; a whole number is a number, too, and true is neither."""
    given = type(value)
    if given is not kind and not (kind is float and given is int):
        raise not_a(_WORDS[kind], value, at, article="")
    if kind is int and abs(value) > _LARGEST:
        raise Mistaken(f"`{at}` is {shown(value)}, which is too large")
    return kind(value)


def mapping_of(value: Any, at: str) -> dict[str, Any]:
    """The value, which is a mapping."""
    if not isinstance(value, dict):
        raise not_a("mapping of keys", value, at)
    return value


def list_of(value: Any, at: str) -> list[Any]:
    """The value, which is a list."""
    if not isinstance(value, list):
        raise not_a("list", value, at)
    return value


def not_a(what: str, value: Any, at: str, *, article: str = "a ") -> Mistaken:
    found = f"is {shown(value)}, not {article}{what}"
    return Mistaken(f"`{at}` {found}" if at else f"it {found}")


def shown(value: Any) -> str:
    """The value as its file has it, in few characters."""
    if isinstance(value, dict | list):
        return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value):,}"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
