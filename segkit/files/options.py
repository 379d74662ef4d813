"""What somebody has said of a file; the rest is read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CsvOptions:
    """As `csv:` of a source has them; None is decided from the file.

    ``skip`` lines come before the header or, without one, before the first row; ``dates`` is
    "dmy" or "mdy"; ``percent`` is "points" (45 % is 45) or "share" (0.45).
    """

    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    quote: str | None = None
    header: bool | None = None
    skip: int | None = None
    nulls: tuple[str, ...] = ()
    encoding: str | None = None
    dates: str | None = None
    percent: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class FileOptions:
    """``types`` are names of SQL types by column."""

    csv: CsvOptions = CsvOptions()
    types: Mapping[str, str] = field(default_factory=dict)


NOTHING_SAID = FileOptions()
