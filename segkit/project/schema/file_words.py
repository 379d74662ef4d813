"""How a file of data is written: `csv:` and `types:` of a source's table or a seed.

The command line has the same words: `--csv decimal=,`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictStr, ValidationError
from pydantic_core import PydanticCustomError

from segkit.errors import ConfigError, Problem
from segkit.files.csv_options import TYPES, CsvOptions, FileOptions
from segkit.project.schema.yaml_words import Flag, Spec, Text
from segkit.project.yaml.near_names import did_you_mean_text

_TABS = ("tab", "\\t")
_WORDS = {"true": True, "false": False}
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


def file_options(csv: Sequence[str], types: Sequence[str]) -> FileOptions:
    """Return the options of ``KEY=VALUE`` and ``COLUMN=TYPE``.

    Raises ConfigError: SK702 for a key that is none, or a value that it cannot have.
    """
    given: dict[str, Any] = {}
    for text in csv:
        key, value = _parted("--csv", text, "decimal=,")
        if key not in CsvSpec.model_fields:
            near = did_you_mean_text(key, CsvSpec.model_fields)
            listed = ", ".join(CsvSpec.model_fields)
            raise _wrong(f"--csv {text}: there is no `{key}`", f"{near or 'keys'}: {listed}")
        if key == "nulls":
            given.setdefault(key, []).append(value)
        else:
            given[key] = _value(key, value)
    named = dict(_parted("--type", text, "customer_id=VARCHAR") for text in types)
    try:
        return FileSpec.model_validate({"csv": given, "types": named}).options
    except ValidationError as error:
        wrong = error.errors()[0]
        of_csv, key = wrong["loc"][0] == "csv", str(wrong["loc"][-1])
        said = f"--csv {key}={given[key]}" if of_csv else f"--type {key}={named[key]}"
        takes = wrong["msg"].removeprefix("Input should be ")
        raise _wrong(f"{said}: it takes {takes}", "see docs/files.md") from None


def _value(key: str, value: str) -> Any:
    if key == "delimiter" and value in _TABS:
        return "\t"
    if key == "skip" and value.isdigit():
        return int(value)
    return _WORDS.get(value, value) if key == "header" else value


def _parted(flag: str, text: str, example: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise _wrong(f"{flag} {text}: it is no KEY=VALUE", f"for example {flag} {example}")
    return key, value


def _wrong(message: str, hint: str) -> ConfigError:
    return ConfigError(Problem("SK702", message, help=hint))
