"""YAML as plain data, with the place in the file kept for every key and value.

Events are read one by one instead of nodes, so that a depth, an alias or a
tag is refused before anything is built from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import yaml

from segkit.errors import Label, Place, Problem
from segkit.project.yaml.scalars import plain_value, trap_advice
from segkit.project.yaml.syntax_errors import explain_syntax, needs_jinja_quotes

KeyPath = tuple[str | int, ...]
MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_VALUES = 50_000  # in a file; PyYAML reads about 30,000 in a second
_MAX_PROBLEMS = 200
_KEPT_LENGTH = 50_000  # longer ones are read as far as is necessary, each time

_NO_TEXT = re.compile("[\\0\ud800-\udfff]")  # what no UTF-8 and no SQL can hold


@dataclass
class Document:
    """One YAML file. ``trapped`` are values already reported as ambiguous."""

    path: str
    text: str
    data: Any = None
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    scalars: dict[KeyPath, str] = field(default_factory=dict)  # as written, without quotes
    quoted: set[KeyPath] = field(default_factory=set)
    trapped: set[KeyPath] = field(default_factory=set)


@dataclass(frozen=True)
class Entry:
    """What stands in a document at ``path``; ``problems`` takes what is wrong with it."""

    document: Document
    path: KeyPath = ()
    problems: list[Problem] = field(default_factory=list)

    def at(self, *keys: str | int) -> Entry:
        """What it holds there; problems are gathered with those of the whole."""
        return replace(self, path=(*self.path, *keys))

    @property
    def value(self) -> Any:
        """The value, after Jinja where the file has any; None if there is none."""
        found = self.document.data
        for part in self.path:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def items(self) -> list[Entry]:
        """The entries of a list; none of what is no list."""
        return [self.at(i) for i in range(len(self.value) if isinstance(self.value, list) else 0)]

    def place(self, *keys: str | int) -> Place:
        """Where the value stands, or what holds it where the value is not in the file."""
        path = (*self.path, *keys)
        while path and path not in self.document.values:
            path = path[:-1]
        return self.document.values.get(path, Place(self.document.path))

    def key_place(self, *keys: str | int) -> Place:
        """Where the key of that value stands; for an item of a list, the item."""
        return self.document.keys.get((*self.path, *keys)) or self.place(*keys)

    def written(self, *keys: str | int) -> str | None:
        """A scalar's text as it stands in the file, before YAML or Jinja made something of it."""
        return self.document.scalars.get((*self.path, *keys))

    def report(self, code: str, message: str, *at: Label | Place, help: str | None = None) -> None:
        """Add to ``problems``; the first place is where the arrow points."""
        labels = tuple(Label(each) if isinstance(each, Place) else each for each in at)
        self.problems.append(Problem(code, message, labels, help))


@dataclass
class _Open:
    """A collection that is being read; ``key`` is the key whose value comes next."""

    path: KeyPath
    value: dict[str, Any] | list[Any]
    key: str | None = None


def _is_day(path: KeyPath) -> bool:
    """Where a day stands as it is: there is no text that it could be."""
    return path[:1] == ("experiments",) and path[-1] in ("start", "end", "from")


def parse_yaml(text: str, path: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return the document (None if it cannot be read) and what is wrong with it.

    Strings, whole numbers, decimals, true/false and null are all there is;
    what YAML 1.1 reads otherwise (`no`, `012`, `12:30`, dates) is refused.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return None, (_refused(Place(path), "the file is larger than 1 MB", "split it"),)
    reader = _Reader(Document(path, text))
    try:
        reader.read(_events(text))
    except yaml.YAMLError as error:
        return None, (*reader.problems, explain_syntax(error, text, path))
    except (ValueError, OverflowError):  # PyYAML's own, at `\\UFFFFFFFF` and at `%YAML 9999...`
        label = Label(reader.last, "a number that is too large stands after this")
        problem = Problem("SK001", "not valid YAML", (label,), help="remove it")
        return None, (*reader.problems, problem)
    except _Stop:
        return None, tuple(reader.problems)
    return reader.document, tuple(reader.problems)


def _events(text: str) -> Iterable[yaml.Event]:
    """What stands in the text; what precedes a mistake in it comes before the error."""
    if len(text) > _KEPT_LENGTH:
        return _parsed(text)
    try:
        return _kept_events(text)
    except (yaml.YAMLError, ValueError, OverflowError):
        return _parsed(text)


@lru_cache(maxsize=64)
def _kept_events(text: str) -> tuple[yaml.Event, ...]:
    """A build reads its project again for each other day that it looks at."""
    return tuple(_parsed(text))


def _parsed(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
    return events


def report_unread_jinja(root: Entry) -> None:
    """Report braces in a file that is not rendered; a description may hold any text."""
    for path, text in root.document.scalars.items():
        if path[-1:] == ("description",) or not ("{{" in text or "{%" in text):
            continue
        root.document.trapped.add(path)
        message = "Jinja is not read here: only in SQL files and in segkit.yml"
        hint = "write the value itself, or make a column of it in a model"
        root.report("SK402", message, root.place(*path), help=hint)


class _Stop(Exception):
    """The rest of the file cannot be read."""


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = document.text.split("\n")
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.documents = 0
        self.count = 0
        self.last = Place(document.path, 1, 1)  # of what was read at last

    def read(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    self._stop(event, "a second document starts here", "make it a file of its own")
            elif isinstance(event, yaml.NodeEvent):
                self.count += 1
                self.last = self._place(event)
                if self.count > MAX_VALUES:
                    self._stop(event, f"more than {MAX_VALUES:,} keys and values", "split the file")
                if len(self.problems) > _MAX_PROBLEMS:
                    raise _Stop
                refused = self._refuse_extras(event)
                self._node(event, refused)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()

    def _refuse_extras(self, event: yaml.NodeEvent) -> bool:
        """Refuse aliases, anchors and tags; True if the value is not what was written."""
        place, tag = self._place(event), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            self._refuse_sign(place, "*", f"`*{event.anchor}` is an alias", "write the value out")
        elif event.anchor:
            self._refuse_sign(place, "&", f"`&{event.anchor}` is an anchor", "remove it")
        elif tag:
            self._refuse_sign(place, "!", "a tag with `!` is not data", "remove it")
        elif odd := _NO_TEXT.search(getattr(event, "value", "")):
            self._stop(event, f"U+{ord(odd[0]):04X} is no character of a text", "remove it")
        return isinstance(event, yaml.AliasEvent) or bool(tag)

    def _node(self, event: yaml.NodeEvent, refused: bool) -> None:
        holder = self.stack[-1] if self.stack else None
        if holder and isinstance(holder.value, dict) and holder.key is None:
            self._key(holder, event)
            return
        path = self._child_path(holder)
        if refused:
            self.document.trapped.add(path)
        place = self._place(event)
        value: Any = None
        if isinstance(event, yaml.CollectionStartEvent):
            value = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        elif isinstance(event, yaml.ScalarEvent):
            value = self._scalar(path, event, place)
        self.document.values[path] = place
        if holder is None:
            self.document.data = value
        elif isinstance(holder.value, list):
            holder.value.append(value)
        elif holder.key is not None:
            holder.value[holder.key] = value
            holder.key = None
        if isinstance(value, (dict, list)):
            self.stack.append(_Open(path, value))
            if len(self.stack) > MAX_DEPTH:
                self._stop(event, f"more than {MAX_DEPTH} levels deep", "make it flatter")

    def _child_path(self, holder: _Open | None) -> KeyPath:
        if holder is None:
            return ()
        if isinstance(holder.value, list):
            return (*holder.path, len(holder.value))
        return (*holder.path, holder.key or "")

    def _key(self, holder: _Open, event: yaml.NodeEvent) -> None:
        place = self._place(event)
        if not isinstance(event, yaml.ScalarEvent):
            jinja = needs_jinja_quotes(self.document.text, self.document.path, place.line or 1)
            if jinja:
                self.problems.append(jinja)
                raise _Stop
            self._stop(event, "a list or a mapping cannot be a key", "keys are plain words")
        assert isinstance(event, yaml.ScalarEvent) and isinstance(holder.value, dict)
        path = (*holder.path, event.value)
        if event.value in holder.value:
            message = f"`{event.value}` stands twice"
            labels = (Label(self.document.keys[path], "first here"), Label(place, "and again here"))
            self.problems.append(Problem("SK006", message, labels, "keep one of the two"))
        if event.value == "<<":
            self._refuse(place, "`<<` merges mappings", "write the keys out")
            self.document.trapped.add(holder.path)
        self._check_colon(event, place)
        self.document.keys[path] = place
        holder.key = event.value

    def _check_colon(self, event: yaml.ScalarEvent, place: Place) -> None:
        glued = re.match(r"([A-Za-z_]\w*):(\S.*)", event.value)
        if glued and event.style is None and ":" not in glued[2]:
            end = Place(place.path, place.line, (place.column or 1) + len(glued[1]), 1)
            label = Label(end, "no space after this `:`")
            hint = f"write `{glued[1]}: {glued[2]}`"
            self.problems.append(Problem("SK001", "not valid YAML", (label,), hint))
            raise _Stop

    def _scalar(self, path: KeyPath, event: yaml.ScalarEvent, place: Place) -> Any:
        text = event.value
        self.document.scalars[path] = text
        if event.style is not None:
            self.document.quoted.add(path)
            return text
        value, meaning = plain_value(text)
        if meaning and not (meaning == "a date" and _is_day(path)):
            self.document.trapped.add(path)
            before = self.lines[(place.line or 1) - 1][: (place.column or 1) - 1]
            is_edge = path[-2:-1] == ("edges",) or ("bands" in path and path[-1] in ("from", "to"))
            message, hint = trap_advice(text, meaning, before, is_edge=is_edge)
            self.problems.append(Problem("SK005", message, (Label(place),), help=hint))
        return value

    def _place(self, event: yaml.Event) -> Place:
        start, end = event.start_mark, event.end_mark
        assert start is not None and end is not None
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        if isinstance(event, yaml.CollectionStartEvent):
            length = 1 if event.flow_style else len(re.split(r":(\s|$)", line[start.column :])[0])
        elif end.line == start.line:
            length = end.column - start.column
        else:
            length = len(line.rstrip()) - start.column
        return Place(self.document.path, start.line + 1, start.column + 1, max(1, length))

    def _refuse_sign(self, place: Place, sign: str, what: str, instead: str) -> None:
        self._refuse(place, what, f"{instead}; a text that starts with `{sign}` needs quotes")

    def _refuse(self, place: Place, what: str, instead: str) -> None:
        message = f"segkit does not accept this YAML: {what}"
        self.problems.append(_refused(place, message, instead))

    def _stop(self, event: yaml.Event, what: str, instead: str) -> None:
        self._refuse(self._place(event), what, instead)
        raise _Stop


def _refused(place: Place, message: str, help_text: str) -> Problem:
    return Problem("SK009", message, (Label(place),), help=help_text)
