"""One segmentation as a page shows it, from a handful of statements over all of its customers."""

from __future__ import annotations

from segkit.engines.base import Reader
from segkit.publish.segment_summary import metric_and_feature_words
from segkit.publish.subject import FittedSubject
from segkit.survey.customers import dots_of, draw, examples_of
from segkit.survey.cuts import read_cuts
from segkit.survey.held_rows import hold_rows
from segkit.survey.leaf_groups import read_groups
from segkit.survey.page_data import Examples, Survey
from segkit.survey.spreads import count_codes, read_spreads


def survey(engine: Reader, subject: FittedSubject) -> Survey:
    """Return what a page draws; the relation is read once."""
    with hold_rows(engine, subject) as held:
        features, sizes = read_spreads(held)
        groups, drawn = read_groups(held), draw(held, sizes)
        rows = [customer.row for some in drawn.values() for customer in some]
        cuts = read_cuts(held, groups, features, rows)
        examples = examples_of(held, drawn)
    dots = dots_of(drawn, sizes)
    return Survey(features, groups.leaves, groups.metrics, groups.totals, cuts, dots, examples)


def examples(engine: Reader, subject: FittedSubject) -> Examples:
    """Return customers of each segment to look at, and nothing else."""
    with hold_rows(engine, subject) as held:
        sizes = count_codes(held)
        found = examples_of(held, draw(held, sizes))
    words = metric_and_feature_words(subject)
    columns = (*(feature.column for feature in subject.features), *held.metrics)
    names = {o.id: o.name for o in subject.case.outcomes}
    return Examples(subject.node.name, columns, words, names, found)
