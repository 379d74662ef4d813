"""Options that every command has, wherever they stand: before the verb or after it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

OnlyOne = Annotated[
    str | None, typer.Argument(metavar="S", help="A segmentation; the only one without it.")
]


class Output(StrEnum):
    text = "text"
    json = "json"


@dataclass(frozen=True)
class Globals:
    """The options as they were given."""

    project_dir: Path = Path()
    target: str | None = None
    vars: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    as_of: str | None = None
    quiet: bool = False
    log_format: Output = Output.text
    no_color: bool = False
    output: Output = Output.text
    fail_fast: bool = False
    verb: str = ""  # no option: which command they are given to

    @property
    def as_json(self) -> bool:
        """Whether one object is the answer."""
        return self.output is Output.json and self.verb not in OWN_OUTPUT


@dataclass(frozen=True)
class _Option:
    """A row of the table below: how a field of ``Globals`` is given."""

    name: str
    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    from_environment: bool = True

    @property
    def type(self) -> Any:
        """What typer makes of the text: it knows lists, not tuples."""
        found = _TYPES[self.name]
        return list[str] | None if found == tuple[str, ...] else found

    @property
    def takes_value(self) -> bool:
        return self.type is not bool


OWN_OUTPUT = ("show", "ls")  # of rows and nodes json is a list
_TYPES = get_type_hints(Globals)
_OPTIONS = (
    _Option("project_dir", ("--project-dir",), "The folder that holds segkit.yml.", "DIR"),
    _Option("target", ("--target", "-t"), "A target of segkit.yml.", "NAME"),
    # one text, not words: YAML has spaces, so SEGKIT_VARS is read below and not split by typer
    _Option("vars", ("--vars",), "Variables: key=value, or a YAML or JSON mapping.", "VARS", False),
    _Option("select", ("--select", "-s"), "Nodes: name, +name, name+, tag:x, path:x.", "NODES"),
    _Option("exclude", ("--exclude",), "Nodes to leave out.", "NODES"),
    _Option("as_of", ("--as-of",), "The time of this run, in UTC.", "DATE"),
    _Option("quiet", ("--quiet", "-q"), "Print only errors and failures."),
    _Option("log_format", ("--log-format",), "Lines, or one JSON object a line."),
    _Option("no_color", ("--no-color",), "No colour, even on a terminal."),
    _Option(
        "output",
        ("--output", "-o"),
        "Lines, or one JSON object with the result.",
        from_environment=False,
    ),
    _Option("fail_fast", ("--fail-fast",), "Stop at the first failure."),
)
BY_FLAG = {flag: option for option in _OPTIONS for flag in option.flags}


def with_globals(command: Callable[..., None], open_session: Callable[..., Any]) -> Any:
    """Return the command with the global options added to its own.

    ``command``: takes a session first, then its own options.
    ``open_session``: makes, from Globals, the context manager whose value is the session.
    """
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    taken = {parameter.name for parameter in own}
    options = [option for option in _OPTIONS if option.name not in taken]
    added = [_parameter(option) for option in options]

    def run(**given: Any) -> None:
        is_json = given["output"] == Output.json  # also where the command has others beside it
        values = {option.name: given.pop(option.name) for option in options}
        values |= {name: tuple(values[name] or ()) for name in ("vars", "select", "exclude")}
        values |= {"output": Output.json if is_json else Output.text}
        with open_session(Globals(**values, verb=command.__name__)) as session:
            command(session, **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *added)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameter(option: _Option) -> inspect.Parameter:
    info = typer.Option(
        *option.flags,
        envvar=f"SEGKIT_{option.name.upper()}" if option.from_environment else None,
        show_envvar=False,
        help=option.help,
        metavar=option.metavar,
        show_default=False,
    )
    default = getattr(Globals, option.name)
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if default == () else default,
        annotation=Annotated[option.type, info],
    )
