"""What looks wrong in models that buckets and segments are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.project.graph import with_above
from segkit.project.jinja.template_errors import place_of
from segkit.project.nodes import BucketSet, Model, Node, Segmentation

_VAR = re.compile(r"\bvar\s*\(\s*(['\"])(?P<name>\w+)\1")
_DAY = re.compile(
    r"\b(?:date_diff|datediff|date_sub|datesub|age)\s*\([^;]*?'(?P<day>\d{4}-\d\d-\d\d)'",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"\b(?:current_date|current_timestamp|localtimestamp|now\s*\(|today\s*\(|"
    r"get_current_timestamp\s*\()",
    re.IGNORECASE,
)
_TEXT = re.compile(r"--[^\n]*|'(?:[^']|'')*'")


def model_warnings(nodes: Sequence[Node], variables: Mapping[str, Any]) -> list[Problem]:
    """Return warnings for views that count from a fixed day, or from the day of reading.

    Only models that something published is made of are looked at.
    """
    published = {n.name for n in nodes if isinstance(n, BucketSet | Segmentation)}
    above = with_above(published, nodes)
    return [
        problem
        for node in nodes
        if isinstance(node, Model) and node.name in above and node.materialized == "view"
        for problem in _of_view(node, variables)
    ]


def _of_view(model: Model, variables: Mapping[str, Any]) -> Iterator[Problem]:
    bare = _TEXT.sub(lambda found: " " * len(found[0]), model.sql)
    if now := _NOW.search(bare):
        word = now[0].rstrip("( ")
        yield _warning(
            f"`{model.name}` is a view and asks for {word}: the same customers move by "
            "themselves, and no build notices",
            place_of(
                rf"(?i)\b{re.escape(word)}\b", model.raw_sql, model.place.path, 1, everywhere=True
            ),
            "write a day as a variable, var('as_of'), and config(materialized='table')",
        )
    for match in _VAR.finditer(model.raw_sql):
        value = str(variables.get(match["name"], ""))
        if not _is_day(value) or value not in model.sql:
            continue
        line = model.raw_sql.count("\n", 0, match.start()) + 1
        column = match.start() - (model.raw_sql.rfind("\n", 0, match.start()) + 1) + 1
        place = Place(model.place.path, line, column, len(match[0]) + 1)
        yield _fixed(model, f"{match['name']} = {value}", place)
        return
    if day := _DAY.search(model.sql):
        needle = re.escape(day["day"])
        yield _fixed(
            model, day["day"], place_of(needle, model.raw_sql, model.place.path, 1, everywhere=True)
        )


def _fixed(model: Model, day: str, place: Place) -> Problem:
    return _warning(
        f"`{model.name}` is a view that counts from a fixed day, {day}: its rows go on, that day "
        "does not",
        place,
        "write config(materialized='table'), and give the day with each build: --vars",
    )


def _warning(message: str, place: Place, help_: str) -> Problem:
    return Problem("SK406", message, (Label(place),), help=help_, severity="warning")


def _is_day(text: str) -> bool:
    try:
        return len(text) >= 10 and bool(date.fromisoformat(text[:10]))
    except ValueError:
        return False
