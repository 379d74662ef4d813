"""JSON files that decide what is published: read strictly, with a checksum of what they say.

The checksum is the SHA-256 of the content without itself, keys in order and numbers
by value. So a file that git or an editor has laid out anew (indentation, line ends,
order of keys, ``1`` for ``1.0``) is still the file that was written, and one in which
anything else was changed is not.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from segkit.errors import FitError, Label, Place, Problem
from segkit.project.safe_files import read_regular
from segkit.publish.stored.records import Mistaken, shown

CHECKSUM = "checksum"
MAX_BYTES = 16_000_000  # a hundred times the largest fit that anybody has written
MAX_NESTING = 200  # far below what Python and its json recurse to
_MAX_DIGITS = 30
_RESTORE = "restore the file from version control: fits are never edited by hand"
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")  # no SQL and no UTF-8 has these


def dump(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def sealed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same data with its checksum, which stands after ``format``."""
    said = {key: value for key, value in data.items() if key != CHECKSUM}
    head = {"format": said.pop("format")} if "format" in said else {}
    return {**head, CHECKSUM: checksum(data), **said}


def checksum(data: Mapping[str, Any]) -> str:
    """SHA-256 of all that the data say but their checksum, whatever the layout of the file."""
    said = json.dumps({key: value for key, value in data.items() if key != CHECKSUM})
    canonical = json.loads(said, parse_float=_by_value)
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def _by_value(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def load(path: Path, edit: str, *, newest: int | None) -> dict[str, Any]:
    """Return what a file says, its checksum held against it.

    ``edit``: how to change what it decides, for those who have edited it.
    ``newest``: the highest format that is read. None for a baseline, which is of the format of the
    fit beside it.

    Raises FitError: SK312, naming the file and what is wrong with it: no JSON, of a newer segkit,
    edited since it was written.
    """
    data = _parse(path, read_text(path))
    if not isinstance(data, dict):
        fail(path, f"is {shown(data)}: it is none of segkit's files")
    if newest is not None:
        _check_format(path, data, newest)
    if CHECKSUM in data and data[CHECKSUM] != checksum(data):
        message = "was edited after segkit wrote it: its checksum does not match"
        fail(path, message, hint=f"restore it from version control; {edit}")
    return data


def _check_format(path: Path, data: Mapping[str, Any], newest: int) -> None:
    if "format" not in data:
        fail(path, "says no `format`: it is none of segkit's files")
    found = data["format"]
    if type(found) is not int or found < 1:
        fail(path, f"has format {shown(found)}, which no segkit writes")
    if found > newest:
        read = "1" if newest == 1 else f"1 to {newest}"
        message = f"has format {found}, of a newer segkit: this one reads {read}"
        fail(path, message, hint="upgrade segkit")


def read_text(path: Path) -> str:
    """Return the text of a file; SK312 if it cannot be read, or is too large to be one of ours."""
    try:
        if path.stat().st_size > MAX_BYTES:
            fail(path, f"has more than {MAX_BYTES // 1_000_000} MB: it is none of segkit's files")
        data = read_regular(path)
    except OSError as error:
        fail(path, f"cannot be read: {reason_of(error)}")
    try:
        return data.decode("utf-8-sig")  # editors of Windows write the mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        fail(path, "is not UTF-8 text", at=(line, column))


def _parse(path: Path, text: str) -> Any:
    if not text.strip():
        fail(path, "is empty")
    try:
        data = json.loads(
            text,
            object_pairs_hook=_each_key_once,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_of_few_digits,
        )
        _check_values(data)
    except json.JSONDecodeError as error:
        if is_conflict(text):
            hint = (
                f"keep one whole file: `git checkout --ours FILE`, or --theirs; then "
                f"`segkit fit {path.parent.name}` learns the other's rules under the next number"
            )
            fail(path, "holds git's marks of a merge conflict: two branches made it", hint=hint)
        fail(path, f"is not valid JSON: {error.msg.lower()}", at=(error.lineno, error.colno))
    except Mistaken as error:
        fail(path, f"is not valid: {error}")
    except RecursionError:
        fail(path, "is not valid: it is nested too deep")
    return data


def is_conflict(text: str) -> bool:
    """Whether git could not merge two branches' versions of a file."""
    return all(re.search(rf"^{mark}( |$)", text, re.MULTILINE) for mark in ("<{7}", ">{7}"))


def _each_key_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in pairs:
        if key in data:
            raise Mistaken(f"the key {shown(key)} stands twice in one place")
        data[key] = value
    return data


def _no_number(text: str) -> NoReturn:
    raise Mistaken(f"{text} is no number")


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise Mistaken(f"{text[:_MAX_DIGITS]} is larger than any number")
    return float(text)


def _of_few_digits(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise Mistaken(f"{text[:_MAX_DIGITS]}... has {len(text):,} digits")
    return int(text)


def _check_values(data: Any) -> None:
    """Refuse what can neither be written as SQL nor walked by those who recurse."""
    todo = [(data, 1)]
    while todo:
        value, depth = todo.pop()
        if depth > MAX_NESTING:
            raise Mistaken("it is nested too deep")
        if isinstance(value, str) and (found := _UNWRITABLE.search(value)):
            raise Mistaken(f"a text holds {shown(found[0])}, which is no character")
        if isinstance(value, dict):
            todo += [(item, depth + 1) for pair in value.items() for item in pair]
        elif isinstance(value, list):
            todo += [(item, depth + 1) for item in value]


@contextmanager
def telling(path: Path, what: str) -> Iterator[None]:
    """What is mistaken in the data of a file, as the problem of that file."""
    try:
        yield
    except Mistaken as error:
        fail(path, f"{what} ({error})")


def reason_of(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def fail(
    path: Path, message: str, *, hint: str = _RESTORE, at: tuple[int, int] | None = None
) -> NoReturn:
    """Raise SK312 of a file; ``at`` is its line and column."""
    place = place_of(path)
    if at is not None:
        place = replace(place, line=at[0], column=at[1])
    raise FitError(Problem("SK312", f"{path.name} {message}", (Label(place),), hint)) from None


def place_of(path: Path) -> Place:
    return Place("/".join(path.parts[-4:]))  # warehouse/fits/<name>/<file>


def sealed_files(paths: Iterable[Path]) -> dict[Path, str]:
    """The files that are there and carry no checksum, as they are with one: path -> text."""
    read = {path: _parse(path, read_text(path)) for path in paths if path.is_file()}
    return {path: dump(sealed(data)) for path, data in read.items() if CHECKSUM not in data}
