"""Texts damaged at random, and what may come of a project with one of them in it."""

from __future__ import annotations

import random
import re
import shutil
import time
from pathlib import Path

import pytest

from segkit.cli.main import main

ROOT = Path(__file__).parents[2]
LIMIT = 10.0  # seconds of this process, whatever else the machine does
ODD = (
    *"\0\t\"'`{}[]()<>:;,|&*!%@#\\-~",
    *("\ufeff", "\u202e", "\u2028", "\x07", "é", "\U0001f600", '"\\ud800"', "\\u0000", "\r"),
    *("{{", "}}", "{%", "%}", "{#", "#}", "--", "/*", "*/", "''", "<<: *a", "&a ", "*a", "!!int "),
    *("9" * 400, "1e999999999", "-1", "0x" + "f" * 300, "0000-00-00", "NULL", "nan", "no", "12:30"),
    *("(" * 300, "[" * 300, "{" * 300, "NOT " * 300, "- " * 60, ")" * 50, "a" * 5000),
    *("{{ 'a' * 10**8 }}", "{{ x }}", "{% for i in range(10**9) %}", "{% macro m(a, a) %}"),
    *("{% endfor %}", "{{ ref('nosuch') }}", " OR ", " AND ", "CASE WHEN ", " END", "SELECT ", ";"),
)


def damaged(text: str, chance: random.Random) -> str:
    """The text with one to three things wrong with it."""
    for _ in range(chance.randint(1, 3)):
        text = chance.choice((_put_in, _cut_out, _swap, _double_line, _drop_line, _shift))(
            text, chance
        )
    return text


def _put_in(text: str, chance: random.Random) -> str:
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice(ODD) + text[at:]


def _cut_out(text: str, chance: random.Random) -> str:
    at = chance.randint(0, len(text))
    return text[:at] + text[at + chance.randint(1, 12) :]


def _swap(text: str, chance: random.Random) -> str:
    words = re.split(r"(\W)", text)
    one, other = chance.randrange(len(words)), chance.randrange(len(words))
    words[one], words[other] = words[other], words[one]
    return "".join(words)


def _lines(text: str, chance: random.Random) -> tuple[list[str], int]:
    lines = text.split("\n")
    return lines, chance.randrange(len(lines))


def _double_line(text: str, chance: random.Random) -> str:
    lines, at = _lines(text, chance)
    return "\n".join([*lines[:at], lines[at], lines[at], *lines[at + 1 :]])


def _drop_line(text: str, chance: random.Random) -> str:
    lines, at = _lines(text, chance)
    return "\n".join([*lines[:at], *lines[at + 1 :]])


def _shift(text: str, chance: random.Random) -> str:
    lines, at = _lines(text, chance)
    lines[at] = chance.choice(("  ", "\t", " ")) + lines[at]
    return "\n".join(lines)


def project(directory: Path) -> Path:
    """A small project with everything in it, that builds."""
    shutil.copytree(ROOT / "tests" / "wrong" / "base", directory)
    for name in ("macros/dates.sql", "macros/numbers.sql"):
        (directory / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, directory / name)
    (directory / "sql" / "tests").mkdir()
    (directory / "sql" / "tests" / "adults.sql").write_text(
        "SELECT customer_id\nFROM {{ ref('customer_features') }}\nWHERE age < 0\n"
    )
    (directory / "sql" / "buckets.yml").write_text(BUCKETS)
    (directory / "sql" / "segments.yml").write_text(SEGMENTS)
    (directory / "sql" / "spend.sql").write_text(MODEL)
    return directory


BUCKETS = """\
buckets:
  - name: customer_buckets            # the published view
    from: customer_features
    key: customer_id
    columns:
      - {name: age_band, column: age, edges: [25, 35, 55], labels: ["<25", "25-35", "35-55", "55+"]}
      - name: spend_tier
        column: spend
        bands:
          - {label: Low, to: 100}
          - {label: High, from: 100}
      - {name: quintile, column: income, quantiles: 5}
      - name: lifecycle
        rules:
          - {label: New, when: "tenure_days < 90"}
          - {label: Loyal, when: "tenure_days >= 90 AND (orders >= 10 OR region LIKE 'n%')"}
        else: Regular
    missing: Unknown
"""
SEGMENTS = """\
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    where: "orders > 0"
    features:
      - {column: recency_days, label: Days since last order, scale: log}
      - age
    clusters: {k: 3, seed: 7}
    rules: {max_leaves: auto, max_loss: 0.05}
    metrics: [spend]
models:
  - name: customer_features
    columns:
      - {name: customer_id, tests: [unique, not_null]}
      - {name: region, tests: [{accepted_values: {values: [north, south, east, west]}}]}
"""
MODEL = """\
{{ config(materialized='view', tags=['daily']) }}

WITH s AS (
  SELECT customer_id, {{ safe_divide('spend', 'orders') }} AS spend_an_order
  FROM {{ ref('customers') }}
  WHERE signed_up < DATE '{{ var('as_of') }}'
)
SELECT s.*, {% for day in [30, 90] %}spend_an_order > {{ day }} AS over_{{ day }}
  {{- ', ' if not loop.last }}{% endfor %}
FROM s
"""


def outcome(
    directory: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> tuple[float, list[str]]:
    """Seconds of this process, and what is wrong with what a command made of the project."""
    capsys.readouterr()
    start = time.process_time()
    code = main([*words, "--project-dir", str(directory)])
    seconds = time.process_time() - start
    printed = "".join(capsys.readouterr())
    wrong = []
    if "SK901" in printed or "Traceback" in printed:
        wrong.append("it crashes")
    if code not in (0, 1, 2):
        wrong.append(f"exit code {code}")
    if code and not re.search(r"^(error|warning)\[SK\d{3}\]: ", printed, re.MULTILINE):
        wrong.append("an error without a code")
    if seconds > LIMIT:
        wrong.append(f"{seconds:.1f} s")
    return seconds, wrong


def hold(
    files: tuple[str, ...],
    seeds: range,
    directory: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    build_every: int,
) -> None:
    """Damage one of the files for each seed: listed, now and then compiled or built."""
    project(directory)
    assert main(["ls", "--project-dir", str(directory)]) == 0
    found = []
    for seed in seeds:
        chance = random.Random(seed)
        path = directory / chance.choice(files)
        text = path.read_text(encoding="utf-8")
        path.write_text(damaged(text, chance), encoding="utf-8", newline="")
        words = ["build"] if seed % build_every == 0 else ["compile" if seed % 5 == 1 else "ls"]
        _, wrong = outcome(directory, words, capsys)
        found += [(seed, path.name, each) for each in wrong]
        path.write_text(text, encoding="utf-8", newline="")
    assert found == []
