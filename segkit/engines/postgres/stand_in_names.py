"""What the names in a statement mean, for a session of PostgreSQL that reads.

A stand-in is a CTE before each query that names it. What a file has under the name of
another schema lies in the target's own one, so such names are exchanged, as words: a query
of a project is not parsed, and errors keep their place in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import POSTGRES

MAIN = "main"  # what the target's own schema is called in a project

_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\?")
_SPACE = r"(?:\s|--[^\n]*\n|/\*.*?\*/)"
_SKIPPED = (
    r"\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|(?P<tag>\$\w*\$).*?(?P=tag)"
    r"|--[^\n]*|/\*.*?\*/"
)
_ALIAS = re.compile(rf"{_SPACE}+(?:AS{_SPACE}+)?(\"[^\"]+\"|[a-z_]\w*)", re.IGNORECASE | re.DOTALL)
_NO_RELATION = re.compile(  # before a name that is a column's
    r"(?:\b(?:select|distinct|where|and|or|not|on|by|having|case|when|then|else|in)|[-+*/<>=|])\s*\Z",
    re.IGNORECASE,
)
_NO_ALIAS = re.compile(  # what can come after a relation that has none
    r"where|join|left|right|full|inner|cross|natural|on|using|group|order|having|limit|offset"
    r"|fetch|union|except|intersect|window|tablesample|for",
    re.IGNORECASE,
)
_BEGINS_WITH = re.compile(rf"{_SPACE}*WITH\s", re.IGNORECASE | re.DOTALL)
_OWN_STEP = re.compile(
    r"([\w\"]+)\s*(?:\([^()]*\)\s*)?AS\s*(?:(?:NOT\s+)?MATERIALIZED\s*)?\(", re.IGNORECASE
)


@dataclass(frozen=True)
class Moves:
    """How far characters of a text are moved, each from a place on in the new one."""

    steps: tuple[tuple[int, int], ...] = ()

    def behind(self, length: int) -> Moves:
        """The same, behind a text of that length."""
        return Moves(((0, length), *((at + length, by) for at, by in self.steps)))

    def back(self, index: int) -> int:
        """Where a character was."""
        return index - sum(by for at, by in self.steps if index >= at)


class Names:
    """What stands in (``steps``, by name as it is written), and which names mean another."""

    def __init__(self) -> None:
        self.steps: dict[str, str] = {}
        self._others: dict[str, str] = {}

    def own(self, schema: str, name: str) -> str:
        """Under which name a relation of ours lies; from here on its own name means that."""
        bare = own_name(schema, name)
        if schema != MAIN:
            self._others[relation(name, schema, POSTGRES)] = bare
        return bare

    def meant(self, schema: str, name: str) -> str | None:
        """The name of a relation in the target's schema; None if it is one of another schema."""
        return name if schema == MAIN else self._others.get(relation(name, schema, POSTGRES))

    def stands_in(self, name: str) -> bool:
        return identifier(name, POSTGRES) in self.steps

    def put(self, sql: str) -> tuple[str, Moves]:
        """The query with what its names mean, and how far that moved its characters."""
        sql, moves = self._exchanged(sql)
        needed = self._needed(sql)
        if not needed:
            return sql, moves
        steps = ",\n".join(f"{name} AS (\n{self.steps[name]}\n)" for name in needed)
        begins = _BEGINS_WITH.match(sql)
        if begins is None:
            head = f"WITH {steps}\n"
            return head + sql, moves.behind(len(head))
        own = {found.lower() for found in _OWN_STEP.findall(sql)}
        if own.isdisjoint(needed) and not re.match(r"RECURSIVE\b", sql[begins.end() :], re.I):
            head = f"WITH {steps},\n"
            return head + sql[begins.end() :], moves.behind(len(head) - begins.end())
        head = f"WITH {steps}\nSELECT * FROM (\n"
        return f"{head}{sql.rstrip().rstrip(';')}\n) AS segkit_rows", moves.behind(len(head))

    def _exchanged(self, sql: str) -> tuple[str, Moves]:
        """The query with the relations that names with a schema mean, under the same alias."""
        made, at, length, moves = [], 0, 0, []
        for found, said in self._exchanges(sql):
            made += [sql[at : found.start()], said]
            length += found.start() - at + len(said)
            moves.append((length, len(said) - len(found["name"])))
            at = found.end()
        return "".join([*made, sql[at:]]), Moves(tuple(moves))

    def _exchanges(self, sql: str) -> Iterator[tuple[re.Match[str], str]]:
        if not any(name in sql for name in self._others):
            return
        names = "|".join(map(re.escape, self._others))
        pattern = re.compile(rf"{_SKIPPED}|(?<![\w\".])(?P<name>{names})(?![\w\"])", re.DOTALL)
        for found in pattern.finditer(sql):
            if found["name"] is not None:
                said = _said_for(sql, found, identifier(self._others[found["name"]], POSTGRES))
                if said is not None:
                    yield found, said

    def _needed(self, sql: str) -> list[str]:
        """The stand-ins that a query names, and those that they name, in their order."""
        wanted: set[str] = set()
        todo = [sql]
        while todo:
            text = todo.pop()
            found = {name for name in self.steps if name not in wanted and may_name(text, name)}
            wanted |= found
            todo += [self.steps[name] for name in found]
        return [name for name in self.steps if name in wanted]


def _said_for(sql: str, found: re.Match[str], meant: str) -> str | None:
    """What takes the place of a name with a schema; None where it is no relation's."""
    rest, alias = sql[found.end() :], found["name"].rpartition(".")[2]
    before = sql[max(0, found.start() - 40) : found.start()]
    if rest.lstrip().startswith("."):  # of a column
        return alias
    if _NO_RELATION.search(before):
        return None
    follows = _ALIAS.match(rest)
    has_alias = follows is not None and not _NO_ALIAS.fullmatch(follows[1])
    is_bare = has_alias or before.rstrip().lower().endswith("table")
    return meant if is_bare else f"{meant} AS {alias}"


def numbered(sql: str) -> str:
    """The statement with its ``?`` as the server has them: ``$1``, ``$2``."""
    numbers = count(1)
    return _PARAMETER.sub(lambda found: f"${next(numbers)}" if found[0] == "?" else found[0], sql)


def own_name(schema: str, name: str) -> str:
    """Under which name a relation lies in the target's schema, where all of ours lies."""
    return name if schema == MAIN else f"{schema}__{name}"


def may_name(text: str, name: str) -> bool:
    """Whether the text may name it; too much does no harm."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def always_quoted(name: str) -> str:
    return f'"{name.replace(chr(34), 2 * chr(34))}"'
