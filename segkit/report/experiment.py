"""Pages of an experiment: what it can see, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segkit.core.english import default_label, lower_first
from segkit.core.experiment_result import (
    ArmFigures,
    Balance,
    Caution,
    DataEnd,
    MetricReadout,
    Planned,
    Policy,
    Readout,
)
from segkit.core.number_format import fill, grouped, spelled
from segkit.report.page import Block, Page, Rows, Section, Sentence, line
from segkit.report.text import figure, visible

_LEVEL = 0.05
_CHECKS = {
    "all": "customers by arm",
    "segment": "customers by arm in segment {}",
    "period": "customers by arm in period {}",
    "missing": "missing values of {} by arm",
}
_VERDICTS = {
    "held": "No: it holds",
    "broken": "Yes: it is broken",
    "open": "Open: both are still possible",
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


NO_EFFECT = "No effect is shown: look for who is lost, or counted twice, on the way to an arm."


def readout_page(found: Readout) -> Page:
    """The checks if they fail, and nothing else; else effects, by segment, and the policy."""
    head: list[Block] = [line(f"{visible(found.name)}: {status_text(found)}")]
    if failed := failed_checks(found):
        told = tuple(Sentence(text, 2, 4) for text in failed)
        return (Section(tuple(head)), Section((*told, Sentence(NO_EFFECT)), "Not as it should be:"))
    if found.balance:
        head.append(Sentence(balance_text(found)))
    head += [Sentence(data_end_text(each)) for each in found.data_ends]
    sections = [Section(tuple(head))]
    sections += [section for metric in found.metrics for section in _metric(metric, found)]
    if found.policy is not None:
        sections.append(_policy(found.policy, found))
    return tuple(sections)


def data_end_text(each: DataEnd) -> str:
    """That rows are missing which a time that is over should have."""
    newest = f"ends on {each.newest}" if each.newest else "is empty"
    return (
        f"Be careful: {visible(each.relation)} {newest}, and times until {each.over} are over: "
        "what came after counts as nothing."
    )


def failed_checks(found: Readout) -> list[str]:
    """Which customers are not in the arms as they should be."""
    return [_balance(check) for check in found.balance if not check.ok]


def balance_text(found: Readout) -> str:
    """That the arms are as they should be."""
    least = min(check.p for check in found.balance)
    return f"{len(found.balance)} checks of the arms hold (least p {_p(least)})."


def status_text(found: Readout) -> str:
    """Whether it may be read yet, and of how many customers."""
    n = f"{grouped(found.n)} of {grouped(found.assigned)} customers have their time over"
    planned = f", {grouped(found.planned_n)} are planned" if found.planned_n else ""
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
    counts = ", ".join(f"{arm} {grouped(n)}" for arm, n in check.counts.items())
    return f"{_CHECKS[check.kind].format(check.subject)}: {counts} (p {_p(check.p)})"


def _metric(metric: MetricReadout, found: Readout) -> Iterator[Section]:
    label = default_label(metric.metric)[0]
    kind = {"primary": "", "uncapped": ", as it is without the cap", "guardrail": ", a guardrail"}
    cap = f", capped at {figure(metric.cap)}" if metric.cap is not None else ""
    blocks: list[Block] = [_table(metric, found)]
    blocks += [Sentence(text, 2, 4) for text in metric_notes(metric)]
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
        grouped(arm.n),
        _figure(arm.mean),
        _figure(arm.effect, sign=True),
        share_text(arm.lift),
        share_text(arm.lift_low),
        share_text(arm.lift_high),
        "" if arm.q is None else _p(arm.q),
        _figure(arm.shrunk, sign=True),
    )


def _figure(value: float | None, *, sign: bool = False) -> str:
    return "" if value is None else figure(value, sign=sign)


def share_text(value: float | None) -> str:
    """A lift: "+46.7%"."""
    return "" if value is None else spelled(f"{value:+.1%}")


def _p(value: float) -> str:
    return spelled("<0.001" if value < 0.001 else f"{value:.3f}")


def metric_notes(metric: MetricReadout) -> Iterator[str]:
    """Whether effects differ by segment, whether a guardrail holds, and who is left out."""
    label = lower_first(default_label(metric.metric)[0])
    for each in metric.differs if metric.role == "primary" else ():
        does = "differs by segment" if each.p < _LEVEL else "no evidence that it differs by segment"
        figures = fill("Q {:.1f}, p {}, I2 {:.0%}", each.q, _p(each.p), each.i2)
        yield (
            f"{each.arm}: {does} ({figures}, tau {figure(each.tau, decimals=2)}). "
            "`believe` is the effect drawn to the mean of all."
        )
    for arm, verdict in (metric.verdicts or {}).items():
        said = "{}: worse in {} by more than the {:.1%} allowed (margin)? {}."
        yield fill(said, arm, label, metric.margin, _VERDICTS[verdict])
    if metric.left_out:
        n = grouped(metric.left_out)
        yield f"{n} customers are left out: an arm has fewer than two beside them."


def _policy(policy: Policy, found: Readout) -> Section:
    if not policy.by_segment:
        return Section((Sentence(worth_text(found)),), "Which arm for whom:")
    rows = [("segment", "arm"), *policy.arms.items()]
    text = f"{worth_text(found)} segkit compile {found.name}_policy"
    return Section(
        (Rows(tuple(rows), "ll", has_head=True, indent=2), Sentence(text)), "Which arm for whom:"
    )


def policy_text(policy: Policy) -> str:
    """Who gets which arm: "A, B: lower_price; E: control"."""
    if not policy.by_segment:
        return f"{policy.for_all} for all"
    arms = dict.fromkeys(policy.arms.values())
    whose = (", ".join(s for s, a in policy.arms.items() if a == arm) for arm in arms)
    return "; ".join(f"{ids}: {arm}" for ids, arm in zip(whose, arms, strict=True))


def worth_text(found: Readout) -> str:
    """What the policy is worth over one arm for all; empty where there is none."""
    if (policy := found.policy) is None:
        return ""
    of = lower_first(default_label(found.metrics[0].metric)[0]) if found.metrics else "the metric"
    gain, low, high = (
        figure(x, sign=True, decimals=2) for x in (policy.gain, policy.low, policy.high)
    )
    gain = f"{gain} of {of} a customer, {low} to {high}, over {policy.best} for all"
    if policy.by_segment:
        return f"Worth {gain}."
    said = f"One arm for all: {policy.for_all}. Choosing by segment is worth {gain}"
    return f"{said}: not shown to be more than nothing."


def effect_text(metric: MetricReadout, arm: ArmFigures) -> str:
    """The effect of all customers: the lift with its ends, and the means."""
    control = metric.overall.arms[0]
    label, (low, high) = default_label(metric.metric)[0], (arm.lift_low, arm.lift_high)
    between = "" if low is None or high is None else f" ({share_text(low)} to {share_text(high)})"
    lift = share_text(arm.lift) or _figure(arm.effect, sign=True)
    return (
        f"{label} {lift}{between} with {arm.arm}: {_figure(arm.mean)} a customer, "
        f"{_figure(control.mean)} with {control.arm}."
    )


# before it ------------------------------------------------------------------------------------


def plan_page(found: Planned) -> Page:
    """What would be seen of the primary metric, by whom, and what to be careful with."""
    label = default_label(found.metric)[0]
    head = [
        Sentence(
            f"{visible(found.name)}: {grouped(found.available)} customers would take part now, "
            f"{_arrivals(found.arrivals)} come a day. {label} {_figure(found.mean)} a "
            f"customer, standard deviation {_figure(found.sd)} within segments."
        )
    ]
    sections = [Section(tuple(head))]
    if found.needed:
        rows = [("lift", "customers", "days")]
        rows += [(f"{e.lift:+.0%}", grouped(e.n), _days(e.days)) for e in found.needed]
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


def _arrivals(a_day: float) -> str:
    return spelled(f"{a_day:,.1f}") if a_day >= 0.1 else figure(a_day, decimals=2)


def _days(days: int | None) -> str:
    return "not at these arrivals" if days is None else grouped(days)


def _seen(found: Planned) -> Section:
    rows: list[Sequence[str]] = [("segment", "customers", "mean", "seen from")]
    rows += [
        (each.segment_id, grouped(each.n), _figure(each.mean), share_text(each.mde))
        for each in found.segments
    ]
    rows.append(("all", grouped(found.at_n), _figure(found.mean), share_text(found.mde)))
    cells = tuple(tuple(row) for row in rows)
    blocks: list[Block] = [Rows(cells, "lrrr", has_head=True, indent=2)]
    if found.mde_difference is not None:
        low, high = found.mde_difference
        text = "A difference between two segments: from {:.0%} to {:.0%} of the mean."
        blocks.append(Sentence(fill(text, low, high)))
    return Section(tuple(blocks), f"With {grouped(found.at_n)} customers, a lift is seen from:")


def _told(found: Planned) -> Iterator[str]:
    if found.replays is not None:
        each = found.replays
        yield fill(
            "{:,} A/A tests: the interval held 0 in {:.1%}, p was under 5% in {:.1%}.",
            each.runs,
            each.coverage,
            each.false_rate,
        )
    if found.cuped is not None:
        said = "The metric of the time before takes off {:.0%} of the variance"
        yield fill(f"{said}: name it among `covariates`.", found.cuped)
    for other in found.overlaps:
        text = "{:.0%} are in {} too (arms independent: p {:.2f})."
        yield fill(text, other.share, other.name, other.p)


def _caution(each: Caution) -> str:
    return fill(_CAUTIONS[each.code], subject=each.subject, value=each.value or 0.0)
