"""What other rules do, for a terminal and for a pull request; no customer is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from segkit.core.descent import BucketDescent, Descent
from segkit.core.english import default_label, format_statistic, lower_first
from segkit.core.number_format import grouped
from segkit.monitor.movers import Flow
from segkit.monitor.rule_moves import OUTSIDE, ColumnDiff, Judged, RuleDiff, Wording
from segkit.report.page import Block, Cards, Page, Rows, Section, Sentence
from segkit.report.render_markdown import render_markdown
from segkit.report.text import clip, count_of, percent

MOST_BYTES = 60_000  # of Markdown: a comment on a pull request takes 65,536 characters
FEW = 5  # customers: what fewer bring is hardly more than the value of one of them
_MOST_ROWS, _MOST_LABELS, _MOST_TEXT, _MOST_NAME = 25, 12, 300, 40
_UNTOLD = {
    "new": "it is not in {0}.",
    "gone": "it was in {0}, and is gone.",
    "kind": "it was {0} before: who moves cannot be told.",
    "relation": "it read {0} before: who moves cannot be told.",
    "key": "its key was {0} before: who moves cannot be told.",
    "columns": "the relation is not what the rules need: {0}. Who moves cannot be told.",
    "unfitted": "there are no rules yet: {0}. Who moves cannot be told.",
}


def rule_diff_page(diff: RuleDiff, *, wide: bool = False) -> Page:
    """Who moves, between which, what the rules say before and after, and what reads them.

    ``wide``: rules stand side by side, for which a terminal has no room.
    """
    if diff.untold:
        said = f"{diff.name}: {_UNTOLD[diff.untold].format(diff.what)}"
        return (Section((Sentence(said),)), *_readers(diff))
    whose = f"the customers of {diff.as_of}" if diff.as_of else "today's customers"
    head = f"{diff.name}: {diff.before} -> {diff.after}, on {whose}"
    told = [*_changes(diff.changes), *map(Sentence, descent_sentences(diff.descents))]
    sections = [Section((Sentence(head), *told))]
    for column in diff.columns:
        sections += _column(diff, column, wide=wide)
    return (*sections, *_readers(diff))


def _changes(changes: Sequence[str]) -> list[Sentence]:
    shown = [Sentence(f"Written otherwise: {clip(c, _MOST_TEXT)}") for c in changes[:_MOST_ROWS]]
    more = len(changes) - len(shown)
    return [*shown, Sentence(f"and {more} more")] if more > 0 else shown


def _column(diff: RuleDiff, column: ColumnDiff, *, wide: bool) -> Iterator[Section]:
    title = column.name if diff.kind == "buckets" else ""
    yield Section(
        (
            *map(Sentence, moves_sentences(diff, column)),
            *_changes(column.changes),
            *map(Sentence, _bucket_sentences(diff, column)),
            *([_flows(diff, column)] if column.moved else []),
        ),
        title,
    )
    if column.moved:
        yield from _matrix(column)
    if any(wording.is_changed for wording in column.wordings):
        yield Section((_rules(column.wordings, wide=wide),), "Rules before and after (* changed):")


def moves_sentences(diff: RuleDiff, column: ColumnDiff) -> Iterator[str]:
    """Who moves, with what of each metric, why; and whether a resample would differ as much."""
    if not column.moved:
        yield f"Nobody of {count_of(column.rows, 'customer')} moves."
        return
    verb = "moves" if column.moved == 1 else "move"
    said = f"{grouped(column.moved)} of {count_of(column.rows, 'customer')} {verb}"
    shares = [f"{percent(share, 1)} of {_label(m)}" for m in diff.metrics
              if (share := column.share_of(m)) is not None]  # fmt: skip
    held = f", with {', '.join(shares)}" if shares else ""
    yield f"{said} ({percent(column.share, 1)}){held}. Reason: {column.reason}."
    if diff.kind == "segmentation":
        yield agreement_sentence(diff)


def agreement_sentence(diff: RuleDiff) -> str:
    """How far both rules agree, and rules of two samples of the customers with each other."""
    said = f"Agreement: {diff.before} with {diff.after} {percent(1 - diff.columns[0].share, 1)}"
    if diff.resample is None:
        return f"{said}."
    found = diff.resample
    ends = f"{percent(1 - found.high, 1)} to {percent(1 - found.low, 1)}"
    itself = f"{percent(1 - found.share, 1)} ({ends})"
    verdict = "no more" if diff.is_like_a_resample else "more"
    return (
        f"{said}, rules learned from other customers with each other {itself}: {diff.after} "
        f"differs from {diff.before} {verdict} than a resample does."
    )


def _bucket_sentences(diff: RuleDiff, column: ColumnDiff) -> list[str]:
    if diff.kind == "segmentation" or not column.moved:
        return []
    return descent_sentences(column.descents, "Buckets")


def descent_sentences(
    descents: Sequence[Descent | BucketDescent], what: str = "Segments"
) -> list[str]:
    """What became of the segments: "A, B kept; D split from B; E new; F retired"."""
    kept = ", ".join(each.id for each in descents if each.kind == "kept")
    parts = [f"{kept} kept"] if kept else []
    words = {"merged": " merged from {}", "split": " split from {}", "new": " new"}
    for each in descents:
        if each.kind == "retired":
            parts.append(f"{each.id} retired" + (f" (went into {each.of[0]})" if each.of else ""))
        elif each.kind == "moved":
            to = each.of and each.of[0] != each.id
            parts.append(f"{each.id} moved" + (f" to where {each.of[0]} was" if to else ""))
        elif each.kind != "kept":
            parts.append(each.id + words[each.kind].format(" and ".join(each.of)))
    return [f"{what}: {'; '.join(parts)}."] if parts else []


def _flows(diff: RuleDiff, column: ColumnDiff, most: int = _MOST_ROWS) -> Rows:
    names = _names(column)
    moving = column.moving
    head = ("From", "To", "Customers", "Share", *map(_label, diff.metrics))
    rows = [
        (
            names[0].get(flow.before, _shown(flow.before)),
            names[1].get(flow.after, _shown(flow.after)),
            grouped(flow.n),
            percent(flow.n / column.rows, 1),
            *(_sum_text(flow, metric) for metric in diff.metrics),
        )
        for flow in moving[:most]
    ]
    if len(moving) > most:
        rest = sum(flow.n for flow in moving[most:])
        others, empty = f"{len(moving) - most} more", [""] * len(diff.metrics)
        rows.append((others, "", grouped(rest), percent(rest / column.rows, 1), *empty))
    return Rows((head, *rows), "ll" + "r" * (2 + len(diff.metrics)), has_head=True, indent=2)


def _sum_text(flow: Flow, metric: str) -> str:
    return format_statistic(flow.sums[metric]) if flow.n >= FEW else ""


def _names(column: ColumnDiff) -> tuple[dict[str, str], dict[str, str]]:
    """Letter and name, before and after; a bucket has its label."""
    one, other = (
        {
            w.id: clip(f"{w.id} {w.names[side]}", _MOST_NAME)
            for w in column.wordings
            if w.names[side]
        }
        for side in (0, 1)
    )
    return one, other


def _shown(label: str) -> str:
    return "(not in it)" if label == OUTSIDE else clip(label, _MOST_NAME)


def _label(metric: str) -> str:
    return lower_first(default_label(metric)[0])


def _matrix(column: ColumnDiff) -> Iterator[Section]:
    """From (rows) to (columns), of those who stay too; none where it would be too wide."""
    before, after = column.labels
    if max(len(before), len(after)) > _MOST_LABELS:
        return
    n = {(flow.before, flow.after): flow.n for flow in column.flows}
    head = ("", *(clip(_shown(label), 12) for label in after), "before")
    rows = [
        (
            clip(_shown(one), 20),
            *(grouped(n[one, other]) if (one, other) in n else "." for other in after),
            grouped(sum(n.get((one, other), 0) for other in after)),
        )
        for one in before
    ]
    totals = [sum(n.get((one, other), 0) for one in before) for other in after]
    last = ("after", *(grouped(total) for total in totals), grouped(column.rows))
    table = Rows((head, *rows, last), "l" + "r" * (len(after) + 1), has_head=True, indent=2)
    yield Section((table,), "From (rows) to (columns):")


def _rules(wordings: Sequence[Wording], *, wide: bool) -> Block:
    """Changed ones first where not all have room; side by side, or one below the other."""
    shown = sorted(wordings, key=lambda wording: not wording.is_changed)[:_MOST_ROWS]
    heads, bodies = [], []
    for wording in (each for each in wordings if each in shown):
        name = clip(f"{wording.id} {wording.names[1] or wording.names[0]}", _MOST_NAME)
        before, after = (clip(rule, _MOST_TEXT) or "-" for rule in wording.rules)
        heads.append(("*" if wording.is_changed else "", name))
        bodies.append((before, after if wording.is_changed else "the same"))
    if wide:
        rows = (head + body for head, body in zip(heads, bodies, strict=True))
        return Rows((("", "Segment", "Before", "After"), *rows), "llll", has_head=True)
    said = ((f"before: {one}", f"after:  {other}") for one, other in bodies)
    return Cards(
        tuple(heads), "ll", tuple(tuple(Sentence(text, 5, 8) for text in pair) for pair in said)
    )


def _readers(diff: RuleDiff) -> list[Section]:
    said = []
    if diff.readers:
        listed = [f"{kind} {name}" for kind, name in diff.readers]
        more = [f"{len(listed) - _MOST_ROWS} more"] if len(listed) > _MOST_ROWS else []
        said.append(f"Read by: {', '.join([*listed[:_MOST_ROWS], *more])}.")
    elif not diff.untold:
        said.append("Nothing in the project reads it.")
    if diff.models:
        listed = list(diff.models[:_MOST_ROWS])
        said.append(
            f"Also changed: {', '.join(listed)}. Both sides read what these give now, so "
            "whom they move is not in these figures."
        )
    return [Section(tuple(map(Sentence, said)))] if said else []


def challenger_page(diff: RuleDiff) -> Page:
    """In a few lines, what a challenger would do."""
    column = diff.columns[0]
    said = [*moves_sentences(diff, column), *descent_sentences(diff.descents)]
    return (Section((*map(Sentence, said), *([_flows(diff, column, 5)] if column.moved else []))),)


def judged_page(judged: Sequence[Judged]) -> Page:
    """What was asked of ``--fail-on``, and what came of it."""
    lines = []
    for limit in dict.fromkeys(each.limit for each in judged):
        mine = [each for each in judged if each.limit == limit]
        for each in (each for each in mine if each.is_hit):
            found = "it cannot be told" if each.share is None else percent(each.share, 2)
            lines.append(f"--fail-on {limit}: {each.name} has more, {found}.")
        if within := [each.name for each in mine if not each.is_hit]:
            lines.append(f"--fail-on {limit}: {', '.join(within[:_MOST_ROWS])} within.")
    return (Section(tuple(map(Sentence, lines))),) if lines else ()


def markdown(diffs: Sequence[RuleDiff], judged: Sequence[Judged]) -> str:
    """All of it as Markdown, under ``MOST_BYTES``; what does not fit is named."""
    parts, left = [render_markdown(judged_page(judged))], []
    for diff in sorted(diffs, key=_weight):
        text = render_markdown((Section((), diff.name), *rule_diff_page(diff, wide=True)))
        if sum(len(part.encode()) + 2 for part in (*parts, text)) > MOST_BYTES - 2_000:
            left.append(diff.name)
        else:
            parts.append(text)
    if left:
        shown = ", ".join(left[:_MOST_ROWS])
        parts.append(f"{count_of(len(left), 'more node')} left out for length: {shown}")
    return "\n\n".join(filter(None, parts))


def _weight(diff: RuleDiff) -> float:
    """Where most move comes first."""
    return -max((column.share for column in diff.columns), default=0.0)


def rule_diff_entry(diffs: Sequence[RuleDiff], judged: Sequence[Judged]) -> dict[str, Any]:
    """Everything as plain data, with what is reckoned of it."""
    nodes = []
    for diff in diffs:
        entry = asdict(diff)
        for said, column in zip(entry["columns"], diff.columns, strict=True):
            said |= {"rows": column.rows, "moved": column.moved, "share": column.share}
            said["metrics"] = {metric: column.share_of(metric) for metric in diff.metrics}
            for flow in said["flows"]:
                flow["sums"] = flow["sums"] if flow["n"] >= FEW else {}
        nodes.append({**entry, "is_like_a_resample": diff.is_like_a_resample})
    return {"nodes": nodes, "fail_on": [asdict(each) for each in judged]}
