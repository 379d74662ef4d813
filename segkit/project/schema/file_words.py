"""How a file of data is written: `csv:` and `types:` of a source's table or a seed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictStr
from pydantic_core import PydanticCustomError

from segkit.files.csv_options import TYPES, CsvOptions, FileOptions
from segkit.project.schema.yaml_words import Flag, Spec, Text

_Sign = Annotated[StrictStr, Field(min_length=1, max_length=1)]


def _type(value: Any) -> Any:
    if not isinstance(value, str) or value.upper() not in TYPES:
        raise PydanticCustomError("type", f"one of {', '.join(TYPES)}")
    return value.upper()


_Type = Annotated[str, BeforeValidator(_type)]


class CsvSpec(Spec):
    delimiter: _Sign | None = Field(None, description="between values")
    decimal: Literal[".", ","] | None = Field(None, description="before the decimals of a number")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="between thousands")
    quote: _Sign | None = Field(None, description="around a value")
    header: Flag | None = Field(None, description="whether the first line has the names")
    skip: Annotated[int, Field(ge=0, strict=True)] | None = Field(
        None, description="lines before the header"
    )
    nulls: list[Text] = Field([], description="texts that mean nothing is known")
    encoding: Text | None = Field(None, description="for example cp1252; UTF-8 without it")
    dates: Literal["dmy", "mdy", "ymd"] | None = Field(
        None, description="03/04/26: the day, the month or the year first"
    )
    percent: Literal["points", "share"] | None = Field(None, description="45%: 45 or 0.45")
    sheet: Text | None = Field(None, description="of a workbook")


class FileSpec(Spec):
    """A mixin: what is said of a file, whatever else is said of its table."""

    csv: CsvSpec | None = Field(None, description="how a file of texts is written")
    types: dict[str, _Type] = Field({}, description="types of columns, by name")

    @property
    def options(self) -> FileOptions:
        given = {} if self.csv is None else self.csv.model_dump()
        given["nulls"] = tuple(given.get("nulls", ()))
        return FileOptions(CsvOptions(**given), self.types)
