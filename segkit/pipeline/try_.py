"""Segments of a table that nobody has described: no project, and every guess is said."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.fact_english import sentences
from segkit.engines.base import FileBench
from segkit.engines.leftovers import beside, sweep_beside
from segkit.engines.open import open_bench
from segkit.errors import ConfigError, DataError, Place, Problem, SegkitError
from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.pipeline.build import run_build
from segkit.pipeline.named_table import GivenData, find_data
from segkit.pipeline.run_options import Options
from segkit.project.new_project import TrialProject
from segkit.project.nodes import ClusterSpec, Metric, RuleSpec, Segmentation
from segkit.project.order_models import CUSTOMER
from segkit.project.segmentation import DEFAULT_K_MAX
from segkit.publish.stored.write_files import write_files
from segkit.results import FAILED, Event, Listener, SegmentationResult, ignore

if TYPE_CHECKING:
    from segkit.learn.data.key_column import Key
    from segkit.learn.data.made_columns import MadeColumn
    from segkit.pipeline.try_orders import OrderLines

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
    said: FileOptions = NOTHING_SAID,
    save: Path | None = None,
    listen: Listener = ignore,
) -> Trial:
    """Find segments in a file or a table, as a project would that says the same.

    Parameters
    ----------
    what : str
        A file of data, or files of one shape (o-*.csv), a DuckDB file, or a relation that the
        project here has published.
    table : str, optional
        Which table of a DuckDB file; needed where it has several.
    key : str, optional
        The column with the customer's id, if it cannot be told from names and values.
    k : int, optional
        How many segments; chosen without it.
    said : FileOptions, optional
        How a file of texts is written, where that cannot be told from it.
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
    data = find_data(options, what, table, said)
    listen(Event("start", what, 1, 1))
    with _pointing_at(data.path):
        project, assumed = _describe(
            data, key, k, None if save is None else save.resolve(), options.as_of
        )
    with _pointing_at(data.path), _folder(save) as folder:
        files = {folder / path: text for path, text in project.files().items()}
        write_files(files, folder)
        result = run_build(Options(folder, as_of=options.as_of), partial(_progress, listen))
        if not result.ok:
            failed = [p for node in result.nodes if node.status in FAILED for p in node.problems]
            raise DataError(failed)
    found = result.segmentations[0]
    # what was chosen here is declared in the project, so that the fit knows nothing of it
    found = replace(found, assumptions=(*assumed, *found.assumptions))
    return Trial(found, save)


def _progress(listen: Listener, event: Event) -> None:
    """Signs of life; the lines of a build say little of a table that one tries."""
    if event.kind == "progress":
        listen(event)


def _describe(
    data: GivenData,
    key: str | None,
    k: int | None,
    folder: Path | None,
    as_of: datetime | None,
) -> tuple[TrialProject, tuple[str, ...]]:
    """The project that says what was found in the data, and sentences on each guess."""
    from segkit.pipeline.try_orders import find_order_lines

    with open_bench() as engine:
        data, read = _load(engine, data, key)
        engine.lock_down()
        # what a file of texts says is decided already
        csv = None if data.is_read else data.options.csv
        lines = find_order_lines(engine, _DATA, data.name, key, csv, as_of)
        project = TrialProject(data.name, data.origin(folder), CUSTOMER, (), (), k=k)
        if lines is not None:
            project, said = _of_orders(engine, project, lines)
        else:
            project, said = _of_customers(engine, data, project, key)
    said = [*read, *said]
    return replace(project, said=said), tuple(said)


def _of_orders(
    engine: FileBench, project: TrialProject, lines: OrderLines
) -> tuple[TrialProject, list[str]]:
    """The project of a table of order lines, and what has to be known of these."""
    from segkit.learn.data.all_rows import AllRows
    from segkit.learn.data.read import take_numbers
    from segkit.pipeline.try_orders import make_customers

    make_customers(engine, lines, _ROWS)
    customers = AllRows(engine, _ROWS, engine.columns(_ROWS))
    features, chosen = take_numbers(_undescribed(project), customers)
    project = replace(project, orders=lines.models, as_of=lines.as_of, features=features)
    return project, [*lines.said, *sentences(chosen)]


def _of_customers(
    engine: FileBench, data: GivenData, project: TrialProject, wanted: str | None
) -> tuple[TrialProject, list[str]]:
    """The project of a table whose rows are customers, and what has to be known of these."""
    from segkit.learn.data.all_rows import AllRows
    from segkit.learn.data.key_column import find_key
    from segkit.learn.data.made_columns import made_columns
    from segkit.learn.data.own_columns import guess_own
    from segkit.learn.data.read import choose

    columns = engine.columns(_DATA)
    key = find_key(engine, _DATA, columns, wanted)
    # what a file of texts says is decided already
    new = list(made_columns(engine, _DATA, columns, key.column, are_read=data.is_read))
    project = _rows_of(project, columns, key, new)
    engine.execute(f"CREATE TABLE {_ROWS} AS {project.model_sql(_DATA)}")
    columns = engine.columns(_ROWS)
    metrics = tuple(_metrics(columns, [each.name for each in new if each.is_outcome]))
    node = replace(_undescribed(project), metrics=metrics)
    customers = AllRows(engine, _ROWS, columns)
    features, chosen = choose(node, customers)
    own = guess_own(node, customers, features, {e.name for e in new if e.name != e.column})
    used = {f.column for f in features} | {metric.column for metric in metrics}
    new = [each for each in new if each.name in used or each.is_number]
    project = _rows_of(project, project.columns, key, new)
    said = [*_key_said(key), *(each.said for each in new), *sentences((*chosen, *own))]
    lacking = tuple(fact.column for fact in own if fact.column)
    project = replace(project, features=features, metrics=metrics, own=lacking)
    return project, [*said, *_metrics_said(metrics)]


def _rows_of(
    project: TrialProject, columns: Sequence[Column], key: Key, new: Sequence[MadeColumn]
) -> TrialProject:
    """The project with a row a customer."""
    numbered = Column(key.column, ColumnType("BIGINT", Kind.INTEGER))
    is_new = key.is_row_number and numbered not in columns
    return replace(
        project,
        key=key.column,
        columns=(numbered, *columns) if is_new else tuple(columns),
        made={each.name: each.sql for each in new},
        distinct=bool(key.copies),
        without_key=bool(key.without),
        numbered=key.is_row_number,
    )


def _metrics(columns: Sequence[Column], outcomes: Sequence[str]) -> Iterator[Metric]:
    """What is to be explained: quantities of a later time, and what came or not."""
    from segkit.learn.data.column_roles import is_later_by_name, outcome_by_name

    for column in columns:
        if not column.type.is_numeric:
            continue
        of_two = column.name in outcomes or column.type.kind is Kind.INTEGER
        if is_later_by_name(column.name) or (of_two and outcome_by_name(column.name)):
            yield Metric(column.name, _NOWHERE, is_later=True)


def _load(
    engine: FileBench, data: GivenData, wanted: str | None
) -> tuple[GivenData, tuple[str, ...]]:
    """The table, with what was found out about its file written down.

    An id that looks like a number stays the text that it is: 1.10 is not 1.1.
    """
    reading = data.load(engine, _DATA)
    columns = engine.columns(_DATA)
    given = next((c for c in columns if wanted and c.name.lower() == wanted.lower()), None)
    if reading is not None and given is not None and given.type.kind is Kind.DOUBLE:
        engine.execute(f"DROP TABLE {_DATA}")
        types = {**data.options.types, given.name: "VARCHAR"}
        data = replace(data, options=replace(data.options, types=types))
        reading = data.load(engine, _DATA)
    if reading is None:
        return data, ()
    said = tuple(reading.sentences(data.options))
    options = reading.declared(data.options)
    return replace(data, options=options, is_read=True), said


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
