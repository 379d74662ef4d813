"""What a word without quotes is; what segkit writes is read back as it was."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from segkit.project.yaml.scalars import dates_advice, plain_value, quoted, scalar, trap_advice


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("total spend", "total spend"),
        ("a-b/c.d", "a-b/c.d"),
        ("on", '"on"'),
        ("Null", '"Null"'),
        ("12", '"12"'),
        ("a: b", '"a: b"'),
        ("", '""'),
        ('say "x"', "'say \"x\"'"),
        ("it's", '"it\'s"'),
        ("< 25 %", '"< 25 %"'),
        ("Größe", '"Größe"'),
    ],
)
def test_as_a_person_would_write_it(text: str, written: str) -> None:
    assert scalar(text) == written


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_it_is_read_back(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}\n") == {"a": text}
    assert yaml.safe_load(f"a: {quoted(text)}\n") == {"a": text}


# --- what YAML 1.1 would make of a text --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("NULL", None), ("nUll", "nUll"), ("True", True),
        ("false", False), ("0", 0), ("-12", -12), ("1.50", 1.5), (".5", 0.5), ("1e3", 1000.0),
        ("1.", 1.0), ("e3", "e3"), ("1e", "1e"), ("a b", "a b"), ("9" * 400, "9" * 400),
    ],
)  # fmt: skip
def test_a_value(text: str, value: Any) -> None:
    found = plain_value(text)
    assert found == (value, "")
    assert type(found[0]) is type(value)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Yes", "true"), ("off", "false"),
        ("007", "a number without its leading zeros, or an octal number"),
        ("0x1F", "a number in another base"), ("1_000", "a number without the `_`"),
        ("1:30", "a number in base 60"), ("2024-1-31", "a date"),
        ("2024-01-31 10:00", "a date"), ("-.INF", "a number that is not finite"),
    ],
)  # fmt: skip
def test_a_trap(text: str, meaning: str) -> None:
    assert plain_value(text) == (text, meaning)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("on", 'write "on" in quotes, or `true` if that is what you mean'),
        ("007", 'write "007" in quotes, or `7` if you mean the number'),
        ("1_000", 'write "1_000" in quotes, or `1000` if you mean the number'),
        (".inf", 'write ".inf" in quotes if it is a text; the open end of a band is left out'),
        ("1:30", 'write "1:30" in quotes'),
    ],
)
def test_the_next_step(text: str, hint: str) -> None:
    meaning = plain_value(text)[1]
    message, said = trap_advice(text, meaning, "a: ", is_edge=False)
    assert message == f"`{text}` without quotes is not a text: YAML reads {meaning}"
    assert said == hint


def test_a_thousand_with_a_comma_and_a_date_among_edges() -> None:
    meaning = plain_value("000")[1]
    hint = "write a large number without commas, such as 1000"
    assert trap_advice("000", meaning, "edges: [1,", is_edge=True)[1] == hint
    message, hint = trap_advice("2024-01-31", "a date", "edges: [", is_edge=True)
    assert message == "`2024-01-31` is a date, and edges are numbers"
    assert hint == dates_advice("2024-01-31")
    assert "DATE '2024-01-31'" in dates_advice("2024-01-31T10:00")
