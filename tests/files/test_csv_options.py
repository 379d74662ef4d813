import yaml

from segkit.files.csv_options import NOTHING_SAID, TYPES, CsvOptions, FileOptions


def test_as_yaml() -> None:
    options = CsvOptions(";", ",", header=False, skip=2, nulls=("-", "x: y"), percent="share")
    assert yaml.safe_load(options.yaml()) == {
        "delimiter": ";",
        "decimal": ",",
        "header": False,
        "skip": 2,
        "nulls": ["-", "x: y"],
        "percent": "share",
    }
    assert CsvOptions().yaml() == ""
    assert CsvOptions(skip=0).yaml() == "{skip: 0}"


def test_what_is_said_is_over_what_is_found() -> None:
    found = CsvOptions(decimal=",", encoding="cp1252", header=False)
    assert CsvOptions(decimal=".", skip=0).over(found) == CsvOptions(
        decimal=".", encoding="cp1252", header=False, skip=0
    )
    assert CsvOptions().over(found) == found


def test_nothing_is_said() -> None:
    assert FileOptions() == NOTHING_SAID
    assert set(TYPES) == {"VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"}
