import dataclasses

import pytest
from pydantic import ValidationError

from segkit.files.csv_options import NOTHING_SAID, TYPES, CsvOptions, FileOptions
from segkit.project.schema.file_words import CsvSpec, FileSpec


def test_words_are_the_fields_of_the_options() -> None:
    assert list(CsvSpec.model_fields) == [field.name for field in dataclasses.fields(CsvOptions)]
    assert all(field.description for field in CsvSpec.model_fields.values())


def test_options() -> None:
    spec = FileSpec.model_validate(
        {"csv": {"decimal": ",", "nulls": ["-"], "dates": "ymd"}, "types": {"a": "date"}}
    )
    assert spec.options == FileOptions(
        CsvOptions(decimal=",", nulls=("-",), dates="ymd"), {"a": "DATE"}
    )
    assert FileSpec.model_validate({}).options == NOTHING_SAID


@pytest.mark.parametrize("type_", TYPES)
def test_types(type_: str) -> None:
    assert FileSpec.model_validate({"types": {"a": type_.lower()}}).options.types == {"a": type_}


@pytest.mark.parametrize(
    "given",
    [
        {"csv": {"decimal": "x"}}, {"csv": {"delimiter": ""}}, {"csv": {"skip": True}},
        {"csv": {"thousands": "_"}}, {"csv": {"encodings": "x"}}, {"csv": {"percent": "parts"}},
        {"types": {"a": "INT"}}, {"types": {"a": 1}}, {"types": ["a"]},
    ],
)  # fmt: skip
def test_what_cannot_be(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FileSpec.model_validate(given)
