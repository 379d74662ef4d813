"""What the rest of segkit asks of a database: one that is read, and one that is published to.

One folder beside this one for each engine; ``open.py`` is the only door.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from segkit.core.columns import Column
from segkit.dialects.table import Dialect
from segkit.engines.locks import Patience
from segkit.engines.registered import Registered
from segkit.engines.typed_columns import TextValues
from segkit.files.csv_options import NOTHING_SAID, CsvOptions, FileOptions
from segkit.files.reading import Reading
from segkit.project.nodes import ForeignRelation, Seed, Source

RowFormat = Literal["csv", "parquet"]


@dataclass(frozen=True)
class FileRelation:
    """A table or view of a file that belongs to others.

    ``rows`` is about how many it has; None for a view, which would have to run.
    """

    schema: str
    name: str
    kind: Literal["table", "view"]
    rows: int | None = None

    @property
    def shown(self) -> str:
        return self.name if self.schema == "main" else f"{self.schema}.{self.name}"


class Reader(Protocol):
    """A connection that queries of segkit and of the project run on.

    Relation arguments are quoted SQL text (``"crm"."customers"``, or a bare name).
    A statement that the database refuses raises ``EngineError`` with the SQL.
    """

    dialect: Dialect

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT, all of them. ``parameters`` take the place of ``?`` in order."""
        ...

    def batches(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of a SELECT, some thousands at a time: for more than should lie in memory.

        Nothing else may run on the connection until the last were taken.
        """
        ...

    def copied(self, select: str, form: RowFormat) -> Iterator[bytes]:
        """The rows of a SELECT as a file that the engine writes, block by block.

        A csv has no head, and its cells are those of ``dialects/csv_cells.py``.
        """
        ...

    def hold(self, name: str, select: str) -> AbstractContextManager[None]:
        """While the block runs, the bare name means the rows of this SELECT, read once."""
        ...

    def columns(self, relation: str) -> tuple[Column, ...]:
        """Columns of a table or view, in order."""
        ...

    def columns_of_query(self, sql: str) -> tuple[Column, ...]:
        """Columns that a SELECT returns, without running it. Refuses what is not a SELECT."""
        ...

    def exists(self, schema: str, name: str) -> bool:
        """True if there is a table or view of that name, as the engine compares names."""
        ...

    def relations(self) -> list[str]:
        """Names of the tables and views in the target's own schema, segkit's registry left out."""
        ...

    def check_select(self, sql: str) -> None:
        """Refuse everything but one SELECT that only reads, and only the database.

        Raises
        ------
        EngineError
            SK403 for several statements, none, a statement that is not a SELECT, or one
            that writes in a CTE; SK404 if it does not parse; SK407 if it reads outside.
        """
        ...

    def lock_down(self) -> None:
        """From here on nothing outside the database is read or written."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class Draft(Reader, Protocol):
    """What a project would be, before anything of it is published.

    What is published is read where it lies; what differs from it stands in for it,
    and is never written anywhere.
    """

    def adopt(self, schema: str, name: str, node: str, state: str) -> bool:
        """Have the published relation of a node, if it was made of that very state."""
        ...

    def take_source(
        self, schema: str, name: str, node: Source | Seed, patience: Patience | None
    ) -> None:
        """Have a source's relation: one of the target where it lies, any other from its file.

        Works before ``lock_down`` only. ``patience`` is for files that other processes
        write in (None: do not wait).
        """
        ...

    def noted_states(self) -> Mapping[str, str]:
        """What is on record of the published state by ``Publisher.note_state``, by node."""
        ...

    def stand_in(self, schema: str, name: str, select: str, *, as_table: bool = False) -> None:
        """From here on the name means this SELECT, which may read what stands in already.

        ``as_table``: worked out once, where the engine has room for it.
        """
        ...


class Workbench(Reader, Protocol):
    """A database in which tables can be made that nobody else sees, such as edge cases."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None: ...

    def view_text(self, view: str) -> str | None:
        """The SELECT of a view (as SQL) as the engine keeps it; None of what is no view."""
        ...


@dataclass(frozen=True)
class Loaded:
    """``reading``: how a file of texts was read; None for one that has types."""

    rows: int
    reading: Reading | None = None


class FileBench(Workbench, Protocol):
    """A workbench that reads files of data."""

    def load_file(self, path: Path, relation: str, options: FileOptions = NOTHING_SAID) -> Loaded:
        """Make a table of a file of data; return its number of rows, and how it was read."""
        ...

    def copy_relation(
        self,
        path: Path,
        schema: str,
        name: str,
        into: str,
        patience: Patience | None = None,
    ) -> int:
        """Make a table of a relation of another database file; return its number of rows."""
        ...

    def text_values(self, relation: str, columns: Sequence[Column], csv: CsvOptions) -> TextValues:
        """Return which columns of texts are days or numbers."""
        ...

    def whole_days(self, relation: str, columns: Sequence[Column]) -> TextValues:
        """Return which columns of whole numbers are days."""
        ...


class Publisher(Workbench, Protocol):
    """The next state of a target in the making, unseen until ``publish``.

    An engine keeps its own promises behind it: DuckDB builds a file beside the
    published one and renames it; a server has one transaction, in which tables keep
    their identity and views come last. Leaving the ``with`` without ``publish``
    discards everything.
    """

    @property
    def title(self) -> str:
        """What the target is called in messages: the file's name."""
        ...

    # stage ----------------------------------------------------------------------------------

    def load_source(
        self,
        schema: str,
        name: str,
        path: Path,
        node: str,
        options: FileOptions = NOTHING_SAID,
    ) -> Loaded:
        """Make or replace a table of a file of data."""
        ...

    def copy_source(self, schema: str, name: str, source: ForeignRelation, node: str) -> int:
        """Make or replace a table of a relation of another file; return its number of rows."""
        ...

    # replace --------------------------------------------------------------------------------

    def create_table(self, schema: str, name: str, select_sql: str, node: str) -> None:
        """Make or replace a table of a SELECT, and register it.

        SK603 if a relation of that name is not ours; errors have their place in the SELECT.
        """
        ...

    def create_view(self, schema: str, name: str, select_sql: str, node: str) -> None:
        """Make or replace a view on a SELECT. Comments are lost by it."""
        ...

    def run_ddl(self, sql: str) -> None:
        """Run segkit's own DDL (comments, types); the caller registers what it makes."""
        ...

    def register(self, schema: str, name: str, type_: str, node: str) -> None:
        """Note that the relation is ours."""
        ...

    def atomic(self) -> AbstractContextManager[None]:
        """All of the statements in the block, or none of them."""
        ...

    # history --------------------------------------------------------------------------------

    def carry_table(self, name: str) -> bool:
        """Have ``main.name`` of the previous state here; False if there was none.

        Nothing is done where it is here already. SK603 if it is not ours.
        """
        ...

    def carry_histories(self) -> tuple[str, ...]:
        """Have every history of the previous state here, also of what is no longer built.

        Returns
        -------
        tuple of str
            The nodes that have one.
        """
        ...

    def restore_history(self, node: str, folder: Path, shown: str) -> bool:
        """Have the history of a node as its copy in a folder has it; False if there is no copy.

        Works before ``lock_down`` only. SK609 for a copy that is damaged, or another's.
        ``shown`` is the folder as messages call it.
        """
        ...

    @property
    def dropped(self) -> tuple[Registered, ...]:
        """Relations that readers have now, and will not have."""
        ...

    def drop_stale(self, keep: set[tuple[str, str]]) -> None:
        """Drop what is ours and not in ``keep``, (schema, name); a history is never dropped."""
        ...

    def published_columns(self, schema: str, name: str) -> tuple[str, ...]:
        """Columns that the relation had in the previous state; empty if it was not there."""
        ...

    def shown_previously(self) -> tuple[Registered, ...]:
        """Tables and views of this project that readers have now, histories left out."""
        ...

    def histories_of(self, node: str) -> tuple[str, ...]:
        """Histories that the previous state has of that node."""
        ...

    def folders_previously(self) -> tuple[str, ...]:
        """Folders of the project that the published state was made from."""
        ...

    def note_state(self, node: str, state: str) -> None:
        """Put on record what a node's relations were made of; see ``Draft.adopt``."""
        ...

    def noted_states(self) -> Mapping[str, str]:
        """What is on record by ``note_state``, by node."""
        ...

    def states_previously(self) -> Mapping[str, str]:
        """What was on record by ``note_state`` of the previous state, by node."""
        ...

    def note_folders(self, folders: Sequence[str]) -> None:
        """Put on record which folders of the project this state is made from."""
        ...

    # commit ---------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Do all of publishing that can fail for a reason; what is published is untouched."""
        ...

    def publish(self) -> None:
        """Make the new state the published one, or raise and leave the old one whole."""
        ...

    def is_published(self) -> bool:
        """Whether readers find this state, whatever failed or was interrupted meanwhile."""
        ...

    def discard(self) -> None:
        """Let go of everything; what is published is untouched."""
        ...
