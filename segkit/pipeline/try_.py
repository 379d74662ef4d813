"""Segments of a table that nobody has described: no project, and every guess is said."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.fact_english import sentences
from segkit.engines.leftovers import beside, sweep_beside
from segkit.engines.open import open_bench
from segkit.errors import ConfigError, DataError, Place, Problem, SegkitError
from segkit.pipeline.build import run_build
from segkit.pipeline.named_table import GivenData, find_data
from segkit.pipeline.run_options import Options
from segkit.project.new_project import TrialProject
from segkit.project.nodes import ClusterSpec, Metric, RuleSpec, Segmentation
from segkit.project.segmentation import DEFAULT_K_MAX
from segkit.publish.stored.write_files import write_files
from segkit.results import FAILED, Event, Listener, SegmentationResult, ignore

if TYPE_CHECKING:
    from segkit.learn.data.key_column import Key

_DATA, _ROWS = "data", "customers"
_NOWHERE = Place("")  # features that nobody has written stand nowhere


@dataclass(frozen=True)
class Trial:
    """``result`` is as of a build; ``assumptions`` are all guesses, ``saved`` the new project."""

    result: SegmentationResult
    saved: Path | None


def try_data(
    options: Options,
    what: str,
    *,
    table: str | None = None,
    key: str | None = None,
    k: int | None = None,
    save: Path | None = None,
    listen: Listener = ignore,
) -> Trial:
    """Find segments in a file or a table, as a project would that says the same.

    Parameters
    ----------
    what : str
        A CSV, Parquet or DuckDB file, or a relation that the project here has published.
    table : str, optional
        Which table of a DuckDB file; needed where it has several.
    key : str, optional
        The column with the customer's id, if it cannot be told from names and values.
    k : int, optional
        How many segments; chosen without it.
    save : Path, optional
        A new or empty folder, which gets the project.

    Raises
    ------
    ConfigError
        If it cannot be read, or a question has to be answered first.
    DataError
        If it cannot be segmented.
    """
    _check_new(save)
    data = find_data(options, what, table)
    listen(Event("start", what, 1, 1))
    with _pointing_at(data.path):
        project, said = _describe(data, key, k, None if save is None else save.resolve())
    with _pointing_at(data.path), _folder(save) as folder:
        files = {folder / path: text for path, text in project.files().items()}
        write_files(files, folder)
        result = run_build(Options(folder, as_of=options.as_of), partial(_progress, listen))
        if not result.ok:
            failed = [p for node in result.nodes if node.status in FAILED for p in node.problems]
            raise DataError(failed)
    found = result.segmentations[0]
    # what was chosen here is declared in the project, so that the fit knows nothing of it
    found = replace(found, assumptions=(*said, *found.assumptions))
    return Trial(found, save)


def _progress(listen: Listener, event: Event) -> None:
    """Signs of life; the lines of a build say little of a table that one tries."""
    if event.kind == "progress":
        listen(event)


def _describe(
    data: GivenData, key: str | None, k: int | None, folder: Path | None
) -> tuple[TrialProject, tuple[str, ...]]:
    """The project that says what was found in the data, and sentences on each guess."""
    from segkit.learn.data.all_rows import AllRows
    from segkit.learn.data.key_column import ROW_NUMBER, find_key
    from segkit.learn.data.read import choose
    from segkit.learn.data.sentinels import is_later_by_name
    from segkit.learn.data.text_columns import look_at_texts

    with open_bench() as engine:
        data.load(engine, _DATA)
        engine.lock_down()
        columns = engine.columns(_DATA)
        id_ = find_key(engine, _DATA, columns, key)
        texts = look_at_texts(engine, _DATA, [c for c in columns if c.name != id_.column])
        numbers = [text for text in texts if text.is_number]
        if id_.is_row_number:
            columns = (Column(ROW_NUMBER, ColumnType("BIGINT", Kind.INTEGER)), *columns)
        project = TrialProject(
            name=data.name,
            origin=data.origin(folder),
            key=id_.column,
            columns=columns,
            features=(),
            k=k,
            mended={text.column: text.number_sql(engine.dialect) for text in numbers},
            distinct=bool(id_.copies),
            without_key=bool(id_.without),
            numbered=id_.is_row_number,
        )
        engine.execute(f"CREATE TABLE {_ROWS} AS {project.model_sql(_DATA)}")
        columns = engine.columns(_ROWS)
        later = [c for c in columns if c.type.is_numeric and is_later_by_name(c.name)]
        metrics = tuple(Metric(column.name, _NOWHERE, is_later=True) for column in later)
        node = replace(_undescribed(project), metrics=metrics)
        features, chosen = choose(node, AllRows(engine, _ROWS, columns))
    said = [*_key_said(id_), *(_number_said(t.column, t.known, t.numbers) for t in numbers)]
    said = [*said, *sentences(chosen), *_metrics_said(metrics)]
    return replace(project, features=features, metrics=metrics, said=said), tuple(said)


def _undescribed(project: TrialProject) -> Segmentation:
    return Segmentation(
        name=project.segmentation,
        relation=project.origin.table,
        key=project.key,
        features=(),
        clusters=ClusterSpec(project.k, max(DEFAULT_K_MAX, project.k or 0), 0),
        rules=RuleSpec(None, 0.05, 0.01),
        missing="median",
        place=_NOWHERE,
        key_place=_NOWHERE,
        depends_on=(),
    )


def _key_said(key: Key) -> Iterator[str]:
    if key.is_row_number:
        yield "rows are numbered, for want of an id: the numbers are those of this file"
    elif key.is_guess:
        yield f"{key.column} is the customer's id (--key says another)"
    if key.without:
        verb = "row has" if key.without == 1 else "rows have"
        yield f"{key.without:,} {verb} no {key.column}: left out"
    if key.copies:
        verb = "row is" if key.copies == 1 else "rows are"
        yield f"{key.copies:,} {verb} the same as another one: counted once"


def _metrics_said(metrics: Sequence[Metric]) -> Iterator[str]:
    if metrics:
        listed = ", ".join(metric.column for metric in metrics)
        yield f"not learned from, but what the segments are measured by: {listed} (by the name)"


def _number_said(column: str, known: int, numbers: int) -> str:
    rest = known - numbers
    others = f", {rest:,} of {known:,} are none and count as missing" if rest else ""
    return f"{column} is numbers written as text{others}"


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
