"""Files as people export them in twelve countries, with what their values mean."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.files.generated_columns import (
    COUNTRIES,
    Country,
    Generated,
    days,
    flags,
    ids,
    numbers,
    percents,
)

KINDS = (numbers, numbers, percents, days, flags)


@dataclass(frozen=True)
class GeneratedFile:
    """``columns`` are those of ``names``; a line above and below them may be no customer."""

    content: bytes
    names: tuple[str, ...]
    columns: tuple[Generated, ...]


def generate_file(seed: int) -> GeneratedFile:
    """A file of one country: its delimiter, its quotes, its line ends, its encoding."""
    rng = random.Random(seed)
    country = rng.choice(COUNTRIES)
    n = rng.choice([2, 5, 30, 150])
    kinds = [ids, *(rng.choice(KINDS) for _ in range(rng.choice([1, 2, 4])))]
    columns = tuple(kind(rng, country, n) for kind in kinds)
    names = ("customer_id", *(f"{c.name}{i}" for i, c in enumerate(columns[1:], 1)))
    text = _text(rng, country, names, columns)
    return GeneratedFile(text.encode(_encoding(rng, country, text)), names, columns)


def _text(
    rng: random.Random, country: Country, names: Sequence[str], columns: Sequence[Generated]
) -> str:
    delimiters = [";", "\t"] if country.decimal == "," else [",", ";", "\t", "|"]
    out, end = io.StringIO(), rng.choice(["\n", "\r\n"])
    if rng.random() < 0.2:
        out.write(f"Export {country.name}{end}{end}")
    writer = csv.writer(
        out,
        delimiter=rng.choice(delimiters),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        lineterminator=end,
    )
    writer.writerow(names)
    writer.writerows(zip(*(column.texts for column in columns), strict=True))
    if rng.random() < 0.2:
        writer.writerow(["Total", *[""] * (len(names) - 1)])
    if rng.random() < 0.1:
        out.write(f"{end}Exported by CRM{end}")
    return out.getvalue()


def _encoding(rng: random.Random, country: Country, text: str) -> str:
    page = "cp1250" if country.name == "pl_PL" else "cp1252"
    encoding = rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", page])
    try:
        text.encode(encoding)
    except UnicodeEncodeError:  # no narrow space in cp1252
        return "utf-8"
    return encoding
