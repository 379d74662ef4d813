from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.report.html.sections import SECTIONS
from segkit.survey.page_data import SegmentationReport
from tests.report.html.reports import CASES, report
from tests.report.turned import turned


def finding(id_: str, case: str) -> str:
    (found,) = [each for each in SECTIONS if each.id == id_]
    return found.finding(CASES[case]())


def test_sections_have_names_of_their_own() -> None:
    found = SECTIONS
    assert len({each.id for each in found}) == len({each.nav for each in found}) == len(found)


@pytest.mark.parametrize(
    ("id_", "case", "says"),
    [
        ("what-if", "plain", "Move one of the "),
        ("what-if", "two", "Move the only cut to see who of all 900 customers"),
        ("what-if", "plain", " Beside each: the segments below | above."),
        ("what-if", "two", " Beside it: the segments below | above."),
        ("rules", "plain", "4 leaves for 4 segments, at most "),
        ("rules", "mixed", "7 leaves for 5 segments, as "),
        ("rules", "own", "K-Means knows nothing of "),
        ("trust", "plain", " Where the upright lines of the stability (two standard errors) meet"),
        ("rules", "plain", "The strip under a leaf is where K-Means has them"),
        ("differ", "plain", " parts them most: "),
        ("differ", "categories", "Each row is a segment, each column a feature."),
        ("map", "plain", " with a ring are elsewhere by K-Means"),
        ("trust", "plain", "K = 4 as declared."),
        ("trust", "given", "4 clusters as given in label."),
        ("sql", "plain", "`segkit compile shopper_segments --from RELATION`"),
        ("origin", "plain", "Fit v0001, learned from 900 customers of 900."),
    ],
)
def test_findings(id_: str, case: str, says: str) -> None:
    assert says in finding(id_, case)


def drawn(id_: str, case: str) -> str:
    (found,) = [each for each in SECTIONS if each.id == id_]
    return str(found.draw(CASES[case]()))


def test_what_one_rule_more_or_fewer_would_lose_is_said() -> None:
    said = "At the fit 4 rules lose 4.1% against K-Means, one more would lose 2.9%, "
    assert said in drawn("trust", "plain")


def test_the_crosstab_of_many_segments_has_the_whole_width_and_scrolls_once() -> None:
    few, many = drawn("trust", "mixed"), drawn("trust", "twelve")
    assert 'class="beside"' in few and 'class="beside"' not in many
    assert 'class="beside"' in str(
        next(each for each in SECTIONS if each.id == "trust").draw(report(segments=8))
    )
    assert few.count('class="scroll"') == 1


def test_one_feature_has_no_map() -> None:
    assert drawn("map", "two") == ""


def test_no_strip_where_there_is_no_kmeans() -> None:
    assert "K-Means" not in finding("rules", "given")


def test_what_has_nothing_to_show_is_left_out() -> None:
    drawn = {each.id: each.draw(report(categories=3)) for each in SECTIONS}
    assert drawn["what-if"] == ""
    assert all(drawn[id_] for id_ in ("who", "rules", "sql", "origin"))


CONSTANT = {"people", "sql"}  # they say what is shown, nothing of the figures


def test_every_finding_turns_with_its_figures() -> None:
    good, bad = (turned(good) for good in (True, False))
    same = {each.id for each in SECTIONS if each.finding(good) == each.finding(bad)}
    assert same == CONSTANT


def test_a_sample_is_said_wherever_a_figure_is_of_one() -> None:
    made = CASES["plain"]()
    whole = page_texts(made)
    assert not [text for text in whole if "sample of" in text and "A sample of" not in text]
    sampled = replace(made, survey=replace(made.survey, sampled=12_345))
    said = [text for text in page_texts(sampled) if "12,345" in text]
    assert len(said) == 5, said


def page_texts(report: SegmentationReport) -> list[str]:
    findings = [section.finding(report) for section in SECTIONS]
    drawn = [str(section.draw(report)) for section in SECTIONS if section.id == "trust"]
    return [*findings, *(part for text in drawn for part in text.split("<"))]
