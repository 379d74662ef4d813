"""How a file was read, on record and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.files.csv_options import NOTHING_SAID, CsvOptions, FileOptions
from segkit.files.kept import FileState, Kept, last_columns
from segkit.files.reading import Changed, Reading

ROWS = ("1.043,50 €;1. Mai 2024;true", "(950,25 €);28. Mai 2024;NA")
CONTENT = "a note\nid;n;d;b\n" + "".join(f"{n};{ROWS[n % 2]}\n" for n in range(40))


def read(path: Path) -> Reading:
    path.write_text(f"{CONTENT}TOTAL;5;;\n", encoding="utf-8")
    with DuckDBEngine() as engine:
        reading = engine.load_file(path, "t").reading
    assert reading is not None
    return reading


def test_there_and_back(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv")
    news = replace(reading, changed=(Changed(reading.columns[0], reading.columns[1], "x"),))
    kept = Kept.of(NOTHING_SAID, FileState.of([tmp_path / "t.csv"]), "40 7", news)
    text = kept.text()
    assert str(tmp_path) not in text  # no path of this machine
    assert Kept.from_text(text, NOTHING_SAID) == kept and kept.reading.changed == ()
    assert list(kept.reading.sentences(NOTHING_SAID)) == list(reading.sentences(NOTHING_SAID))
    assert last_columns(text, NOTHING_SAID) == reading.columns


def test_what_does_not_count(tmp_path: Path) -> None:
    reading = read(tmp_path / "t.csv")
    text = Kept.of(NOTHING_SAID, FileState.of([tmp_path / "t.csv"]), "40 7", reading).text()
    said = FileOptions(CsvOptions(decimal=","))
    older = text.replace(f'"made_by": "{text.split(chr(34))[3]}"', '"made_by": "0/0"')
    assert older != text
    assert Kept.from_text(text, said) is None
    assert last_columns(None, NOTHING_SAID) == last_columns("", NOTHING_SAID) == ()
    assert last_columns(older, NOTHING_SAID) == ()
    assert last_columns(text.replace('"reading"', '"readings"'), NOTHING_SAID) == ()


def test_files_to_the_byte(tmp_path: Path) -> None:
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("id\n1\n")
    other.write_text("id\n2\n")
    state = FileState.of([one, other])
    assert state.is_of([one, other]) and not state.is_of([other, one])
    one.write_text("id\n3\n")
    assert not state.is_of([one, other])
    assert FileState.of([one, other]).contents[1] == state.contents[1]
    assert FileState.of([one, other]).contents[0] != state.contents[0]
