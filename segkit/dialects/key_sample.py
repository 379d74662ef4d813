"""Some of many customers, told by the key alone: the same ones in every engine and every build."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from segkit.core.columns import Column, Kind
from segkit.dialects.phrases import as_text, hash_of, in_byte_order, phrases
from segkit.dialects.table import Dialect

# Of a whole number the remainder is multiplied, and of that the remainder taken: an MD5 of each
# key costs fifty times as much as reading its row. Two primes, so that keys that follow each other
# have no pattern in it; the product fits a BIGINT.
_PRIMES, _FACTOR = (2_147_483_647, 2_147_483_629), 1_213_191_662
_SALT, _HEX = "segkit:some", 8
_DIGITS = "segkit_digits"


def in_sample(sql: str, key: Column, share: float, dialect: Dialect) -> str:
    """SQL of whether a customer is among that share of all; never of a key that is NULL."""
    if key.type.kind is Kind.INTEGER:
        first, above = _PRIMES
        number = f"abs(CAST({sql} % {first} AS BIGINT) * {_FACTOR}) % {above}"
    else:
        digits = f"substr({hash_of(as_text(sql, dialect), _SALT, dialect)}, 1, {_HEX})"
        number, above = phrases(dialect).number_of_hex(digits), 16**_HEX
    return f"{number} < {round(share * above)}"


@dataclass(frozen=True)
class KeyNumber:
    """A number from 0 to ``above`` - 1 that a key and a salt make, drawn as by lot.

    ``digits`` is SQL of the key, ``number`` and ``first`` of what it says under that name.
    """

    name: str
    digits: str
    number: str
    above: int
    first: str  # of its share, the part below which is looked at

    def below(self, share: float) -> str:
        """SQL of whether the number is among the first of that share."""
        return self.first.format(round(share * self.above))


# The cube is another one for each number below this prime, which is 2 modulo 3.
_CUBED, _OTHER = 2_147_483_579, 2_147_483_629


def key_number(sql: str, key: Column, salt: str, dialect: Dialect) -> KeyNumber:
    """Return how a number is made of a key; it is NULL of a key that is NULL.

    Of a whole number by arithmetic that every engine has: both remainders, which no two keys
    below 2^61 have alike, in a sum that the salt decides, modulo a prime, and its cube. A sum
    alone would deal keys in some steps by turns. Each product fits a BIGINT. Of any other key it
    is the last digits of its MD5.
    """
    if key.type.kind is not Kind.INTEGER:
        digits = f"substr({hash_of(as_text(sql, dialect), salt, dialect)}, 25, {_HEX})"
        number = phrases(dialect).number_of_hex(_DIGITS)
        first = f"{in_byte_order(_DIGITS, dialect)} < '{{:08x}}'"
        return KeyNumber(_DIGITS, digits, number, 16**_HEX, first)
    drawn = hashlib.sha256(salt.encode()).digest()
    *factors, shift = (int.from_bytes(drawn[at : at + 8], "big") for at in (0, 8, 16))
    parts = [
        f"(CAST({sql} % {prime} AS BIGINT) + {prime}) * {1 + factor % (2**29 - 1)}"
        for prime, factor in zip((_CUBED, _OTHER), factors, strict=True)
    ]
    digits = f"({' + '.join(parts)} + {shift % _CUBED}) % {_CUBED}"
    number = f"{_DIGITS} * {_DIGITS} % {_CUBED} * {_DIGITS} % {_CUBED}"
    return KeyNumber(_DIGITS, digits, number, _CUBED, f"{number} < {{}}")
