"""A project, read and checked: everything that is wrong with it is said at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from segkit.core.number_format import ENGLISH
from segkit.dialects.table import DIALECTS, Dialect
from segkit.errors import CompileError, ConfigError, Label, Place, Problem
from segkit.project.assemble import Declared
from segkit.project.graph import name_problems, order_nodes
from segkit.project.make_nodes import read_resources, without_entries
from segkit.project.model_warnings import model_warnings
from segkit.project.nodes import DataTest, Model, Node, Project, Seed, Target
from segkit.project.project_files import SEED_SUFFIXES, YAML_SUFFIXES, ProjectFiles
from segkit.project.safe_files import is_there
from segkit.project.schema.documents import ProjectFile
from segkit.project.settings import choose_target, default_target, render_document
from segkit.project.sources.declared_sources import Sources, read_sources
from segkit.project.sql_files import read_models, read_sql_tests, renderer_of
from segkit.project.yaml.marks import Entry, parse_yaml, report_unread_jinja
from segkit.project.yaml.validate import validate

PROJECT_FILE = "segkit.yml"
_MAX_PROBLEMS = 200  # more are read by nobody, and one mistake may be behind them all
_LISTS = ("buckets", "segments", "experiments", "models", "seeds", "sources")


def load_project(
    directory: Path,
    *,
    target: str | None = None,
    vars: Mapping[str, Any] | None = None,
    files: ProjectFiles | None = None,
) -> Project:
    """Return the project in ``directory``, its nodes in an order in which they can be built.

    ``directory``: holds segkit.yml.
    ``target``: instead of the one that segkit.yml names.
    ``vars``: win over ``vars`` in segkit.yml.
    ``files``: where what is written is read from, instead of the directory.

    Raises ConfigError with every problem of every file.
    """
    directory = directory.resolve()
    if files is None and not _has_project_file(directory):
        raise ConfigError(
            Problem(
                "SK008",
                f"there is no {PROJECT_FILE} in {directory.name or directory}",
                help="make a project with `segkit init`, or name its folder with --project-dir",
            )
        )
    files = files or ProjectFiles(directory)
    return _Loader(files, target, dict(vars or {})).project()


def _has_project_file(directory: Path) -> bool:
    """Whether segkit.yml is there, be it readable or not: why it is not is said when it is read."""
    try:
        return is_there(directory / PROJECT_FILE)
    except OSError:
        return True


class _Loader:
    def __init__(self, files: ProjectFiles, target: str | None, given: Mapping[str, Any]) -> None:
        self.files, self.option, self.given = files, target, given
        self.directory, self.problems = files.directory, files.problems
        self.secrets: set[str] = set()
        self.warnings: list[Problem] = []

    def project(self) -> Project:
        main, others, unreadable = self._documents()
        spec, target, variables = self._settings(main)
        dialect = _written_in(spec, target)
        sources = Sources()
        if main is not None:
            one_schema = target is not None and target.dialect.has_one_schema
            sources = read_sources(main, self.directory, one_schema=one_schema)
        self.problems += _target_as_source(sources, target)
        self.secrets |= sources.secrets
        declared = Declared(
            self.directory,
            [main, *others] if main is not None else others,
            self.problems,
            sources.nodes,
            self._seeds(),
            sources.columns,
            dialect=dialect,
            unknowable=_names_in_text(unreadable) | sources.unknowable,
            duckdb_sources=sources.duckdb,
        )
        models = read_models(self.files)
        read_resources(declared, models)
        renderer = renderer_of(self.files, variables, declared.names(models))
        renderer.knows_variables = main is not None
        rendered = declared.render(models, renderer)
        nodes: list[Node] = [*declared.sources, *declared.seeds, *rendered]
        nodes += [*declared.bucket_sets, *declared.segmentations, *declared.experiments]
        sql_tests = read_sql_tests(self.files, renderer)
        declared.note_reads([*rendered, *sql_tests])
        tests = declared.tests(nodes, sql_tests)
        nodes = [*declared.tables_read(), *nodes]
        self.problems += name_problems(nodes)
        nodes += tests
        self.secrets |= renderer.secrets
        if target is not None and target.dialect is not dialect and not self.problems:
            nodes = self._translated(nodes, dialect, target.dialect)
        ordered, cycles = order_nodes(_first_of_each(nodes))
        self.problems += cycles
        if self.problems or spec is None or target is None:
            raise ConfigError(_scrubbed(_sorted(self.problems), self.secrets))
        return Project(
            name=spec.name,
            directory=self.directory,
            target=target,
            vars=variables,
            nodes={node.name: node for node in ordered},
            warnings=(*model_warnings(ordered, variables), *self.warnings),
            is_default_target=target.name == default_target(spec),
            duckdb_sources=tuple(sources.duckdb.values()),
            numbers=spec.format.numbers if spec.format else ENGLISH,
            history=spec.history.limits,
        )

    def _documents(self) -> tuple[Entry | None, list[Entry], list[str]]:
        """segkit.yml, the other YAML files, and the texts of those that are not valid."""
        main, others, unreadable = None, [], []
        for path in (self.directory / PROJECT_FILE, *self.files.find("sql", YAML_SUFFIXES)):
            text = self.files.read(path)
            if text is None:
                continue
            document, problems = parse_yaml(text, self.files.shown(path))
            self.problems += problems
            if document is None:
                unreadable.append(text)
                continue
            document.data = {} if document.data is None else document.data
            entry = Entry(document, (), self.problems)
            if document.path == PROJECT_FILE:  # it is rendered
                main = entry
            else:
                report_unread_jinja(entry)
                others.append(entry)
        return main, others, unreadable

    def _settings(
        self, main: Entry | None
    ) -> tuple[ProjectFile | None, Target | None, dict[str, Any]]:
        if main is None:
            return None, None, dict(self.given)
        name, variables, self.secrets = render_document(main, self.option, self.given)
        spec = validate(ProjectFile, without_entries(main.value, _LISTS), main)
        target = None
        if spec is not None:
            is_option = self.option is not None
            target = choose_target(spec, main, self.directory, name, is_option=is_option)
        return spec, target, variables

    def _translated(self, nodes: Sequence[Node], written: Dialect, target: Dialect) -> list[Node]:
        """The nodes with their SQL in the dialect of the target."""
        from segkit.dialects.translate import Translator  # sqlglot takes a while to import

        translator = Translator(target)
        translated: list[Node] = []
        for node in nodes:
            try:
                if isinstance(node, Model) or (isinstance(node, DataTest) and node.check == "sql"):
                    sql = translator.model(node.name, node.sql, node.place, written)
                    node = replace(node, sql=sql)
            except CompileError as error:
                self.problems += error.problems
            translated.append(node)
        self.warnings += translator.warnings
        return translated

    def _seeds(self) -> list[Seed]:
        paths = self.files.find("warehouse/seeds", SEED_SUFFIXES)
        return [Seed(path.stem, path, Place(self.files.shown(path))) for path in paths]


def _written_in(spec: ProjectFile | None, target: Target | None) -> Dialect:
    if spec is not None and spec.dialect is not None:
        return DIALECTS[spec.dialect]
    return target.dialect if target is not None else DIALECTS["duckdb"]


def _target_as_source(sources: Sources, target: Target | None) -> Iterable[Problem]:
    for source in sources.duckdb.values():
        if target is not None and target.holds(source.path):
            message = f"`{source.name}` is the file that target `{target.name}` publishes in"
            hint = "list its tables, each with a `relation`, or give the target another `path`"
            yield Problem("SK005", message, (Label(source.place),), hint)


def _names_in_text(texts: Iterable[str]) -> set[str]:
    """Names that files which are not valid YAML seem to declare: not to be reported as unknown."""
    return {name for text in texts for name in re.findall(r"\bname:\s*[\"']?(\w+)", text)}


def _first_of_each(nodes: Sequence[Node]) -> list[Node]:
    first: dict[str, Node] = {}
    for node in nodes:
        first.setdefault(node.name, node)
    return list(first.values())


def _sorted(problems: Sequence[Problem]) -> list[Problem]:
    """By file and place; segkit.yml first. What was said twice is said once."""

    def key(problem: Problem) -> tuple[bool, str, int, int]:
        place = problem.place or Place("")
        return (place.path != PROJECT_FILE, place.path, place.line or 0, place.column or 0)

    found = sorted(dict.fromkeys(problems), key=key)
    if len(found) <= _MAX_PROBLEMS:
        return found
    last = found[_MAX_PROBLEMS - 1]
    more = f"and {len(found) - _MAX_PROBLEMS:,} more problems: mend these first"
    return [*found[: _MAX_PROBLEMS - 1], replace(last, notes=(*last.notes, more))]


def _scrubbed(problems: Sequence[Problem], secrets: set[str]) -> list[Problem]:
    """Without the values of environment variables: they may be passwords."""
    words = sorted((s for s in secrets if s.strip()), key=len, reverse=True)
    if not words:
        return list(problems)
    pattern = re.compile(
        "|".join(
            re.escape(word) if len(word) > 5 else rf"(?<!\w){re.escape(word)}(?!\w)"
            for word in words
        )
    )

    def hide(text: str) -> str:
        return pattern.sub("***", text)

    return [
        replace(
            problem,
            message=hide(problem.message),
            labels=tuple(Label(label.place, hide(label.text)) for label in problem.labels),
            help=hide(problem.help) if problem.help else None,
            notes=tuple(map(hide, problem.notes)),
        )
        for problem in problems
    ]
