"""How numbers are written for people: "1,234.5" and "$5", or "1.234,5" and "5 €".

As with ``decimal.localcontext`` it holds for what is said inside of a ``with``. Outside of one,
and so in SQL and in files, numbers are written as in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal

_BEFORE_A_SYMBOL = "\N{NO-BREAK SPACE}"  # the number and its symbol stay on one line


@dataclass(frozen=True)
class NumberFormat:
    """What parts thousands and what decimals, and where the symbol of a currency stands."""

    thousands: str = ","
    decimal: str = "."
    symbol: Literal["before", "after"] = "before"

    def with_symbol(self, sign: str, symbol: str, digits: str) -> str:
        """Return an amount of money: "-$5", "-5 €"."""
        if self.symbol == "after":
            return f"{sign}{digits}{_BEFORE_A_SYMBOL}{symbol}"
        return f"{sign}{symbol}{digits}"


ENGLISH = NumberFormat()
_current = ContextVar("number_format", default=ENGLISH)


@contextmanager
def numbers_as(given: NumberFormat) -> Iterator[None]:
    """Write numbers so in what follows."""
    token = _current.set(given)
    try:
        yield
    finally:
        _current.reset(token)


def number_format() -> NumberFormat:
    """How numbers are written now."""
    return _current.get()


def spelled(number: str) -> str:
    """Return a number that is written as in English as it is to be written now.

    >>> with numbers_as(NumberFormat(".", ",")):
    ...     spelled("1,234.5%")
    '1.234,5%'
    """
    used = _current.get()
    return number.translate({ord(","): used.thousands, ord("."): used.decimal})


def grouped(n: int) -> str:
    """Return a count with its thousands apart.

    >>> grouped(4128)
    '4,128'
    """
    return spelled(f"{n:,}")


class _Sentences(Formatter):
    """``str.format``, with numbers as they are to be written now."""

    def format_field(self, value: Any, format_spec: str) -> str:
        said = str(super().format_field(value, format_spec))
        return spelled(said) if isinstance(value, int | float) else said


fill = _Sentences().format  # of a sentence, the places for figures
