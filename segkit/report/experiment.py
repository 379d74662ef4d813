"""Pages of an experiment: what it can see, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segkit.core.english import default_label
from segkit.core.experiment_result import (
    ArmFigures,
    Balance,
    Caution,
    MetricReadout,
    Planned,
    Policy,
    Readout,
)
from segkit.core.number_format import spelled
from segkit.report.page import Block, Page, Rows, Section, Sentence, line
from segkit.report.text import visible

_LEVEL = 0.05
_CHECKS = {
    "all": "customers by arm",
    "segment": "customers by arm in segment {}",
    "period": "customers by arm in period {}",
    "missing": "missing values of {} by arm",
}
_VERDICTS = {
    "held": "held: not worse than the margin",
    "broken": "broken: worse than the margin",
    "open": "open: neither is shown yet",
}
_CAUTIONS = {
    "empty": "no customer would take part: look at `eligible`, or build first",
    "small": "segment {subject}: {value:,.0f} customers in the smallest arm; promise nothing of it",
    "difference": "a difference between two segments below {value:.0%} of the mean is not seen: "
    "do not promise effects by segment",
    "sensitive": "the rules read {subject}, which is sensitive: prices by it are a legal matter",
    "proxy": "segments stand for {subject}, which is sensitive (Cramer's V {value:.2f}): prices "
    "by segment are a legal matter",
    "replays": "intervals held 0 in {value:.0%} of A/A tests of the past, not in 95%: cap the "
    "metric, or take more customers",
    "overlap": "the arms hang together with those of {subject}: give this one another salt",
}


def readout_page(found: Readout) -> Page:
    """The checks if they fail, and nothing else; else effects, by segment, and the policy."""
    head: list[Block] = [line(f"{visible(found.name)}: {_status(found)}")]
    failed = [check for check in found.balance if not check.ok]
    if failed:
        told = tuple(Sentence(_balance(check), 2, 4) for check in failed)
        why = "No effect is shown: look for who is lost, or counted twice, on the way to an arm."
        return (Section(tuple(head)), Section((*told, Sentence(why)), "Not as it should be:"))
    if found.balance:
        least = min(check.p for check in found.balance)
        said = f"{len(found.balance)} checks of the arms hold (least p {_p(least)})."
        head.append(Sentence(said))
    sections = [Section(tuple(head))]
    sections += [section for metric in found.metrics for section in _metric(metric, found)]
    if found.policy is not None:
        sections.append(_policy(found.policy, found))
    return tuple(sections)


def _status(found: Readout) -> str:
    n = f"{found.n:,} of {found.assigned:,} customers have their time over"
    planned = f", {found.planned_n:,} are planned" if found.planned_n else ""
    ends = f"; it ends on {found.ends}" if found.ends else ""
    if found.status == "empty":
        return "nobody is assigned."
    if found.status == "mismatch":
        return "customers are not in the arms as they should be."
    if found.status == "interim":
        return f"interim. {n}{planned}{ends}. Intervals and p come at the end, as planned."
    kind = "read at its end" if found.analysis == "fixed" else "intervals hold at any time"
    return f"{'final' if found.is_final else 'running'}, {kind}. {n}{planned}."


def _balance(check: Balance) -> str:
    counts = ", ".join(f"{arm} {n:,}" for arm, n in check.counts.items())
    return f"{_CHECKS[check.kind].format(check.subject)}: {counts} (p {_p(check.p)})"


def _metric(metric: MetricReadout, found: Readout) -> Iterator[Section]:
    label = default_label(metric.metric)[0]
    kind = {"primary": "", "uncapped": ", as it is without the cap", "guardrail": ", a guardrail"}
    cap = f", capped at {metric.cap:,.2f}" if metric.cap is not None else ""
    blocks: list[Block] = [_table(metric, found)]
    blocks += [Sentence(text, 2, 4) for text in _notes(metric)]
    yield Section(tuple(blocks), f"{label}{kind[metric.role]}{cap}:")


def _table(metric: MetricReadout, found: Readout) -> Rows:
    """A row for each segment and arm; a guardrail and what is uncapped are of all together."""
    groups = metric.groups if metric.role == "primary" else metric.groups[:1]
    is_interim = found.status == "interim"
    head = ("", "arm", "customers", "mean", "effect", "lift", "from", "to", "q", "believe")
    width = 6 if is_interim else len(head)
    rows = [head[:width]]
    for group in groups:
        for place, arm in enumerate(group.arms):
            name = (group.segment_id or "all") if not place else ""
            rows.append(_row(name, arm)[:width])
    return Rows(tuple(rows), "ll" + "r" * (width - 2), has_head=True, indent=2)


def _row(name: str, arm: ArmFigures) -> tuple[str, ...]:
    return (
        name,
        arm.arm,
        f"{arm.n:,}",
        _figure(arm.mean),
        _figure(arm.effect, sign=True),
        _share(arm.lift),
        _share(arm.lift_low),
        _share(arm.lift_high),
        "" if arm.q is None else _p(arm.q),
        _figure(arm.shrunk, sign=True),
    )


def _figure(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return ""
    return spelled(f"{value:{'+' if sign else ''},.{2 if abs(value) >= 1 else 4}f}")


def _share(value: float | None) -> str:
    return "" if value is None else spelled(f"{value:+.1%}")


def _p(value: float) -> str:
    return spelled("<0.001" if value < 0.001 else f"{value:.3f}")


def _notes(metric: MetricReadout) -> Iterator[str]:
    for each in metric.differs if metric.role == "primary" else ():
        does = "differs by segment" if each.p < _LEVEL else "no evidence that it differs by segment"
        yield spelled(
            f"{each.arm}: {does} (Q {each.q:.1f}, p {_p(each.p)}, I2 {each.i2:.0%}, "
            f"tau {each.tau:,.2f}). `believe` is the effect drawn to the mean of all."
        )
    for arm, verdict in (metric.verdicts or {}).items():
        yield f"{arm}: margin {metric.margin:.1%} is {_VERDICTS[verdict]}."
    if metric.left_out:
        yield f"{metric.left_out:,} customers are left out: an arm has fewer than two beside them."


def _policy(policy: Policy, found: Readout) -> Section:
    gain = spelled(f"{policy.gain:+,.2f} a customer, {policy.low:+,.2f} to {policy.high:+,.2f}")
    if not policy.by_segment:
        text = (
            f"One arm for all: {policy.for_all}. Choosing by segment is worth {gain} over "
            f"{policy.best} for all: not shown to be more than nothing."
        )
        return Section((Sentence(text),), "Which arm for whom:")
    rows = [("segment", "arm"), *policy.arms.items()]
    text = f"Worth {gain} over {policy.best} for all. segkit compile {found.name}_policy"
    return Section(
        (Rows(tuple(rows), "ll", has_head=True, indent=2), Sentence(text)), "Which arm for whom:"
    )


# before it ------------------------------------------------------------------------------------


def plan_page(found: Planned) -> Page:
    """What would be seen of the primary metric, by whom, and what to be careful with."""
    label = default_label(found.metric)[0]
    head = [
        Sentence(
            f"{visible(found.name)}: {found.available:,} customers would take part now, "
            + spelled(f"{found.arrivals:,.1f} come a day. {label} {_figure(found.mean)} a ")
            + f"customer, standard deviation {_figure(found.sd)} within segments."
        )
    ]
    sections = [Section(tuple(head))]
    if found.needed:
        rows = [("lift", "customers", "days")]
        rows += [(f"{e.lift:+.0%}", f"{e.n:,}", _days(e.days)) for e in found.needed]
        title = "Needed to find it in 80% of experiments:"
        sections.append(Section((Rows(tuple(rows), "rrr", has_head=True, indent=2),), title))
    sections.append(_seen(found))
    told = tuple(Sentence(text, 2, 4) for text in _told(found))
    if told:
        sections.append(Section(told, "From the past:"))
    if found.cautions:
        cautions = tuple(Sentence(_caution(each), 2, 4) for each in found.cautions)
        sections.append(Section(cautions, "Be careful:"))
    return tuple(sections)


def _days(days: int | None) -> str:
    return "not at these arrivals" if days is None else f"{days:,}"


def _seen(found: Planned) -> Section:
    rows: list[Sequence[str]] = [("segment", "customers", "mean", "seen from")]
    rows += [
        (each.segment_id, f"{each.n:,}", _figure(each.mean), _share(each.mde))
        for each in found.segments
    ]
    rows.append(("all", f"{found.at_n:,}", _figure(found.mean), _share(found.mde)))
    cells = tuple(tuple(row) for row in rows)
    blocks: list[Block] = [Rows(cells, "lrrr", has_head=True, indent=2)]
    if found.mde_difference is not None:
        low, high = found.mde_difference
        text = f"A difference between two segments: from {low:.0%} to {high:.0%} of the mean."
        blocks.append(Sentence(spelled(text)))
    return Section(tuple(blocks), f"With {found.at_n:,} customers, a lift is seen from:")


def _told(found: Planned) -> Iterator[str]:
    if found.replays is not None:
        each = found.replays
        yield spelled(
            f"{each.runs} A/A tests: the interval held 0 in {each.coverage:.1%}, "
            f"p was under 5% in {each.false_rate:.1%}."
        )
    if found.cuped is not None:
        said = f"The metric of the time before takes off {found.cuped:.0%} of the variance"
        yield spelled(f"{said}: name it among `covariates`.")
    for other in found.overlaps:
        yield spelled(
            f"{other.share:.0%} are in {other.name} too (arms independent: p {other.p:.2f})."
        )


def _caution(each: Caution) -> str:
    return spelled(_CAUTIONS[each.code].format(subject=each.subject, value=each.value or 0.0))
