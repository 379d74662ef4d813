"""A condition in SQL, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segkit.core.predicate import Predicate
from segkit.errors import Place


def place_in(start: Place | None, whole: Place, offset: int, length: int) -> Place:
    """The place of some characters of a text; the whole of it where they are spelled otherwise."""
    if start is None or start.column is None:
        return whole
    return replace(start, column=start.column + offset, length=max(1, length))


@dataclass(frozen=True)
class SqlCondition:
    """A condition as written; ``start`` is its first character, None where the file escapes it."""

    predicate: Predicate
    place: Place
    start: Place | None = None

    def at(self, offset: int, length: int = 1) -> Place:
        """The place of some characters of the text."""
        return place_in(self.start, self.place, offset, length)
