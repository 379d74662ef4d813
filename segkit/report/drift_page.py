"""Whether customers have changed: the verdict, what it rests on, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segkit.core.drift_result import Check, Condition, Drift, Group, MixAndRate
from segkit.core.english import default_label
from segkit.core.number_format import spelled
from segkit.report.moved_line import change_line, verdict_words
from segkit.report.page import Block, Page, Rows, Section, Sentence, line
from segkit.report.text import count_of, figure, percent, visible
from segkit.results import SegmentationResult

MEANS = {
    "ok": "nothing that chance, the calendar and the usual ways of your customers do not explain",
    "watch": "look at it; if the next build finds it again, it is `act`",
    "act": "found twice in a row: the rules were learned from other customers than these",
}
LEARNING = "what customers usually do between two builds is not known yet: nothing else is unusual"
# what each family is held against
_AGAINST = {"fit": "than at the fit", "previous": "than usual between builds"}
_WHY_NOT = {
    "few": "too few customers",
    "activity": "declare `activity:`, the day a customer last did something",
    "calendar": "shares move by the calendar alone, and the models do not read events_until",
    "accumulates": "features only ever grow, and shares with them; flow is tested instead",
    "no steady feature": "every feature ages or only grows",
    "no metric": "no metric of the same period is declared",
    "no clusters": "the rules stand for no clusters",
}


def drift_page(result: SegmentationResult) -> Page:
    """The verdict, each alarm, what moved the metrics, and what this test cannot see."""
    names = {row.id: f"{row.id} {row.name}" for row in result.segments}
    drift = result.drift
    head: list[Block] = []
    if result.changes is not None:
        head.append(change_line(result.changes))
    if drift is None:
        said = "this build is what later ones are held against"
        return (Section((line(f"{visible(result.name)}: {said}."), *head)),)
    title = f"{visible(result.name)}: {verdict_words(drift)} ({meaning(drift)})."
    sections = [Section((Sentence(title), *head))]
    if alarms := [Sentence(text, 2, 4) for text in alarm_sentences(drift, names)]:
        sections.append(Section(tuple(alarms), "What changed:"))
    if drift.explanation:
        groups = tuple(Sentence(_group(group), 2, 4) for group in drift.explanation)
        sections.append(Section(groups, "Customers whom there are more, or fewer, of:"))
    sections += [_mix(each, names) for each in drift.mix_and_rate if each.parts]
    if drift.untested:
        told = tuple(
            Sentence(f"{family}: {_why_not(drift, family, code)}.", 2, 4)
            for family, code in drift.untested
        )
        sections.append(Section(told, "Not tested:"))
    if seen := [Sentence(text, 2, 4) for text in _unseen(drift)]:
        sections.append(Section(tuple(seen), "What is smaller than this is not seen:"))
    if distances := _told(drift):
        sections.append(Section((distances,), "For information; no alarm comes of it:"))
    return tuple(sections)


def meaning(drift: Drift) -> str:
    """What the verdict is, in a sentence."""
    return LEARNING if drift.learning and not drift.alarms else MEANS[drift.verdict]


def _why_not(drift: Drift, family: str, code: str) -> str:
    if builds := drift.learning.get(family):
        return (
            f"what is usual is not known yet; {count_of(builds, 'more build')} as far apart to go"
        )
    return _WHY_NOT.get(code, code)


def alarm_sentences(drift: Drift, names: Mapping[str, str]) -> Iterator[str]:
    for check in drift.checks:
        if check.level in ("watch", "act"):
            yield f"{check.level}: {_said(check, names)}"


def _said(check: Check, names: Mapping[str, str]) -> str:
    """One check in words: how much, of whom, held against what."""
    where = names.get(check.segment_id or "", check.segment_id or "")
    what = _label(check.subject) if check.subject else ""
    size = check.estimate or 0.0
    more, against = "more" if size > 0 else "fewer", _AGAINST[check.against]
    if check.check_name == "shares":
        return f"{where} holds {_points(size)} {more} of the customers {against}"
    if check.check_name == "flow":
        return f"{_points(size)} {more} of the customers end in {where} {against}"
    if check.check_name == "events":
        return f"{percent(abs(size))} {more} customers did anything {against}"
    if check.check_name == "new group":
        return f"{_points(size)} more of the customers lie far from every segment, many together"
    if check.check_name == "fidelity":
        return f"the rules name the cluster of {_points(size)} fewer customers {against}"
    of = f" of {where}" if where else " of who joined" if check.check_name == "joiners" else ""
    higher = "higher" if size > 0 else "lower"
    return f"{what}{of} is {spelled(f'{abs(size):.2f}')} standard deviations {higher} {against}"


def _points(share: float) -> str:
    return spelled(f"{abs(share) * 100:.1f} points")


def _label(subject: str) -> str:
    column, is_, rest = subject.partition(" IS ")
    return f"{default_label(column)[0]}{is_ and f' {is_.strip().lower()} {rest.lower()}'}"


def _group(group: Group) -> str:
    conditions = " and ".join(map(_condition, group.conditions)) or "all"
    return f"{conditions}: {percent(group.share_before)} then, {percent(group.share_now)} now"


def _condition(condition: Condition) -> str:
    label = default_label(condition.column)[0].lower()
    if condition.cut is None:
        return f"{label} {'unknown' if condition.is_below else 'known'}"
    return f"{label} {'under' if condition.is_below else 'from'} {condition.cut:g}"


def _mix(each: MixAndRate, names: Mapping[str, str]) -> Section:
    """How far the segments' sizes, and how far customers within them, moved a mean."""
    label = default_label(each.metric)[0]
    rows = [("", "by its size", "by its customers")]
    rows += [
        (
            names.get(part.segment_id, part.segment_id),
            figure(part.mix, sign=True, decimals=2),
            figure(part.rate, sign=True, decimals=2),
        )
        for part in each.parts
    ]
    total = ("all", *(figure(sum(values), sign=True, decimals=2) for values in _sums(each)))
    then, now = (figure(mean, decimals=2) for mean in (each.before, each.now))
    title = f"{label} a customer, {then} at the fit and {now} now:"
    return Section((Rows((*rows, total), "lrr", has_head=True, indent=2),), title)


def _sums(each: MixAndRate) -> tuple[list[float], list[float]]:
    return [part.mix for part in each.parts], [part.rate for part in each.parts]


def _unseen(drift: Drift) -> Iterator[str]:
    """Of each family, from what is seen best to what is seen worst."""
    sizes: dict[str, list[float]] = {}
    for each in drift.unseen:
        sizes.setdefault(each.check_name, []).append(each.size)
    for family, found in sizes.items():
        if family in ("shares", "flow", "new group", "fidelity"):
            yield f"{family}: {_between([f'{size * 100:.1f}' for size in found])} points"
        elif family == "events":
            yield f"events: {_between([f'{size:.0%}' for size in found])} of the usual"
        else:
            yield f"{family}: {_between([f'{size:.2f}' for size in found])} standard deviations"


def _between(sizes: Sequence[str]) -> str:
    """``0.4 to 1.8``: it depends on the segment, or on the feature."""
    least, most = min(sizes, key=_number), max(sizes, key=_number)
    return spelled(least if least == most else f"{least} to {most}")


def _number(text: str) -> float:
    return float(text.rstrip("%"))


def _told(drift: Drift) -> Rows | None:
    rows = [
        (
            _label(c.subject or ""),
            c.check_name,
            spelled(f"{c.estimate or 0:.3f}"),
            spelled(f"{c.high or 0:.3f}"),
        )
        for c in drift.checks
        if c.check_name in ("psi", "js")
    ]
    head = ("", "", "found", "by chance up to")
    return Rows((head, *rows), "llrr", has_head=True, indent=2) if rows else None
