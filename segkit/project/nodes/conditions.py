"""A condition in SQL, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segkit.core.predicate import Predicate
from segkit.errors import Place


@dataclass(frozen=True)
class SqlCondition:
    """A condition as written; ``start`` is its first character, None where the file escapes it."""

    predicate: Predicate
    place: Place
    start: Place | None = None

    def at(self, offset: int, length: int = 1) -> Place:
        """The place of some characters of the text."""
        if self.start is None or self.start.column is None:
            return self.place
        return replace(self.start, column=self.start.column + offset, length=length)
