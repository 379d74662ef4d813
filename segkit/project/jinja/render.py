"""Models rendered once, in a sandbox: ref, source, var, env_var, config and macros."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from types import CodeType, FrameType, TracebackType
from typing import Any

import jinja2
from jinja2 import Template, nodes

from segkit.core.recursion import deep_recursion
from segkit.dialects.spelling import relation
from segkit.errors import Label, Place, Problem
from segkit.project.jinja.calls import (
    CONFIG,
    CallError,
    Exceptions,
    Names,
    Rendered,
    Run,
    wrong_option,
)
from segkit.project.jinja.limits import MAX_OUTPUT, LimitedEnvironment, LimitError
from segkit.project.jinja.template_errors import explain_exception, explain_jinja_syntax, place_of
from segkit.project.sources.foreign_relations import refusal
from segkit.project.yaml.near_names import did_you_mean_text

_MAX_PROBLEMS = 100  # of one text


class _Enough(Exception):
    """So much is wrong with a text that it is not read further."""


class Renderer:
    """Renders texts of one project.

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
        self.texts: dict[str, str] = {}  # text of each template by path, for columns
        self.environment = LimitedEnvironment()
        self.functions: dict[str, Any] = {"var": self._var, "env_var": self._env_var}
        if names is not None:
            self.functions |= {
                "ref": self._ref,
                "source": self._source,
                "config": self._config,
                "exceptions": Exceptions(),
            }
        self.environment.globals.update(self.functions)
        self._run = Run("", "model")
        self._dialect = names.dialect.name if names is not None else ""
        self._bodies: set[str] = set()  # macros of the project that have one for the dialect

    # macros -----------------------------------------------------------------

    def add_own_macros(self, text: str, path: str) -> None:
        """Make macros of segkit callable, into which errors do not point.

        They are compiled when one is called: all of them take longer than the rest of ``ls``.
        """
        self._remember(text, path, is_shown=False)
        template = lru_cache(lambda: self._compile(text, path))
        for name in dict.fromkeys(_told(name, self._dialect) for name in macro_names(text)):
            self.environment.globals[name] = _Macro(self, template, name)

    def add_macros(self, text: str, path: str) -> list[Problem]:
        """Make the file's macros callable; a later one of the same name wins.

        ``postgres__x`` is the body of ``x`` for models that are written for
        PostgreSQL: there it wins over ``x``, wherever that stands.
        """
        self._remember(text, path)
        try:
            with deep_recursion():
                _, macros = _code_of(text, path, self._dialect)
                template = self._compile(text, path)
        except jinja2.TemplateSyntaxError as error:
            return [explain_jinja_syntax(error, text, path)]
        problems = []
        for written, line in macros:
            name = _told(written, self._dialect)
            if name in self.functions:
                problems.append(
                    Problem(
                        "SK102",
                        f"`{name}` is a function of segkit; a macro cannot have its name",
                        (Label(place_of(rf"\b{written}\b", text, path, line)),),
                        help="give the macro another name",
                    )
                )
            elif written != name or name not in self._bodies:
                self._bodies |= {name} if written != name else set()
                self.environment.globals[name] = _Macro(self, lambda: template, name)
        return problems

    # rendering --------------------------------------------------------------

    def render(self, text: str, path: str, kind: str = "model") -> Rendered:
        """Return what Jinja makes of a model or test, with what it refers to and all problems."""
        self._remember(text, path)
        self._run = run = Run(path, kind)
        sql = self._generate(text, path, run)
        return Rendered(sql, tuple(run.depends_on), dict(run.config), tuple(run.problems))

    def render_value(self, text: str, place: Place) -> tuple[str, list[Problem]]:
        """Return a value of a YAML file after Jinja; problems point at the value."""
        path = f"{place.path}<{place.line}:{place.column}>"
        self._remember(text, path, is_shown=False)
        self._run = run = Run(path, "value")
        value = self._generate(text, path, run)
        moved = [
            Problem(
                p.code,
                p.message,
                (Label(place, p.labels[0].text if p.labels else ""),),
                help=p.help,
            )
            for p in run.problems
        ]
        return value, moved

    def _generate(self, text: str, path: str, run: Run) -> str:
        self.environment.start()
        parts: list[str] = []
        size = 0
        try:
            with deep_recursion():
                for part in self._compile(text, path).generate():
                    size += len(part)
                    if size > MAX_OUTPUT:
                        raise LimitError(
                            "output of over 1,000,000 characters is more than segkit allows"
                        )
                    parts.append(part)
            "".join(parts).encode("utf-8")
        except jinja2.TemplateSyntaxError as error:
            run.problems.append(explain_jinja_syntax(error, text, path))
        except _Enough:
            pass
        except UnicodeEncodeError as error:
            message = f"Jinja makes U+{ord(error.object[error.start]):04X}, no character of a text"
            place = place_of(r"\{[{%]", text, path, 1, everywhere=True)
            run.problems.append(Problem("SK402", message, (Label(place),), help="leave it out"))
        except CallError as error:
            frames = list(self._template_lines(error.__traceback__))
            self._add_problem(error, frames)
        except Exception as error:  # whatever a template can raise is the template's mistake
            frames = list(self._template_lines(error.__traceback__))
            refs = list(self.names.refs) if self.names else []
            problem = explain_exception(
                error, frames, self.texts, path, sorted(map(str, self.environment.globals)), refs
            )
            if not any(earlier.code == "SK405" for earlier in run.problems):
                run.problems.append(
                    replace(problem, labels=(*problem.labels, *self._callers(frames)))
                )
        return "".join(parts)

    def _add_problem(self, error: CallError, frames: list[tuple[str, int]]) -> None:
        """``frames`` are (path, line) in templates of the project, the innermost last."""
        place = Place(self._run.path)
        if frames:
            path, line = frames[-1]
            place = place_of(error.needle, self.texts[path], path, line, error.loose)
        labels = (Label(place, error.label), *self._callers(frames))
        problem = Problem(error.code, error.message, labels, help=error.help)
        if problem not in self._run.problems:
            self._run.problems.append(problem)
        if len(self._run.problems) >= _MAX_PROBLEMS:
            raise _Enough

    def _callers(self, frames: list[tuple[str, int]]) -> list[Label]:
        """Where the model calls the macro that failed."""
        if not frames or frames[-1][0] == self._run.path:
            return []
        lines = [line for path, line in frames if path == self._run.path]
        text = self.texts.get(self._run.path, "")
        return [
            Label(place_of(r"\{[{%]", text, self._run.path, line), "called from here")
            for line in lines[:1]
        ]

    def _report(self, error: CallError) -> None:
        """Note a problem of the call that is running, and go on to find more."""
        frames: list[tuple[str, int]] = []
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            spot = self._template_line(frame, frame.f_lineno)
            if spot is not None:
                frames.insert(0, spot)
            frame = frame.f_back
        self._add_problem(error, frames)

    def _compile(self, text: str, path: str) -> Template:
        code, _ = _code_of(text, path, self._dialect)
        return Template.from_code(self.environment, code, self.environment.make_globals(None))

    def _remember(self, text: str, path: str, is_shown: bool = True) -> None:
        self.texts.pop(path, None)
        if is_shown:
            self.texts[path] = text

    # functions --------------------------------------------------------------

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

    # places -----------------------------------------------------------------

    def _template_lines(self, traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
        """(path, line) of each frame of a template of the project, the innermost last.

        Jinja has already rewritten the traceback: its lines are the template's.
        """
        while traceback is not None:
            path = traceback.tb_frame.f_code.co_filename
            if path in self.texts:
                yield path, traceback.tb_lineno
            traceback = traceback.tb_next

    def _template_line(self, frame: FrameType, line: int) -> tuple[str, int] | None:
        template = frame.f_globals.get("__jinja_template__")
        if template is None or template.filename not in self.texts:
            return None
        return template.filename, template.get_corresponding_lineno(line)


@lru_cache(maxsize=512)
def _code_of(text: str, path: str, dialect: str) -> tuple[CodeType, tuple[tuple[str, int], ...]]:
    """The code of a template, which knows of no project yet, and (name, line) of its macros.

    Where a macro has a body for the dialect, that is the macro.

    Kept, because to compile segkit's own macros takes most of the time in which a project is read.
    """
    environment = LimitedEnvironment()
    try:
        template = environment.parse(text, path, path)
        found = [node for node in template.body if isinstance(node, nodes.Macro)]
        macros = tuple((node.name, node.lineno) for node in found)
        bodies = {_told(name, dialect) for name, _ in macros if _told(name, dialect) != name}
        template.body = [
            n for n in template.body if not (isinstance(n, nodes.Macro) and n.name in bodies)
        ]
        for node in found:
            node.name = _told(node.name, dialect)
        return environment.compile(template, path, path), macros
    except (SyntaxError, ValueError, OverflowError) as error:  # of Python, which reads numbers
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        raise jinja2.TemplateSyntaxError(message, 1, path, path) from error


def _told(name: str, dialect: str) -> str:
    """What a macro is called by: ``postgres__x`` is x there."""
    return name.removeprefix(f"{dialect}__")


def macro_names(text: str) -> list[str]:
    """The macros of a file whose macros are written plainly, as segkit's own are."""
    return re.findall(r"\{%-?\s*macro\s+(\w+)", text)


class _Macro:
    """A macro by name, so that macros of all files can call each other."""

    def __init__(self, renderer: Renderer, template: Callable[[], Template], name: str) -> None:
        self._renderer, self._template, self._name = renderer, template, name
        self._macro: Callable[..., str] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        if self._macro is None:
            self._macro = getattr(self._template().make_module(), self._name)
        return self._macro(*args, **kwargs)
