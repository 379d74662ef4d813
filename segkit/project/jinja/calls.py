"""What templates may call, and what a wrong call is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from segkit.dialects.table import Dialect
from segkit.errors import Problem
from segkit.project.nodes import DuckDBSource
from segkit.project.yaml.near_names import did_you_mean_text

CONFIG: dict[str, dict[str, tuple[str, ...] | None]] = {
    "model": {"materialized": ("view", "table"), "tags": None},
    "test": {"severity": ("warn", "error"), "tags": None},
}


@dataclass(frozen=True)
class Names:
    """What templates may refer to: a name -> (the node it belongs to, its SQL).

    ``unknowable`` are names that exist but whose declaration is broken; they
    were reported where they are declared. Any table of ``duckdb_sources`` may
    be named.
    """

    refs: Mapping[str, tuple[str, str]]
    sources: Mapping[str, tuple[str, str]]
    dialect: Dialect
    unknowable: frozenset[str] = frozenset()
    hints: Mapping[str, str] = field(default_factory=dict)
    duckdb_sources: Mapping[str, DuckDBSource] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    sql: str
    depends_on: tuple[str, ...]
    config: Mapping[str, Any]
    problems: tuple[Problem, ...]


@dataclass
class Run:
    """What one rendering has gathered so far."""

    path: str
    kind: str
    depends_on: dict[str, None] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class CallError(Exception):
    """A function of segkit refused its arguments; ``needle`` finds the call in the text."""

    def __init__(
        self,
        code: str,
        message: str,
        needle: str,
        label: str = "",
        help_text: str | None = None,
        loose: str | None = None,
    ) -> None:
        super().__init__(message)
        self.loose = loose
        self.code, self.message, self.needle = code, message, needle
        self.label, self.help = label, help_text


class Exceptions:
    """``exceptions.raise_compiler_error("...")``, as in dbt."""

    @staticmethod
    def raise_compiler_error(message: object = "") -> NoReturn:
        needle = r"exceptions\s*\.\s*raise_compiler_error"
        hint = "a macro says so: change the call, as the comment above the macro shows"
        raise CallError("SK402", str(message), needle, help_text=hint)


def wrong_option(
    key: str, value: Any, allowed: Mapping[str, tuple[str, ...] | None]
) -> CallError | None:
    """What is wrong with one option of ``config``."""
    needle = rf"(?<=[(,\s]){re.escape(key)}\s*="
    if key not in allowed:
        near, hint = did_you_mean_text(key, allowed), f"it has {', '.join(allowed)}"
        return CallError("SK003", f"`config` has no `{key}` here", needle, near, hint)
    choices = allowed[key]
    if choices is not None and value not in choices:
        near, hint = did_you_mean_text(str(value), choices), f"it is one of {', '.join(choices)}"
        return CallError("SK005", f"`{key}` cannot be `{value}`", needle, near, hint)
    tags = [value] if isinstance(value, str) else value
    if choices is None and not (
        isinstance(tags, (list, tuple)) and all(isinstance(tag, str) and tag for tag in tags)
    ):
        return CallError(
            "SK005", "`tags` must be a list of texts", needle, "", "write tags=['daily']"
        )
    return None
