"""Each picture of a fit has what the fit knows; one that cannot be drawn says what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.core.fit import Fit
from segkit.errors import ConfigError
from segkit.notebook.fit_report import result_of
from segkit.notebook.pictures import Pictured, name_of, segments_html
from segkit.report.html.markup import joined
from segkit.results import SegmentationResult
from tests.report.html.figures.drawn import drawings, parsed, words
from tests.report.html.reports import CASES, EVIL
from tests.report.samples import FIT, SEGMENTATION


class Drawn(Pictured):
    def __init__(self, result: SegmentationResult) -> None:
        self.result = result

    def _pictured(self) -> SegmentationResult:
        return self.result


def of_fit(fit: Fit) -> Drawn:
    return Drawn(result_of(fit))


def test_the_tree_counts_what_a_fit_counts() -> None:
    fit = CASES["mixed"]().result.fit
    picture = of_fit(fit).plot_tree()
    said = words(picture.figure)
    shared = {"A", "B"}  # seven leaves for five segments
    for segment in fit.segments:
        some = f"some of {segment.n:,} customers"
        assert (some in said) == (segment.id in shared)
        assert segment.id in shared or f"{segment.n:,} customers" in said
    assert picture.note.startswith("How A, B is shared out among its rules is not in the fit")
    assert picture.title == "shopper_segments v0001: How the rules decide"
    assert of_fit(FIT).plot_tree().note == ""


def test_the_numbers_of_segments_are_those_of_the_sweep() -> None:
    picture = of_fit(CASES["plain"]().result.fit).plot_k()
    assert len(drawings(picture.figure)) == 6
    with pytest.raises(ConfigError, match=r"SK702.*no numbers of them were compared") as refused:
        of_fit(CASES["given"]().result.fit).plot_k()
    assert "`clusters:` instead of `labels:`" in (refused.value.problems[0].help or "")


def test_a_profile_has_the_segments_that_have_a_centre() -> None:
    own = CASES["own"]().result.fit  # five segments, one of those without a value
    table = parsed(of_fit(own).plot_profile().figure).find(".//thead")
    assert table is not None
    assert "".join(table.itertext()).split() == ["FeatureAllABCD"]
    with pytest.raises(ConfigError, match=r"SK702.*given clusters have no centres") as refused:
        of_fit(CASES["given"]().result.fit).plot_profile()
    assert "segkit.figure(" in (refused.value.problems[0].help or "")


def test_in_short() -> None:
    said = words(joined(segments_html(SEGMENTATION)))
    assert "shopper_segments v0001: 2 segments of 4,128 customers" in said
    for cell in ("Total spend", "2,924", "71%", "94%", "spend $90 or more"):
        assert cell in said
    assert "2 rules cost 3.1% more than K-Means; 95% of the customers" in said
    assert "SQL checked on 4,128 rows and 312 edge cases: 0 differ. Worth? " in said
    own = CASES["own"]().result
    assert f", {own.unassigned} unassigned" in words(joined(segments_html(own)))
    at_the_fit = words(joined(segments_html(result_of(FIT))))
    assert "SQL checked" not in at_the_fit and "Worth?" not in at_the_fit
    given = words(joined(segments_html(CASES["given"]().result)))
    assert "4 rules; 93% of the customers are as in the given clusters." in given


def test_names_are_text() -> None:
    for html in (
        joined(segments_html(CASES["evil"]().result)),
        of_fit(CASES["evil"]().result.fit).plot_tree().figure,
    ):
        assert EVIL not in html and "&lt;/script&gt;" in html


def test_what_is_in_no_file_has_no_version() -> None:
    assert name_of(FIT) == "shopper_segments v0001"
    assert name_of(replace(FIT, version=0)) == "shopper_segments"
