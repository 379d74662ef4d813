"""What changed since the last build: who moved and why, and whether it is unusual."""

from __future__ import annotations

from markupsafe import Markup

from segkit.core.change_result import Changes
from segkit.core.drift_result import Drift, MixAndRate
from segkit.core.english import default_label
from segkit.core.number_format import grouped
from segkit.report.drift_page import alarm_sentences, meaning
from segkit.report.html.drawing import scrolled
from segkit.report.html.figures.flows import flows
from segkit.report.html.markup import joined, tag
from segkit.report.moved_line import change_line, verdict_words
from segkit.report.text import figure
from segkit.survey.page_data import SegmentationReport

WHY = {
    "calendar": "their data only grew older",
    "behaviour": "by what they did",
    "own data": "their own data are others",
    "edges": "edges of buckets moved under them",
    "rules": "the rules are new",
    "others": "moved, joined or left in groups of fewer than 10",
    "joined": "were not there before",
    "left": "are gone",
}


def change_finding(report: SegmentationReport) -> str:
    """How many moved, and why; the verdict first."""
    changes = report.result.changes
    if changes is None:
        return ""
    return _capital(change_line(changes, report.result.drift).text.removeprefix("Changed? "))


def change(report: SegmentationReport) -> Markup:
    """Return the flows, the reasons, and what is unusual; empty at the first build."""
    changes, drift = report.result.changes, report.result.drift
    if changes is None:
        return Markup()
    drawn = scrolled("Who moved, from the left to the right", flows(report))
    parts = [tag("div", drawn, class_="panel wide"), _reasons(changes)]
    if drift is not None:
        names = {row.id: f"{row.id} {row.name}" for row in report.result.segments}
        parts.append(_verdict(drift, names))
        parts += [_mix(each, names) for each in drift.mix_and_rate if each.parts]
    return joined(parts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _reasons(changes: Changes) -> Markup:
    by_reason = changes.by_reason
    rows = [
        tag("tr", tag("td", reason), tag("td", grouped(by_reason[reason])), tag("td", said))
        for reason, said in WHY.items()
        if reason in by_reason
    ]
    if kept := sum(changes.kept.values()):
        said = "the calendar would have moved them, and what they did kept them"
        rows.append(tag("tr", tag("td", "kept"), tag("td", grouped(kept)), tag("td", said)))
    if not rows:
        return Markup()
    return tag("div", tag("h3", "Why"), tag("table", *rows, class_="why"), class_="panel")


def _verdict(drift: Drift, names: dict[str, str]) -> Markup:
    alarms = tag("ul", *(tag("li", f"{said}.") for said in alarm_sentences(drift, names)))
    return tag(
        "div",
        tag("h3", f"Is it unusual? {verdict_words(drift)}"),
        tag("p", f"{_capital(meaning(drift))}.", class_="sub"),
        alarms if drift.alarms else None,
        class_="panel",
    )


def _mix(each: MixAndRate, names: dict[str, str]) -> Markup:
    head = tag("tr", tag("th", "Segment"), tag("th", "by its size"), tag("th", "by its customers"))
    rows = [
        tag(
            "tr",
            tag("td", names.get(part.segment_id, part.segment_id)),
            tag("td", figure(part.mix, sign=True, decimals=2)),
            tag("td", figure(part.rate, sign=True, decimals=2)),
        )
        for part in each.parts
    ]
    label = default_label(each.metric)[0]
    then, now = (figure(mean, decimals=2) for mean in (each.before, each.now))
    heading = f"{label} a customer: {then} at the fit, {now} now"
    return tag("div", tag("h3", heading), tag("table", head, *rows, class_="why"), class_="panel")
