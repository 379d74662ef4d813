"""What segkit writes is read back as it was, bare where a person would write it so."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from segkit.project.yaml.scalars import quoted, scalar


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
