"""Scalars without quotes: what YAML reads, what people mean, and which ones segkit writes so."""

from __future__ import annotations

import re
from typing import Any

import yaml

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?\Z")
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# what YAML 1.1 readers make of plain scalars that people mean as text
_TRAPS = (
    (re.compile(r"(?i)(yes|on)\Z"), "true"),
    (re.compile(r"(?i)(no|off)\Z"), "false"),
    (re.compile(r"[-+]?0[0-9_]+\Z"), "a number without its leading zeros, or an octal number"),
    (re.compile(r"[-+]?0(x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)\Z"), "a number in another base"),
    (re.compile(r"[-+]?[0-9]+(_[0-9]+)+(\.[0-9_]*)?\Z"), "a number without the `_`"),
    (re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?\Z"), "a number in base 60"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?\Z"), "a date"),
    (re.compile(r"(?i)([-+]?\.inf|\.nan)\Z"), "a number that is not finite"),
)
# nothing that YAML reads as something else: one word or more, beginning with a letter
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ ./-][A-Za-z0-9_]+)*\Z")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def plain_value(text: str) -> tuple[Any, str]:
    """Return the value of a plain scalar, and what YAML 1.1 would read that is meant as a text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text], ""
    if _INTEGER.match(text) and len(text) < 400:
        return int(text), ""
    if _FLOAT.match(text):
        return float(text), ""
    return text, next((meaning for pattern, meaning in _TRAPS if pattern.match(text)), "")


def trap_advice(text: str, meaning: str, before: str, *, is_edge: bool) -> tuple[str, str]:
    """Return what is wrong with such a text, and the next step; ``before`` is its line's start."""
    if re.search(r"\d,\Z", before) and len(text) == 3:
        hint = "write a large number without commas, such as 1000"
    elif meaning == "a date" and is_edge:
        return f"`{text}` is a date, and edges are numbers", dates_advice(text)
    else:
        hint = f'write "{text}" in quotes{_instead(text, meaning)}'
    return f"`{text}` without quotes is not a text: YAML reads {meaning}", hint


def dates_advice(date: str) -> str:
    """How a column of dates is put into buckets."""
    return (
        "make the days since a date a column of the model and cut that, or use `rules`: "
        f"`when: \"signed_up < DATE '{re.split('[Tt ]', date)[0]}'\"`"
    )


def _instead(text: str, meaning: str) -> str:
    if meaning in ("true", "false"):
        return f", or `{meaning}` if that is what you mean"
    if meaning == "a number that is not finite":
        return " if it is a text; the open end of a band is left out"
    if meaning == "a number without the `_`":
        return f", or `{text.replace('_', '')}` if you mean the number"
    zeros = re.match(r"([-+]?)0+([1-9]\d*)\Z", text)
    return f", or `{zeros[1]}{zeros[2]}` if you mean the number" if zeros else ""


def scalar(text: str) -> str:
    """Return the text bare where YAML reads it as it is, else in quotes.

    >>> scalar("total spend"), scalar("on"), scalar("a: b")
    ('total spend', '"on"', '"a: b"')
    """
    is_plain = _PLAIN.match(text) and text.lower() not in _WORDS
    return text if is_plain else quoted(text)


def quoted(text: str) -> str:
    """Return the text in quotes, without escapes where that is possible."""
    if '"' in text and "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'  # as PyYAML writes it, a character at a time
    dumped: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)
    return dumped.removesuffix("\n")
