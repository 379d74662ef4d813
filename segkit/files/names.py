"""Names of columns: what they say, and which ones cannot be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from segkit.files.text_file import TextProblem

_ID_WORDS = frozenset({"id", "ids", "uuid", "guid", "key"})
_CODE_WORDS = frozenset(
    {"code", "zip", "zipcode", "postcode", "plz", "phone", "iban", "sku", "ean", "isbn"}
)
_NUMBER_WORDS = frozenset({"no", "nr", "num", "number", "nummer", "numero", "nbr"})
_TIME_WORDS = frozenset(
    {
        "time", "timestamp", "ts", "date", "datetime", "day", "unix", "epoch", "at", "on", "since",
        "created", "updated", "modified", "seen", "login", "signup", "joined", "registered",
        "datum", "zeit", "fecha", "data",
    }
)  # fmt: skip
_NUMBER_ENDS = ("nr", "number", "nummer", "numero")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def words(column: str) -> list[str]:
    """The words of a name, without capitals: customerId is customer, id."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower()
    return [word for word in re.split(r"[\W_]+", spaced) if word] or [""]


def code_by_name(column: str) -> str | None:
    """What a column is by its name, if it is no quantity: "an id", "a code".

    >>> code_by_name("zip_code"), code_by_name("customerId"), code_by_name("paid")
    ('a code', 'an id', None)
    """
    last = words(column)[-1]
    if last in _ID_WORDS:
        return "an id"
    is_code = last in _CODE_WORDS or words(column) == ["cap"]  # Italian for zip; but credit_cap
    return "a code" if is_code else None


def is_code_name(column: str) -> bool:
    """True for a code, and for the number of something: its texts stay what they are.

    >>> [is_code_name(name) for name in ("InvoiceNo", "Kundennr", "no", "piano")]
    [True, True, False, False]
    """
    found = words(column)
    is_number = len(found) > 1 and found[-1] in _NUMBER_WORDS
    is_number |= found[-1].endswith(_NUMBER_ENDS) and found[-1] not in _NUMBER_ENDS
    return is_number or code_by_name(column) is not None


def is_time_name(column: str) -> bool:
    """True for the name of a day or a moment.

    >>> [is_time_name(name) for name in ("created_at", "lastLogin", "timestamp", "income")]
    [True, True, True, False]
    """
    found = words(column)
    return not _TIME_WORDS.isdisjoint(found) or found[-1].endswith(("date", "time", "stamp"))


def names_problem(names: Sequence[str], line: int | None = None) -> TextProblem | None:
    """What keeps these from being the names of a table's columns."""
    strange = [name for name in names if CONTROL.search(name)]
    if strange:
        message = f"a control character in the column name {strange[0]!r}"
        return TextProblem(message, "rename the column", line)
    folded = Counter(name.casefold() for name in names)
    double = [name for name in names if folded[name.casefold()] > 1]
    if double:
        message = f"column names that stand twice: {', '.join(dict.fromkeys(double))}"
        hint = "rename all but one; SQL does not tell capitals from small letters"
        return TextProblem(message, hint, line)
    return None
