"""An existing CASE as buckets: what ``segkit import`` does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from segkit.core.recursion import deep_recursion
from segkit.dialects.emit import comment_text
from segkit.engines.base import Reader
from segkit.engines.open import open_bench
from segkit.errors import ConfigError, Label, Place, Problem, SegkitError
from segkit.importing.analysis import Analysis, analysed
from segkit.importing.bucket_yaml import SetDraft, read_back, yaml_text
from segkit.importing.choice import Chosen, check_where_rows, choose, compare_rows
from segkit.importing.column_types import are_types_known, columns_of
from segkit.importing.notes import import_notes
from segkit.importing.old_cases import OldCase, read_case
from segkit.importing.old_meaning import Meant, in_duckdb
from segkit.importing.request import (
    ImportOptions,
    bucket_items,
    data_file,
    key_column,
    relation_name,
    set_name,
    where_text,
)
from segkit.importing.sql_file import SqlFile, dialect_of, read_sql_file
from segkit.importing.statement import Item, Statement, read_statement
from segkit.pipeline.run_options import Options, counted, open_project
from segkit.pipeline.stand_ins import open_relations
from segkit.project.load import PROJECT_FILE
from segkit.project.nodes import BucketSet, Project
from segkit.project.project_files import ProjectFiles
from segkit.project.safe_files import OwnFolder
from segkit.publish.relations import relation_sql
from segkit.results import Imported, ImportedColumn

_FILE = "segkit_file"
Made = TypeVar("Made")


def import_sql(options: Options, given: ImportOptions) -> Imported:
    """Return the CASE columns of an SQL file as a bucket set that is proved equal to them.

    Raises ConfigError: SK216 with the place of what cannot be imported, SK217 where no way of
    writing a CASE as buckets is equal to it; nothing is written then.
    """
    file = _read(options, given)
    with deep_recursion():  # sqlglot calls itself for every bracket, also to write one
        return _imported(options, given, file)


def _imported(options: Options, given: ImportOptions, file: SqlFile) -> Imported:
    statement = read_statement(file)
    items = bucket_items(file, statement, given)
    cases = _read_cases(file, statement, items)
    project = _project(options, given)
    relation = relation_name(file, statement, given, project)
    with _relation(project, relation) as (engine, sql):
        known = {column.name: column for column in engine.columns(sql)} if engine else {}
        columns = columns_of(file, statement, given, known, [item for _, item in items])
        key = key_column(file, statement, given, relation, known)
        sure = {name.casefold() for name in (*known, *given.types)}
        meant = in_duckdb(file, statement, items, columns, sure)
        if file.dialect != "duckdb":
            cases = _read_cases(file, meant.statement, meant.items)
        where = where_text(file, meant.statement)
        analyses = [
            analysed(case, columns, types_known=are_types_known(case, given, known))
            for case in cases
        ]
        chosen = _choose_all(analyses)
        candidates = tuple(each.candidate for each in chosen)
        draft = SetDraft(set_name(given, statement), relation, key, candidates, where)
        node = _checked(draft, file)
        problems = [*chain.from_iterable(each.problems for each in chosen)]
        rows = None
        if engine is not None:
            rows = compare_rows(engine, sql, chosen, where, relation)
            if where is not None and statement.where is not None:
                place = file.place_of(statement.where)
                check_where_rows(engine, sql, node, where, place)
            problems = [counted(problem, engine, sql) for problem in problems]
    proved = [name not in meant.doubtful for name, _ in items]
    made = Imported(
        name=draft.name,
        yaml=f"# imported from {Path(file.path).name}{_doubt(meant)}\n{yaml_text(draft)}",
        columns=tuple(map(_summary, chosen, proved)),
        problems=(*meant.problems, *problems),
        notes=tuple(import_notes(file, statement, given, chosen, known, items)),
        rows=rows,
        relation=relation,
        dialect=file.dialect,
        is_where_proved=meant.is_where_sure,
    )
    return replace(made, saved=_save(options, given, made)) if given.is_saved else made


def _doubt(meant: Meant) -> str:
    """What the file itself says of columns that are not proved."""
    names = [*sorted(meant.doubtful), *([] if meant.is_where_sure else ["where"])]
    return f"; not proved: {comment_text(', '.join(names))}" if names else ""


def _read(options: Options, given: ImportOptions) -> SqlFile:
    dialect = dialect_of(given.dialect)
    path = Path.cwd() / given.file
    project = options.project_dir.resolve()
    shown = os.path.relpath(path, project) if path.resolve().is_relative_to(project) else str(path)
    if path.is_dir():
        message = f"{given.file} is a folder"
        raise ConfigError(Problem("SK002", message, help="name one SQL file"))
    files = ProjectFiles(path.parent)
    text = files.read(path)
    if text is None:
        raise ConfigError(files.problems)
    return read_sql_file(text, Path(shown).as_posix(), dialect)


def _read_cases(
    file: SqlFile, statement: Statement, items: Sequence[tuple[str, Item]]
) -> list[OldCase]:
    return _all(read_case, ((file, item, name, statement.aliases) for name, item in items))


def _all(make: Callable[..., Made], given: Iterable[tuple[Any, ...]]) -> list[Made]:
    """What is made of each; all that is wrong with them is said in one go."""
    made: list[Made] = []
    problems: list[Problem] = []
    for arguments in given:
        try:
            made.append(make(*arguments))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return made


def _choose_all(analyses: Sequence[Analysis]) -> list[Chosen]:
    with open_bench() as scratch:
        scratch.lock_down()
        return _all(choose, ((scratch, analysis) for analysis in analyses))


def _project(options: Options, given: ImportOptions) -> Project | None:
    """The project that the import goes into; none where there is no segkit.yml."""
    if not given.is_saved and not (options.project_dir / PROJECT_FILE).is_file():
        return None
    return open_project(options)


@contextmanager
def _relation(project: Project | None, name: str) -> Iterator[tuple[Reader | None, str]]:
    """What reads the relation, and its SQL there; without a project nothing is known of it."""
    path = data_file(project, name) if project else None
    if project is None:
        yield None, ""
    elif path is None:
        with open_relations(project, name) as engine:
            yield engine, relation_sql(project, name, engine.dialect)
    else:
        with open_bench() as scratch:
            scratch.load_file(path, _FILE)
            scratch.lock_down()
            yield scratch, _FILE


def _checked(draft: SetDraft, file: SqlFile) -> BucketSet:
    """The columns together: two may have one name, or one that of the key."""
    node, problems = read_back(draft)
    if node is None:  # the YAML is not written: shown at the file it comes from
        at = (Label(Place(file.path, 1, 1)),)
        raise ConfigError([replace(problem, labels=at) for problem in problems])
    return node


def _summary(chosen: Chosen, is_proved: bool) -> ImportedColumn:
    spec = chosen.candidate.spec
    if "edges" in spec:
        count = len(spec["edges"]) + 1
    else:
        listed = [each["label"] for each in spec.get("bands") or spec.get("rules") or ()]
        labels = [*listed, *([spec["else"]] if "else" in spec else [])]
        count = sum(label not in chosen.candidate.absent for label in labels)  # the CASE's own
    name, way, compared = chosen.analysis.case.name, chosen.candidate.way, chosen.comparison
    return ImportedColumn(name, way, count, compared.rows, len(compared.odd), is_proved)


def _save(options: Options, given: ImportOptions, made: Imported) -> Path:
    """Write the YAML into the project, and take it back if the project does not load then."""
    directory = options.project_dir.resolve()
    path = given.save_to or Path("sql") / f"{made.name}.yml"
    # a folder that is a link is refused when the file is made in it
    path = Path(os.path.normpath(directory / path))
    if path.suffix not in (".yml", ".yaml") or not path.is_relative_to(directory / "sql"):
        message = f"--to {given.save_to}: a project reads *.yml below sql/"
        raise ConfigError(Problem("SK702", message, help=f"--to sql/{made.name}.yml"))
    shown = path.relative_to(directory)
    with OwnFolder(path.parent, directory) as folder:
        try:
            folder.write(path.name, made.yaml.encode())
        except FileExistsError:
            message = f"{shown.as_posix()} exists: nothing was written"
            hint = f"choose another name: --name other_{made.name}, or --to sql/other.yml"
            raise ConfigError(Problem("SK702", message, help=hint)) from None
        try:
            open_project(options)
        except SegkitError as error:
            folder.remove(path.name)
            first = error.problems[0]
            notes = (first.message, *first.notes)
            message = f"the project does not load with {shown.as_posix()}, so it was not written"
            problem = Problem(first.code, message, first.labels, first.help, notes)
            raise ConfigError(problem) from error
    return shown
