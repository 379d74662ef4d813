"""The text of an SQL file: its places, its tokens, and what dbt's Jinja in it names."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlglot
from sqlglot import ErrorLevel, Token, TokenType, exp
from sqlglot.errors import ParseError, TokenError

from segkit.core.recursion import deep_recursion
from segkit.errors import ConfigError, Label, Place, Problem
from segkit.project.conditions.sql_tree import TooDeep, parsed

REFUSED = "SK216"
MAX_GROWN = 10_000  # characters of DuckDB's SQL; what doubles is soon beyond all bounds
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_ARGUMENT = r"\s*['\"]([^'\"]+)['\"]\s*"
_REF = re.compile(rf"\{{\{{-?\s*ref\({_ARGUMENT}\)\s*-?\}}\}}")
_SOURCE = re.compile(rf"\{{\{{-?\s*source\({_ARGUMENT},{_ARGUMENT}\)\s*-?\}}\}}")
_CONFIG = re.compile(r"\{\{-?\s*config\(.*\)\s*-?\}\}|\{#.*#\}", re.DOTALL)
_BEFORE = (TokenType.L_PAREN, TokenType.NOT, TokenType.DASH)
_AFTER = (
    TokenType.R_PAREN,
    TokenType.IS,
    TokenType.EQ,
    TokenType.NOT,
    TokenType.NULL,
    TokenType.TRUE,
    TokenType.FALSE,
)


@dataclass(frozen=True)
class SqlFile:
    """``text`` has names of the same length where the file has Jinja; ``named`` says of what."""

    path: str
    text: str
    dialect: str
    named: Mapping[str, str]
    tokens: Sequence[Token]

    def place(self, start: int, length: int = 1) -> Place:
        before = self.text[:start]
        column = len(before) - (before.rfind("\n") + 1) + 1
        first_line = self.text[start : start + max(length, 1)].split("\n")[0].rstrip()
        return Place(self.path, before.count("\n") + 1, column, max(1, len(first_line)))

    def span(self, node: exp.Expr) -> tuple[int, int] | None:
        """Where a node stands; None if the parser kept no place of it."""
        found = [n.meta for n in node.walk() if "start" in n.meta]
        if not found:
            return None
        start = min(int(meta["start"]) for meta in found)
        end = max(int(meta["end"]) for meta in found) + 1
        return self._widened(start, end)

    def place_of(self, node: exp.Expr, other: exp.Expr | None = None) -> Place:
        """The place of a node; that of ``other`` where it has none."""
        span = self.span(node)
        if span is None:
            return self.place_of(other) if other is not None else self.place(0)
        return self.place(span[0], span[1] - span[0])

    def _widened(self, start: int, end: int) -> tuple[int, int]:
        """The span with what belongs to it and has no place of its own: NOT, brackets, IS NULL."""
        first = bisect_left(self.tokens, start, key=lambda token: token.end)
        last = bisect_left(self.tokens, end, key=lambda token: token.start) - 1
        while first > 0 and self.tokens[first - 1].token_type in _BEFORE:
            first -= 1
        while last + 1 < len(self.tokens) and self.tokens[last + 1].token_type in _AFTER:
            last += 1
        inside = list(self.tokens[first : last + 1])
        while _depth(inside) > 0 and inside[0].token_type in _BEFORE:
            inside.pop(0)
        while _depth(inside) < 0 and inside[-1].token_type in _AFTER:
            inside.pop()
        return inside[0].start, inside[-1].end + 1

    def written(self, node: exp.Expr) -> str | None:
        """The node as it is written; None if that is not sure, or has comments."""
        span = self.span(node)
        text = self.text[slice(*span)] if span else ""
        has_comment = "--" in text or "/*" in text
        return text if text and not has_comment and self.reads_as(text, node) else None

    def reads_as(self, text: str, node: exp.Expr) -> bool:
        try:
            return sqlglot.parse_one(text, dialect=self.dialect) == node
        except (ParseError, TokenError):
            return False

    def refusal(self, message: str, node: exp.Expr | Place | None, help_: str) -> ConfigError:
        place = self.place_of(node) if isinstance(node, exp.Expr) else node or self.place(0)
        return ConfigError(Problem(REFUSED, message, (Label(place),), help_))


def _depth(tokens: Sequence[Token]) -> int:
    kinds = [token.token_type for token in tokens]
    return kinds.count(TokenType.L_PAREN) - kinds.count(TokenType.R_PAREN)


def dialect_of(name: str) -> str:
    """The name of a dialect that can be read; raises ConfigError (SK702) for another."""
    known = sorted(name for name in sqlglot.Dialect.classes if name)
    if name.lower() in known:
        return name.lower()
    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"one of {', '.join(known)}"
    raise ConfigError(Problem("SK702", f"--dialect {name}: not a dialect", help=hint))


def read_sql_file(text: str, path: str, dialect: str) -> SqlFile:
    """Return the file with its tokens; raises ConfigError (SK216) for other Jinja, or bad SQL."""
    plain, named = _without_jinja(text, path)
    file = SqlFile(path, plain, dialect, named, ())
    if "\x00" in plain:
        message = "there is a NUL character in this file: it is no text"
        raise file.refusal(message, file.place(plain.index("\x00")), "take the character out")
    try:
        tokens = sqlglot.tokenize(plain, dialect=dialect)
    except TokenError as error:
        quote = next((q for q in "'\"`" if plain.count(q) % 2), None)
        said = " ".join(str(error).split())[:200]
        message = f"a `{quote}` is never closed" if quote else said
        place = file.place(plain.rfind(quote) if quote else 0)
        raise file.refusal(message, place, "correct the SQL, and import it again") from None
    return replace(file, tokens=tokens)


def parse(file: SqlFile) -> list[exp.Expr]:
    """The statements of a file; raises ConfigError (SK216) with the place where it stumbles."""
    try:
        found = parsed(file.text, file.dialect)
    except TooDeep as error:
        token = error.token
        label = Label(file.place(token.start, len(token.text)), "this is one more")
        hint = "take the CASE apart, or write the buckets by hand"
        raise ConfigError(Problem(REFUSED, f"this SQL has {error}", (label,), hint)) from None
    except ParseError as error:
        details: dict[str, Any] = (error.errors or [{}])[0]
        highlight = str(details.get("highlight") or "")
        before = str(details.get("start_context") or "")
        at = file.text.find(before + highlight) + len(before) if before + highlight else 0
        said = "stumbled over this" if highlight else ""
        label = Label(file.place(max(at, 0), len(highlight)), said)
        help_ = (
            "name the dialect that it is written in, such as `--dialect snowflake`"
            if file.dialect == "duckdb"
            else "correct the SQL, or name another --dialect"
        )
        message = f"this is not SQL of {file.dialect}"
        raise ConfigError(Problem(REFUSED, message, (label,), help_)) from None
    for tree in found:
        _check_names(file, tree)
        _check_growth(file, tree)
    return found


def _check_names(file: SqlFile, tree: exp.Expr) -> None:
    """Refuse names that no column can have, in quotes or by a stray character."""
    for name in tree.find_all(exp.Identifier):
        if not name.name or any(ord(char) < 32 or ord(char) == 127 for char in name.name):
            message = f"{name.name!r} cannot be a name: it is empty, or has a control character"
            raise file.refusal(message, name, "correct it, or take the character out")


def _check_growth(file: SqlFile, tree: exp.Expr) -> None:
    """Refuse functions within functions that DuckDB's SQL has twice, and twice again.

    GREATEST of SQLite is NULL if one of its values is: in DuckDB's SQL each stands
    there two times, and what is within them 2, 4, 8 times.
    """
    for node in reversed(list(tree.walk(bfs=True))):  # from within: none is long before it is met
        if _calls(node) and any(_calls(each) for each in node.walk() if each is not node):
            with deep_recursion():
                length = len(node.sql(dialect="duckdb", unsupported_level=ErrorLevel.IGNORE))
            if length > MAX_GROWN and length > 10 * len(file.text):
                message = "this would be too long in DuckDB's SQL, where it says many parts twice"
                raise file.refusal(message, node, "make what is innermost a column of a model")


def _calls(node: exp.Expr) -> bool:
    return isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Case | exp.If)


def _without_jinja(text: str, path: str) -> tuple[str, dict[str, str]]:
    named: dict[str, str] = {}
    plain, at = "", 0
    for found in _JINJA.finditer(text):
        written = found[0]
        plain += text[at : found.start()]
        at = found.end()
        if names := _REF.fullmatch(written) or _SOURCE.fullmatch(written):
            node = ".".join(names.groups())
            number = list(dict.fromkeys([*named.values(), node])).index(node)
            name = f"jinja_{number}".ljust(len(written), "_")
            named[name] = node
            plain += name
        elif _CONFIG.fullmatch(written):
            plain += re.sub(r"[^\n]", " ", written)
        else:
            file = SqlFile(path, text, "duckdb", {}, ())
            raise file.refusal(
                "this Jinja cannot be read here: only ref('...') and source('...', '...') can",
                file.place(found.start(), len(written)),
                "import what dbt makes of it: after `dbt compile` that lies in target/compiled",
            )
    return plain + text[at:], named
