from pathlib import Path

import pytest

from segkit.files.file_kinds import JSON, PATTERN, SHEETS, SUFFIXES, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", ".csv"), ("a.CSV.gz", ".csv"), ("a.json.gz", ".json"), ("a.gz", ".gz"),
        ("a.b.xlsx", ".xlsx"), ("a", ""),
    ],
)  # fmt: skip
def test_kinds(name: str, kind: str) -> None:
    assert kind_of(Path(name)) == kind


def test_suffixes() -> None:
    assert {".csv", ".tsv", ".txt", ".gz", ".parquet", *JSON, *SHEETS} == set(SUFFIXES)
    assert all(suffix == suffix.lower() for suffix in SUFFIXES)


def test_patterns() -> None:
    assert [bool(PATTERN.search(name)) for name in ("o-*.csv", "o?.csv", "[ab].csv", "o.csv")] == [
        True, True, True, False,
    ]  # fmt: skip
