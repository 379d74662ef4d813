from __future__ import annotations

from collections import Counter
from dataclasses import replace

from segkit.survey.survey import examples, survey
from tests.survey.conftest import Surveyed, opened


def test_a_survey_is_of_everybody(surveyed: Surveyed) -> None:
    found, n = surveyed.survey, len(surveyed.rows)
    assert sum(leaf.n for leaf in found.leaves) == n
    assert {each.everyone.known + each.everyone.missing for each in found.features} == {n}
    assert sum(total.known for total in found.totals["spend"].values()) == n
    assert found.metrics == ("spend", "profit")


def test_examples_alone_are_those_of_the_survey(surveyed: Surveyed) -> None:
    alone = surveyed.examples
    assert alone.segments == surveyed.survey.examples
    assert alone.columns == ("age", "income", "region", "spend", "profit")
    assert alone.words["income"] == ("Annual income", "k$")
    assert set(alone.names) >= set(alone.segments)
    assert Counter(e.kind for some in alone.segments.values() for e in some)["typical"] == 8


def test_a_relation_without_rows(surveyed: Surveyed) -> None:
    subject = replace(surveyed.subject)
    subject.__dict__["rows"] = f"(SELECT * FROM {surveyed.subject.rows} WHERE 1 = 0)"
    with opened(surveyed.folder) as engine:
        found, none = survey(engine, subject), examples(engine, subject)
    assert {leaf.n for leaf in found.leaves} == {0}
    assert {(each.everyone.known, each.everyone.missing) for each in found.features} == {(0, 0)}
    assert [each.everyone.quantiles for each in found.features] == [(), (), ()]
    assert found.dots == () and not any(found.examples.values())
    assert none.segments == found.examples
