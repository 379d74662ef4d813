"""Lines below the customers, and among them, that are none: totals and footnotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOTAL = (  # as a value may begin; in a warehouse as well
    r"^\s*(grand |sub[ -]?)?(totals?|sums?|summe|gesamt|gesamtsumme|insgesamt|totaal|somme|"
    r"suma|razem|total[ei]|summa|yhteensä|итого|合計|总计)"
)


_TOTALS = re.compile(  # but not Total Wine, which may be a customer
    rf"{TOTAL}\b[\W\d_]*"
    r"((g[eé]n[eé]ra[lu]e?|geral|overall|amount|rows?|records?|customers?|clients?|kunden)\b)?"
    r"[\W\d_]*",
    re.IGNORECASE,
)


FOOTER = 5  # lines below the last row, at most


def one_line(record: Sequence[str]) -> str:
    return " ".join(value.strip() for value in record if value.strip())


def is_footer(record: Sequence[str], width: int) -> bool:
    """True for words in few values; figures may be a row that was cut off.

    In a record as wide as all others, the words have to be several: one may be a customer's name.
    """
    filled = [value.strip() for value in record if value.strip()]
    if not filled or not any(c.isalpha() for c in filled[0]):
        return False
    if len(record) == width:
        return width > 2 and len(filled) == 1 and " " in filled[0] and filled[0] == record[0]
    return len(filled) <= max(1, width // 2)


def is_total(record: Sequence[str]) -> bool:
    """True for a line such as `TOTAL,,1234`: its first text says so."""
    first = next((value for value in record if value.strip()), "")
    return bool(_TOTALS.fullmatch(first))
