"""What a build writes down of a segmentation: stays, movers with their reasons, sizes, itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from segkit.core.change_result import Changes
from segkit.core.drift_result import Drift
from segkit.engines.base import Publisher
from segkit.errors import Label, Problem
from segkit.monitor.build_log import LoggedBuild, build_before, log_build
from segkit.monitor.changes import STEPS, Interval, change_tables, hold_steps, record_changes
from segkit.monitor.forget import forget
from segkit.monitor.history import (
    last_state,
    rewind_history,
    update_history,
    update_profile_history,
    utc,
    write_movers,
)
from segkit.pipeline.steps.other_times import OtherTimes, first_unseen
from segkit.pipeline.steps.watch_drift import Watch


@dataclass(frozen=True)
class Kept:
    """``changes``: None at the first build; ``drift``: of a fit, or since a level was accepted."""

    warnings: tuple[Problem, ...]
    changes: Changes | None
    drift: Drift | None


def keep_history(
    workspace: Publisher,
    times: OtherTimes,
    as_of: datetime,
    profile: str,
    *,
    rewrite: bool = False,
    watches: bool = True,
) -> Kept:
    """Bring all that lasts up to this build; the published views have to be there.

    ``profile`` is the profile as SQL text, or what it says by another name.

    Raises PublishError as ``rewind_history``.
    """
    subject, moment = times.subject, utc(as_of)
    node, fit = subject.node, subject.fit
    with workspace.atomic():
        warnings = rewind_history(
            workspace,
            segmentation=node.name,
            key=subject.by_name[node.key],
            view=subject.view,
            as_of=moment,
            rewrite=rewrite,
        )
        last = build_before(workspace, node.name, moment) or last_state(
            workspace, node.name, moment
        )
        change_tables(workspace, node.name)
        changes, drift = _since(workspace, times, last, moment, watches)
        if last is None or last.fit_version != fit.version:
            update_history(
                workspace,
                segmentation=node.name,
                key=subject.by_name[node.key],
                view=subject.view,
                fit_version=fit.version,
                as_of=moment,
            )
        update_profile_history(
            workspace,
            segmentation=node.name,
            profile=profile,
            metrics=[metric.column for metric in node.metrics],
            as_of=moment,
        )
        forget(workspace, node.name, moment, subject.project.history)
        log_build(workspace, node.name, LoggedBuild(moment, fit.version, times.day, times.edges))
    labels = (Label(node.key_place),)
    return Kept(tuple(replace(found, labels=labels) for found in warnings), changes, drift)


def _since(
    workspace: Publisher,
    times: OtherTimes,
    last: LoggedBuild | None,
    moment: datetime,
    watches: bool,
) -> tuple[Changes | None, Drift | None]:
    """What became of everybody since the last build, and whether it is unusual."""
    subject, watch = times.subject, Watch(workspace, times)
    if last is None:
        return None, watch.look(moment, has_steps=False) if watches else None
    interval = Interval(
        last.as_of,
        moment,
        first_unseen(last),
        last.fit_version,
        subject.fit.version,
        last.data_as_of,
        times.day,
    )
    name, evaluated = subject.node.name, times.since(last)
    with hold_steps(workspace, name, subject.by_name[subject.node.key], evaluated, interval):
        changes = record_changes(workspace, name, evaluated, interval)
        drift = watch.look(moment, has_steps=True) if watches else None
        if last.fit_version == subject.fit.version:
            movers = f"SELECT id, from_id, to_id FROM {STEPS} WHERE reason IS NOT NULL"
            write_movers(
                workspace,
                segmentation=name,
                movers=movers,
                fit_version=last.fit_version,
                as_of=moment,
            )
    return changes, drift
