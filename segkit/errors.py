"""The one error family: what is wrong, where, and the next step.

A ``Problem`` is data; ``render_problem`` prints it. Exceptions carry one or
many problems, so that everything wrong with a project is said in one go.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

_EXCERPT = 400  # characters of a line of source that are shown
# how loading a library and starting a thread fail
_NO_MEMORY = ("cannot allocate memory", "failed to map segment", "can't start new thread")
CODES: dict[str, str] = {
    # files and YAML
    "SK001": "not valid YAML",
    "SK002": "a file cannot be read or written",
    "SK003": "an unknown key",
    "SK004": "a missing key",
    "SK005": "a value of the wrong kind",
    "SK006": "a key that stands twice",
    "SK007": "a path that leads out of the project",
    "SK008": "no project here",
    "SK009": "YAML that segkit does not accept",
    # references
    "SK101": "a name that nothing has",
    "SK102": "a name that two things have",
    "SK103": "a cycle",
    "SK104": "a column that the relation does not have",
    "SK105": "a column of a type that does not fit",
    "SK106": "a source that cannot be loaded",
    "SK109": "a file that is not written as programs write it",
    "SK108": "a file that could be read in two ways",
    "SK107": "a dbt project that cannot be read",
    # buckets
    "SK201": "buckets overlap",
    "SK202": "buckets leave a gap",
    "SK203": "a label that does not match its edges",
    "SK204": "edges out of order",
    "SK205": "a label that stands twice",
    "SK206": "a condition that is not one scalar boolean",
    "SK207": "quantiles that fall together",
    "SK208": "two columns that are cut alike",
    "SK209": "a bucket that holds nearly everybody",
    "SK210": "a number that may stand for unknown",
    "SK211": "a code that is used as a number",
    "SK212": "a condition that depends on a time zone",
    "SK213": "a condition that never holds",
    "SK214": "a branch of a CASE that nothing reaches",
    "SK215": "NULL in a bucket of values",
    "SK216": "SQL that cannot be imported as buckets",
    "SK217": "buckets that are not equal to the CASE they come from",
    "SK218": "SQL of another dialect that may mean something else in DuckDB",
    "SK219": "a name that is not true of those who have it",
    # segmentations and their data
    "SK301": "no rows",
    "SK302": "fewer rows than segments",
    "SK303": "fewer distinct rows than segments",
    "SK304": "NULL keys",
    "SK305": "duplicate keys",
    "SK306": "a feature or a metric without values",
    "SK307": "values too large",
    "SK308": "values that are not finite",
    "SK309": "negative values on a log scale",
    "SK310": "the definition changed",
    "SK311": "no fit",
    "SK312": "a fit file that cannot be used",
    "SK313": "no feature left to learn from",
    "SK314": "a small tree cannot give every segment a rule",
    "SK315": "a category with too many levels",
    "SK316": "a scale that does not fit the values",
    "SK317": "labels that are no clusters",
    "SK319": "a change of the rules that cannot be made",
    "SK320": "rules that were made by hand",
    "SK321": "data whose key nobody can guess",
    "SK322": "a fit without a checksum",
    "SK323": "a metric that is not of a later period",
    "SK324": "a number of segments that is declared, and another that is asked for",
    "SK325": "two fits of one number",
    "SK326": "rules that other customers would not give again",
    # experiments
    "SK350": "an experiment that changed after its start",
    "SK351": "customers who are not in the arms as they should be",
    "SK352": "an experiment that cannot tell what it is asked",
    "SK353": "an experiment that is not decided, or not started",
    # Jinja and SQL
    "SK401": "not valid Jinja",
    "SK402": "Jinja that fails or is not allowed",
    "SK403": "a model that is not one SELECT",
    "SK404": "SQL that the engine refuses",
    "SK405": "a variable that is not set",
    "SK406": "a view that goes stale, or moves by itself",
    "SK407": "SQL that reads outside the database",
    # tests
    "SK501": "a data test failed",
    "SK502": "parity failed",
    # targets and publishing
    "SK601": "a database cannot be opened",
    "SK602": "another build is running",
    "SK603": "a relation of that name belongs to somebody else",
    "SK604": "the as-of time is earlier than the last build's",
    "SK605": "nothing is published yet",
    "SK606": "memory or the disk is too small",
    "SK607": "something published that is no longer made",
    "SK530": "customers have changed",
    "SK608": "a past that would be written down as it was not",
    "SK609": "a copy of a history that cannot be taken, or is of none",
    "SK610": "somebody else's view stands on what changes",
    # options
    "SK701": "a selector that matches nothing",
    "SK702": "an option that is not valid",
    "SK703": "a revision that cannot be read",
    # compiling for elsewhere
    "SK801": "a tree that cannot be written as SQL",
    "SK802": "a name that a dialect does not allow",
    "SK803": "SQL that may not mean the same in a dialect",
    # segkit itself
    "SK901": "an error in segkit",
}


@dataclass(frozen=True)
class Place:
    """A span in a file of the project; ``line`` and ``column`` count from 1."""

    path: str
    line: int | None = None
    column: int | None = None
    length: int = 1

    def __str__(self) -> str:
        parts = [self.path, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


@dataclass(frozen=True)
class Label:
    """A place with the words that stand beside its caret (may be empty)."""

    place: Place
    text: str = ""


@dataclass(frozen=True)
class Affected:
    """Rows that a problem touches, countable where ``relation`` exists: "14 of 200 rows {text}"."""

    relation: str
    column: str
    condition_sql: str
    text: str


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``labels[0]`` is where the arrow points."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    notes: tuple[str, ...] = ()
    severity: Literal["error", "warning"] = "error"
    affected: Affected | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"unknown problem code {self.code}")
        object.__setattr__(self, "message", shortened(self.message))
        object.__setattr__(self, "help", self.help and shortened(self.help))

    @property
    def place(self) -> Place | None:
        return self.labels[0].place if self.labels else None


def shortened(text: str, most: int = 2000) -> str:
    """The text, its middle left out where it is longer than a person reads.

    >>> shortened("a" * 30, 20)
    'aaaaaaa ... aaaaaaaa'
    """
    if len(text) <= most:
        return text
    kept = most - len(" ... ")
    return f"{text[: kept // 2]} ... {text[len(text) - (kept - kept // 2) :]}"


class SegkitError(Exception):
    """Root of the family. ``exit_code`` is what the command line returns."""

    exit_code = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(summary_line(problem) for problem in self.problems))


class ConfigError(SegkitError):
    """What the user wrote cannot be built: YAML, Jinja, references, options."""

    exit_code = 2


class EngineError(SegkitError):
    """The database refused; ``sql`` is the statement that failed, if one did.

    ``position`` is the (line, column) in ``sql`` that the engine points at.
    """

    def __init__(
        self,
        problems: Problem | Iterable[Problem],
        sql: str | None = None,
        position: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(problems)
        self.sql = sql
        self.position = position


class DataError(SegkitError):
    """The data cannot be segmented as declared."""


class FitError(SegkitError):
    """A fit is missing, stale or unreadable."""


class CompileError(SegkitError):
    """What was given cannot be written as SQL, or not in that dialect."""


class PublishError(SegkitError):
    """The result cannot be published; what was published before still is."""


def is_memory_error(error: BaseException) -> bool:
    """True if the machine had too little memory, whichever way Python was told so."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    said = str(error).lower()
    is_told = isinstance(error, ImportError | RuntimeError) and any(w in said for w in _NO_MEMORY)
    return is_told or isinstance(error, MemoryError)


def memory_problem(said: str = "") -> Problem:
    """The problem of too little memory; ``said`` is what the database says of it."""
    message = f"there is not enough memory{': ' if said else ''}{said}"
    hint = "close other programs, give segkit more memory, or make the data smaller: "
    return Problem("SK606", message, help=f"{hint}fewer rows and columns, no lists of all rows")


def file_problem(error: OSError) -> Problem:
    """The problem of a file that cannot be read or written."""
    name = str(error.filename or "a file")
    message = f"{name}: {(error.strerror or str(error)).lower()}"
    hint = "look at its permissions, and at the room on the disk"
    if isinstance(error, FileExistsError | NotADirectoryError):
        hint = "a file stands where a folder is needed: move it away"
    return Problem("SK002", message, help=hint)


def summary_line(problem: Problem) -> str:
    """One line: place, code, message."""
    where = f"{problem.place}: " if problem.place else ""
    return f"{where}{problem.severity}[{problem.code}]: {problem.message}"


def render_problem(problem: Problem, read_lines: Callable[[str], list[str] | None]) -> str:
    """Return the problem as text, with the lines of the source and carets.

    Parameters
    ----------
    read_lines : callable
        Path as in ``Place.path`` -> the file's lines, or None if unreadable.
    """
    out = [f"{problem.severity}[{problem.code}]: {problem.message}"]
    labels = [label for label in problem.labels if label.place.line is not None]
    width = max((len(str(label.place.line)) for label in labels), default=1)
    gutter = " " * (width + 1)
    if problem.place:
        out.append(f"{gutter}--> {problem.place}")
    shown: list[str] = []
    for path in dict.fromkeys(label.place.path for label in labels):
        if (lines := read_lines(path)) is None:
            continue
        if problem.place and path != problem.place.path:
            shown.append(f"{gutter}::: {path}")
        for label in (label for label in labels if label.place.path == path):
            shown.extend(_excerpt(label, lines, width))
    if shown:
        out += [f"{gutter}|", *shown]
    tail = [f"{gutter}= help: {problem.help}"] if problem.help else []
    tail += [f"{gutter}= note: {note}" for note in problem.notes]
    if tail and shown:
        out.append(f"{gutter}|")
    return "\n".join(out + tail)


def _excerpt(label: Label, lines: list[str], width: int) -> list[str]:
    line, column = label.place.line or 1, label.place.column
    if line > len(lines):
        return []
    source = lines[line - 1].replace("\t", " ").rstrip()
    if len(source) > _EXCERPT:  # as much as fits around the column
        start = max(0, min((column or 1) - _EXCERPT // 2, len(source) - _EXCERPT))
        source = source[start : start + _EXCERPT]
        column = None if column is None else column - start
    rows = [f"{line:>{width}} | {source}"]
    if column is not None:
        carets = "^" * max(1, min(label.place.length, max(1, len(source) - column + 1)))
        rows.append(f"{' ' * width} | {' ' * (column - 1)}{carets} {label.text}".rstrip())
    return rows
