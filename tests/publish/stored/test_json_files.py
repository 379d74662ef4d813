"""Files that decide: the checksum is of what they say, and what cannot be read is named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.errors import FitError, Problem
from segkit.publish.stored.json_files import (
    CHECKSUM,
    checksum,
    dump,
    is_conflict,
    load,
    sealed,
    sealed_files,
)

DATA = {"format": 1, "name": "shoppers", "rows": 200, "loss": 0.5, "tree": {"b": [1.0, "Größe"]}}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False,
        allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def stored(directory: Path, text: str | bytes) -> Path:
    path = directory / "v0001.json"
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def problem_with(directory: Path, text: str | bytes) -> Problem:
    with pytest.raises(FitError) as caught:
        load(stored(directory, text), "adjust it", newest=1)
    (problem,) = caught.value.problems
    assert problem.code == "SK312" and problem.help
    assert problem.message.startswith("v0001.json ")
    assert str(problem.place).partition(":")[0].endswith("/v0001.json")
    return problem


def test_the_checksum_is_this_one_for_good() -> None:
    """Files that people have committed carry it: what it covers and how may not change."""
    assert checksum(DATA) == "d849debc144a8f31ff4db0bf5b8b79171fcb14fe1f4017e6aa38a09bad45288e"
    assert list(sealed(DATA)) == ["format", CHECKSUM, "name", "rows", "loss", "tree"]
    assert sealed(sealed(DATA)) == sealed(DATA)


@given(st.dictionaries(st.text("abc", min_size=1), values, min_size=1, max_size=5))
def test_layout_is_not_content(data: dict[str, Any]) -> None:
    backwards = dict(reversed(list(data.items())))
    assert checksum(backwards) == checksum(data) == checksum(json.loads(json.dumps(data)))
    spaced = json.loads(dump(data).replace("\n", "\r\n").encode("utf-8"))
    assert checksum(spaced) == checksum(data)


@given(st.dictionaries(st.text("abc", min_size=1), values, min_size=1), values)
def test_another_value_is_other_content(data: dict[str, Any], value: Any) -> None:
    key = next(iter(data))
    other = {**data, key: value}
    same = json.dumps(other, sort_keys=True) == json.dumps(data, sort_keys=True)
    by_value = json.dumps(other[key]) != json.dumps(data[key]) and other == data  # 1.0 and 1
    assert same or by_value or checksum(other) != checksum(data)
    assert checksum({**data, "added": 1}) != checksum(data)


@pytest.mark.parametrize(
    "text",
    [
        dump(sealed(DATA)).replace("\n", "\r\n"),  # as git writes it on Windows
        "\ufeff" + dump(sealed(DATA)),  # as an editor there does
        json.dumps(sealed(DATA), indent=8, sort_keys=True, ensure_ascii=True),
        json.dumps(sealed(DATA)).replace("1.0", "1").replace("0.5", "5e-1"),
        dump(DATA),
    ],
)
def test_the_same_content_is_read(tmp_path: Path, text: str) -> None:
    assert {**load(stored(tmp_path, text), "", newest=1), CHECKSUM: ""} == {**DATA, CHECKSUM: ""}


def test_what_was_edited_is_refused_with_the_way(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, dump(sealed(DATA)).replace("200", "201"))
    assert "edited" in problem.message and problem.help.endswith("adjust it")  # type: ignore[union-attr]
    for strange in ('"0"', "null", "7", "[]"):
        text = dump({CHECKSUM: "it", **DATA}).replace('"it"', strange)
        assert "edited" in problem_with(tmp_path, text).message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("[1]", "is a list of 1: it is none of segkit's files"),
        ('"fit"', 'is "fit": it is none of segkit\'s files'),
        ("{}", "says no `format`: it is none of segkit's files"),
        ('{"format": 2}', "has format 2, of a newer segkit: this one reads 1"),
        ('{"format": 99}', "has format 99, of a newer segkit: this one reads 1"),
        ('{"format": "1"}', 'has format "1", which no segkit writes'),
        ('{"format": true}', "has format true, which no segkit writes"),
        ('{"format": 1.0}', "has format 1.0, which no segkit writes"),
        ('{"format": null}', "has format null, which no segkit writes"),
        ('{"format": 0}', "has format 0, which no segkit writes"),
        ('{"format": 1, "a": NaN}', "is not valid: NaN is no number"),
        ('{"format": 1, "a": -Infinity}', "is not valid: -Infinity is no number"),
        ('{"format": 1, "a": 1e999}', "is not valid: 1e999 is larger than any number"),
        ('{"format": 1, "a": 1, "a": 1}', 'is not valid: the key "a" stands twice in one place'),
        (
            '{"format": 1, "a": ["\\ud800"]}',
            'is not valid: a text holds "\\ud800", which is no character',
        ),
        (
            '{"format": 1, "\\u0000": 1}',
            'is not valid: a text holds "\\u0000", which is no character',
        ),
        ("[" * 100_000, "is not valid: it is nested too deep"),
        ('{"a":' * 300 + "1" + "}" * 300, "is not valid: it is nested too deep"),
        (" " * 16_000_001, "has more than 16 MB: it is none of segkit's files"),
        ('{"format": 1}'.encode("utf-16-le"), "is not valid JSON: expecting property name"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str | bytes, said: str) -> None:
    message = problem_with(tmp_path, text).message.removeprefix("v0001.json ")
    assert message.startswith(said)


def test_a_number_of_many_digits_is_no_crash(tmp_path: Path) -> None:
    assert "has 5,000 digits" in problem_with(tmp_path, '{"a": ' + "9" * 5000 + "}").message


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        (b'{"format": 1,\n "a" 2}', 2, 6, "is not valid JSON: expecting ':' delimiter"),
        (b'{"format": 1,\n "a": "\xff"}', 2, 8, "is not UTF-8 text"),
        (b"\xff\xfe{\x00}\x00", 1, 1, "is not UTF-8 text"),
        (b"\x89PNG\r\n", 1, 1, "is not UTF-8 text"),
    ],
)
def test_where_it_is_broken(tmp_path: Path, text: bytes, line: int, column: int, said: str) -> None:
    problem = problem_with(tmp_path, text)
    assert said in problem.message
    assert problem.place and (problem.place.line, problem.place.column) == (line, column)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "v0001.json"
    with pytest.raises(FitError, match="cannot be read: no such file"):
        load(path, "", newest=1)
    path.mkdir()
    with pytest.raises(FitError, match="is a directory"):
        load(path, "", newest=1)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(FitError, match="not a file"):
        load(path, "", newest=1)


def test_a_file_without_a_checksum_gets_one_and_nothing_else(tmp_path: Path) -> None:
    path = stored(tmp_path, dump(DATA))
    ((found, text),) = sealed_files([path, tmp_path / "none.json"]).items()
    assert found == path
    added = [line for line in text.splitlines() if line not in dump(DATA).splitlines()]
    assert added == [f' "checksum": "{checksum(DATA)}",']
    assert text.replace(f"{added[0]}\n", "") == dump(DATA)
    assert sealed_files([stored(tmp_path, text)]) == {}


def test_marks_of_a_merge_are_known(tmp_path: Path) -> None:
    """Two branches made the file: git puts both into it."""
    both = '<<<<<<< HEAD\n{"a": 1}\n=======\n{"a": 2}\n>>>>>>> theirs\n'
    problem = problem_with(tmp_path, both)
    assert "holds git's marks of a merge conflict" in problem.message
    assert "git checkout --ours FILE" in (problem.help or "")
    assert is_conflict(both.replace("theirs", "").replace("HEAD", ""))
    for text in ("{", "<<<<<<< HEAD\n", "a <<<<<<< b\n>>>>>>>\n", "<<<<<<<<\n>>>>>>>>\n"):
        assert not is_conflict(text)
