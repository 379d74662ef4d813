"""Errors of the database, pointed into the file that somebody wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from segkit.errors import ConfigError, EngineError, Label, Place, Problem, SegkitError
from segkit.files.reading import Reading
from segkit.project.jinja.source_map import map_position, token_at
from segkit.project.nodes import Model, Seed, Source

_ADVICE = (
    ('at or near "{"', "Jinja needs two braces: {{ ... }}"),
    (
        "Table with name",
        "a model, a seed or a source is read by ref('...') or source('...', '...')",
    ),
    ("Could not convert", "TRY_CAST(... AS ...) makes NULL of what cannot be converted"),
)


def at_source(node: Source | Seed, error: SegkitError, directory: Path) -> SegkitError:
    """The same error, pointing into the file and at where the project names it."""
    if isinstance(node, Source) and node.foreign is not None:
        return _at_foreign(node, error)
    declared = (Label(node.place, "declared here"),) if isinstance(node, Source) else ()
    shown = node.place.path
    if isinstance(node, Source) and node.path is not None:
        inside = node.path.is_relative_to(directory)
        shown = node.path.relative_to(directory).as_posix() if inside else str(node.path)
    found = []
    for problem in error.problems:
        labels = [replace(at, place=replace(at.place, path=shown)) for at in problem.labels]
        found.append(
            replace(problem, labels=(*labels, *declared) if labels else (Label(node.place),))
        )
    return ConfigError(found) if isinstance(error, ConfigError) else EngineError(found)


def reading_warnings(node: Source | Seed, reading: Reading | None) -> tuple[Problem, ...]:
    """What was decided on how a file is written, until somebody declares it."""
    said = () if reading is None else tuple(reading.warnings(node.options))
    if reading is None or not said:
        return ()
    assert node.path is not None
    declared = reading.declared(node.options).yaml()
    hint = "look whether that is so"
    if declared:
        where = "the source's table" if isinstance(node, Source) else "the seed"
        hint = f"if it is so, declare it at {where}: `{declared}`"
    message = f"{node.path.name}: {'; '.join(said)}"
    return (Problem("SK109", message, (Label(node.place),), hint, severity="warning"),)


def _at_foreign(node: Source, error: SegkitError) -> SegkitError:
    """A name that is not there is wrong where it stands, a file where it is declared."""
    declared = Label(node.place, "declared here" if node.read_at else "")
    read = (Label(node.read_at, "read here"),) if node.read_at else ()
    found = [
        replace(
            problem,
            labels=(*read, declared) if problem.code == "SK101" else (declared, *read),
        )
        for problem in error.problems
    ]
    return ConfigError(found) if isinstance(error, ConfigError) else EngineError(found)


def at_model(node: Model, error: EngineError) -> EngineError:
    """The same error, pointing into the model's file instead of its rendered SQL."""
    place = node.place
    if error.position is not None:
        line, column = map_position(node.raw_sql, node.sql, *error.position)
        length = len(token_at(node.raw_sql, line, column)) or 1
        place = Place(node.place.path, line, column, length)
    found = [
        replace(
            problem,
            labels=problem.labels or (Label(place),),
            help=problem.help or advice_on(problem.message, node.name, place, node.raw_sql),
        )
        for problem in error.problems
    ]
    return EngineError(found, error.sql, error.position)


def advice_on(message: str, name: str, place: Place, raw_sql: str) -> str:
    """What to do about a message of the database on the model of that name."""
    token = token_at(raw_sql, place.line or 1, place.column or 1)
    if "Referenced column" in message and token.startswith('"'):
        return f"if it is a text, write it in single quotes: '{token[1:-1]}'"
    known = next((advice for words, advice in _ADVICE if words in message), None)
    return known or f"the database says so: `segkit compile {name}` prints the whole SQL"
