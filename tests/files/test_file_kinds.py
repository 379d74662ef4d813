from pathlib import Path

import pytest

from segkit.files.file_kinds import JSON, PATTERN, SHEETS, SUFFIXES, kind_of, other_kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", ".csv"), ("a.CSV.gz", ".csv"), ("a.json.gz", ".json"), ("a.gz", ".gz"),
        ("a.b.xlsx", ".xlsx"), ("a", ""),
    ],
)  # fmt: skip
def test_kinds(name: str, kind: str) -> None:
    assert kind_of(Path(name)) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ('\ufeff[ {"id": 1}]', "JSON"),
        ('{\n "a b" : 1}', "JSON"),
        ("<!DOCTYPE html>", "HTML"),
        (" <table class='x'>", "HTML"),
        ("{id},n", None),
        ("<tablet>;n", None),
    ],
)
def test_other_kinds(head: str, kind: str | None) -> None:
    hint = other_kind(head)
    assert hint is None if kind is None else kind in str(hint)


def test_suffixes() -> None:
    assert {".csv", ".tsv", ".txt", ".gz", ".parquet", *JSON, *SHEETS} == set(SUFFIXES)
    assert all(suffix == suffix.lower() for suffix in SUFFIXES)


def test_patterns() -> None:
    assert [bool(PATTERN.search(name)) for name in ("o-*.csv", "o?.csv", "[ab].csv", "o.csv")] == [
        True, True, True, False,
    ]  # fmt: skip
