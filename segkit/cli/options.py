"""Options that every command has, wherever they stand: before the verb or after it."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from segkit.errors import ConfigError, Problem


class LogFormat(StrEnum):
    text = "text"
    json = "json"


@dataclass(frozen=True)
class Globals:
    """The options as they were given."""

    project_dir: Path
    target: str | None = None
    vars: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    as_of: str | None = None
    quiet: bool = False
    log_format: LogFormat = LogFormat.text
    no_color: bool = False
    fail_fast: bool = False


@dataclass(frozen=True)
class _Option:
    """A row of the table below. ``type`` is what typer makes of the text."""

    name: str
    type: Any
    default: Any
    flags: tuple[str, ...]
    help: str
    metavar: str | None = None
    from_environment: bool = True

    @property
    def takes_value(self) -> bool:
        return self.type is not bool


_OPTIONS = (
    _Option("project_dir", Path, Path(), ("--project-dir",), "The folder that holds segkit.yml.",
            "DIR"),
    _Option("target", str | None, None, ("--target", "-t"), "A target of segkit.yml.", "NAME"),
    # one text, not words: YAML has spaces, so SEGKIT_VARS is read below and not split by typer
    _Option("vars", list[str] | None, None, ("--vars",),
            "Variables: key=value, or a YAML or JSON mapping.", "VARS", from_environment=False),
    _Option("select", list[str] | None, None, ("--select", "-s"),
            "Nodes: name, +name, name+, tag:x, path:x.", "NODES"),
    _Option("exclude", list[str] | None, None, ("--exclude",), "Nodes to leave out.", "NODES"),
    _Option("as_of", str | None, None, ("--as-of",), "The time of this run, in UTC.", "DATE"),
    _Option("quiet", bool, False, ("--quiet", "-q"), "Print only errors and failures."),
    _Option("log_format", LogFormat, LogFormat.text, ("--log-format",),
            "Lines, or one JSON object a line."),
    _Option("no_color", bool, False, ("--no-color",), "No colour, even on a terminal."),
    _Option("fail_fast", bool, False, ("--fail-fast",), "Stop at the first failure."),
)
_BY_FLAG = {flag: option for option in _OPTIONS for flag in option.flags}
_LISTS = ("--select", "-s", "--exclude")
_KEY_VALUE = re.compile(r"\s*([A-Za-z_]\w*)=(.*)\Z", re.DOTALL)


def with_globals(command: Callable[..., None], open_session: Callable[..., Any]) -> Any:
    """Return the command with the global options added to its own.

    Parameters
    ----------
    command : callable
        Takes a session first, then its own options.
    open_session : callable
        Makes, from Globals, the context manager whose value is the session.
    """
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    added = [_parameter(option) for option in _OPTIONS]

    def run(**given: Any) -> None:
        values = {option.name: given.pop(option.name) for option in _OPTIONS}
        values |= {name: tuple(values[name] or ()) for name in ("vars", "select", "exclude")}
        with open_session(Globals(**values)) as session:
            command(session, **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *added)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameter(option: _Option) -> inspect.Parameter:
    envvar = f"SEGKIT_{option.name.upper()}" if option.from_environment else None
    info = typer.Option(
        *option.flags, envvar=envvar, show_envvar=False, help=option.help, metavar=option.metavar,
        show_default=False,
    )
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default,
        annotation=Annotated[option.type, info],
    )


def arrange(
    arguments: Sequence[str], verbs: Iterable[str], without_names: Iterable[str]
) -> list[str]:
    """Return the arguments with global options moved behind the verb.

    After it, each word of ``-s a b`` gets a ``-s`` of its own where the verb
    takes no names (``without_names``).

    Raises
    ------
    ConfigError
        For an option before the verb that is not a global one.
    """
    moved: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        if rest[0] in ("--help", "-h", "--version"):
            return list(arguments)
        words = _words_of(rest, verbs)
        moved += words
        rest = rest[len(words):]
    if not rest:
        return moved
    verb, *after = rest
    if verb in without_names:
        after = _split_lists(after)
    # `--` ends the options of the verb: what was moved has to stand before it
    return [verb, *moved, *after]


def _words_of(rest: Sequence[str], verbs: Iterable[str]) -> list[str]:
    """The first option of ``rest``, with its value if that is a word of its own."""
    flag, equals, _ = rest[0].partition("=")
    option = _BY_FLAG.get(flag)
    if option is None and not flag.startswith("--"):
        return _words_of_cluster(rest, verbs)
    if option is None:
        raise ConfigError(_no_such_option(flag, rest[1:], verbs))
    return list(rest[:1] if equals or not option.takes_value else rest[:2])


def _words_of_cluster(rest: Sequence[str], verbs: Iterable[str]) -> list[str]:
    """Short options written together: ``-qt prod``, ``-tprod``."""
    for place, letter in enumerate(rest[0][1:], start=1):
        option = _BY_FLAG.get(f"-{letter}")
        if option is None:
            raise ConfigError(_no_such_option(f"-{letter}", rest[1:], verbs))
        if option.takes_value:
            return list(rest[:2] if place == len(rest[0]) - 1 else rest[:1])
    return list(rest[:1])


def _no_such_option(flag: str, after: Sequence[str], verbs: Iterable[str]) -> Problem:
    verb = next((word for word in after if word in set(verbs)), None)
    close = get_close_matches(flag, _BY_FLAG, n=1)
    if close:
        help_ = f"did you mean `{close[0]}`?"
    elif verb:
        help_ = f"options of a command stand after it: segkit {verb} {flag}"
    else:
        help_ = "segkit --help lists the commands and options"
    return Problem("SK702", f"no such option: {flag}", help=help_)


def _split_lists(words: Sequence[str]) -> list[str]:
    out: list[str] = []
    flag: str | None = None  # whose values are being read
    is_first = False
    for place, word in enumerate(words):
        if word == "--":
            return [*out, *words[place:]]
        if word.startswith("-") and not is_first:
            flag, is_first = (word, True) if word in _LISTS else (None, False)
            out.append(word)
        elif flag and not is_first:
            out += [flag, word]
        else:
            out.append(word)
            is_first = False
    return out


def split_words(values: Sequence[str]) -> tuple[str, ...]:
    """``("a b", "c")`` -> ``("a", "b", "c")``: selectors hold no spaces."""
    return tuple(word for value in values for word in value.split())


def parse_vars(values: Sequence[str]) -> dict[str, Any]:
    """Return the variables; a later one wins. SEGKIT_VARS comes first.

    Raises
    ------
    ConfigError
        For a text that is neither key=value nor a mapping.
    """
    out: dict[str, Any] = {}
    problems: list[Problem] = []
    environment = os.environ.get("SEGKIT_VARS")
    for name, text in [("SEGKIT_VARS", environment)] * bool(environment) + [
        ("--vars", value) for value in values
    ]:
        try:
            out |= _read_vars(text or "")
        except ValueError as error:
            problems.append(Problem("SK702", f"{name}: {error}",
                                    help=f"""{name}{'=' if name[0] == 'S' else ' '}"""
                                         """'{as_of: "2026-01-01"}' or as_of=2026-01-01"""))
    if problems:
        raise ConfigError(problems)
    return out


def _read_vars(text: str) -> Mapping[str, Any]:
    if pair := _KEY_VALUE.match(text):
        return {pair[1]: _read_yaml(pair[2])}
    found = _read_yaml(text)
    if not isinstance(found, dict):
        raise ValueError(f"{text!r} is not key=value and not a mapping")
    if odd := [key for key in found if not isinstance(key, str)]:
        raise ValueError(f"{odd[0]!r} is not a name")
    return found


def _read_yaml(text: str) -> Any:
    """YAML without dates: 2026-01-01 stays the text that SQL wants."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem", None) or "it cannot be read"
        raise ValueError(f"{text!r} is not valid YAML: {mark}") from error


def parse_as_of(text: str | None) -> datetime | None:
    """Return the time in UTC; one without a zone is UTC.

    Raises
    ------
    ConfigError
        For a text that is not an ISO date or time.
    """
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"--as-of {text!r} is not a date or a time"
        help_ = "write 2026-01-31, or 2026-01-31T08:00:00 (UTC)"
        raise ConfigError(Problem("SK702", message, help=help_)) from error
