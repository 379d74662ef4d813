"""What a condition computes, read from its text: every number, and what it is made of.

Precedence is DuckDB's: a sign, then ``^``, then ``* / // %``, then ``+ -``. All
other operators bind less, so that they part one value from the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import sqlglot
from sqlglot import Token, TokenType

from segkit.core.arithmetic import Form, Term
from segkit.core.predicate import ColumnUse

_SIGNS = frozenset({TokenType.DASH, TokenType.PLUS})
_LEVELS: tuple[tuple[Form, frozenset[TokenType]], ...] = (
    (Form.SUM, _SIGNS),
    (
        Form.PRODUCT,
        frozenset({TokenType.STAR, TokenType.SLASH, TokenType.DIV, TokenType.MOD}),
    ),
    (Form.POWER, frozenset({TokenType.CARET, TokenType.DSTAR})),
)
_PARENTHESIS = frozenset({TokenType.L_PAREN})
_BRACKET = frozenset({TokenType.L_BRACKET})
_OPENING = _PARENTHESIS | _BRACKET
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET})
_NUMBER_BEGINS = frozenset({TokenType.NUMBER, TokenType.DOT})
_CAST_SIGN = frozenset({TokenType.DCOLON})
_NUMBER = re.compile(r"(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
# These stand before a bracket, and call nothing.
_NO_CALL_NAMES = """
all and any as between by case distinct else end escape except from glob ilike in is isnull like
not notnull or similar some then to using when xor
"""
_NO_CALL = frozenset(_NO_CALL_NAMES.split())
_CASTS = frozenset({"cast", "try_cast"})


def read_terms(text: str, uses: Sequence[ColumnUse]) -> tuple[Term, ...]:
    """Return the values of a condition, in order; none if it computes nothing."""
    tokens = sqlglot.tokenize(text, dialect="duckdb")
    columns = {use.start: use for use in uses}
    terms = _Reader(tokens, columns).terms(0, len(tokens))
    plain = (Form.COLUMN, Form.NUMBER, Form.OTHER, Form.BRACKETS, Form.SIGNED)
    every = chain.from_iterable(root.walk() for root in terms)
    computes = any(term.form not in plain or term.makes_double for term in every)
    return terms if computes else ()


class _Reader:
    def __init__(self, tokens: Sequence[Token], columns: Mapping[int, ColumnUse]) -> None:
        self._tokens = tokens
        self._columns = columns
        self._at = 0
        self._end = 0

    def terms(self, start: int, end: int) -> tuple[Term, ...]:
        """The values between two tokens, but for plain constants."""
        return _telling(self._values(start, end))

    def _values(self, start: int, end: int) -> list[Term]:
        before, found = (self._at, self._end), []
        self._at, self._end = start, end
        while self._at < self._end:
            term = self._level(0)
            if term is None:
                self._at += 1
            else:
                found.append(term)
        self._at, self._end = before
        return found

    def _is(self, kinds: frozenset[TokenType]) -> bool:
        return self._at < self._end and self._tokens[self._at].token_type in kinds

    def _level(self, level: int) -> Term | None:
        """Values of one precedence, the first to the left; None if none begins here."""
        if level == len(_LEVELS):
            return self._signed()
        form, operators = _LEVELS[level]
        first = self._level(level + 1)
        if first is None:
            return None
        parts, words = [first], []
        while self._is(operators):
            back = self._at
            self._at += 1
            part = self._level(level + 1)
            if part is None:
                self._at = back
                break
            words.append(self._tokens[back].text)
            parts.append(part)
        if not words:
            return first
        return Term(first.start, parts[-1].end, form, tuple(parts), tuple(words))

    def _signed(self) -> Term | None:
        if not self._is(_SIGNS):
            return self._suffixed()
        sign = self._tokens[self._at]
        self._at += 1
        inner = self._signed()
        return inner and Term(sign.start, inner.end, Form.SIGNED, (inner,))

    def _suffixed(self) -> Term | None:
        """A value with what is appended to it: ``::type``, ``[place]``."""
        term = self._value()
        while term is not None:
            if self._is(_CAST_SIGN) and self._at + 1 < self._end:
                term = self._cast_to_type(term)
            elif self._is(_BRACKET):
                inside, last = self._inside()
                term = Term(term.start, last, Form.OTHER, (term, *inside))
            else:
                break
        return term

    def _cast_to_type(self, term: Term) -> Term:
        first = self._at + 1
        end = self._tokens[first].end + 1
        self._at += 2
        if self._is(_PARENTHESIS):
            _, end = self._inside()
        return Term(term.start, end, Form.CAST, (term,), (self._text_between(first, self._at),))

    def _value(self) -> Term | None:
        if self._at >= self._end:
            return None
        token = self._tokens[self._at]
        use = self._columns.get(token.start)
        if use is not None:
            self._at += 1
            return Term(use.start, use.end, Form.COLUMN, (), (use.column,))
        if token.token_type is TokenType.L_PAREN:
            return self._bracketed(token)
        if token.token_type is TokenType.CASE:
            return self._case(token)
        word = token.text.lower()
        if re.fullmatch(r"[a-z_]\w*", word) and word not in _NO_CALL and self._calls():
            return self._call(token, word)
        if self._is(_NUMBER_BEGINS):
            return self._number(token)
        if token.token_type is TokenType.STRING or (word.isidentifier() and word not in _NO_CALL):
            self._at += 1
            return Term(token.start, token.end + 1, Form.OTHER)
        return None

    def _number(self, token: Token) -> Term | None:
        """A number, which may begin with its point."""
        last = self._at + (token.token_type is TokenType.DOT)
        text = self._text_between(self._at, min(last + 1, self._end))
        if not _NUMBER.fullmatch(text) and token.token_type is TokenType.DOT:
            return None
        self._at = last + 1
        end = self._tokens[last].end + 1
        if not _NUMBER.fullmatch(text):
            return Term(token.start, end, Form.OTHER)
        return Term(token.start, end, Form.NUMBER, (), (text,))

    def _calls(self) -> bool:
        following = self._tokens[self._at + 1 : min(self._at + 2, self._end)]
        return bool(following) and following[0].token_type is TokenType.L_PAREN

    def _bracketed(self, opening: Token) -> Term:
        first, closing = self._at + 1, self._closing(self._at)
        values = self._values(first, closing)
        end = self._leave(closing)
        if self._is_all(values, first, closing):
            return Term(opening.start, end, Form.BRACKETS, tuple(values))
        return Term(opening.start, end, Form.OTHER, _telling(values))

    def _case(self, token: Token) -> Term:
        depth, place = 0, self._at
        while place < self._end:
            kind = self._tokens[place].token_type
            depth += (kind is TokenType.CASE) - (kind is TokenType.END)
            if depth == 0:
                break
            place += 1
        inside = self.terms(self._at + 1, place)
        self._at = min(place + 1, self._end)
        return Term(token.start, self._tokens[self._at - 1].end + 1, Form.OTHER, inside)

    def _call(self, name: Token, word: str) -> Term:
        """A function of values alone, a cast, or what holds some values."""
        self._at += 1
        first, closing = self._at + 1, self._closing(self._at)
        form, words = Form.CALL, (word,)
        ends = [*self._places(TokenType.COMMA, first, closing), closing]
        if word in _CASTS:
            ends = self._places(TokenType.ALIAS, first, closing)[:1] or [closing]
            form, words = Form.CAST, (self._text_between(ends[0] + 1, closing),)
        starts = [first, *(end + 1 for end in ends[:-1])] if closing > first else []
        arguments = [self._values(start, end) for start, end in zip(starts, ends, strict=False)]
        end = self._leave(closing)
        parts = tuple(chain.from_iterable(arguments))
        if all(map(self._is_all, arguments, starts, ends)):
            return Term(name.start, end, form, parts, words)
        return Term(name.start, end, Form.OTHER, _telling(parts), (word,))

    def _is_all(self, values: Sequence[Term], start: int, end: int) -> bool:
        """Whether one value is all that stands between two tokens."""
        if len(values) != 1 or start >= end:
            return False
        first, last = self._tokens[start], self._tokens[end - 1]
        return (values[0].start, values[0].end) == (first.start, last.end + 1)

    def _inside(self) -> tuple[tuple[Term, ...], int]:
        """What stands in the brackets that open here, and where they end; goes on behind them."""
        closing = self._closing(self._at)
        inside = self.terms(self._at + 1, closing)
        return inside, self._leave(closing)

    def _leave(self, closing: int) -> int:
        """Go on behind a bracket; return where it ends."""
        self._at = min(closing + 1, self._end)
        return self._tokens[self._at - 1].end + 1

    def _closing(self, place: int) -> int:
        """The token that closes the brackets which open at ``place``."""
        depth = 0
        for at in range(place, self._end):
            kind = self._tokens[at].token_type
            depth += (kind in _OPENING) - (kind in _CLOSING)
            if depth == 0:
                return at
        return self._end

    def _places(self, kind: TokenType, start: int, end: int) -> list[int]:
        """Tokens of a kind that stand in no further brackets."""
        depth, found = 0, []
        for at in range(start, end):
            here = self._tokens[at].token_type
            depth += (here in _OPENING) - (here in _CLOSING)
            if depth == 0 and here is kind:
                found.append(at)
        return found

    def _text_between(self, start: int, end: int) -> str:
        return "".join(token.text for token in self._tokens[start:end])


def _telling(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms without plain constants."""
    plain = (Form.NUMBER, Form.OTHER)
    return tuple(term for term in terms if term.form not in plain or term.parts)
