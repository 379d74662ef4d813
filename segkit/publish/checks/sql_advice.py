"""The next step after an error of the database in a model."""

from __future__ import annotations

import re

from segkit.errors import Place

_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|\w+")
_ADVICE = (
    ('at or near "{"', "Jinja needs two braces: {{ ... }}"),
    (
        "Table with name",
        "a model, a seed or a source is read by ref('...') or source('...', '...')",
    ),
    ("Could not convert", "TRY_CAST(... AS ...) makes NULL of what cannot be converted"),
)


def token_at(text: str, line: int, column: int) -> str:
    """The word, or what stands in quotes, at a place in a text; empty where there is none."""
    found = _TOKEN.match(text.split("\n")[line - 1], column - 1)
    return found[0] if found else ""


def advice_on(message: str, name: str, place: Place, raw_sql: str) -> str:
    """What to do about a message of the database on the model of that name."""
    token = token_at(raw_sql, place.line or 1, place.column or 1)
    if "Referenced column" in message and token.startswith('"'):
        return f"if it is a text, write it in single quotes: '{token[1:-1]}'"
    known = next((advice for words, advice in _ADVICE if words in message), None)
    return known or f"the database says so: `segkit compile {name}` prints the whole SQL"
