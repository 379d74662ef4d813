"""SQL that somebody else wrote, read by sqlglot: not too deep for it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import Dialect, Token, TokenType, exp

from segkit.core.recursion import deep_recursion

MAX_NESTING = 100  # brackets, CASE and NOT inside each other; sqlglot calls itself for each
MAX_OPERATORS = 1_000  # in a row; DuckDB's limit for the depth of an expression
_OPENERS = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSERS = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
_PREFIXES = {TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE}
# they stand between things of one level; AND and OR are laid flat wherever they are read
_FLAT = {TokenType.COMMA, TokenType.AND, TokenType.OR, TokenType.SEMICOLON}
_FLAT |= {TokenType.WHEN, TokenType.THEN, TokenType.ELSE}  # one after the other, in no other
_VALUES = {TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING}


class TooDeep(Exception):
    """What ``token`` begins is more than a parser can follow; the message says of what."""

    def __init__(self, message: str, token: Token) -> None:
        super().__init__(message)
        self.token = token


def parsed(text: str, dialect: str) -> list[exp.Expr]:
    """Return the statements of a text.

    Raises sqlglot.errors.SqlglotError if it is not SQL of the dialect.
    Raises TooDeep if it is so deep or so long that nothing is said of it.
    """
    reader = Dialect.get_or_raise(dialect)
    tokens = reader.tokenize(text)
    check_depth(tokens)
    with deep_recursion():
        return [tree for tree in reader.parser().parse(tokens, text) if tree is not None]


def check_depth(tokens: Iterable[Token]) -> None:
    """Raise TooDeep at the first token that stands too deep."""
    levels = [0]  # the operators in a row, for each bracket that is open
    prefixes = 0  # NOT NOT NOT
    for token in tokens:
        kind = token.token_type
        if kind in _OPENERS:
            levels.append(0)
        elif kind in _CLOSERS and len(levels) > 1:
            levels.pop()
        elif kind in _FLAT:
            levels[-1] = 0
        elif kind not in _VALUES:
            levels[-1] += 1
        prefixes = prefixes + 1 if kind in _PREFIXES else 0
        if len(levels) + prefixes > MAX_NESTING:
            raise TooDeep(f"more than {MAX_NESTING} brackets, CASE or NOT inside each other", token)
        if levels[-1] > MAX_OPERATORS:
            raise TooDeep(f"more than {MAX_OPERATORS:,} operators in a row", token)
