"""A project written for data that nobody has described yet: everything chosen stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from segkit.core.columns import Column
from segkit.dialects.emit import comment_text
from segkit.dialects.spelling import identifier
from segkit.dialects.table import CONDITIONS
from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.project.nodes import Feature, Metric
from segkit.project.order_models import OrderModels
from segkit.project.yaml.scalars import scalar

SOURCE = "raw"
# .*.tmp: text files and folders of runs that were killed; the next build sweeps them
_IGNORED = ("*.duckdb", "*.duckdb.wal", "history/", ".*")
GITIGNORE = "".join(f"warehouse/{name}\n" for name in _IGNORED) + ".*.tmp\ntarget/\n"


@dataclass(frozen=True)
class DataOrigin:
    """Where the data is: a CSV or Parquet file, or a relation of a DuckDB file or of a server.

    ``path`` is as it is to stand in segkit.yml; ``url_env``: the environment variable that
    holds a server's url.
    """

    path: str
    table: str  # what the source's table is called
    schema: str | None = None  # of a relation of a DuckDB file; None: a file of data
    relation: str | None = None
    options: FileOptions = NOTHING_SAID  # of a file
    url_env: str | None = None

    @property
    def place(self) -> str:
        """The lines of segkit.yml that say where it is, and where it is built."""
        if self.url_env is not None:
            url = scalar(f"{{{{ env_var('{self.url_env}') }}}}")
            table = f"{{name: {self.table}, relation: {scalar(f'{self.schema}.{self.relation}')}}}"
            return (
                "dialect: duckdb\ntarget: pg\ntargets:\n"
                f"  pg: {{type: postgres, url: {url}, schema: public}}  # where it is published\n"
                f"sources:\n  - {{name: {SOURCE}, tables: [{table}]}}\n"
            )
        if self.schema is None:
            table = f"{{name: {self.table}, path: {scalar(self.path)}{_file(self.options)}}}"
            return f"sources:\n  - {{name: {SOURCE}, tables: [{table}]}}\n"
        schema = f", schema: {scalar(self.schema)}" if self.schema != "main" else ""
        listed = ""
        if self.relation is not None and self.relation != self.table:
            table = f"{{name: {self.table}, relation: {scalar(self.relation)}}}"
            listed = f", tables: [{table}]"
        return f"sources:\n  - {{name: {SOURCE}, path: {scalar(self.path)}{schema}{listed}}}\n"


@dataclass(frozen=True)
class TrialProject:
    """``made`` has the SQL of columns that a model makes, anew or besides, by name.

    ``distinct``: rows that are alike are one. ``k`` None: auto. ``orders``: rows are lines of
    orders, of which these models make customers as of the day ``as_of``.
    """

    name: str
    origin: DataOrigin
    key: str
    columns: Sequence[Column]
    features: Sequence[Feature]
    metrics: Sequence[Metric] = ()
    own: Sequence[str] = ()  # features without which a customer is in a segment of its own
    k: int | None = None
    made: Mapping[str, str] = field(default_factory=dict)
    distinct: bool = False
    without_key: bool = False  # rows without one are left out
    numbered: bool = False  # rows are numbered: that is the key
    said: Sequence[str] = ()  # comments above the features
    orders: OrderModels | None = None
    as_of: date | None = None

    @property
    def needs_model(self) -> bool:
        return bool(self.made) or self.distinct or self.without_key or self.numbered

    @property
    def segmentation(self) -> str:
        return f"{self.name}_segments"

    def files(self) -> dict[str, str]:
        """Texts of the project's files by their paths."""
        found = {"segkit.yml": self._project_yml(), "sql/segments.yml": self._segments_yml()}
        call = f"{{{{ source('{SOURCE}', '{self.origin.table}') }}}}"
        if self.orders is not None:
            found |= self.orders.files(call)
        elif self.needs_model:
            # a view would number its rows anew, in whatever order it is read
            head = "{{ config(materialized='table') }}\n" if self.numbered else ""
            found[f"sql/{self.name}.sql"] = f"{head}{self.model_sql(call)}\n"
        return {**found, ".gitignore": GITIGNORE}

    def model_sql(self, relation: str) -> str:
        """The SELECT that makes one row a customer of the relation, with numbers as numbers."""
        key = identifier(self.key, CONDITIONS)
        names = [c.name for c in self.columns if c.name != self.key or not self.numbered]
        names += [name for name in self.made if name not in names]
        items = [
            f"{self.made[name]} AS {identifier(name, CONDITIONS)}"
            if name in self.made
            else identifier(name, CONDITIONS)
            for name in names
        ]
        if self.numbered:
            items.insert(0, f"row_number() OVER () AS {key}")
        head = "SELECT DISTINCT" if self.distinct else "SELECT"
        where = f"\nWHERE {key} IS NOT NULL" if self.without_key else ""
        return f"{head}\n  {(',' + chr(10) + '  ').join(items)}\nFROM {relation}{where}"

    def _project_yml(self) -> str:
        day = f'vars: {{as_of: "{self.as_of}"}}  # features look back from this day\n'
        return f"name: {self.name}\n{self.origin.place}" + (day if self.as_of else "")

    def _segments_yml(self) -> str:
        relation = self.name if self.needs_model else f"{SOURCE}.{self.origin.table}"
        relation = relation if self.orders is None else self.orders.customers
        k = "auto" if self.k is None else self.k
        own = ", ".join(f"{scalar(column)}: own" for column in self.own)
        out = [
            "segments:",
            f"  - name: {self.segmentation}",
            f"    from: {relation}",
            f"    key: {scalar(self.key)}",
            *(f"    # {comment_text(line)}" for line in self.said),
            "    features:",
            *(f"      - {_feature(feature)}" for feature in self.features),
            f"    clusters: {{k: {k}}}",
            *([f"    missing: {{{own}}}"] if own else []),
            *(["    metrics:"] if self.metrics else []),
            *(f"      - {_metric(metric)}" for metric in self.metrics),
        ]
        return "\n".join(out) + "\n"


def _file(options: FileOptions) -> str:
    """What is said of a file, as keys of its table."""
    said = options.yaml()
    return f", {said}" if said else ""


def safe_name(text: str) -> str:
    """Return a name for a project or a relation, made of what a file or a table is called.

    >>> safe_name("Mall Customers (2024)"), safe_name("2024.q1")
    ('mall_customers_2024', 'data_2024_q1')
    """
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "data"
    return f"data_{name}" if name[0].isdigit() else name


def _feature(feature: Feature) -> str:
    said: dict[str, str] = {"kind": "category"} if feature.kind == "category" else {}
    if feature.scale != "standard":
        said["scale"] = feature.scale
    if feature.weight != 1:
        said["weight"] = f"{feature.weight:g}"
    if not said:
        return scalar(feature.column)
    listed = "".join(f", {key}: {value}" for key, value in said.items())
    return f"{{column: {scalar(feature.column)}{listed}}}"


def _metric(metric: Metric) -> str:
    if not metric.is_later:
        return scalar(metric.column)
    return f"{{column: {scalar(metric.column)}, period: later}}"
