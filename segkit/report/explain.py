"""Rules in English, and the path of one customer through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from segkit.core.customer_path import CustomerPath, NearestChange, Step
from segkit.core.english import format_threshold, lower_first
from segkit.core.fact_english import assumption_sentences, reason_sentence, warning_sentences
from segkit.core.fit import UNASSIGNED, Fit
from segkit.core.number_format import grouped, spelled
from segkit.report.about import about_section
from segkit.report.choices import curve_section, explained_section, panel_section
from segkit.report.first_screen import stable_share
from segkit.report.page import Block, Cards, Page, Rows, Section, Sentence, line
from segkit.report.text import count_of, percent
from segkit.report.usefulness import usefulness_blocks
from segkit.results import Explanation, SegmentText


def explanation_page(explanation: Explanation, *, stats: bool = False) -> Page:
    """A card a segment, what they are worth, what is doubtful, how they came about, their names.

    ``stats``: also what spoke for so many segments and rules.
    """
    fit, segments = explanation.fit, explanation.segments
    counts = f"{count_of(len(segments), 'segment')}, {count_of(explanation.rows, 'customer')}"
    head = line(f"{explanation.name}: {counts} (fit {fit.label})")
    sections = [Section((head,))]
    if segments:
        heads = ((s.row.id, s.row.name, grouped(s.row.n), percent(s.row.share)) for s in segments)
        sections.append(Section((Cards(tuple(heads), "llrr", tuple(map(_said, segments))),)))
    if explanation.usefulness:
        title = "Worth having? Shares of the variance that is explained (95% intervals):"
        useful = usefulness_blocks(explanation.usefulness, explanation.words, fit.usefulness)
        sections.append(Section(useful, title))
    sections.append(Section(tuple(map(Sentence, _doubts(explanation))), "How sure?"))
    sections.append(Section(tuple(map(Sentence, _origin(fit))), "How they came about:"))
    sections += about_section([segment.row for segment in segments])
    if stats:
        k, labels = fit.clusters.k, {c: label for c, (label, _) in explanation.words.items()}
        sections += panel_section(fit.clusters.sweep, k)
        sections += explained_section(explanation.usefulness, k, labels)
        sections += curve_section(fit)
    return tuple(sections)


def _doubts(explanation: Explanation) -> Iterator[str]:
    """Who would be elsewhere with other rules, who nearly is, and what the rules cost."""
    fit, near = explanation.fit, explanation.near_a_line
    if found := fit.stability:
        by_segment = _by_segment(found.by_segment, percent)
        yield (
            f"{stable_share(found)} in their segment with rules from "
            f"{grouped(found.customers)} other customers{f': {by_segment}' if by_segment else ''}."
        )
    if near is not None:
        sit = "sits" if near == 1 else "sit"
        yield f"{count_of(near, 'customer')} {sit} within 2% of a line, in one feature."
    quality = fit.quality
    customers = count_of(sum(fit.clusters.sizes), "customer")
    on = f"{percent(quality.fidelity, 1)} of the {customers} of the fit"
    agreed = (
        f"The rules cost {percent(quality.loss, 1)} more than K-Means itself "
        f"(inertia {spelled(f'{fit.clusters.inertia:,.6g}')}), and agree with it on {on}"
    )
    if fit.clusters.labels:
        agreed = f"The rules put {on} into the cluster that was given"
    held_out = (
        f", {percent(quality.fidelity_held_out, 1)} held out" if quality.fidelity_held_out else ""
    )
    yield f"{agreed}{held_out}."
    if quality.held_out_by_segment:
        by_segment = _by_segment(quality.held_out_by_segment, lambda share: percent(share, 1))
        yield f"Held out: {by_segment}."


def _by_segment(shares: Mapping[str, float], text: Callable[[float], str]) -> str:
    """``B 90%, A 95%``, the weakest first."""
    ordered = sorted(shares.items(), key=lambda item: (item[1], item[0]))
    return ", ".join(f"{id_} {text(share)}" for id_, share in ordered)


def _origin(fit: Fit) -> Iterator[str]:
    quality = fit.quality
    yield f"{reason_sentence(fit.clusters.reason)}."
    yield from (f"By hand: {change}." for change in fit.adjustments)
    yield (
        f"{count_of(quality.leaves, 'leaf', 'leaves')}, the smallest with "
        f"{count_of(quality.smallest_leaf, 'customer')}; at most "
        f"{count_of(quality.depth, 'test')} for a customer{_short_rules(fit)}."
    )
    yield from (f"Assumed: {said}." for said in assumption_sentences(fit))
    yield from (f"Warning: {warning}." for warning in warning_sentences(fit))


def _short_rules(fit: Fit) -> str:
    short = fit.quality.short_rules
    if short is None:
        return ""
    total = len(fit.learned)
    many = "each segment is" if short == total else f"{short} of {total} segments are each"
    return f"; {many} one rule of at most three conditions"


def _said(segment: SegmentText) -> tuple[Sentence, ...]:
    """The rules of a segment, and what is done with it."""
    texts = [f"{'or ' if position else ''}{rule}" for position, rule in enumerate(segment.rules)]
    about = [text for text in (segment.action, segment.owner and f"({segment.owner})") if text]
    texts += [f"-> {' '.join(about)}"] if about else []
    return tuple(Sentence(text, 5, 7) for text in texts)


def customer_page(path: CustomerPath) -> Page:
    """The customer's way through the rules, a row a test."""
    where = _goes(path.segment_id, path.segment_name)
    where = "no segment: unassigned" if path.segment_id == UNASSIGNED.id else where
    blocks: list[Block] = [line(f"Customer {path.id} is in {where}")]
    rows = [
        (step.label, step.test, _answer(step, position, path.nearest))
        for position, step in enumerate(path.steps)
    ]
    if rows:
        blocks.append(Rows(tuple(rows), "lll", indent=2))
    if path.nearest and path.nearest.step is None:
        blocks.append(line(change_text(path.nearest)))
    if known := path.if_known:
        goes = _goes(known.segment_id, known.segment_name)
        label = lower_first(known.label)
        text = f"With {label} known the other rules would decide: {known.usual} makes it {goes}"
        blocks.append(line(text))
    if centers := path.kmeans:
        verdict = "agrees" if centers.agrees else f"would say {centers.first}"
        text = (
            f"K-Means {verdict} (distance {spelled(f'{centers.distance:.2f}')} to {centers.first}, "
            f"next {centers.second} at {spelled(f'{centers.second_distance:.2f}')})."
        )
        blocks.append(line(text))
    return (Section(tuple(blocks)),)


def _answer(step: Step, position: int, nearest: NearestChange | None) -> str:
    answer = "yes" if step.answer else "no"
    if step.is_missing:
        answer = f"unknown, taken as {answer}"
    if nearest and position == nearest.step:
        answer += f", {change_text(nearest)}"
    return answer


def _goes(id_: str, name: str) -> str:
    return id_ if id_ == UNASSIGNED.id else f"{id_} {name}"


def change_text(nearest: NearestChange) -> str:
    """What moves the customer, and where to; the feature where it stands on a line alone."""
    amount = format_threshold(nearest.change.copy_abs(), nearest.unit)
    where = "less" if nearest.change < 0 else "more"
    goes = _goes(nearest.segment_id, nearest.segment_name)
    label = f"{nearest.label}: " if nearest.step is None else ""
    line = "near the line: " if nearest.is_near else ""
    return f"{line}{label}{amount} {where} would make it {goes}"
