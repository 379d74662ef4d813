"""An existing CASE as buckets: what ``segkit import`` does."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from segkit.core.columns import Column, parse_type
from segkit.engines.base import Engine
from segkit.engines.duckdb import DuckDBEngine, open_scratch
from segkit.errors import ConfigError, EngineError, Label, Place, Problem, SegkitError
from segkit.pipeline.options import Options, open_project
from segkit.pipeline.scratch import open_relation
from segkit.project.files import read_text
from segkit.project.imported.analysis import Analysis, analysed
from segkit.project.imported.candidates import Candidate, candidates
from segkit.project.imported.cases import (
    OldCase,
    is_bucket,
    read_case,
    unqualified_sql,
)
from segkit.project.imported.findings import findings, narrowed
from segkit.project.imported.sql_file import REFUSED, SqlFile, dialect_of, read_sql_file
from segkit.project.imported.statement import Item, Statement, read_statement
from segkit.project.imported.types import assumed_columns
from segkit.project.imported.yaml_text import SetDraft, read_back, yaml_text
from segkit.project.load import PROJECT_FILE
from segkit.project.nodes import BucketSet, DataTest, Project
from segkit.project.predicates import parse_condition
from segkit.publish.import_proof import Comparison, count_differing_rows, old_column
from segkit.publish.relations import relation_sql

_NOT_EQUAL = "SK217"


@dataclass(frozen=True)
class ImportOptions:
    """What is said of the file beside the file itself."""

    file: Path
    name: str | None = None
    key: str | None = None
    relation: str | None = None
    dialect: str = "duckdb"
    columns: tuple[str, ...] = ()
    types: Mapping[str, str] | None = None
    save: bool = False
    save_to: Path | None = None


@dataclass(frozen=True)
class ImportedColumn:
    name: str
    way: str
    buckets: int
    probes: int


@dataclass(frozen=True)
class Imported:
    """The YAML, what is wrong with the old CASE, and what was proved of the new buckets."""

    name: str
    yaml: str
    columns: tuple[ImportedColumn, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    rows: int | None  # of the relation that were compared, too
    relation: str
    saved: Path | None = None


@dataclass(frozen=True)
class _Chosen:
    analysis: Analysis
    candidate: Candidate
    node: BucketSet
    comparison: Comparison
    problems: tuple[Problem, ...]


def import_sql(options: Options, given: ImportOptions) -> Imported:
    """Return the CASE columns of an SQL file as a bucket set that is proved equal to them.

    Raises
    ------
    ConfigError
        SK216 with the place of what cannot be imported, SK217 where no way of
        writing a CASE as buckets is equal to it; nothing is written then.
    """
    file = _read(options, given)
    statement = read_statement(file)
    project = _project(options, given)
    relation = _relation(file, statement, given, project)
    items = _bucket_items(file, statement, given)
    cases = [read_case(file, item, name, statement.aliases) for name, item in items]
    where = _where(file, statement)
    with _engine_with(project, relation) as (there, known):
        columns = _columns(file, statement, given, known, [item for _, item in items])
        key = _key(file, statement, given, relation, known)
        with open_scratch() as scratch:
            scratch.lock_down()
            chosen = [
                _choose(
                    scratch, analysed(case, columns, types_known=_are_known(case, given, known))
                )
                for case in cases
            ]
        rows = None
        if there is not None and project is not None:
            rows = _compare_rows(there, relation_sql(project, relation), chosen, where, relation)
    draft = SetDraft(
        name=_set_name(given, statement),
        relation=relation,
        key=key,
        columns=tuple(each.candidate for each in chosen),
        where=where,
    )
    _, problems = read_back(draft)
    if problems:
        raise ConfigError([_in_file(problem, file) for problem in problems])
    made = Imported(
        name=draft.name,
        yaml=yaml_text(draft),
        columns=tuple(_summary(each) for each in chosen),
        problems=tuple(problem for each in chosen for problem in each.problems),
        notes=tuple(_notes(file, statement, given, chosen, known, items)),
        rows=rows,
        relation=relation,
    )
    if given.save or given.save_to is not None:
        made = replace(made, saved=_save(options, given, made))
    return made


# the file ---------------------------------------------------------------------------------------


def _read(options: Options, given: ImportOptions) -> SqlFile:
    dialect = dialect_of(given.dialect)
    path = given.file if given.file.is_absolute() else Path.cwd() / given.file
    project = options.project_dir.resolve()
    shown = os.path.relpath(path, project) if path.resolve().is_relative_to(project) else str(path)
    if path.is_dir():
        message = f"{given.file} is a folder"
        raise ConfigError(Problem("SK002", message, help="name one SQL file"))
    text, problems = read_text(path, path.parent)
    if text is None:
        raise ConfigError(problems)
    return read_sql_file(text, Path(shown).as_posix(), dialect)


def _bucket_items(
    file: SqlFile, statement: Statement, given: ImportOptions
) -> list[tuple[str, Item]]:
    """The CASE columns with their names, those that were asked for."""
    found: dict[str, Item] = {}
    items = [item for item in statement.items if is_bucket(item.node)]
    if not items:
        message = "there is no CASE in the SELECT list: nothing to make buckets of"
        help_ = "import the file that has the CASE, or the CASE ... END alone"
        raise file.refusal(message, statement.items[0].place if statement.items else None, help_)
    for item in items:
        base = item.alias or _made_name(item)
        if item.alias is None and len(items) == 1 and len(given.columns) == 1:
            base = given.columns[0]
        name = base
        for number in range(2, len(items) + 2):
            if name.casefold() not in {known.casefold() for known in found}:
                break
            name = f"{base}_{number}"
        found[name] = item
    wanted = [name for name in found if not given.columns or name in given.columns]
    unknown = [name for name in given.columns if name not in found]
    if unknown:
        message = f"--column {unknown[0]}: no CASE has that name"
        near = difflib.get_close_matches(unknown[0], found, n=1)
        help_ = f"did you mean `{near[0]}`?" if near else f"they are called {', '.join(found)}"
        raise ConfigError(Problem("SK702", message, help=help_))
    return [(name, found[name]) for name in wanted]


def _made_name(item: Item) -> str:
    from sqlglot import exp

    column = item.node.find(exp.Column)
    name = re.sub(r"\W+", "_", column.name.lower()).strip("_") if column is not None else "bucket"
    return f"{name}_band"


def _where(file: SqlFile, statement: Statement) -> str | None:
    """The WHERE of the SELECT as a condition of the bucket set."""
    if statement.where is None:
        return None
    place = file.place_of(statement.where)
    text = unqualified_sql(statement.where, statement.aliases)
    written = file.written(statement.where) if file.dialect == "duckdb" else None
    if written is not None and "." not in written:
        text = " ".join(written.split()) if "'" not in written and '"' not in written else text
    predicate, problems = parse_condition(text, lambda start, length: place, place)
    if predicate is None:
        raise ConfigError(problems)
    return predicate.text


def _set_name(given: ImportOptions, statement: Statement) -> str:
    name = given.name or statement.view_name or given.file.stem
    name = name if given.name else re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        message = f"`{name}` cannot be the name of a bucket set: it is that of a view"
        raise ConfigError(Problem("SK702", message, help="name it: --name customer_buckets"))
    return name


# the project ------------------------------------------------------------------------------------


def _project(options: Options, given: ImportOptions) -> Project | None:
    """The project that the import goes into; none where there is no segkit.yml."""
    wanted = given.save or given.save_to is not None
    if not wanted and not (options.project_dir / PROJECT_FILE).is_file():
        return None
    return open_project(options)


def _relation(
    file: SqlFile, statement: Statement, given: ImportOptions, project: Project | None
) -> str:
    """The name that ``from:`` gets: a node of the project where there is one."""
    said = given.relation or statement.relation
    if said is None:
        why = statement.why_no_relation or "nothing says what it reads"
        label = (Label(statement.relation_place),) if statement.relation_place else ()
        message = f"which relation has a row for each customer? {why}"
        hint = "name it: --from NAME; it must have every column that the CASE looks at"
        raise ConfigError(Problem(REFUSED, message, label or (Label(file.place(0)),), hint))
    if project is None:
        return said
    names = [node.name for node in project.nodes.values() if not isinstance(node, DataTest)]
    by_lower = {name.casefold(): name for name in names}
    for candidate in (said, said.rpartition(".")[2]):
        if candidate.casefold() in by_lower:
            return by_lower[candidate.casefold()]
    near = difflib.get_close_matches(said, names, n=1) or [
        name for name in names if name.rpartition(".")[2] == said.rpartition(".")[2]
    ]
    message = f"`{said}` is no relation of the project"
    hint = f"did you mean --from {near[0]}? " if near else ""
    hint += f"else declare it under `sources` in {PROJECT_FILE}, or name a model: --from NAME"
    labels: tuple[Label, ...] = ()
    if given.relation is None and statement.relation_place is not None:
        labels = (Label(statement.relation_place),)
    raise ConfigError(Problem("SK101", message, labels, hint))


@contextmanager
def _engine_with(
    project: Project | None, relation: str
) -> Iterator[tuple[Engine | None, dict[str, Column]]]:
    """The relation's rows and columns where there are any; else nothing is known of it."""
    if project is None:
        yield None, {}
        return
    with open_relation(project, relation) as engine:
        found = engine.columns(relation_sql(project, relation))
        yield engine, {column.name: column for column in found}


def _key(
    file: SqlFile,
    statement: Statement,
    given: ImportOptions,
    relation: str,
    known: Mapping[str, Column],
) -> str:
    """The customer's id: as given, or the plain column of the SELECT that looks like one."""
    from sqlglot import exp

    plain = [
        item.node.name
        for item in statement.items
        if isinstance(item.node, exp.Column) and not isinstance(item.node.this, exp.Star)
    ]
    ids = [name for name in plain if re.search(r"(id|key)\Z", name, re.IGNORECASE)]
    key = given.key or (ids[0] if len(ids) == 1 or (ids and plain[0] == ids[0]) else None)
    names = {name.casefold(): name for name in known}
    if key is None:
        likely = [name for name in known if re.search(r"(^|_)(id|key)\Z", name, re.IGNORECASE)]
        hint = f"name it: --key {likely[0] if likely else (plain[0] if plain else 'customer_id')}"
        if len(ids) > 1:
            message = f"which column is the customer's id: {' or '.join(ids)}?"
        else:
            message = "which column is the customer's id? the SELECT has none that looks like it"
        raise ConfigError(Problem("SK702", message, (Label(file.place(0)),), hint))
    if known and key.casefold() not in names:
        message = f"column `{key}` is not in {relation}"
        raise ConfigError(Problem("SK104", message, help=f"it has: {', '.join(known)}"))
    return names.get(key.casefold(), key)


def _columns(
    file: SqlFile,
    statement: Statement,
    given: ImportOptions,
    known: Mapping[str, Column],
    items: Sequence[Item],
) -> dict[str, Column]:
    """Columns by name: those of the relation, or assumed from the constants beside them."""
    told = {name.casefold(): parse_type(type_) for name, type_ in (given.types or {}).items()}
    nodes = [item.node for item in items]
    if known:
        _check_names(file, nodes, known, given, statement)
        columns = dict(known)
    else:
        columns = assumed_columns(file, nodes, set(told))
    return {
        name: Column(name, told.get(name.casefold(), column.type))
        for name, column in columns.items()
    }


def _check_names(
    file: SqlFile,
    nodes: Sequence[object],
    known: Mapping[str, Column],
    given: ImportOptions,
    statement: Statement,
) -> None:
    from sqlglot import exp

    names = {name.casefold() for name in known}
    problems = []
    for node in nodes:
        assert isinstance(node, exp.Expression)
        for column in node.find_all(exp.Column):
            if column.name.casefold() not in names:
                near = difflib.get_close_matches(column.name, known, n=1)
                problems.append(
                    Problem(
                        "SK104",
                        f"column `{column.name}` is not in {given.relation or statement.relation}",
                        (
                            Label(
                                file.place_of(column), f"did you mean `{near[0]}`?" if near else ""
                            ),
                        ),
                        f"it has: {', '.join(known)}",
                    )
                )
    if problems:
        raise ConfigError(problems)


def _are_known(case: OldCase, given: ImportOptions, known: Mapping[str, Column]) -> bool:
    told = {name.casefold() for name in (given.types or {})}
    return bool(known) or all(name.casefold() in told for name in case.columns)


# the choice, proved -----------------------------------------------------------------------------


def _choose(engine: DuckDBEngine, analysis: Analysis) -> _Chosen:
    """The plainest way that is equal on every edge case.

    Raises
    ------
    ConfigError
        SK216 if the engine refuses the CASE, SK217 if no way is equal.
    """
    case = analysis.case
    if len(set(case.labels)) < 2 and (case.rest.label is not None or not case.labels):
        message = f"`{case.name}` has one label for every row: these are no buckets"
        help_ = "give the CASE two labels or more"
        raise ConfigError(Problem(REFUSED, message, (Label(case.place),), help_))
    closest: tuple[Candidate, Comparison] | None = None
    try:
        with old_column(engine, analysis) as old:
            for candidate in candidates(analysis):
                node = _node_of(candidate, analysis)
                if node is None:
                    continue
                comparison = old.compare(candidate, node)
                if comparison.is_equal and comparison.rows:
                    found = findings(analysis, candidate, old.of_nulls())
                    return _Chosen(analysis, candidate, node, comparison, found)
                closest = closest or (candidate, comparison)
    except EngineError as error:
        raise ConfigError(_not_run(error, analysis)) from error
    raise ConfigError(_not_equal(analysis, closest))


def _node_of(candidate: Candidate, analysis: Analysis) -> BucketSet | None:
    """The column as the project reads it; None if it would refuse it."""
    name = "segkit_import"
    node, _ = read_back(SetDraft(name, name, "segkit_key", (candidate,)))
    if node is None:
        return None
    column = node.columns[0]
    whole = getattr(column, "integer_labels", False)
    only = analysis.only_column
    if whole and analysis.types_known and only is not None and only.type.step != 1:
        return None  # a build would refuse "25-34" of a column that is no integer
    return node


def _not_run(error: EngineError, analysis: Analysis) -> Problem:
    types = ", ".join(f"{c.name} is {c.type.sql}" for c in analysis.columns.values())
    assumed = "" if analysis.types_known else " (assumed)"
    name = next(iter(analysis.columns), "age")
    return Problem(
        REFUSED,
        f"`{analysis.case.name}` does not run: {error.problems[0].message}",
        (Label(analysis.case.place),),
        f"types{assumed}: {types}; say what they are with --type {name}=INTEGER, or the dialect of "
        "the file with --dialect",
    )


def _not_equal(analysis: Analysis, closest: tuple[Candidate, Comparison] | None) -> Problem:
    name = analysis.case.name
    notes: tuple[str, ...] = ()
    if closest is not None and closest[1].differences:
        first = closest[1].differences[0]
        row = ", ".join(f"{column} = {text or 'NULL'}" for column, text in first.row)
        old = "NULL" if first.old is None else f'"{first.old}"'
        notes = (f'for {row} the CASE says {old}, {closest[0].way} would say "{first.new}"',)
    return Problem(
        _NOT_EQUAL,
        f"no way of writing `{name}` as buckets is equal to it",
        (Label(analysis.case.place),),
        "write simpler conditions, or import the other columns with --column",
        notes,
    )


def _compare_rows(
    engine: Engine, relation: str, chosen: Sequence[_Chosen], where: str | None, name: str
) -> int:
    """The number of rows of the relation, on all of which the columns are equal to the CASE."""
    pairs = [(each.analysis, each.candidate, each.node) for each in chosen]
    try:
        rows, counts = count_differing_rows(engine, relation, pairs, where)
    except EngineError as error:
        message = f"the CASE does not run on {name}: {error.problems[0].message}"
        place = chosen[0].analysis.case.place
        raise ConfigError(
            Problem(REFUSED, message, (Label(place),), "look at the types of its columns")
        ) from error
    problems = [
        Problem(
            _NOT_EQUAL,
            f"{count:,} of {rows:,} rows of {name} would be in another bucket of "
            f"`{each.analysis.case.name}`",
            (Label(each.analysis.case.place),),
            "make values that are not finite (NaN, infinity) NULL or a number in a model, and "
            f"import from that: for segkit they are missing in {_odd_columns(each.analysis)}",
        )
        for each, count in zip(chosen, counts, strict=True)
        if count
    ]
    if problems:
        raise ConfigError(problems)
    return rows


def _odd_columns(analysis: Analysis) -> str:
    names = [c.name for c in analysis.columns.values() if c.type.holds_non_finite]
    return " and ".join(f"`{name}`" for name in names) or "every column"


# what is said -----------------------------------------------------------------------------------


def _summary(chosen: _Chosen) -> ImportedColumn:
    spec = chosen.candidate.spec
    if "edges" in spec:
        count = len(spec["edges"]) + 1
    else:
        count = len(spec.get("bands") or spec.get("rules") or ()) + ("else" in spec)
    name = chosen.analysis.case.name
    return ImportedColumn(name, chosen.candidate.way, count, chosen.comparison.rows)


def _notes(
    file: SqlFile,
    statement: Statement,
    given: ImportOptions,
    chosen: Sequence[_Chosen],
    known: Mapping[str, Column],
    items: Sequence[tuple[str, Item]],
) -> Iterator[str]:
    for each in chosen:
        yield from _notes_of(each)
    yield from _notes_of_all(chosen)
    told = {name.casefold() for name in (given.types or {})}
    used: dict[str, Column] = {}
    for each in chosen:
        used |= each.analysis.columns
    assumed = {} if known else {n: c for n, c in used.items() if n.casefold() not in told}
    if assumed:
        listed = ", ".join(f"{c.name} {c.type.sql}" for c in assumed.values())
        name = next(iter(assumed))
        yield f"Assumed: {listed}; --type {name}=INTEGER says it, a project knows it"
    made = [name for name, item in items if item.alias is None and name not in given.columns]
    if made:
        yield f"Named by segkit: {', '.join(made)}"
    taken = {id(item) for _, item in items}
    others = [item for item in statement.items if id(item) not in taken]
    named = [item.alias or item.node.sql() for item in others if not _is_plain(item)]
    left = [_short(name) for name in named] + [
        clause for clause in statement.left_out if clause not in ("DISTINCT",)
    ]
    if left:
        yield f"Left out, no buckets: {', '.join(left)}"
    if file.dialect != "duckdb":
        yield (
            f"Read as {file.dialect} and compared in DuckDB, where texts differ in case and in "
            "blanks at the end"
        )


def _notes_of(chosen: _Chosen) -> Iterator[str]:
    analysis, candidate, name = chosen.analysis, chosen.candidate, chosen.analysis.case.name
    if candidate.spec.get("closed") == "right":
        yield f"{name}: `closed: right`, because its ends are inclusive (<=)"
    if analysis.taken is None:
        yield (
            f"{name}: its conditions are kept as written, each without those before it; a build "
            "counts overlaps in the data"
        )
    nulls = sorted(candidate.absent & _labels_used(candidate))
    if nulls and None in _old_labels(analysis):
        listed = " or ".join(f'"{label}"' for label in nulls)
        yield f"{name}: where the CASE says NULL, the bucket is called {listed}"
    if analysis.case.is_numeric:
        yield f"{name}: its labels are numbers in the CASE, and texts here; sort by {name}_order"


def _notes_of_all(chosen: Sequence[_Chosen]) -> Iterator[str]:
    """What is true of most columns, in one line each."""
    ordered = [each.analysis.case.name for each in chosen if narrowed(each.analysis)]
    if ordered:
        yield f"Order decided in {', '.join(ordered)}; the buckets do not depend on it"
    odd = []
    for each in chosen:
        labels = sorted({str(d.old or "NULL") for d in each.comparison.odd})
        listed = ", ".join(f'"{label}"' for label in labels)
        odd += [f"{each.analysis.case.name} {listed}"] if labels else []
    if odd:
        yield (
            "NaN and infinity are missing values in segkit, which is not as in the CASE: it has "
            f"them in {'; '.join(odd)}"
        )


def _labels_used(candidate: Candidate) -> set[str]:
    return {candidate.missing, str(candidate.spec.get("else", ""))}


def _old_labels(analysis: Analysis) -> set[str | None]:
    return {branch.label for branch in (*analysis.case.branches, analysis.case.rest)}


def _is_plain(item: Item) -> bool:
    from sqlglot import exp

    return isinstance(item.node, exp.Column | exp.Star)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def _in_file(problem: Problem, file: SqlFile) -> Problem:
    """A problem of the YAML, which is not written yet: shown at the file it comes from."""
    return replace(problem, labels=(Label(Place(file.path, 1, 1)),))


# writing ----------------------------------------------------------------------------------------


def _save(options: Options, given: ImportOptions, made: Imported) -> Path:
    """Write the YAML into the project, and take it back if the project does not load then."""
    directory = options.project_dir.resolve()
    path = given.save_to or Path("sql") / f"{made.name}.yml"
    path = (path if path.is_absolute() else directory / path).resolve()
    if path.suffix not in (".yml", ".yaml") or not path.is_relative_to(directory / "sql"):
        message = f"--to {given.save_to}: a project reads *.yml below sql/"
        raise ConfigError(Problem("SK702", message, help=f"--to sql/{made.name}.yml"))
    shown = path.relative_to(directory)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(made.yaml)
    except FileExistsError:
        message = f"{shown.as_posix()} exists: nothing was written"
        hint = f"choose another name: --name other_{made.name}, or --to sql/other.yml"
        raise ConfigError(Problem("SK702", message, help=hint)) from None
    try:
        open_project(options)
    except SegkitError as error:
        path.unlink()
        first = error.problems[0]
        message = f"the project does not load with {shown.as_posix()}, so it was not written"
        raise ConfigError(
            Problem(first.code, message, first.labels, first.help, (first.message, *first.notes))
        ) from error
    return shown
