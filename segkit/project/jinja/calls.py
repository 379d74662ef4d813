"""What templates call: ref, source, var, env_var and config; and what a wrong call is."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from segkit.dialects.spelling import relation
from segkit.dialects.table import Dialect
from segkit.errors import Problem
from segkit.project.nodes import DuckDBSource, Source
from segkit.project.sources.foreign_relations import refusal, table_node
from segkit.project.yaml.near_names import did_you_mean_text

CONFIG: dict[str, dict[str, tuple[str, ...] | None]] = {
    "model": {"materialized": ("view", "table"), "tags": None},
    "test": {"severity": ("warn", "error"), "tags": None},
}
_SAID_BY = {"events_until": "as_of"}  # a variable that is not set is another
_REF_TAKES = "ref takes the name of a model, a seed, buckets, segments or a source file"


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


class Functions(ABC):
    """The functions of segkit; the rendering that runs notes what they refer to.

    ``variables``: what ``var`` returns.
    ``names``: what ``ref`` and ``source`` know. Without it only ``var`` and ``env_var`` are there,
    as for the values of segkit.yml.
    """

    def __init__(self, variables: Mapping[str, Any], names: Names | None = None) -> None:
        self.variables, self.names = dict(variables), names
        self.knows_variables = True  # False where segkit.yml is broken: no var is unknown then
        self.secrets: set[str] = set()
        self.functions: dict[str, Any] = {"var": self._var, "env_var": self._env_var}
        if names is not None:
            self.functions |= {
                "ref": self._ref,
                "source": self._source,
                "config": self._config,
                "exceptions": Exceptions(),
            }
        self._run = Run("", "model")

    @abstractmethod
    def _report(self, error: CallError) -> None:
        """Note a problem of the call that is running, and go on to find more."""

    def _ref(self, name: object = None, *more: object) -> str:
        assert self.names is not None
        if more or not isinstance(name, str):
            raise _wrong_call("ref", "`ref` takes one name", "write ref('customers')")
        found = self.names.refs.get(name)
        if found is None:
            hint = self.names.hints.get(name)
            near = "" if hint else did_you_mean_text(name, self.names.refs)
            if name not in self.names.unknowable:
                message = f"nothing is called `{name}`"
                self._report(_wrong_name("SK101", message, near, hint or _REF_TAKES, "ref", name))
            return name
        self._run.depends_on[found[0]] = None
        return found[1]

    def _source(self, source: object = None, table: object = None, *more: object) -> str:
        assert self.names is not None
        if more or not isinstance(source, str) or not isinstance(table, str):
            message = "`source` takes the source's name and the table's"
            raise _wrong_call("source", message, "write source('crm', 'customers')")
        name = f"{source}.{table}"
        found = self.names.sources.get(name)
        call = ("source", source, table)
        if found is None and source in self.names.duckdb_sources:
            declared = self.names.duckdb_sources[source]
            why = refusal(declared, table)
            if why is not None:
                self._report(_wrong_name(why.code, why.message, why.label, why.help, *call))
                return name
            node = table_node(declared, table, declared.place)
            found = (name, source_sql(node, self.names.dialect))
        if found is None:
            unknowable = self.names.unknowable
            if name not in unknowable and not unknowable.issuperset((source, table)):
                message = f"there is no source `{name}`"
                near = did_you_mean_text(name, self.names.sources)
                hint = "sources stand under `sources` in segkit.yml"
                self._report(_wrong_name("SK101", message, near, hint, *call))
            return name
        self._run.depends_on[found[0]] = None
        return found[1]

    def _var(self, name: object = None, *default: Any) -> Any:
        if not isinstance(name, str):
            raise _wrong_call("var", "`var` takes a name", "write var('as_of')")
        said = name if name in self.variables else _SAID_BY.get(name, name)
        if said in self.variables:
            return self.variables[said]
        if default:
            return default[0]
        if self.knows_variables:
            message = f"the variable `{name}` is not set"
            hint = f"add `{name}` to vars in segkit.yml, give it with --vars, or write a default"
            near = did_you_mean_text(name, self.variables)
            self._report(_not_set(message, near, f"{hint}: var('{name}', ...)", "var", name))
        return ""

    def _env_var(self, name: object = None, *default: Any) -> Any:
        if not isinstance(name, str):
            raise _wrong_call("env_var", "`env_var` takes a name", "write env_var('HOME')")
        value = os.environ.get(name)
        if value is not None:
            if value:
                self.secrets.add(value)
            return value
        if default:
            return default[0]
        message = f"the environment variable `{name}` is not set"
        hint = f"set it, or write a default: env_var('{name}', '...')"
        self._report(_not_set(message, "", hint, "env_var", name))
        return ""

    def _config(self, *args: object, **options: Any) -> str:
        allowed = CONFIG[self._run.kind]
        for key, value in options.items():
            wrong = wrong_option(key, value, allowed)
            if wrong is not None:
                self._report(wrong)
            else:
                is_one_tag = key == "tags" and isinstance(value, str)
                self._run.config[key] = [value] if is_one_tag else value
        if args:
            message = "`config` takes named options only"
            raise _wrong_call("config", message, "write config(materialized='table')")
        return ""


def source_sql(source: Source, dialect: Dialect) -> str:
    """Return what ``source`` stands for in SQL."""
    schema, name = source.lies_at
    return relation(name, schema, dialect)


def _wrong_call(function: str, message: str, hint: str) -> CallError:
    return CallError("SK402", message, rf"\b{function}\s*\(", help_text=hint)


def _wrong_name(
    code: str, message: str, label: str, hint: str, function: str, *names: str
) -> CallError:
    """Found where the function is called with these names; else where it is called at all."""
    listed = r"\s*,\s*".join(rf"['\"]{re.escape(name)}['\"]" for name in names)
    start = rf"\b{function}\s*\("
    return CallError(code, message, rf"{start}\s*{listed}\s*\)", label, hint, start)


def _not_set(message: str, label: str, hint: str, function: str, name: str) -> CallError:
    needle = rf"\b{function}\s*\(\s*['\"]{re.escape(name)}['\"]"
    return CallError("SK405", message, needle, label, hint)
