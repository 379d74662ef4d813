"""The program ``segkit``: which verbs there are, and which exit code comes back."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from segkit.cli.arguments import arrange, check_words
from segkit.cli.commands import build, experiment, look, report, sql, start
from segkit.cli.options import Globals, Output, with_globals
from segkit.cli.session import CRASHED, INTERRUPTED, Session, crash, is_usage_error, open_session
from segkit.errors import Problem, SegkitError

PANELS: dict[str, dict[str, Callable[..., None]]] = {
    "The first hour": {
        "try": start.try_,
        "init": start.init,
        "build": build.build,
        "explain": look.explain,
        "adjust": build.adjust,
        "compile": sql.compile_,
        "show": look.show,
    },
    "Later": {
        "fit": build.fit,
        "diff": look.diff,
        "drift": look.drift,
        "experiment": experiment.experiment,
        "report": report.report,
    },
    "More": {
        "seed": build.seed,
        "run": build.run,
        "test": build.test,
        "ls": look.ls,
        "debug": start.debug,
        "clean": start.clean,
        "schema": start.schema,
        "import": sql.import_,
    },
}
COMMANDS = {name: command for verbs in PANELS.values() for name, command in verbs.items()}
# verbs without names of their own: there `-s a b` is two selectors
_WITHOUT_NAMES = ("debug", "seed", "run", "test", "build", "ls", "clean")


class _Panels(TyperGroup):
    """Help with the commands under headings, as rich would show them, without rich."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        width = max(map(len, COMMANDS))
        for panel, verbs in PANELS.items():
            room = formatter.width - 6 - width
            rows = [(f"{n:{width}}", self.commands[n].get_short_help_str(room)) for n in verbs]
            with formatter.section(panel):
                formatter.write_dl(rows)


app = typer.Typer(
    cls=_Panels,
    # rich loses [id], breaks lines at 80 columns in a pipe and costs a tenth of a second
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Global options stand before or after the command; `segkit build --help` lists them. "
    "Exit codes: 0 done, 1 something needs attention, 2 could not start, 130 interrupted.",
)
for _name, _command in COMMANDS.items():
    app.command(
        _name,
        epilog="Variables stand in for global options: SEGKIT_TARGET, SEGKIT_PROJECT_DIR, ...",
    )(with_globals(_command, open_session))


def _print_version(wanted: bool) -> None:
    if wanted:
        from segkit import __version__

        typer.echo(f"segkit {__version__}")
        raise typer.Exit


@app.callback()
def _segkit(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Customer segments as SQL."""


@cache
def _command_line() -> Any:
    """The app with the options of every verb; made once, for whoever calls ``main`` again."""
    return get_command(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1, 2 or 130."""
    if arguments is None:
        gc.set_threshold(50_000, 20, 20)  # imports make many objects and no garbage
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # nothing here is their business
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    session = _session_of(given)
    try:
        check_words(given)
        words = arrange(given, COMMANDS, _WITHOUT_NAMES)
        code: Any = _command_line()(words, prog_name="segkit", standalone_mode=False)
    except SegkitError as error:
        session.fail(error.problems)
        session.close(ok=False)
        return error.exit_code
    except KeyboardInterrupt:
        session.stop()
        return INTERRUPTED
    except Exception as error:
        problem = _usage_problem(error) if is_usage_error(error) else crash(error)
        session.fail([problem])
        session.close(ok=False)
        return CRASHED
    return code if isinstance(code, int) else 0


def _session_of(words: Sequence[str]) -> Session:
    """A session to complain with where the options themselves could not be read."""
    json_lines = "--log-format=json" in words or ("--log-format", "json") in pairwise(words)
    verb = next((word for word in words if word in COMMANDS), "")
    pairs = {("--output", "json"), ("-o", "json")} & set(pairwise(words))
    is_asked = bool(pairs or {"--output=json", "-ojson"} & set(words))
    given = Globals(
        log_format=Output.json if json_lines else Output.text,
        no_color="--no-color" in words,
        output=Output.json if is_asked else Output.text,
        verb=verb,
    )
    return Session(given)


def _usage_problem(error: Any) -> Problem:
    """What typer says of an option or a verb, in the shape of every other error."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "segkit"
    help_ = f"{command} --help lists what there is"
    possible = sorted(getattr(error, "possibilities", None) or ())
    given = str(getattr(error, "option_name", ""))
    close = get_close_matches(given, possible, n=1, cutoff=0.0) if given else possible
    if close:
        help_ = f"did you mean `{close[0]}`?"
    message = str(getattr(error, "message", "") if close else error.format_message())
    said, is_close, suggestion = message.partition(". Did you mean ")
    if is_close:
        message, help_ = said, f"did you mean {suggestion.replace(chr(39), '`')}"
    message = message.replace("Value error, ", "").replace("Input should be", "it must be")
    message = " ".join(message.partition(", unable to parse")[0].split()).rstrip(".")
    extra = re.match(r"Got unexpected extra argument(?:\(s\)|s)? \((.+)\)", message)
    if extra and command.split()[-1] in _WITHOUT_NAMES:
        message = f"segkit {command.split()[-1]} takes no names: {extra[1]}"
        help_ = f"nodes are chosen by --select: -s {extra[1]}"
    return Problem("SK702", message[:1].lower() + message[1:], help=help_)
