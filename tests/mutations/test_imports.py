"""Damaged SQL files through ``segkit import``: an answer within seconds, and never a crash."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from segkit.cli.main import main
from tests.importing.old_cases import TYPES, Cases

FILES = sorted((Path(__file__).parents[1] / "importing").glob("*.sql"))
DIALECTS = ("sqlite", "postgres", "mysql", "tsql", "bigquery", "snowflake", "duckdb", "oracle")
TOKEN = re.compile(r"\w+|'[^']*'|\s+|.", re.DOTALL)
STRANGE = (
    "\x00",
    "\ud800",
    "\u202e",
    "'",
    '"',
    "`",
    "(",
    ")",
    "[",
    "/*",
    "--",
    "{{",
    "\\",
    "🤦",
    ";",
)
WORDS = (
    "NULL",
    "CASE",
    "END",
    "WHEN",
    "0",
    "-1",
    "1e999",
    "9" * 40,
    "/",
    "%",
    "||",
    "NOT",
    "IN ()",
)
WORDS += (
    "BETWEEN",
    "LIKE",
    "IS",
    "CAST(",
    "AS",
    "OVER ()",
    "SELECT",
    "''",
    "x'00'",
    "::date",
    "<=>",
)


def damaged(rng: random.Random, text: str) -> str:
    """The text with one to three tokens or characters lost, doubled, moved or strange."""
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.3:
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice((*STRANGE, "")) + text[at + rng.randint(0, 2) :]
            continue
        tokens = TOKEN.findall(text) or [""]
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        change = rng.randrange(4)
        if change == 0:
            del tokens[at]
        elif change == 1:
            tokens.insert(at, tokens[other])
        elif change == 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at] = f" {rng.choice(WORDS)} "
        text = "".join(tokens)
    return text


def command(rng: random.Random) -> tuple[list[str], str]:
    """The words of an import, and the file."""
    dialect = rng.choice(DIALECTS)
    words = ["--from", "grid", "--key", "id", "--dialect", dialect]
    if rng.random() < 0.5:
        return words, rng.choice(FILES).read_text(encoding="utf-8")
    made = Cases(rng.choice(("sqlite", "postgres")), rng.randrange(10**6)).case()
    text = f"SELECT id, {made} AS band FROM grid"
    if rng.random() < 0.5:
        for name, type_ in TYPES.items():
            if re.search(rf"\b{name}\b", text):
                words += ["--type", f"{name}={type_}"]
    return words, text


def play(count: int, seed: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[int, int]:
    """Run so many damaged imports; how often there was which exit code."""
    codes: dict[int, int] = {}
    file = folder / "old.sql"
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        words, text = command(rng)
        file.write_bytes(damaged(rng, text).encode("utf-8", "surrogatepass"))
        start = time.process_time()  # not of the clock: the machine may do other things
        code = main(["import", "old.sql", *words])
        seconds = time.process_time() - start
        _, err = capsys.readouterr()
        where = f"{seed} {number}: {words}\n{file.read_bytes()!r}\n{err}"
        assert code in (0, 1, 2) and "SK901" not in err, where
        assert seconds < 10, where
        codes[code] = codes.get(code, 0) + 1
    return codes


def test_damaged_files_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert play(40, 1, tmp_path, capsys)[2] > 5


@pytest.mark.slow
@pytest.mark.long
def test_a_thousand_damaged_files_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    codes = play(1000, 2, tmp_path, capsys)
    print(codes)
    assert codes[0] > 100 and codes[2] > 300
