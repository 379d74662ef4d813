from __future__ import annotations

import dataclasses

import pytest
from pydantic import ValidationError

from segkit.errors import ConfigError
from segkit.files.csv_options import NOTHING_SAID, TYPES, CsvOptions, FileOptions
from segkit.project.schema.file_words import CsvSpec, FileSpec, file_options


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


def test_what_is_said_on_the_command_line() -> None:
    csv = [
        "decimal=,", "thousands=.", "delimiter=tab", "header=false", "skip=2", "nulls=-",
        "nulls=<5", "encoding=cp1252", "dates=ymd", "percent=share", "sheet=A=B", "quote='",
    ]  # fmt: skip
    assert file_options(csv, ["customer_id=varchar", "a=b=DOUBLE"][:1]) == FileOptions(
        CsvOptions("\t", ",", ".", "'", False, 2, ("-", "<5"), "cp1252", "ymd", "share", "A=B"),
        {"customer_id": "VARCHAR"},
    )


def test_nothing_said() -> None:
    assert file_options([], []) == NOTHING_SAID


@pytest.mark.parametrize(
    ("csv", "types", "message"),
    [
        (["decimals=,"], [], "there is no `decimals`"),
        (["decimal"], [], "it is no KEY=VALUE"),
        (["=,"], [], "it is no KEY=VALUE"),
        (["decimal=;"], [], "--csv decimal=;: it takes"),
        (["header=maybe"], [], "--csv header=maybe: it takes"),
        (["skip=-1"], [], "--csv skip=-1: it takes"),
        (["delimiter=;;"], [], "--csv delimiter=;;: it takes"),
        (["dates=ydm"], [], "--csv dates=ydm: it takes"),
        ([], ["a=INTEGER"], "--type a=INTEGER: it takes one of VARCHAR, BIGINT"),
        ([], ["a"], "--type a: it is no KEY=VALUE"),
    ],
)
def test_what_cannot_be_said(csv: list[str], types: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        file_options(csv, types)
    (problem,) = caught.value.problems
    assert problem.code == "SK702"
    assert message in problem.message
    assert problem.help
