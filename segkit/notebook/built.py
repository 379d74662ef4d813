"""A build from Python, and its result, which shows itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from segkit import results
from segkit.errors import ConfigError, Problem, summary_line
from segkit.notebook.picture import shown, small
from segkit.notebook.pictures import Pictured, segments_html
from segkit.pipeline.build import run_build
from segkit.pipeline.run_options import Options
from segkit.report.html.markup import tag
from segkit.report.text import count_of


class SegmentationResult(Pictured, results.SegmentationResult):
    """What was published of one segmentation, with the pictures of its fit."""

    def _pictured(self) -> SegmentationResult:
        return self

    def _repr_html_(self) -> str:
        return shown(*segments_html(self), *_warned(self.warnings))


class BuildResult(results.BuildResult):
    """``ok`` is True if nothing failed; ``published`` if the target now shows this run."""

    def _repr_html_(self) -> str:
        state = "published" if self.published else "not published"
        done = f"{'ok' if self.ok else 'failed'}, {state} on {self.target}"
        heading = tag("div", f"{done}: {count_of(len(self.nodes), 'node')}", class_="sub")
        failed = [node for node in self.nodes if node.status in results.FAILED]
        said = [tag("li", tag("b", node.name), _why(node)) for node in failed]
        segments = (part for each in self.segmentations for part in segments_html(each))
        warned = [w for each in self.segmentations for w in each.warnings]
        warned += map(summary_line, self.warnings)
        errors = tag("ul", *said) if said else None
        return shown(heading, errors, *segments, *_warned(warned))


def _why(node: results.NodeResult) -> str:
    found = (f"{summary_line(p)}{f'; {p.help}' if p.help else ''}" for p in node.problems)
    return f" {node.status}: {'. '.join(found) or node.detail or node.text}"


def _warned(warnings: Sequence[str]) -> Iterator[Markup | None]:
    return (small(f"Warning: {warning}.") for warning in warnings)


def build(
    project_dir: str | Path = ".",
    *,
    target: str | None = None,
    select: Sequence[str] | str | None = None,
    exclude: Sequence[str] | str | None = None,
    vars: Mapping[str, Any] | None = None,
    full_refresh: bool = False,
    as_of: datetime | str | None = None,
    locked: bool = False,
    allow_drop: bool = False,
) -> BuildResult:
    """Build a project; the same as ``segkit build``.

    Parameters
    ----------
    as_of : datetime or str, optional
        The time of the run; a text as ISO has it. Without a zone it is UTC.
    locked : bool
        Never fit: a segmentation without a fit is an error.
    allow_drop : bool
        Build also where all that is published would be dropped, or a folder of
        the project is gone.

    Returns
    -------
    BuildResult
        ``.ok``, ``.nodes`` (one result a node), ``.segmentations``.

    Raises
    ------
    ConfigError
        Where the command line exits 2: nothing could be started.
    """

    def words(given: Sequence[str] | str | None) -> tuple[str, ...]:
        return (given,) if isinstance(given, str) else tuple(given or ())

    if locked and full_refresh:
        message = "locked and full_refresh: one of the two"
        raise ConfigError(Problem("SK702", message, help="locked never fits"))
    built = run_build(
        Options(
            Path(project_dir),
            target=target,
            select=words(select),
            exclude=words(exclude),
            vars=vars or {},
            full_refresh=full_refresh,
            as_of=_time(as_of),
            locked=locked,
            allow_drop=allow_drop,
        )
    )
    return _shows_itself(built)


def _shows_itself(built: results.BuildResult) -> BuildResult:
    own = tuple(SegmentationResult(**vars(each)) for each in built.segmentations)
    return BuildResult(**{**vars(built), "segmentations": own})


def _time(given: datetime | str | None) -> datetime | None:
    if not isinstance(given, str):
        return given
    try:
        return datetime.fromisoformat(given)
    except ValueError as error:
        message = f"as_of is {given!r}, not a date or a time"
        raise ConfigError(Problem("SK702", message, help='write "2026-01-31"')) from error
