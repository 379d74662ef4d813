from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from segkit.files.convert import is_text, write_as_text
from segkit.files.csv_options import CsvOptions
from segkit.files.text_file import TextProblem
from tests.files.workbook import DAY, MOMENT, Cell, workbook


def convert(
    tmp_path: Path, name: str, content: bytes | str, sheet: str | None = None
) -> tuple[list[list[str]], str | None, CsvOptions]:
    path, goal = tmp_path / name, tmp_path / "goal.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    written = write_as_text(path, goal, sheet, None)
    with goal.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text)), written.sheet, written.csv


def test_a_sheet(tmp_path: Path) -> None:
    cells: list[list[Cell]] = [
        ["id", "paid", "on", "vip", "x"],
        [1.0, 1.043, (45365.0, DAY), True, "#N/A"],
        [2**53, 1e300, (45366.5, MOMENT), False, None],
    ]
    rows, sheet, known = convert(tmp_path, "t.xlsx", workbook(Kunden=cells))
    assert sheet == "Kunden"
    assert rows == [
        ["id", "paid", "on", "vip", "x"],
        ["1", "1.043", "2024-03-14", "true", ""],
        [str(2**53), "1e+300", "2024-03-15 12:00:00", "false", ""],
    ]
    # a program's numbers have a point, so 1.043 need not be asked about
    assert known == CsvOptions(delimiter=",", quote='"', decimal=".")


def test_texts_with_figures_may_be_written_in_another_way(tmp_path: Path) -> None:
    book = workbook(a=[["id", "paid"], ["001", "1.043"]])
    assert convert(tmp_path, "t.xlsx", book)[2].decimal is None


def test_sheets(tmp_path: Path) -> None:
    book = workbook(a=[["only a title"]], b=[["id"], [1]], c=[["id"], [2]])
    with pytest.raises(TextProblem, match="2 sheets: which one") as caught:
        convert(tmp_path, "t.xlsx", book)
    assert "sheet=b" in caught.value.help
    assert convert(tmp_path, "t.xlsx", book, "C")[0] == [["id"], ["2"]]
    with pytest.raises(TextProblem, match="no sheet is called d"):
        convert(tmp_path, "t.xlsx", book, "d")
    with pytest.raises(TextProblem, match="no sheet has rows"):
        convert(tmp_path, "t.xlsx", workbook(a=[]))
    with pytest.raises(TextProblem, match="no workbook"):
        convert(tmp_path, "t.xlsx", b"PK nothing")


def test_a_cover_is_no_table(tmp_path: Path) -> None:
    book = workbook(Cover=[["ACME"], ["2026"]], Data=[["id", "n"], [1, 2]], Notes=[["a"], ["b"]])
    assert convert(tmp_path, "t.xlsx", book)[:2] == ([["id", "n"], ["1", "2"]], "Data")


def test_a_cell_of_several_rows_is_in_each(tmp_path: Path) -> None:
    rows = [["region", "id"], ["North", 1], [None, 2], ["South", 3]]
    book = workbook("A3:B4", a=[[], *rows])
    assert convert(tmp_path, "t.xlsx", book)[0][1:] == [
        ["North", "1"],
        ["North", "2"],
        ["South", "3"],
    ]


@pytest.mark.parametrize(
    "content",
    [
        {"id": [1, 2], "n": ["a", "b"]},
        {"id": {"0": 1, "1": 2}, "n": {"0": "a", "1": "b"}},
        [["id", "n"], [1, "a"], [2, "b"]],
    ],
    ids=["arrays", "as pandas writes", "a table"],
)
def test_columns_of_json(tmp_path: Path, content: object) -> None:
    rows = convert(tmp_path, "t.json", json.dumps(content))[0]
    assert rows == [["id", "n"], ["1", "a"], ["2", "b"]]


def test_rows_of_json_by_their_keys(tmp_path: Path) -> None:
    content = {"c1": {"n": 3}, "c2": {"n": 4}}
    rows = convert(tmp_path, "t.json", json.dumps(content))[0]
    assert rows == [["key", "n"], ["c1", "3"], ["c2", "4"]]
    content["c3"] = {"m": 5}
    assert convert(tmp_path, "t.json", json.dumps(content))[0][1] == ["3", "4", "5"]


def test_objects_within_objects(tmp_path: Path) -> None:
    record = {"id": 1, "at": {"city": "B", "geo": {"x": 1.50}}, "o": [{"n": 1, "t": "é"}, None]}
    names, row = convert(tmp_path, "t.ndjson", json.dumps(record))[0]
    assert names == ["id", "at.city", "at.geo.x", "o"]
    assert row == ["1", "B", "1.5", '[{"n": 1, "t": "é"}, null]']


RECORDS = [{"id": 1, "a": None, "b": True}, {"id": 2, "c": "x, y", "d": [1, 2]}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.json", json.dumps(RECORDS)),
        ("t.json", json.dumps({"meta": {"n": 2}, "rows": RECORDS})),
        ("t.json", "\ufeff" + json.dumps(RECORDS)),
        ("t.ndjson", "\n".join(map(json.dumps, RECORDS)) + "\n\n"),
        ("t.jsonl", "\n".join(map(json.dumps, RECORDS))),
        ("t.json.gz", gzip.compress(json.dumps(RECORDS).encode(), mtime=0)),
    ],
)
def test_json(tmp_path: Path, name: str, content: str | bytes) -> None:
    rows, sheet, known = convert(tmp_path, name, content)
    assert rows[0] == ["id", "a", "b", "c", "d"]
    assert [row[:4] for row in rows[1:]] == [["1", "", "true", ""], ["2", "", "", "x, y"]]
    assert sheet is None
    assert known == CsvOptions(delimiter=",", quote='"', decimal=".", header=True, skip=0)


def test_numbers_of_json_stay_as_they_are_written(tmp_path: Path) -> None:
    content = '[{"a": 1.10, "b": 12345678901234567890, "c": 1e400}]'
    assert convert(tmp_path, "t.json", content)[0][1] == ["1.10", "12345678901234567890", "1e400"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[1, 2]]", "no list of objects"),
        ("3", "no list of objects"),
        ("[]", "no objects with values"),
        ('{"id": 1}\n{"id"\n', "no JSON"),
    ],
)
def test_no_json(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(TextProblem, match=message):
        convert(tmp_path, "t.json", content)


def test_what_is_text_already() -> None:
    assert [is_text(Path(name)) for name in ("a.csv", "a.csv.gz", "a.txt", "a.gz")] == [True] * 4
    assert [is_text(Path(name)) for name in ("a.xlsx", "a.json", "a.JSON.gz")] == [False] * 3
