"""SQL only: what ``segkit compile`` prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

from segkit.dialects.phrases import as_text, in_byte_order, md5
from segkit.dialects.select import ViewSelect, expression_sql
from segkit.dialects.spelling import identifier, in_jinja, relation
from segkit.dialects.table import DUCKDB, Dialect, dialect_named
from segkit.engines.open import open_bench
from segkit.errors import ConfigError, Problem
from segkit.pipeline.run_options import Options, find_node, open_project
from segkit.pipeline.stand_ins import open_relations
from segkit.project.nodes import BucketSet, Experiment, Model, Project, Segmentation
from segkit.publish.relations import relation_sql
from segkit.publish.stored import fits
from segkit.publish.stored.chosen import current_fit
from segkit.publish.stored.score_edges import current_edges, read_current
from segkit.publish.subject import fitted, read_subject
from segkit.publish.views.bucket_view import bucket_text
from segkit.publish.views.compiled import ViewText
from segkit.publish.views.segmentation_view import compile_segmentation

if TYPE_CHECKING:
    from segkit.dialects.translate import Translator

# A project of BigQuery may have a hyphen in its name, and T-SQL leaves out a schema: db..table
_BARE = r"[A-Za-z_][A-Za-z0-9_$]*(?:-[A-Za-z0-9_$]+)*"
_MAX_SAMPLE = 1000
_JINJA = re.compile(r"\{\{(?:(?!\}\}|\{\{)[^\x00-\x1f])+\}\}")
_STAND_IN = "segkit_stands_in_for_jinja"
Compilable = Model | BucketSet | Segmentation
Warn = Callable[[Problem], None]


def compile_node(
    options: Options,
    name: str | None,
    *,
    dialect: str | None = None,
    from_relation: str | None = None,
    as_relation: str | None = None,
    expression: bool = False,
    bare: bool = False,
    names: bool = False,
    check: bool = False,
    sample: int = 0,
    warn: Warn = lambda problem: None,
    talk: Callable[[str], None] = lambda text: None,
) -> str:
    """Return the SQL of a model, a bucket set or a segmentation; of all without a name.

    ``dialect``: of ``dialects.table``; that of the target without it.
    ``from_relation``, ``as_relation``: SQL of the relation to read and of the view to create, where
    the SQL is pasted. ``from_relation`` may be one expression of Jinja, ``{{ ref('customers') }}``;
    the text is a template then, in which every other brace is a text.
    ``expression``: only the CASE, as one scalar expression for use in a SELECT of one's own.
    ``bare``: the SELECT alone: no view, no comment on it, no semicolon.
    ``names``: two expressions of a segmentation, called ``<S>_id`` and ``<S>_name``.
    ``check``: instead a query that returns no row if the SQL is exact there. With ``as_relation``
    the view of that name is compared, too, on all its rows.
    ``sample``: so many customers go through the check, too: their features, not their keys.
    ``warn``: called with what may not mean the same in the dialect.
    ``talk``: called with what the view needs beside it where it is pasted.

    Raises ConfigError: SK702 for options that do not fit.
    Raises CompileError: SK802 for a name that the dialect does not allow, SK803 for SQL that cannot
    be translated.
    """
    project = open_project(options)
    chosen = dialect_named(dialect) if dialect is not None else project.dialect
    form = _Form(expression, bare, names, check)
    writer = _Writer(project, chosen, from_relation, as_relation, form, sample)
    writer.verify(has_name=name is not None)
    if name is not None and name not in project.nodes and not check:
        made = writer.of_experiment(name)
        if made is not None:
            return made
    nodes = _nodes(project, name)
    texts = [writer.sql(node) for node in nodes]
    for problem in writer.warnings:
        warn(problem)
    if name is not None:
        for text in writer.needs(nodes[0]):
            talk(text)
    return "\n".join(texts)


@dataclass(frozen=True)
class _Form:
    """What the text is instead of a view: one of these at most."""

    expression: bool = False
    bare: bool = False
    names: bool = False
    check: bool = False

    @property
    def flags(self) -> list[str]:
        return [f"--{field.name}" for field in fields(self) if getattr(self, field.name)]

    @property
    def is_expression(self) -> bool:
        return self.expression or self.names


@dataclass(frozen=True)
class _Writer:
    """Writes nodes in one dialect, for one place."""

    project: Project
    dialect: Dialect
    from_: str | None
    as_: str | None
    form: _Form
    sample: int

    def verify(self, *, has_name: bool) -> None:
        """Refuse options that do not fit together. SK702."""
        for message, hint in self._wrong(has_name):
            raise ConfigError(Problem("SK702", message, help=hint))

    def _wrong(self, has_name: bool) -> Iterator[tuple[str, str]]:
        for option, given in (("--from", self.from_), ("--as", self.as_)):
            if option == "--from" and _is_jinja(given):
                continue
            if given is not None and not _is_relation(given, self.dialect):
                opening, closing = self.dialect.quotes
                yield (
                    f"{option} {given}: not the name of a relation in {self.dialect.title}",
                    "a name such as analytics.customers, with odd parts in quotes: "
                    f"{opening}My table{closing}",
                )
        if self.from_ is not None and self.from_ == self.as_:
            same = f"--from and --as are both {self.as_}: a view cannot read itself"
            yield same, "give the view a name of its own"
        flags = self.form.flags
        if len(flags) > 1:
            yield f"{' and '.join(flags)} are {len(flags)} things", "leave all but one out"
        if self.as_ is not None and self.form.bare:
            yield "--as names the view that --bare leaves out", "leave one of them out"
        if not has_name and (self.from_ or self.as_ or flags):
            alone = (
                "--from, --as, --expression, --bare, --names and --check need the NAME of one view"
            )
            yield alone, "`segkit ls` lists the names"
        if self.sample > _MAX_SAMPLE:
            many = f"--sample {self.sample}: a query of so many rows is more than engines read"
            yield many, f"at most {_MAX_SAMPLE}"
        if self.sample and not self.form.check:
            yield "--sample is for --check", "add --check, or leave --sample out"

    def needs(self, node: Compilable) -> list[str]:
        """What has to be there where the view is pasted: models of this project."""
        if self.form.check or (self.form.is_expression and not self.from_):
            return []
        models = [
            name for name in node.depends_on if isinstance(self.project.nodes.get(name), Model)
        ]
        if self.from_:
            return [
                f"{self.from_} takes the place of {model}: it needs its columns and types"
                for model in models
            ]
        return [
            f"it reads {model}, a model of this project: segkit compile {model}" for model in models
        ]

    @property
    def warnings(self) -> Sequence[Problem]:
        """What was said of the translation, if anything had to be translated."""
        return self.translator.warnings if "translator" in self.__dict__ else ()

    @cached_property
    def translator(self) -> Translator:
        from segkit.dialects.translate import Translator  # sqlglot, for another dialect alone

        return Translator(self.dialect)

    def sql(self, node: Compilable) -> str:
        if isinstance(node, Model):
            return self._model(node)
        base = self._from or relation_sql(self.project, node.relation, self.dialect)
        return self._in_place(self._sql(node, base))

    def of_experiment(self, name: str) -> str | None:
        """SQL of what an experiment has for elsewhere; None of a name that is nothing of one."""
        if not self.project.of(Experiment):
            return None
        from segkit.pipeline.compile_policy import experiment_sql  # numpy

        flags = self.form.flags
        made = experiment_sql(self.project, name, self.dialect, self._from, self.as_, flags)
        return None if made is None else self._in_place(made)

    @property
    def _from(self) -> str | None:
        return _STAND_IN if _is_jinja(self.from_) else self.from_

    def _in_place(self, text: str) -> str:
        """With the expression of Jinja where it was stood in for."""
        if not _is_jinja(self.from_):
            return text
        assert self.from_ is not None
        return in_jinja(text).replace(_STAND_IN, self.from_.strip())

    def _sql(self, node: BucketSet | Segmentation, base: str) -> str:
        text = self._text(node)
        if self.from_:
            text = replace(text, proof="")  # of the rows that lie elsewhere nothing is known
        view = text.view
        if self.dialect is not DUCKDB:
            view = self.translator.view(view, node.place)
        if self.form.check:
            # numpy
            from segkit.publish.proof.portable_check import (
                check_sql,
                columns_of_check,
                opaque_conditions,
            )

            asked = columns_of_check(text.view)
            rows = _sample_rows(self.project, node, asked, self.sample)
            with open_bench() if opaque_conditions(text.view) else nullcontext() as judge:
                if judge is not None:
                    judge.lock_down()  # conditions run in it, and read nothing else
                return check_sql(
                    judge,
                    text,
                    view,
                    self.dialect,
                    sample=rows,
                    deployed=self.as_,
                    relation_sql=base,
                )
        if self.form.is_expression:
            return self._expressions(node, view)
        if self.form.bare:
            return replace(text, view=view).select(base, self.dialect) + "\n"
        name = self.as_ or relation(node.name, None, self.dialect)
        return replace(text, view=view).file(name, base, self.dialect)

    def _text(self, node: BucketSet | Segmentation) -> ViewText:
        with open_relations(self.project, node.relation) as engine:
            if isinstance(node, Segmentation):
                subject = read_subject(engine, self.project, node)
                return compile_segmentation(fitted(subject, current_fit(self.project, node))).text
            buckets = read_subject(engine, self.project, node)
        current_edges(self.project, node)  # they are there, and of this definition
        edges = read_current(self.project, node) if node.scores else None
        return bucket_text(buckets.node, buckets.columns, edges)

    def _expressions(self, node: BucketSet | Segmentation, view: ViewSelect) -> str:
        """One for a segmentation, or two; one for each column of a bucket set, with its name."""
        if self.form.names:
            if not isinstance(node, Segmentation):
                message = f"{node.name} is a bucket set, whose columns have their names"
                raise ConfigError(Problem("SK702", message, help="--expression instead of --names"))
            return _two_expressions(node.name, view, self.dialect)
        if view.coded[0].id_column:
            return expression_sql(view.coded[0], view, self.dialect) + "\n"
        parts = [
            f"{expression_sql(coded, view, self.dialect)} "
            f"AS {identifier(coded.name_column or coded.code, self.dialect)}"
            for coded in view.coded
        ]
        return ",\n".join(parts) + "\n"

    def _model(self, node: Model) -> str:
        for flag, given, lacks in (
            ("--expression", self.form.expression, "it has no single expression"),
            ("--names", self.form.names, "it has no segments"),
            ("--check", self.form.check, "it has no rules to check"),
            ("--from", self.from_, "it says itself what it reads"),
        ):
            if given:
                message = f"{node.name} is a model: {lacks}"
                raise ConfigError(Problem("SK702", message, help=f"leave {flag} out"))
        name = self.as_ or relation(node.name, None, self.dialect)
        select = node.sql.strip().rstrip(";")
        if self.dialect is not self.project.dialect:
            select = self.translator.model(node.name, select, node.place, self.project.dialect)
        if self.form.bare:
            return f"{select}\n"
        made = self.dialect.create_view.format(name=name, columns="", comment="", select=select)
        return f"-- {node.name}\n{made};\n"


def _two_expressions(name: str, view: ViewSelect, dialect: Dialect) -> str:
    parts = [
        f"{expression_sql(view.coded[0], view, dialect, attribute)} "
        f"AS {identifier(f'{name}_{attribute}', dialect)}"
        for attribute in ("id", "name")
    ]
    return ",\n".join(parts) + "\n"


def _is_jinja(text: str | None) -> bool:
    """Whether it is one expression of Jinja; what it comes to is not ours to know."""
    return text is not None and _JINJA.fullmatch(text.strip()) is not None


def _is_relation(text: str, dialect: Dialect) -> bool:
    """Up to four parts with dots between, bare or in the dialect's own quotes."""
    opening, closing = map(re.escape, dialect.quotes)
    part = rf"(?:{_BARE}|{opening}(?:[^{closing}\x00-\x1f]|{closing}{closing})+{closing})"
    between = r"\.\.?" if dialect.name == "tsql" else r"\."
    return re.fullmatch(rf"{part}(?:{between}{part}){{0,3}}", text) is not None


def _nodes(project: Project, name: str | None) -> list[Compilable]:
    if name is not None:
        return [find_node(project, name, Compilable, "model, bucket set or segmentation")]  # type: ignore[arg-type]
    return [
        node
        for node in project.nodes.values()
        if isinstance(node, Model | BucketSet)
        or (
            isinstance(node, Segmentation)
            and fits.current_version(project.fits_directory, node.name)
        )
    ]


def _sample_rows(
    project: Project, node: BucketSet | Segmentation, columns: Sequence[str], count: int
) -> Sequence[tuple[str | None, ...]]:
    """Values of the columns as texts, of customers in the order of a hash of their key."""
    if not count:
        return ()
    with open_relations(project, node.relation) as engine:
        subject, dialect = read_subject(engine, project, node), engine.dialect
        texts = [as_text(identifier(name, dialect), dialect) for name in columns]
        key = as_text(subject.key, dialect)
        order = [in_byte_order(sql, dialect) for sql in (md5(key, dialect), key)]
        return engine.query(
            f"SELECT {', '.join(texts)} FROM {subject.rows} ORDER BY {', '.join(order)} "
            f"LIMIT {count}"
        )
