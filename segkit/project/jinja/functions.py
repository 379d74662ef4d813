"""What templates call: ref, source, var, env_var and config."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from segkit.dialects.spelling import relation
from segkit.project.jinja.calls import CONFIG, CallError, Exceptions, Names, Run, wrong_option
from segkit.project.sources.foreign_relations import refusal
from segkit.project.yaml.near_names import did_you_mean_text


class Functions(ABC):
    """The functions of segkit; the rendering that runs notes what they refer to.

    Parameters
    ----------
    variables : mapping
        What ``var`` returns.
    names : Names, optional
        What ``ref`` and ``source`` know. Without it only ``var`` and ``env_var``
        are there, as for the values of segkit.yml.
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
            raise CallError(
                "SK402", "`ref` takes one name", r"\bref\s*\(", help_text="write ref('customers')"
            )
        found = self.names.refs.get(name)
        if found is None:
            call = rf"\bref\s*\(\s*['\"]{re.escape(name)}['\"]\s*\)"
            hint = self.names.hints.get(name)
            if name not in self.names.unknowable:
                self._report(
                    CallError(
                        "SK101",
                        f"nothing is called `{name}`",
                        call,
                        "" if hint else did_you_mean_text(name, self.names.refs),
                        hint
                        or "ref takes the name of a model, a seed, buckets, segments or a source "
                        "file",
                        r"\bref\s*\(",
                    )
                )
            return name
        self._run.depends_on[found[0]] = None
        return found[1]

    def _source(self, source: object = None, table: object = None, *more: object) -> str:
        assert self.names is not None
        if more or not isinstance(source, str) or not isinstance(table, str):
            raise CallError(
                "SK402",
                "`source` takes the source's name and the table's",
                r"\bsource\s*\(",
                help_text="write source('crm', 'customers')",
            )
        name = f"{source}.{table}"
        found = self.names.sources.get(name)
        call = (
            rf"\bsource\s*\(\s*['\"]{re.escape(source)}['\"]\s*,\s*"
            rf"['\"]{re.escape(table)}['\"]\s*\)"
        )
        if found is None and source in self.names.duckdb_sources:
            why = refusal(self.names.duckdb_sources[source], table)
            if why is not None:
                self._report(
                    CallError(why.code, why.message, call, why.label, why.help, r"\bsource\s*\(")
                )
                return name
            found = (name, relation(table, source, self.names.dialect))
        if found is None:
            if name not in self.names.unknowable and not self.names.unknowable.issuperset(
                (source, table)
            ):
                self._report(
                    CallError(
                        "SK101",
                        f"there is no source `{name}`",
                        call,
                        did_you_mean_text(name, self.names.sources),
                        "sources stand under `sources` in segkit.yml",
                        r"\bsource\s*\(",
                    )
                )
            return name
        self._run.depends_on[found[0]] = None
        return found[1]

    def _var(self, name: object = None, *default: Any) -> Any:
        if not isinstance(name, str):
            raise CallError("SK402", "`var` takes a name", r"\bvar\s*\(", "", "write var('as_of')")
        if name in self.variables:
            return self.variables[name]
        if default:
            return default[0]
        if self.knows_variables:
            self._report(
                CallError(
                    "SK405",
                    f"the variable `{name}` is not set",
                    rf"\bvar\s*\(\s*['\"]{re.escape(name)}['\"]",
                    did_you_mean_text(name, self.variables),
                    f"add `{name}` to vars in segkit.yml, give it with --vars, "
                    f"or write a default: var('{name}', ...)",
                )
            )
        return ""

    def _env_var(self, name: object = None, *default: Any) -> Any:
        if not isinstance(name, str):
            raise CallError(
                "SK402", "`env_var` takes a name", r"\benv_var\s*\(", "", "write env_var('HOME')"
            )
        value = os.environ.get(name)
        if value is not None:
            if value:
                self.secrets.add(value)
            return value
        if default:
            return default[0]
        self._report(
            CallError(
                "SK405",
                f"the environment variable `{name}` is not set",
                rf"\benv_var\s*\(\s*['\"]{re.escape(name)}['\"]",
                "",
                f"set it, or write a default: env_var('{name}', '...')",
            )
        )
        return ""

    def _config(self, *args: object, **options: Any) -> str:
        allowed = CONFIG[self._run.kind]
        for key, value in options.items():
            wrong = wrong_option(key, value, allowed)
            if wrong is not None:
                self._report(wrong)
            else:
                self._run.config[key] = (
                    [value] if key == "tags" and isinstance(value, str) else value
                )
        if args:
            raise CallError(
                "SK402",
                "`config` takes named options only",
                r"\bconfig\s*\(",
                "",
                "write config(materialized='table')",
            )
        return ""
