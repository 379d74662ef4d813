"""Segments of a table that nobody has described: no project, and every guess is said."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from segkit.engines.leftovers import beside, sweep_beside
from segkit.errors import ConfigError, DataError, Problem, SegkitError
from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.pipeline.build import run_build
from segkit.pipeline.describe_data import Described, describe_data
from segkit.pipeline.fit import fit_challengers
from segkit.pipeline.named_table import GivenData, fetch_table, find_data
from segkit.pipeline.run_options import Options
from segkit.publish.stored.write_files import write_files
from segkit.results import FAILED, Event, Listener, SegmentationResult, ignore


@dataclass(frozen=True)
class _Wanted:
    """As for ``try_data``; ``options`` say whether the fit is to be whole."""

    options: Options
    what: str
    key: str | None
    k: int | None
    listen: Listener


@dataclass(frozen=True)
class Trial:
    """``result`` is as of a build, its assumptions are all guesses; ``saved``: the new project."""

    result: SegmentationResult
    saved: Path | None


def try_data(
    options: Options,
    what: str,
    *,
    table: str | None = None,
    key: str | None = None,
    k: int | None = None,
    said: FileOptions = NOTHING_SAID,
    save: Path | None = None,
    url_env: str | None = None,
    in_full: bool = True,
    listen: Listener = ignore,
) -> Trial:
    """Find segments in a file or a table, as a project would that says the same.

    ``what``: a file of data, or files of one shape (o-*.csv), a DuckDB file, or a relation that the
    project here has published.
    ``table``: which table of a DuckDB file; needed where it has several.
    ``key``: the column with the customer's id, if it cannot be told from names and values.
    ``k``: how many segments; chosen without it.
    ``said``: how a file of texts is written, where that cannot be told from it.
    ``save``: a new or empty folder, which gets the project.
    ``url_env``: the environment variable that holds the url of a server: ``what`` is a table of it.
    ``in_full``: where it is False, a fit that is not saved has what the first screen shows, which
    takes less long.

    Raises ConfigError if it cannot be read, or a question has to be answered first.
    Raises DataError if it cannot be segmented.
    """
    _check_new(save)
    options = replace(options, kept=in_full or save is not None)
    wanted = _Wanted(options, what, key, k, listen)
    if url_env is not None:
        return _try_of_server(wanted, url_env, save)
    return _try(wanted, find_data(options, what, table, said), save)[0]


def _try_of_server(wanted: _Wanted, url_env: str, save: Path | None) -> Trial:
    """Try a copy of the table; the project that is saved reads the table itself."""
    with tempfile.TemporaryDirectory(prefix=f"segkit-try-{os.getpid()}-") as name:
        data = fetch_table(url_env, wanted.what, Path(name) / "copy.duckdb")
        trial, described = _try(wanted, data, None)
    if save is None:
        return trial
    project = replace(described.project, origin=data.of_server(), said=described.said)
    with _folder(save) as folder:
        write_files({folder / path: text for path, text in project.files().items()}, folder)
        fit_challengers(Options(folder, as_of=wanted.options.as_of), (), promote=False)
    return replace(trial, saved=save)


def _try(wanted: _Wanted, data: GivenData, save: Path | None) -> tuple[Trial, Described]:
    options, listen = wanted.options, wanted.listen
    listen(Event("start", wanted.what, 1, 1))
    with _pointing_at(data.path):
        goal = None if save is None else save.resolve()
        described = describe_data(data, wanted.key, wanted.k, goal, options.as_of)
    with _pointing_at(data.path), _folder(save) as folder:
        # a page in a folder that is gone by then is read by nobody, and so are copies
        is_saved, as_of = save is not None, options.as_of
        options = Options(folder, as_of=as_of, report=is_saved, copies=is_saved, kept=options.kept)
        found = _build(described, folder, options, listen)
        while (other := described.without_decider(found.fit)) is not None:
            described = other
            found = _build(described, folder, options, listen, again=True)
    # what was chosen here is declared in the project, so that the fit knows nothing of it
    found = replace(found, assumptions=(*described.said, *found.assumptions))
    return Trial(found, save), described


def _build(
    described: Described, folder: Path, options: Options, listen: Listener, again: bool = False
) -> SegmentationResult:
    """Write the project and build it, in place of what was tried before."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    project = replace(described.project, said=described.said)
    write_files({folder / path: text for path, text in project.files().items()}, folder)
    result = run_build(options, partial(_progress, listen, again))
    if not result.ok:
        failed = [p for node in result.nodes if node.status in FAILED for p in node.problems]
        raise DataError(failed)
    return result.segmentations[0]


def _progress(listen: Listener, again: bool, event: Event) -> None:
    """Signs of life, and once what to be wary of; the lines of a build say little here."""
    if event.kind == "progress" or (event.kind == "warning" and not again):
        listen(event)


@contextmanager
def _pointing_at(path: Path) -> Iterator[None]:
    """Errors point at the data alone: the project's files are gone when somebody reads them."""
    try:
        yield
    except SegkitError as error:
        error.problems = tuple(
            replace(
                problem,
                labels=tuple(
                    label for label in problem.labels if Path(label.place.path).name == path.name
                ),
            )
            for problem in error.problems
        )
        raise


@contextmanager
def _folder(save: Path | None) -> Iterator[Path]:
    """Where the project is built: beside the folder that it becomes, whole, or one for now."""
    if save is None:
        with tempfile.TemporaryDirectory(prefix=f"segkit-try-{os.getpid()}-") as name:
            yield Path(name)
        return
    goal = save.resolve()
    goal.parent.mkdir(parents=True, exist_ok=True)
    # beside it: the same relative path leads to the data
    sweep_beside(goal)
    folder = Path(tempfile.mkdtemp(prefix=beside(goal), dir=goal.parent))
    try:
        yield folder
        if goal.is_dir():
            goal.rmdir()
        folder.chmod(0o755)
        folder.rename(goal)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_new(save: Path | None) -> None:
    if save is not None and (save.is_file() or (save.is_dir() and any(save.iterdir()))):
        what = "is a file" if save.is_file() else "is not empty"
        message = f"--save {save}: it {what}, so nothing was written"
        raise ConfigError(Problem("SK008", message, help="name a new folder"))
