"""What a column is by its name."""

from __future__ import annotations

import re

_ID_WORDS = frozenset({"id", "ids", "uuid", "guid", "key"})
_CODE_WORDS = frozenset(
    {"code", "zip", "zipcode", "postcode", "plz", "phone", "iban", "sku", "ean", "isbn", "cap"}
)


def words(column: str) -> list[str]:
    """The words of a name, without capitals: customerId is customer, id."""
    return re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower())


def code_by_name(column: str) -> str | None:
    """What a column is by its name, if it is no quantity: "an id", "a code".

    >>> code_by_name("zip_code"), code_by_name("customerId"), code_by_name("paid")
    ('a code', 'an id', None)
    """
    last = words(column)[-1]
    if last in _ID_WORDS:
        return "an id"
    return "a code" if last in _CODE_WORDS else None


def is_code_name(column: str) -> bool:
    return code_by_name(column) is not None
