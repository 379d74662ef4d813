"""What holds and what is doubtful, computed.

A finding that holds and one that is doubtful come from the same function, by a bound; nothing
is said that is not worked out from the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from segkit.core.english import lower_first
from segkit.core.fact_english import how_many
from segkit.core.number_format import grouped, spelled
from segkit.core.tree import most_tests
from segkit.report.experiment import failed_checks, policy_text, worth_text
from segkit.report.page_metric import main_metric, metric_words
from segkit.report.page_worth import Finding, losses, worth
from segkit.report.text import count_of, own_text, percent
from segkit.survey.page_data import ProjectReport, SegmentationReport

_HOLDS = 0.9  # of customers in the same place: an analyst would rely on it
_NEAR = 0.05  # of the customers near a line: one in twenty
_HALF = 0.5  # of the segments
_OLD = 45  # days, more than a monthly build and two weeks


def _rules(report: SegmentationReport) -> Iterator[Finding]:
    fit, quality = report.result.fit, report.result.fit.quality
    held_out = quality.fidelity_held_out
    if fit.clusters.labels:
        share = 1 - quality.loss
        yield Finding(share >= _HOLDS, f"{percent(share)} as given", "by the rules.")
    else:
        most, today = fit.definition.get("rules", {}).get("max_loss", 0.05), _lost_today(report)
        lost, now = (spelled(f"{loss:.1%}") for loss in (quality.loss, today))
        since = f"; that was at the fit, of today's customers it is {now}" if now != lost else ""
        within = max(quality.loss, today) <= most
        limit = f"{'of at most' if within else 'the limit is'} {spelled(f'{most * 100:.3g}%')}"
        yield Finding(
            within,
            f"{lost} lost",
            f"by saying the {count_of(fit.clusters.k, 'group')} that were found in "
            f"{count_of(quality.leaves, 'rule')} ({limit}); the rules "
            f"put {percent(quality.fidelity)} of customers into the group of their like{since}.",
            "loss",
        )
    if held_out is not None and held_out < _HOLDS:
        yield Finding(
            False,
            f"{percent(held_out)} of new customers",
            "are put into the group of their like: of those the rules were not learned from.",
            "held out",
        )


def _lost_today(report: SegmentationReport) -> float:
    """What the rules lose of today's customers; at the fit, where that is not known."""
    at_fit = report.result.fit.quality.loss
    states = (cut.states[cut.now].loss for cut in report.survey.cuts[:1])
    return next((loss for loss in states if loss is not None), at_fit)


def _stability(report: SegmentationReport) -> Iterator[Finding]:
    found = report.result.fit.stability
    if found is None:
        by_hand = report.result.fit.origin == "adjusted"
        how = "changed by hand" if by_hand else "not learned from other customers as well"
        yield Finding(False, "Stability is not measured:", f"these rules were {how}.", "stability")
        return
    low, high = percent(found.low), percent(found.high)
    between = f" ({low} to {high})" if low != high else ""  # not ">99% to >99%"
    yield Finding(
        found.low >= _HOLDS or (found.mean >= _HOLDS and found.low >= _HOLDS - 0.05),
        f"{percent(found.mean)} would stay",
        f"in their segment if the rules were learned from {grouped(found.customers)} other "
        f"customers{between}.",
        "stability",
    )
    id_, least = _least_stable(report)
    if least < _HOLDS:
        yield Finding(
            False,
            f"{id_} is the least stable:",
            f"{percent(least)} of “{_name_of(report, id_)}” would stay with other rules.",
            "stability",
        )


def _least_stable(report: SegmentationReport) -> tuple[str, float]:
    found = report.result.fit.stability
    shares = found.by_segment if found else {}
    return min(shares.items(), key=lambda item: (item[1], item[0]), default=("", 1.0))


_GIVEN = ("declared", "asked", "kept")
_NUMBER = {
    "apart": "How many there are is clear:",
    "shape": "How many there are is clear:",
    "overlap": "How many there are is a guess:",
    "columns": "Buckets do the same:",
    "degrees": "How many there are is a choice:",
}


def _how_many(report: SegmentationReport) -> Iterator[Finding]:
    clusters, said = report.result.fit.clusters, how_many(report.result.fit)
    if clusters.verdict is None or said is None:
        return
    is_given = clusters.reason[0].code in _GIVEN
    head = "How many there are was given:" if is_given else _NUMBER[clusters.verdict]
    is_clear = clusters.verdict in ("apart", "shape")
    yield Finding(is_clear, head, f"{said[:1].lower()}{said[1:]}.")


def _lines(report: SegmentationReport) -> Iterator[Finding]:
    near = [(t.row.near_a_line, t) for t in report.texts if t.row.near_a_line is not None]
    total = sum(n for n, _ in near)
    if not near or not report.result.rows:
        return
    share = total / report.result.rows
    most, text = max(near, key=lambda each: (each[0] / max(each[1].row.n, 1), each[1].row.id))
    where = f"; of {text.row.id} it is {percent(most / max(text.row.n, 1))}" if most else ""
    yield Finding(
        share < _NEAR,
        f"{percent(share)} near a line",
        f"{count_of(total, 'customer')} {'is' if total == 1 else 'are'} a small step from another "
        f"segment{where}.",
        "near",
    )


def _filled(report: SegmentationReport) -> Iterator[Finding]:
    own = report.result.fit.own
    for feature in report.survey.features:
        everyone, column = feature.everyone, feature.feature.column
        label = lower_first(feature.feature.label)
        if not everyone.missing or column in own:
            continue
        mostly = [id_ for id_, s in feature.segments.items() if s.missing > s.known]
        where = f"; most of {', '.join(mostly)}" if mostly else ""
        share = everyone.missing / max(everyone.known + everyone.missing, 1)
        if share >= 0.01 or mostly:
            yield Finding(
                False,
                f"{count_of(everyone.missing, 'customer')} without {label}:",
                f"{percent(share)} of all, who count as if they were usual in it{where}.",
            )


def _simple(report: SegmentationReport) -> Iterator[Finding]:
    quality, learned = report.result.fit.quality, report.result.fit.learned
    short = quality.short_rules
    if short is None:
        return
    holds = short >= len(learned) * _HALF
    are = "is" if short == 1 else "are each"
    tests = count_of(most_tests(report.result.fit.tree), "test")
    own = own_text(report.result.fit, report.result.words)
    beside = f"(besides {own}) " if own else ""
    yield Finding(
        holds,
        f"{'' if holds else 'Only '}{short} of {len(learned)} segments",
        f"{beside}{are} one rule of at most three conditions; no customer needs more than {tests}.",
        "leaf",
    )


def _small(report: SegmentationReport) -> Iterator[Finding]:
    share = report.result.fit.definition.get("rules", {}).get("min_share", 0.01)
    least = spelled(f"{share * 100:.3g}%")
    own = {segment.id for segment in report.result.fit.own.values()}
    for text in report.texts:
        if text.row.share < share and text.row.id not in own:
            yield Finding(
                False,
                f"{text.row.id} is small:",
                f"{count_of(text.row.n, 'customer')}, {percent(text.row.share)}: under the {least} "
                "that are declared as the least (min_share).",
            )


def _unassigned(report: SegmentationReport) -> Iterator[Finding]:
    if n := report.result.unassigned:
        share = n / max(report.result.rows, 1)
        yield Finding(
            False,
            f"{count_of(n, 'customer')} unassigned:",
            f"{percent(share)} of all are in no segment.",
        )


def _experiments(report: SegmentationReport) -> Iterator[Finding]:
    for each in report.experiments:
        found = each.readout
        if each.trouble:
            yield Finding(False, f"{each.name} cannot be told:", f"{each.trouble}.")
        elif found is not None and (failed := failed_checks(found)):
            yield Finding(False, f"{each.name} is broken:", f"{'; '.join(failed)}.")
        elif found is not None and found.policy is not None and found.policy.by_segment:
            said = worth_text(found)
            said = f"in {each.name}: {said[:1].lower()}{said[1:]}"
            yield Finding(True, policy_text(found.policy), said)


def _name_of(report: SegmentationReport, id_: str) -> str:
    return next((text.row.name for text in report.texts if text.row.id == id_), id_)


FINDINGS: Mapping[str, Callable[[SegmentationReport], Iterator[Finding]]] = {
    "worth": worth,
    "losses": losses,
    "rules": _rules,
    "stability": _stability,
    "how many": _how_many,
    "lines": _lines,
    "missing": _filled,
    "simple": _simple,
    "small": _small,
    "unassigned": _unassigned,
    "experiments": _experiments,
}


_IN_DOUBT = {
    "worth": "whether they are worth a model",
    "losses": "who loses money",
    "rules": "how well rules say the groups",
    "stability": "how stable they are",
    "how many": "how many there are",
    "lines": "who is near a line",
    "missing": "missing values",
    "simple": "how short the rules are",
    "small": "small segments",
    "unassigned": "who is in none",
    "experiments": "experiments",
    "age": "old data",
}
_MAIN = ("worth", "rules", "stability")  # what the first finding of each says carries the rest
_TOLD = 4  # doubts, of more than one more
_TRUST = ("Mostly", "With care", "Not yet")  # where none of these is in doubt, one, or more


def trust_text(project: ProjectReport, report: SegmentationReport) -> str:
    """Whether to rely on the segments, in a word, with what speaks against it."""
    if not report.result.rows:
        return ""
    found = {"age": tuple(age(project, report))}
    found |= {kind: tuple(make(report)) for kind, make in FINDINGS.items()}
    every = [each for some in found.values() for each in some]
    holding = sum(each.holds for each in every)
    doubts = list(_doubts(report, found))
    if not doubts:
        return f"Can they be trusted? Yes: all {count_of(holding, 'finding')} hold."
    weak = sum(not found[kind][0].holds for kind in _MAIN if found[kind])
    weak = max(weak, 2 * any(each.is_grave for each in every))
    word = _TRUST[min(weak, len(_TRUST) - 1)]
    told = doubts if len(doubts) <= _TOLD + 1 else doubts[:_TOLD]
    more = f" and {len(doubts) - len(told)} more" if len(told) < len(doubts) else ""
    return (
        f"Can they be trusted? {word}: {holding} of {count_of(len(every), 'finding')} hold. "
        f"In doubt: {', '.join(told)}{more}."
    )


def _doubts(report: SegmentationReport, found: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    for kind, some in found.items():
        if all(each.holds for each in some):
            continue
        if kind == "stability" and some[0].holds:  # all together are, and one is not
            id_, _ = _least_stable(report)
            yield f"how stable {id_} is"
        else:
            yield _IN_DOUBT[kind]


def age(project: ProjectReport, report: SegmentationReport) -> Iterator[Finding]:
    """That the data are old; nothing where no variable says of which day they are."""
    if project.data_day is None:
        return
    days = (project.as_of.date() - project.data_day).days
    if days > _OLD:
        metric, said = main_metric(report), ""
        if metric and metric in report.metrics and report.metrics[metric].is_later:
            said = f", and {metric_words(report, metric)} is of days from then on"
        yield Finding(
            False,
            f"The data are {grouped(days)} days old:",
            f"customers are seen as of {project.data_day:%-d %B %Y}{said}.",
        )


def findings(report: SegmentationReport) -> tuple[Finding, ...]:
    """All findings, in the order in which they are read."""
    return tuple(found for make in FINDINGS.values() for found in make(report))
