"""One segmentation: which fit, its views, the proof, the history."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from segkit.core.english import describe_segment
from segkit.core.fit import UNASSIGNED, FittedFeature
from segkit.core.tree import columns as tree_columns
from segkit.dialects.select import ViewSelect
from segkit.errors import FitError, Label, Problem
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.subject import FittedSubject
from segkit.publish.views.compiled import (
    Described,
    ViewText,
    Words,
    profile_select,
    segment_header,
    segment_rule_sql,
    segment_rules,
    segment_view,
)


def words_of(subject: FittedSubject) -> tuple[Words, ...]:
    """Name, description and rule of every segment, in order; unassigned first where it exists."""
    rules = segment_rules(subject.fit)
    words = []
    for outcome in subject.case.outcomes:
        if outcome.code not in rules:  # nobody is unassigned
            continue
        others = (f.label for f in subject.features if f.column not in subject.fit.own)
        said = f"one of these unknown: {', '.join(others)}"
        if outcome != UNASSIGNED:
            said = describe_segment(rules[outcome.code], subject.features, subject.integers)
        sql = segment_rule_sql(rules[outcome.code], subject.by_name, subject.dialect)
        words.append(Words(outcome.id, outcome.name, outcome.code, said, sql))
    return tuple(words)


@dataclass(frozen=True)
class CompiledSegmentation:
    """One segmentation: its view, the SELECT of its profile, and the words for its segments."""

    text: ViewText
    profile: str
    words: tuple[Words, ...]

    @property
    def view(self) -> ViewSelect:
        return self.text.view


def compile_segmentation(subject: FittedSubject) -> CompiledSegmentation:
    """Compile a fit for a relation.

    Raises FitError: SK104 if a column of the fit is gone, SK105 if one has values of another kind.
    """
    segmentation, fit, by_name = subject.node, subject.fit, subject.by_name
    features, dialect = subject.features, subject.dialect
    passed = tuple(feature.column for feature in features)
    gone = [name for name in (*passed, *tree_columns(fit.tree)) if name not in by_name]
    if gone:
        listed = ", ".join(f"`{name}`" for name in dict.fromkeys(gone))
        message = (
            f"{fit.label} of {segmentation.name} needs {listed}, which "
            f"{segmentation.relation} no longer has"
        )
        others = sorted(by_name.keys() - set(passed))
        near = get_close_matches(gone[0], others, n=1)
        at = Label(segmentation.place, f"did you mean `{near[0]}`?" if near else "")
        hint = f"bring the column back, or `segkit fit {segmentation.name} --promote`"
        raise FitError(Problem("SK104", message, (at,), hint))
    if problems := type_problems(segmentation, fit, by_name, dialect):
        raise FitError(problems)
    view = segment_view(subject)
    words = words_of(subject)
    about = {f.column: said for f in features if (said := _feature_comment(f)) is not None}
    about |= {
        "segment_id": "segment of the customer: " + ", ".join(f"{w.id} = {w.name}" for w in words),
        "segment_name": "what the segment is called",
        "segment_order": "1 for the first segment; 0 for unassigned",
    }
    text = segmentation.description or f"{len(fit.segments)} customer segments"
    described = Described(f"{text} (fit {fit.label})", about)
    header = segment_header(segmentation, fit)
    written = ViewText(view, header, described, " | SQL = rules on every row")
    return CompiledSegmentation(written, profile_select(subject, words), words)


def _feature_comment(feature: FittedFeature) -> str | None:
    """None where it would only repeat the column's name."""
    said = f"{feature.label} ({feature.unit})" if feature.unit else feature.label
    same = said.casefold() == feature.column.replace("_", " ").casefold()
    return None if same else said
