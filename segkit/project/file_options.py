"""What somebody says of a file on the command line, as `csv:` and `types:` have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from segkit.errors import ConfigError, Problem
from segkit.files.csv_options import FileOptions
from segkit.project.schema.file_words import CsvSpec, FileSpec
from segkit.project.yaml.near_names import did_you_mean_text

_TABS = ("tab", "\\t")
_WORDS = {"true": True, "false": False}


def file_options(csv: Sequence[str], types: Sequence[str]) -> FileOptions:
    """Return the options of ``KEY=VALUE`` and ``COLUMN=TYPE``.

    Raises
    ------
    ConfigError
        SK702 for a key that is none, or a value that it cannot have.
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
        raise _wrong(f"{said}: it takes {_takes(wrong['msg'])}", "see docs/files.md") from None


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


def _takes(message: str) -> str:
    return message.removeprefix("Input should be ")


def _wrong(message: str, hint: str) -> ConfigError:
    return ConfigError(Problem("SK702", message, help=hint))
