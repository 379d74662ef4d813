"""A file of text: its encoding, its beginning and its end."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from codecs import (
    BOM_UTF8,
    BOM_UTF16_BE,
    BOM_UTF16_LE,
    BOM_UTF32_BE,
    BOM_UTF32_LE,
    getincrementaldecoder,
)
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from segkit.files.code_pages import LATIN, latin_page

_CHUNK = 1 << 20
_HEAD = 1 << 18
_TAIL = 1 << 13
_NULS = 0.1  # of the bytes are: delimiters, line ends and figures, in any script
_MONEY = frozenset("€£¥".encode("cp1252"))
# of these an encoding is guessed where a file is not UTF-8
_GUESSED = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "gb18030", "big5", "shift_jis",
    "euc_jp", "euc_kr",
)  # fmt: skip

_OTHER_SCRIPT = re.compile("[\u0370-\u1fff\u2e80-\uff60\uffa0-\uffff]")
_MARKS = (  # the longer ones first: UTF-16's is the beginning of UTF-32's
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
    (BOM_UTF8, "utf-8-sig"),
)


class TextProblem(Exception):
    """``line`` is the place, where there is one; ``file`` where it is one of several."""

    def __init__(
        self, message: str, help: str, line: int | None = None, *, has_utf8: bool = False
    ) -> None:
        super().__init__(message)
        self.message, self.help, self.line, self.has_utf8 = message, help, line, has_utf8
        self.file: Path | None = None


@contextmanager
def problems_of(file: Path) -> Iterator[None]:
    """Problems of the block are that file's."""
    try:
        yield
    except TextProblem as problem:
        problem.file = file
        raise


@dataclass(frozen=True)
class TextFile:
    """``encoding`` is that of Python's codecs; ``is_guess``: it was found by its bytes alone."""

    path: Path
    encoding: str
    is_guess: bool
    is_gzip: bool

    @contextmanager
    def open(self) -> Iterator[IO[str]]:
        with _open_bytes(self.path, self.is_gzip) as file:
            text = io.TextIOWrapper(file, encoding=self.encoding, newline="")
            try:
                yield text
            finally:
                text.detach()

    def head(self) -> str:
        """Whole lines from the beginning."""
        with self.open() as text:
            head = text.read(_HEAD)
            if not text.read(1):
                return head
        end = max(head.rfind("\n"), head.rfind("\r"))
        return head[: end + 1] if end >= 0 else head

    def tail(self) -> str:
        """The last lines, of a file that is UTF-8 and not compressed."""
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            text = file.read().decode("utf-8", "replace")
        return text if size <= _TAIL else text.partition("\n")[2]

    def count_lines(self, quote: str = '"') -> int | None:
        """Lines; line ends between quotes do not end one. Blank lines count.

        None where the line ends are not all alike: readers differ about such files.
        """
        ends = Counter[bytes]()
        inside, last = False, b""
        mark = quote.encode()
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if last == b"\r":  # and \n may come
                    chunk = last + chunk
                last = chunk[-1:]
                kept = chunk[:-1] if last == b"\r" else chunk
                parts = kept.split(mark)
                outside = b"".join(parts[inside::2])
                inside ^= len(parts) % 2 == 0
                both = outside.count(b"\r\n") if b"\r" in outside else 0
                ends[b"\r\n"] += both
                ends[b"\n"] += outside.count(b"\n") - both
                ends[b"\r"] += outside.count(b"\r") - both
        ends[b"\r"] += last == b"\r"
        if sum(n > 0 for n in ends.values()) > 1:
            return None
        return ends.total() + (last not in (b"\r", b"\n"))


@contextmanager
def _open_bytes(path: Path, is_gzip: bool) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if not is_gzip:
            yield file
            return
        try:
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]  # a GzipFile reads as any other
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise TextProblem("it is not a gzip file, or not whole", str(error)) from None


def find_text(path: Path, encoding: str | None = None) -> TextFile:
    """Return the file with its encoding, after every byte of it was looked at.

    Raises TextProblem if it is empty, no text, or not of the encoding that is given.
    """
    is_gzip = path.suffix.lower() == ".gz"
    with _open_bytes(path, is_gzip) as file:
        first = file.read(_CHUNK)
    if not first.removeprefix(BOM_UTF8).strip():
        raise TextProblem("the file is empty", "it needs a header line and rows")
    if encoding is None:
        encoding = next((name for mark, name in _MARKS if first.startswith(mark)), None)
        wide = _without_mark(first) if encoding is None else None
        if wide is not None and _undecodable(path, is_gzip, wide) is None:
            return TextFile(path, wide, True, is_gzip)
    known = encoding or "utf-8-sig"
    problem = _undecodable(path, is_gzip, known)
    if problem is None:
        return TextFile(path, known, False, is_gzip)
    if encoding not in (None, "utf-8-sig") or problem.args[0].startswith("a NUL"):
        raise problem
    # cut off, or of two encodings: another one would not mend that
    guess = None if problem.has_utf8 else _guess(first)
    if guess is None or _undecodable(path, is_gzip, guess) is not None:
        raise problem
    return TextFile(path, guess, True, is_gzip)


def _without_mark(first: bytes) -> str | None:
    """UTF-16 that does not say so: every second byte of signs and figures is a NUL."""
    low, high = first[::2].count(0), first[1::2].count(0)
    if max(low, high) < len(first) * _NULS or min(low, high) > 0:
        return None
    encoding = "utf-16-le" if high else "utf-16-be"
    has_lines = any(end.encode(encoding) in first for end in "\r\n")
    return encoding if has_lines else None


def _guess(first: bytes) -> str | None:
    from charset_normalizer import from_bytes

    if {byte for byte in first if byte >= 0x80} <= _MONEY:  # in no language the only letters
        return latin_page(first)
    best = from_bytes(first[:_HEAD], cp_isolation=list(_GUESSED)).best()
    # a few bytes of Latin make half-width kana in Shift JIS
    is_latin = best is None or best.encoding in LATIN or not _OTHER_SCRIPT.search(str(best))
    return latin_page(first) if is_latin or best is None else best.encoding


def _undecodable(path: Path, is_gzip: bool, encoding: str) -> TextProblem | None:
    """What keeps the file from being text of the encoding."""
    try:
        "".encode(encoding)  # base64 is a codec of bytes
        decoder = getincrementaldecoder(encoding)()
    except LookupError:
        return TextProblem(f"no encoding is called {encoding}", "for example: cp1252, utf-16")
    line, has_utf8 = 1, False
    is_wide = encoding.startswith(("utf-16", "utf_16", "utf-32", "utf_32"))
    with _open_bytes(path, is_gzip) as file:
        while chunk := file.read(_CHUNK):
            if not is_wide and b"\x00" in chunk:
                line += chunk[: chunk.index(b"\x00")].count(b"\n")
                return TextProblem("a NUL character", "is it a CSV file?", line)
            try:
                has_utf8 |= not decoder.decode(chunk).isascii()
            except UnicodeDecodeError as error:
                has_utf8 |= not error.object[: error.start].isascii()
                line += error.object[: error.start].count(b"\n")
                bad = error.object[error.start]
                hint = "say how it is encoded: `encoding: cp1252` (`try --csv encoding=cp1252`)"
                message = f"not {_shown(encoding)}: the byte 0x{bad:02x}"
                return TextProblem(message, hint, line, has_utf8=has_utf8)
            line += chunk.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            message = f"not {_shown(encoding)}: it ends inside a character"
            return TextProblem(message, "is it whole?", line, has_utf8=True)
    return None


def _shown(encoding: str) -> str:
    return "UTF-8" if encoding in ("utf-8", "utf-8-sig") else encoding
