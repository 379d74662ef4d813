"""What ``config`` takes, and how a wrong option is said."""

from __future__ import annotations

import re
from typing import Any

import pytest

from segkit.project.jinja.calls import CONFIG, CallError, Exceptions, wrong_option


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("model", "materialized", "table"),
        ("model", "tags", "daily"),
        ("model", "tags", ["a", "b"]),
        ("test", "severity", "warn"),
    ],
)
def test_a_right_option(kind: str, key: str, value: Any) -> None:
    assert wrong_option(key, value, CONFIG[kind]) is None


@pytest.mark.parametrize(
    ("kind", "key", "value", "code", "message", "label"),
    [
        ("model", "materialised", "view", "SK003", "`config` has no `materialised` here",
         "did you mean `materialized`?"),
        ("model", "severity", "warn", "SK003", "`config` has no `severity` here", ""),
        ("model", "materialized", "tabel", "SK005", "`materialized` cannot be `tabel`",
         "did you mean `table`?"),
        ("test", "tags", [""], "SK005", "`tags` must be a list of texts", ""),
        ("test", "tags", 3, "SK005", "`tags` must be a list of texts", ""),
    ],
)  # fmt: skip
def test_a_wrong_option(
    kind: str, key: str, value: Any, code: str, message: str, label: str
) -> None:
    error = wrong_option(key, value, CONFIG[kind])
    assert error is not None
    assert (error.code, error.message, error.label) == (code, message, label)
    text = f"{{{{ config(materialized='view', {key}=1) }}}}"
    found = re.findall(error.needle, text)
    assert found and found[-1].startswith(key)


def test_a_macro_may_refuse_its_call() -> None:
    with pytest.raises(CallError) as caught:
        Exceptions.raise_compiler_error("three bands at most")
    assert (caught.value.code, caught.value.message) == ("SK402", "three bands at most")
