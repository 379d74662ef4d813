"""What a run reports: one line a node, and what became of each segmentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from segkit.core.experiment_result import Readout
from segkit.core.number_format import ENGLISH, NumberFormat
from segkit.errors import Problem

if TYPE_CHECKING:  # every command line has results, and few have a fit or a frame
    import pandas as pd

    from segkit.core.change_result import Changes
    from segkit.core.drift_result import Drift
    from segkit.core.fit import Fit
    from segkit.core.usefulness import Usefulness

# ok: done; pass/warn/fail: a test's verdict; error: the node failed and nothing is published;
# stale: the definition changed, the old rules are published again; skip: something upstream failed
Status = Literal["ok", "pass", "warn", "fail", "error", "stale", "skip"]
FAILED: frozenset[Status] = frozenset({"fail", "error", "stale"})
BLOCKS_PUBLISHING: frozenset[Status] = frozenset({"fail", "error"})


@dataclass(frozen=True)
class NodeResult:
    """One line of a run: ``3 of 12 OK created view x ........ [OK in 0.02s]``.

    ``text`` is the middle ("created view x"), ``detail`` what stands in the
    bracket before the time ("4128", "k=6, loss 3.1%, 7 leaves"), or "".
    """

    name: str
    kind: str  # source, seed, model, buckets, segmentation, test, parity
    status: Status
    text: str
    detail: str = ""
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
    failures: int | None = None  # rows that failed a test

    @classmethod
    def of(
        cls, node: Any, text: str, detail: str = "", problems: tuple[Problem, ...] = ()
    ) -> NodeResult:
        """The line of a node that is done, with what is to be known of it."""
        status: Status = "warn" if problems else "ok"
        return cls(node.name, node.kind, status, text, detail, problems=problems)


@dataclass(frozen=True)
class NameTruth:
    """The shares of members and of others of whom a name is true.

    ``says`` is what its words mean, in English; "" of a name of cuts, which says it itself.
    """

    says: str
    members: float
    others: float


@dataclass(frozen=True)
class SegmentRow:
    """One segment as it is published now; ``metrics`` maps a metric to its share of the total.

    ``truth`` is that of the fit's name at the fit; None where somebody else named it.
    """

    id: str
    name: str
    order: int
    n: int
    share: float
    rule: str  # English
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    near_a_line: int | None = None  # customers whom a step of 2 % in a feature moves
    truth: NameTruth | None = None


@dataclass(frozen=True)
class HistoryOrigin:
    """Where a history comes from that was not in the database.

    ``copy`` is the file that it was restored from, with so many ``builds`` up to ``until``; None:
    there were builds before, and nothing is left of what they wrote down.
    """

    copy: str | None = None
    builds: int = 0
    until: datetime | None = None


@dataclass(frozen=True, repr=False)
class SegmentationResult:
    """What the first screen says of one segmentation."""

    name: str
    fit: Fit
    rows: int
    segments: tuple[SegmentRow, ...]
    unassigned: int
    parity_rows: int
    parity_cases: int
    weakest: str | None  # id of the least stable segment; of the fit's, if not measured
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    usefulness: tuple[Usefulness, ...] = ()  # a metric each, on the published rows
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # column -> label, unit
    changes: Changes | None = None  # since the last build; None at the first one
    drift: Drift | None = None  # against the fit and the builds before; None at the first one
    numbers: NumberFormat = ENGLISH
    history: HistoryOrigin | None = None  # None: it was there, or this is the first build

    def __repr__(self) -> str:
        return f"<SegmentationResult: {_counted(self)}>"


@dataclass(frozen=True)
class SegmentText:
    """One segment and its rules in English: a customer is in it if one of them holds."""

    row: SegmentRow
    rules: tuple[str, ...]
    action: str | None = None
    owner: str | None = None


@dataclass(frozen=True, repr=False)
class Explanation:
    """The published segments; what is known of the fit stands in it. ``rows`` are published.

    ``near_a_line`` customers would move with a step of 2 % in a feature; None: not counted.
    """

    name: str
    fit: Fit
    rows: int
    segments: tuple[SegmentText, ...]
    usefulness: tuple[Usefulness, ...] = ()
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # column -> label, unit
    near_a_line: int | None = None

    def __repr__(self) -> str:
        return f"<Explanation: {_counted(self)}>"


def _counted(found: SegmentationResult | Explanation) -> str:
    return f"{found.name} {found.fit.label}, {len(found.segments)} segments, {found.rows:,} rows"


@dataclass(frozen=True)
class Table:
    """``rows`` are gone through once: they may be an iterator over more than fits in memory."""

    columns: tuple[str, ...]
    rows: Iterable[tuple[Any, ...]]


@dataclass(frozen=True)
class RowsFile(Table):
    """In place of rows a file that the engine writes, block by block; of a csv without its head."""

    blocks: Iterable[bytes]


@dataclass(frozen=True)
class Check:
    """``name`` is what was looked at, ``detail`` what was found."""

    name: str
    ok: bool
    detail: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, repr=False)
class BuildResult:
    """``ok`` is True if nothing failed; ``published`` if the target now shows this run."""

    ok: bool
    published: bool
    nodes: tuple[NodeResult, ...]
    segmentations: tuple[SegmentationResult, ...]
    target: str
    path: Path | None  # of the target's file; None for a server
    as_of: datetime
    warnings: tuple[Problem, ...] = ()
    experiments: tuple[Readout, ...] = ()

    def __repr__(self) -> str:
        found = map(_counted, self.segmentations)
        state = "published" if self.published else "not published"
        parts = ["ok" if self.ok else "failed", f"{state} on {self.target}"]
        return f"<BuildResult: {', '.join(parts)}{''.join(f'; {each}' for each in found)}>"

    def segments_frame(self) -> pd.DataFrame:
        """Return the published segments of all segmentations as a DataFrame, one row a segment.

        Columns: segmentation, segment_id, segment_name, segment_order, n (customers), share (of
        those of the segmentation, 0 to 1), rule (English), and ``<metric>_share`` for each metric:
        the segment's share of its total, NaN where that is unknown.
        """
        import pandas as pd

        rows = [
            {
                "segmentation": each.name,
                "segment_id": row.id,
                "segment_name": row.name,
                "segment_order": row.order,
                "n": row.n,
                "share": row.share,
                "rule": row.rule,
                **{f"{metric}_share": share for metric, share in row.metrics.items()},
            }
            for each in self.segmentations
            for row in each.segments
        ]
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class ImportedColumn:
    """A CASE as buckets, by edges, bands or rules (``way``), equal on so many edge cases.

    ``odd`` are edge cases with NaN or an infinity on which it is not. Not ``is_proved``:
    equal to what DuckDB makes of the SQL, which may mean something else in its dialect.
    """

    name: str
    way: str
    buckets: int
    probes: int
    odd: int
    is_proved: bool


@dataclass(frozen=True)
class Imported:
    """The YAML, what is wrong with the old CASE, and what was proved of the new buckets.

    ``rows`` of the relation were compared, too; None where there is no relation.
    ``dialect`` is what the file means; ``is_where_proved``: so is which rows there are.
    """

    name: str
    yaml: str
    columns: tuple[ImportedColumn, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    rows: int | None
    relation: str
    dialect: str
    is_where_proved: bool
    saved: Path | None = None


@dataclass(frozen=True)
class Event:
    """What a run tells its caller while it goes on; the library itself never prints.

    ``start`` comes before a node (``index`` of ``total``, from 1), ``result``
    after it, ``progress`` during a long step, ``warning`` before it, ``published`` as soon as
    readers see the new state (whatever fails after that), ``info`` for everything else.
    """

    kind: Literal["start", "result", "progress", "warning", "published", "info"]
    text: str = ""
    index: int = 0
    total: int = 0
    result: NodeResult | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener of those who do not listen."""
