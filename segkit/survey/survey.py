"""One segmentation as a page shows it, from a handful of statements over all of its customers."""

from __future__ import annotations

from segkit.engines.base import Reader
from segkit.publish.subject import FittedSubject
from segkit.survey.customers import read_customers
from segkit.survey.cuts import read_cuts
from segkit.survey.groups import read_groups
from segkit.survey.held_rows import hold_rows
from segkit.survey.results import Survey
from segkit.survey.spreads import read_spreads


def survey(engine: Reader, subject: FittedSubject) -> Survey:
    """Return what a page draws; the relation is read once."""
    with hold_rows(engine, subject) as held:
        features, sizes = read_spreads(held)
        groups = read_groups(held)
        cuts = read_cuts(held, groups)
        dots, examples = read_customers(held, sizes)
    return Survey(features, groups.leaves, groups.metrics, groups.totals, cuts, dots, examples)
