"""Segments by features."""

from __future__ import annotations

from segkit.report.html.figures.heat_table import heat_table
from segkit.report.html.telling import axis_words, most_telling, words_of
from tests.report.html.figures.drawn import Element, parsed
from tests.report.html.reports import CASES


def rows(case: str) -> list[Element]:
    return list(parsed(heat_table(CASES[case]())).iter("tr"))


def test_the_most_telling_feature_is_the_first_row() -> None:
    report = CASES["twelve"]()
    heads = [row[0].text for row in rows("twelve")[1:]]
    assert heads == [axis_words(*words_of(report, f.feature.column)) for f in most_telling(report)]
    assert all(len(row) == 1 + 12 + 1 for row in rows("twelve"))


def test_above_and_below_the_average_have_the_two_colours() -> None:
    report = CASES["plain"]()
    feature = most_telling(report)[0]
    places = {id_: spread.place or 0.0 for id_, spread in feature.segments.items()}
    for cell in rows("plain")[1][2:]:
        shade = int(cell.attrib["class"][1:])
        place = places[cell.attrib["data-s"]]
        assert (shade > 4) == (place > 0.25) and (shade < 4) == (place < -0.25)


def test_what_is_mostly_missing_has_a_word_and_no_shade() -> None:
    cells = [c for row in rows("missing")[1:] for c in row[2:] if c.text in ("unknown", "none")]
    assert cells and {cell.attrib["class"] for cell in cells} == {"v4"}


def test_it_is_a_table_for_who_cannot_see_it() -> None:
    table = parsed(heat_table(CASES["plain"]()))
    heads = [cell.get("scope") for cell in table.iter("th")]
    assert (
        heads.count("row") == 3 and heads.count("col") == 6 and table.find(".//caption") is not None
    )
