from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from segkit.files.text_file import TextProblem, find_text

TEXT = "id,name\n1,Größe\n2,Muñoz\n"


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "encoding", "is_guess"),
    [
        (TEXT.encode(), "utf-8-sig", False),
        (TEXT.encode("utf-8-sig"), "utf-8-sig", False),
        (TEXT.encode("utf-16"), "utf-16", False),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16", False),
        (TEXT.encode("utf-32"), "utf-32", False),
        (TEXT.encode("cp1252"), "cp1252", True),
        ("id;n\n1;110,78 zł\n".encode("cp1250"), "cp1250", True),
        ("id;n\n1;€ 5\n2;€ 7\n".encode("cp1252"), "cp1252", True),
        # by the page of Windows for Cyrillic that sign is a letter of Serbian
        ("id;amount\n1;4.222,34 €\n2;389,56 €\n".encode("cp1252"), "cp1252", True),
        ("id;amount\n1;£4\n2;£3\n".encode("cp1252"), "cp1252", True),
        ("id;город\n1;Москва\n2;Казань\n".encode("cp1251"), "cp1251", True),
        ("id,都市\n1,東京\n2,大阪\n3,名古屋\n".encode("shift_jis"), "shift_jis", True),
        ("id;n\n1;Łódź\n2;Gdańsk\n".encode("cp1250"), "cp1250", True),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, encoding: str, is_guess: bool) -> None:
    found = find_text(write(tmp_path / "t.csv", content))
    assert (found.encoding, found.is_guess) == (encoding, is_guess)
    with found.open() as text:
        assert text.read() == content.decode(encoding)


def test_an_encoding_that_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", TEXT.encode("utf-16-le"))
    assert find_text(path, "utf-16-le").encoding == "utf-16-le"
    with pytest.raises(TextProblem, match="not cp1257"):
        find_text(write(tmp_path / "b.csv", b"id\n\xa1\n"), "cp1257")


@pytest.mark.parametrize("encoding", ["foo", "base64", "rot13", "zip"])
def test_no_encoding(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(TextProblem, match=f"no encoding is called {encoding}"):
        find_text(write(tmp_path / "t.csv", TEXT.encode()), encoding)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b" \n", "the file is empty"),
        (b"id\n1,\x00\n", "a NUL character"),
        (TEXT.encode() + b"\xff", "not UTF-8: the byte 0xff"),
        (b"id\n\xc3", "ends inside a character"),
    ],
)
def test_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(TextProblem, match=message):
        find_text(write(tmp_path / "t.csv", content))


def test_gzip(tmp_path: Path) -> None:
    found = find_text(write(tmp_path / "t.csv.gz", gzip.compress(TEXT.encode())))
    assert found.is_gzip and found.head() == TEXT


@pytest.mark.parametrize("cut", [slice(0, -20), slice(3, None), slice(0, 200)])
def test_gzip_that_is_not_whole(tmp_path: Path, cut: slice) -> None:
    text = "".join(f"{n},{n * n % 9973}\n" for n in range(5000))
    with pytest.raises(TextProblem, match="not a gzip file, or not whole"):
        find_text(write(tmp_path / "t.csv.gz", gzip.compress(text.encode())[cut]))


def test_gzip_with_wrong_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(("1,2,3\n" + TEXT * 50).encode())
    with pytest.raises(TextProblem, match="not a gzip file, or not whole"):
        find_text(write(tmp_path / "t.csv.gz", packed[:60] + b"\0\1\2" + packed[63:]))


def test_both_ends(tmp_path: Path) -> None:
    text = "id,n\n" + "".join(f"{n},é\n" for n in range(40_000))
    found = find_text(write(tmp_path / "t.csv", text.encode()))
    head, tail = found.head(), found.tail()
    assert text.startswith(head) and head.endswith("\n") and len(head) > 100_000
    assert text.endswith(tail) and tail[0] in "0123456789"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\nb\n", 2), (b"a\nb", 2), (b"a\r\nb\r\n", 2), (b"a\rb\r", 2), (b"a\n\nb\n", 3),
        (b'"a\nb"\nc\n', 2), (b'"a\r\nb"\nc\n', 2), (b"a\r\nb\n", None), (b"a\rb\n", None),
    ],
)  # fmt: skip
def test_lines_are_counted(tmp_path: Path, content: bytes, lines: int | None) -> None:
    assert find_text(write(tmp_path / "t.csv", content)).count_lines() == lines
