"""What somebody has said of a file; the rest is read from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

TYPES = ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP")


@dataclass(frozen=True)
class CsvOptions:
    """As `csv:` of a source has them; None is decided from the file.

    ``skip`` lines come before the header or, without one, before the first row; ``dates`` is
    "dmy", "mdy" or "ymd"; ``percent`` is "points" (45 % is 45) or "share" (0.45).
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

    def yaml(self) -> str:
        """What is given, as a mapping of YAML on one line; empty if nothing is.

        >>> CsvOptions(decimal=",", header=False).yaml()
        '{decimal: ",", header: false}'
        """
        given = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        parts = [f"{name}: {json.dumps(value)}" for name, value in given.items()]
        return f"{{{', '.join(parts)}}}" if parts else ""

    def over(self, found: CsvOptions) -> CsvOptions:
        """These, and what was found where nothing is said."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return replace(found, **given)


@dataclass(frozen=True)
class FileOptions:
    """``types`` are names of SQL types by column."""

    csv: CsvOptions = CsvOptions()
    types: Mapping[str, str] = field(default_factory=dict)

    def yaml(self) -> str:
        """What is said, as keys of YAML on one line; empty if nothing is.

        >>> FileOptions(CsvOptions(header=False), {"plz": "VARCHAR"}).yaml()
        'csv: {header: false}, types: {plz: VARCHAR}'
        """
        types = ", ".join(f"{_name(name)}: {type_}" for name, type_ in self.types.items())
        said = {"csv": self.csv.yaml(), "types": f"{{{types}}}" if types else ""}
        return ", ".join(f"{key}: {value}" for key, value in said.items() if value)


def _name(text: str) -> str:
    return text if text.isidentifier() and text.isascii() else json.dumps(text)


NOTHING_SAID = FileOptions()
