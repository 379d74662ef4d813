"""Some of many customers, told by the key alone: the same ones in every engine and every build."""

from __future__ import annotations

from segkit.core.columns import Column, Kind
from segkit.dialects.phrases import as_text, hash_of, phrases
from segkit.dialects.table import Dialect

# A whole number is multiplied by two primes: an MD5 of each key costs fifty times as much as
# reading its row. Two moduli, so that keys that follow each other have no pattern in it; each
# product fits a BIGINT.
_ROUNDS = ((48_271, 2_147_483_647), (69_621, 2_147_483_629))
_SALT, _HEX = "segkit:some", 8


def in_sample(sql: str, key: Column, share: float, dialect: Dialect) -> str:
    """SQL of whether a customer is among that share of all; never of a key that is NULL."""
    number, above = sql, 16**_HEX
    if key.type.kind is Kind.INTEGER:
        for factor, above in _ROUNDS:
            number = f"CAST({number} % {above} AS BIGINT) * {factor}"
        number = f"abs({number}) % {above}"
    else:
        digits = f"substr({hash_of(as_text(sql, dialect), _SALT, dialect)}, 1, {_HEX})"
        number = phrases(dialect).number_of_hex(digits)
    return f"{number} < {round(share * above)}"
