"""Models rendered once, in a sandbox: ref, source, var, env_var, config and macros."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any, NoReturn

import jinja2
from jinja2 import Template, nodes

from segkit.errors import Label, Place, Problem
from segkit.project.jinja_errors import explain_exception, explain_jinja_syntax, place_of
from segkit.project.jinja_limits import MAX_OUTPUT, LimitedEnvironment, LimitError
from segkit.project.validate import did_you_mean_text

_CONFIG: dict[str, dict[str, tuple[str, ...] | None]] = {
    "model": {"materialized": ("view", "table"), "tags": None},
    "test": {"severity": ("warn", "error"), "tags": None},
}


@dataclass(frozen=True)
class Names:
    """What templates may refer to: a name -> (the node it belongs to, its SQL).

    ``unknowable`` are names that exist but whose declaration is broken; they
    were reported where they are declared.
    """

    refs: Mapping[str, tuple[str, str]]
    sources: Mapping[str, tuple[str, str]]
    unknowable: frozenset[str] = frozenset()
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    sql: str
    depends_on: tuple[str, ...]
    config: Mapping[str, Any]
    problems: tuple[Problem, ...]


@dataclass
class _Run:
    """What one rendering has gathered so far."""

    path: str
    kind: str
    depends_on: dict[str, None] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class CallError(Exception):
    """A function of segkit refused its arguments; ``needle`` finds the call in the text."""

    def __init__(self, code: str, message: str, needle: str, label: str = "",
                 help_text: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.needle = code, message, needle
        self.label, self.help = label, help_text


class _Exceptions:
    """``exceptions.raise_compiler_error("...")``, as in dbt."""

    @staticmethod
    def raise_compiler_error(message: object = "") -> NoReturn:
        raise CallError("SK402", str(message), r"exceptions\s*\.\s*raise_compiler_error")


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
        self.secrets: set[str] = set()
        self.texts: dict[str, str] = {}  # text of each template by path, for columns
        self.environment = LimitedEnvironment()
        self.functions: dict[str, Any] = {"var": self._var, "env_var": self._env_var}
        if names is not None:
            self.functions |= {"ref": self._ref, "source": self._source, "config": self._config,
                               "exceptions": _Exceptions()}
        self.environment.globals.update(self.functions)
        self._run = _Run("", "model")

    # macros -----------------------------------------------------------------

    def add_macros(self, text: str, path: str, *, is_shown: bool = True) -> list[Problem]:
        """Make the file's macros callable; a later one of the same name wins.

        ``is_shown`` is False for segkit's own, which errors do not point into.
        """
        self._remember(text, path, is_shown)
        try:
            tree = self.environment.parse(text, path, path)
            template = self._compile(text, path)
        except jinja2.TemplateSyntaxError as error:
            return [explain_jinja_syntax(error, text, path)]
        problems = []
        for macro in (node for node in tree.body if isinstance(node, nodes.Macro)):
            if macro.name in self.functions:
                problems.append(Problem(
                    "SK102", f"`{macro.name}` is a function of segkit; a macro cannot have its name",
                    (Label(place_of(rf"\b{macro.name}\b", text, path, macro.lineno)),),
                    help="give the macro another name"))
            else:
                self.environment.globals[macro.name] = _Macro(self, template, macro.name)
        return problems

    # rendering --------------------------------------------------------------

    def render(self, text: str, path: str, kind: str = "model") -> Rendered:
        """Return what Jinja makes of a model or test, with what it refers to and all problems."""
        self._remember(text, path)
        self._run = run = _Run(path, kind)
        sql = self._generate(text, path, run)
        return Rendered(sql, tuple(run.depends_on), dict(run.config), tuple(run.problems))

    def render_value(self, text: str, place: Place) -> tuple[str, list[Problem]]:
        """Return a value of a YAML file after Jinja; problems point at the value."""
        path = f"{place.path}<{place.line}:{place.column}>"
        self._remember(text, path, is_shown=False)
        self._run = run = _Run(path, "value")
        value = self._generate(text, path, run)
        moved = [Problem(p.code, p.message, (Label(place, p.labels[0].text if p.labels else ""),),
                         help=p.help) for p in run.problems]
        return value, moved

    def _generate(self, text: str, path: str, run: _Run) -> str:
        self.environment.iterations = 0
        parts: list[str] = []
        size = 0
        try:
            for part in self._compile(text, path).generate():
                size += len(part)
                if size > MAX_OUTPUT:
                    raise LimitError("output of over 1,000,000 characters is more than segkit "
                                     "allows")
                parts.append(part)
        except jinja2.TemplateSyntaxError as error:
            run.problems.append(explain_jinja_syntax(error, text, path))
        except CallError as error:
            where = self._place_of_error(error.__traceback__, error.needle)
            run.problems.append(Problem(error.code, error.message, (Label(where, error.label),),
                                        help=error.help))
        except Exception as error:  # whatever a template can raise is the template's mistake
            frames = list(self._template_lines(error.__traceback__))
            run.problems.append(explain_exception(
                error, frames, self.texts, path, sorted(map(str, self.environment.globals))))
        return "".join(parts)

    def _compile(self, text: str, path: str) -> Template:
        environment = self.environment
        code = environment.compile(text, path, path)
        return Template.from_code(environment, code, environment.make_globals(None))

    def _remember(self, text: str, path: str, is_shown: bool = True) -> None:
        self.texts.pop(path, None)
        if is_shown:
            self.texts[path] = text

    # functions --------------------------------------------------------------

    def _ref(self, name: object = None, *more: object) -> str:
        assert self.names is not None
        if more or not isinstance(name, str):
            raise CallError("SK402", "`ref` takes one name", r"\bref\s*\(",
                            help_text="write ref('customers')")
        found = self.names.refs.get(name)
        if found is None:
            call = rf"\bref\s*\(\s*['\"]{re.escape(name)}['\"]\s*\)"
            hint = self.names.hints.get(name)
            if name not in self.names.unknowable:
                self._unknown(f"nothing is called `{name}`", call, r"\bref\s*\(", name,
                              self.names.refs, hint or "ref takes the name of a model, a seed, "
                              "buckets, segments or a source file")
            return name
        self._run.depends_on[found[0]] = None
        return found[1]

    def _source(self, source: object = None, table: object = None, *more: object) -> str:
        assert self.names is not None
        if more or not isinstance(source, str) or not isinstance(table, str):
            raise CallError("SK402", "`source` takes the source's name and the table's",
                            r"\bsource\s*\(", help_text="write source('crm', 'customers')")
        name = f"{source}.{table}"
        found = self.names.sources.get(name)
        if found is None:
            call = (rf"\bsource\s*\(\s*['\"]{re.escape(source)}['\"]\s*,\s*"
                    rf"['\"]{re.escape(table)}['\"]\s*\)")
            if name not in self.names.unknowable:
                self._unknown(f"there is no source `{name}`", call, r"\bsource\s*\(", name,
                              self.names.sources, "sources stand under `sources` in segkit.yml")
            return name
        self._run.depends_on[found[0]] = None
        return found[1]

    def _unknown(self, message: str, call: str, loose: str, name: str,
                 known: Mapping[str, Any], help_text: str) -> None:
        place = self._place_of_call(call, loose)
        problem = Problem("SK101", message, (Label(place, did_you_mean_text(name, known)),),
                          help=help_text)
        if problem not in self._run.problems:
            self._run.problems.append(problem)

    def _var(self, name: str, *default: Any) -> Any:
        if name in self.variables:
            return self.variables[name]
        if default:
            return default[0]
        raise CallError("SK405", f"the variable `{name}` is not set",
                        rf"\bvar\s*\(\s*['\"]{re.escape(str(name))}['\"]",
                        did_you_mean_text(str(name), self.variables),
                        f"add `{name}` to vars in segkit.yml, give it with --vars, "
                        f"or write a default: var('{name}', ...)")

    def _env_var(self, name: str, *default: Any) -> Any:
        value = os.environ.get(str(name))
        if value is not None:
            if value:
                self.secrets.add(value)
            return value
        if default:
            return default[0]
        raise CallError("SK405", f"the environment variable `{name}` is not set",
                        rf"\benv_var\s*\(\s*['\"]{re.escape(str(name))}['\"]", "",
                        f"set it, or write a default: env_var('{name}', '...')")

    def _config(self, *args: object, **options: Any) -> str:
        allowed = _CONFIG[self._run.kind]
        for key, value in options.items():
            needle = rf"(?<=[(,\s]){re.escape(key)}\s*="
            if key not in allowed:
                raise CallError("SK003", f"`config` has no `{key}` here", needle,
                                did_you_mean_text(key, allowed), f"it has {', '.join(allowed)}")
            choices = allowed[key]
            if choices is not None and value not in choices:
                raise CallError("SK005", f"`{key}` cannot be `{value}`", needle,
                                did_you_mean_text(str(value), choices),
                                f"it is one of {', '.join(choices)}")
            if key == "tags":
                value = [value] if isinstance(value, str) else value
                if not isinstance(value, (list, tuple)) or not all(
                    isinstance(tag, str) and tag for tag in value
                ):
                    raise CallError("SK005", "`tags` must be a list of texts", needle, "",
                                    "write tags=['daily']")
            self._run.config[key] = value
        if args:
            raise CallError("SK402", "`config` takes named options only", r"\bconfig\s*\(", "",
                            "write config(materialized='table')")
        return ""

    # places -----------------------------------------------------------------

    def _place_of_call(self, exact: str, loose: str) -> Place:
        """Where the running call stands: the innermost template of the project on the stack."""
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            spot = self._template_line(frame, frame.f_lineno)
            if spot is not None:
                path, line = spot
                return place_of(exact, self.texts[path], path, line, loose)
            frame = frame.f_back
        return Place(self._run.path)

    def _place_of_error(self, traceback: TracebackType | None, needle: str) -> Place:
        frames = list(self._template_lines(traceback))
        if not frames:
            return Place(self._run.path)
        path, line = frames[-1]
        return place_of(needle, self.texts[path], path, line)

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


class _Macro:
    """A macro by name, so that macros of all files can call each other."""

    def __init__(self, renderer: Renderer, template: Template, name: str) -> None:
        self._renderer, self._template, self._name = renderer, template, name
        self._macro: Callable[..., str] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        if self._macro is None:
            self._macro = getattr(self._template.make_module(), self._name)
        return self._macro(*args, **kwargs)
