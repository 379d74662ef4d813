"""Texts as scalars of YAML that segkit writes, bare where a person would write them so."""

from __future__ import annotations

import re

import yaml

# nothing that YAML reads as something else: one word or more, beginning with a letter
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ ./-][A-Za-z0-9_]+)*\Z")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


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
