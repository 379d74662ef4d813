"""One segmentation as a page shows it, from a handful of statements over its customers."""

from __future__ import annotations

from segkit.core.tree import leaves
from segkit.engines.base import Reader
from segkit.publish.segment_summary import metric_and_feature_words
from segkit.publish.subject import FittedSubject
from segkit.survey.customers import dots_of, draw, examples_of
from segkit.survey.cuts import read_cuts
from segkit.survey.everybody import read_everybody
from segkit.survey.held_rows import hold_rows
from segkit.survey.leaf_groups import read_groups
from segkit.survey.page_data import Examples, LeafCount, Survey
from segkit.survey.spreads import read_spreads


def survey(engine: Reader, subject: FittedSubject) -> Survey:
    """Return what a page draws.

    Customers, money and who moves with a cut are counted of all, where they lie; of very many
    a sample says how their features are distributed, and where K-Means has them.
    """
    everybody = read_everybody(engine, subject)
    with hold_rows(engine, subject, everybody.rows) as held:
        features, groups, drawn = (
            read_spreads(held, everybody),
            read_groups(held, everybody.codes),
            draw(held),
        )
        rows = [customer.row for some in drawn.values() for customer in some]
        cuts = read_cuts(held, groups, features, rows)
        examples, metrics = examples_of(held, drawn), held.metrics
    codes = [leaf.code for leaf in leaves(subject.fit.tree)]
    counted = map(LeafCount, codes, everybody.leaves, groups.clusters)
    return Survey(
        features,
        tuple(counted),
        metrics,
        everybody.totals,
        cuts,
        dots_of(drawn, everybody.codes),
        examples,
        groups.customers if held.is_sample else None,
    )


def examples(engine: Reader, subject: FittedSubject) -> Examples:
    """Return customers of each segment to look at, and nothing else."""
    (rows,) = engine.query(f"SELECT count(*) FROM {subject.rows}")[0]
    with hold_rows(engine, subject, rows) as held:
        found = examples_of(held, draw(held))
    words = metric_and_feature_words(subject)
    columns = (*(feature.column for feature in subject.features), *held.metrics)
    names = {o.id: o.name for o in subject.case.outcomes}
    return Examples(subject.node.name, columns, words, names, found)
