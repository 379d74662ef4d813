"""A history that is full on the first day: what builds of the past would have written down.

The published fit, or the one that is learned now, is applied to the data as they were on days
of the past. Nobody sees these states: they are built one after the other where the next state
is made, and only what lasts of them is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from segkit.core.fit import Fit
from segkit.core.periods import Period, Unit
from segkit.dialects.spelling import relation
from segkit.errors import ConfigError, Label, Problem
from segkit.pipeline.run_options import data_day
from segkit.pipeline.steps.node_builder import Builder
from segkit.pipeline.steps.other_times import AS_OF, differs, nodes_above
from segkit.project.nodes import BucketSet, Model, Node, Project, Segmentation
from segkit.results import Event, ignore

_PERIOD = re.compile(r"([1-9][0-9]{0,3})\s*([dwm])\Z")
_UNITS: Mapping[str, Unit] = {"d": "day", "w": "week", "m": "month"}
_MOST = 1_100  # builds: three years of days


def past_moments(period: str, end: datetime) -> tuple[datetime, ...]:
    """Return the moments of past builds, the earliest first; ``end`` is none of them.

    ``period``: ``24m`` is 24 months back, a build each month; ``w`` weeks, ``d`` days. A day that a
    month does not have is its last one.

    Raises ConfigError: SK702 for another text.
    """
    found = _PERIOD.match(period.strip().lower())
    if found is None or int(found[1]) > _MOST:
        message = f"--backfill is {period!r}, not a number of days, weeks or months"
        hint = f"write 24m (a build each month), 12w or 90d; at most {_MOST:,} builds"
        raise ConfigError(Problem("SK702", message, help=hint))
    number, unit = int(found[1]), found[2]
    steps = range(number, 0, -1)
    try:
        return tuple(Period(step, _UNITS[unit]).before(end) for step in steps)
    except (ValueError, OverflowError) as error:
        message = f"--backfill {period} leads to before the year 1"
        raise ConfigError(Problem("SK702", message, help="look back less far")) from error


def end_of_backfill(project: Project, as_of: datetime, *, is_given: bool) -> datetime:
    """The moment that a backfill counts back from: the build's, or the day that its data are of.

    segkit.yml may hold the day, and the build's time be that of the clock.
    """
    day = None if is_given else data_day(project)
    return as_of if day is None else datetime(day.year, day.month, day.day)


def check_backfill(builder: Builder, plan: Sequence[Node], given: Mapping[str, object]) -> None:
    """Refuse a backfill that would write down what was not so.

    Raises ConfigError: SK608 for a history that is there already, or models that say the same for
    every day.
    """
    problems = []
    if AS_OF in given:
        message = "--backfill sets the variable as_of to each of its days, and --vars sets it, too"
        problems.append(Problem("SK702", message, help="leave as_of out of --vars"))
    for node in plan:
        if not isinstance(node, Segmentation):
            continue
        problems += [*_has_history(builder, node), *_is_leak(builder, node)]
        problems += _is_left_out(builder.project, node, plan)
    if problems:
        raise ConfigError(problems)


def _has_history(builder: Builder, node: Segmentation) -> list[Problem]:
    name = f"{node.name}_history"
    if builder.rewrite_history or not builder.workspace.carry_table(name):
        return []
    table = relation(name, None, builder.workspace.dialect)
    ((first,),) = builder.workspace.query(f"SELECT min(valid_from) FROM {table}")
    if first is None:
        return []
    message = f"{node.name} has a history already, since {first:%Y-%m-%d}"
    hint = "leave --backfill out, or add --rewrite-history: what is written down since is forgotten"
    return [Problem("SK608", message, (Label(node.place),), hint)]


def _is_left_out(project: Project, node: Segmentation, plan: Sequence[Node]) -> list[Problem]:
    """Models that are not built again show today's customers, whatever they say."""
    planned = {other.name for other in plan}
    left = [
        other.name
        for other in nodes_above(project, node)
        if isinstance(other, Model) and other.name not in planned
    ]
    if not left:
        return []
    message = f"--backfill builds {node.name} for days of the past, and {left[0]} is left out"
    hint = f"`-s +{node.name}` builds what it is made of, too"
    return [Problem("SK608", message, (Label(node.place),), hint)]


def _is_leak(builder: Builder, node: Segmentation) -> list[Problem]:
    """Models that do not look at the day would show today's customers in the past."""
    one, other = (builder.reload({AS_OF: day}) for day in ("2001-02-03", "2002-03-04"))
    if differs(one, other, node):
        return []
    models = [n for n in nodes_above(builder.project, node) if isinstance(n, Model)]
    what = models[-1].name if models else node.relation
    place = models[-1].place if models else node.place
    message = (
        f"{what}, which {node.name} is made of, ignores the variable as_of: today's data would "
        "leak into the past"
    )
    hint = "look back from the day {{ var('as_of') }} in the model, and leave out what came later"
    return [Problem("SK608", message, (Label(place),), hint)]


def backfill(builder: Builder, plan: Sequence[Node], moments: Sequence[datetime]) -> None:
    """Write down what builds at these moments would have; the plan is built anew after it."""
    fits, left_out = _fits(builder, plan), dict[str, list[date]]()
    for number, moment in enumerate(moments, 1):
        day: date = moment.date()
        said = f"backfill {number} of {len(moments)}: as of {day}"
        builder.listen(Event("progress", said, number, len(moments)))
        project = builder.reload({AS_OF: day.isoformat()})
        step = replace(
            builder,
            project=project,
            as_of=moment,
            listen=ignore,
            rewrite_history=builder.rewrite_history,
            watches=False,  # the rules are of today: the past is not what they were learned from
            segmentations=[],
            subjects={},
            missing={},
        )
        nodes = [project.nodes[node.name] for node in plan]
        for name in _build_step(step, nodes, fits, is_first=number == 1):
            left_out.setdefault(name, []).append(day)
    for name, days in left_out.items():
        said = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        text = f"backfill of {name}: {len(days)} of {len(moments)} left out ({said}), nobody was"
        builder.listen(Event("info", f"{text} a customer yet", data={"left_out": days}))


def _build_step(
    step: Builder, plan: Sequence[Node], fits: Mapping[str, Fit], *, is_first: bool
) -> Iterator[str]:
    """Yield the segmentations that nobody was in."""
    for node in plan:
        if isinstance(node, Model):
            step.model(node)
        elif isinstance(node, BucketSet) and is_first:  # a view over models: it stays as it is
            step.buckets(node)
        elif isinstance(node, Segmentation) and not step.past_state(node, fits[node.name]):
            yield node.name


def _fits(builder: Builder, plan: Sequence[Node]) -> Mapping[str, Fit]:
    """The fits that are published, or learned now, from the data of today."""
    for node in plan:
        if isinstance(node, Model):
            builder.model(node)
        elif isinstance(node, BucketSet):
            builder.buckets(node)
        elif isinstance(node, Segmentation):
            builder.choose(node)
    return {name: chosen.fit for name, chosen in builder.chosen.items()}
