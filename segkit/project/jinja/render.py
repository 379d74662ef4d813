"""Models rendered once, in a sandbox: ref, source, var, env_var, config and macros."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from types import CodeType, FrameType, TracebackType
from typing import Any

import jinja2
from jinja2 import Template, nodes

from segkit.core.recursion import deep_recursion
from segkit.errors import Label, Place, Problem
from segkit.project.jinja.budget import MAX_OUTPUT, at_most
from segkit.project.jinja.calls import CallError, Functions, Names, Rendered, Run
from segkit.project.jinja.limits import LimitedEnvironment
from segkit.project.jinja.template_errors import explain_exception, explain_jinja_syntax, place_of

_MAX_PROBLEMS = 100  # of one text


class _Enough(Exception):
    """So much is wrong with a text that it is not read further."""


class Renderer(Functions):
    """Renders texts of one project."""

    def __init__(self, variables: Mapping[str, Any], names: Names | None = None) -> None:
        super().__init__(variables, names)
        self.texts: dict[str, str] = {}  # text of each template by path, for columns
        self.environment = LimitedEnvironment()
        self.environment.globals.update(self.functions)
        self._dialect = names.dialect.name if names is not None else ""
        self._bodies: set[str] = set()  # macros of the project that have one for the dialect

    # macros -----------------------------------------------------------------

    def add_own_macros(self, text: str, path: str) -> None:
        """Make macros of segkit callable, into which errors do not point.

        Each is compiled when it is called: all of them take longer than the rest of ``ls``.
        """
        self._remember(text, path, is_shown=False)
        found = own_macros(text)
        for name, macro in found.items():
            if f"{self._dialect}__{name}" in found:
                continue
            name, template = _told(name, self._dialect), partial(self._compile, macro, path)
            self.environment.globals[name] = _Macro(template, name)

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
                message = f"`{name}` is a function of segkit; a macro cannot have its name"
                label = Label(place_of(rf"\b{written}\b", text, path, line))
                problems.append(Problem("SK102", message, (label,), "give the macro another name"))
            elif written != name or name not in self._bodies:
                self._bodies |= {name} if written != name else set()
                self.environment.globals[name] = _Macro(lambda: template, name)
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
        labels = [Label(place, p.labels[0].text if p.labels else "") for p in run.problems]
        found = zip(run.problems, labels, strict=True)
        return value, [Problem(p.code, p.message, (label,), p.help) for p, label in found]

    def _generate(self, text: str, path: str, run: Run) -> str:
        self.environment.start()
        parts: list[str] = []
        size = 0
        try:
            with deep_recursion():
                for part in self._compile(text, path).generate():
                    size += len(part)
                    at_most(MAX_OUTPUT, size, "output of over 1,000,000 characters")
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
            known = sorted(map(str, self.environment.globals))
            problem = explain_exception(error, frames, self.texts, path, known, refs)
            if not any(earlier.code == "SK405" for earlier in run.problems):
                labels = (*problem.labels, *self._callers(frames))
                run.problems.append(replace(problem, labels=labels))
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
        places = [place_of(r"\{[{%]", text, self._run.path, line) for line in lines[:1]]
        return [Label(place, "called from here") for place in places]

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


_OWN_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+).*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)


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
        message = re.sub(r"\bl_\d+_", "", message)  # a name, as the code of a template has it
        raise jinja2.TemplateSyntaxError(message, 1, path, path) from error
    except (RecursionError, MemoryError) as error:  # of either parser
        raise jinja2.TemplateSyntaxError("it is nested too deep", 1, path, path) from error


def _told(name: str, dialect: str) -> str:
    """What a macro is called by: ``postgres__x`` is x there."""
    return name.removeprefix(f"{dialect}__")


def own_macros(text: str) -> dict[str, str]:
    """The text of each macro by name, of a file that is written plainly, as segkit's own are."""
    return {found[1]: found[0] for found in _OWN_MACRO.finditer(text)}


class _Macro:
    """A macro by name, so that macros of all files can call each other."""

    def __init__(self, template: Callable[[], Template], name: str) -> None:
        self._template, self._name = template, name

    @cached_property
    def _macro(self) -> Callable[..., str]:
        return getattr(self._template().make_module(), self._name)  # type: ignore[no-any-return]

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        return self._macro(*args, **kwargs)
