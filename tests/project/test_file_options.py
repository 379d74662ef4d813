import pytest

from segkit.errors import ConfigError
from segkit.files.csv_options import NOTHING_SAID, CsvOptions, FileOptions
from segkit.project.file_options import file_options


def test_what_is_said() -> None:
    csv = [
        "decimal=,", "thousands=.", "delimiter=tab", "header=false", "skip=2", "nulls=-",
        "nulls=<5", "encoding=cp1252", "dates=ymd", "percent=share", "sheet=A=B", "quote='",
    ]  # fmt: skip
    assert file_options(csv, ["customer_id=varchar", "a=b=DOUBLE"][:1]) == FileOptions(
        CsvOptions("\t", ",", ".", "'", False, 2, ("-", "<5"), "cp1252", "ymd", "share", "A=B"),
        {"customer_id": "VARCHAR"},
    )


def test_nothing() -> None:
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
