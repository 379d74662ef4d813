"""Where a segment's values lie."""

from __future__ import annotations

from segkit.report.html.figures.range_bars import MOST, all_range_bars, range_bars
from segkit.report.html.telling import most_telling, words_of
from tests.report.html.figures.drawn import drawings, parsed, shown, words
from tests.report.html.reports import CASES


def test_thin_holds_thick_holds_the_dot() -> None:
    for bars in drawings(all_range_bars(CASES["plain"]())):
        for group in bars.iter("g"):
            if dot := group.findall("circle"):
                thin, thick = (
                    [float(x) for x in line.attrib["d"][1:].replace("L", " ").split()[::2]]
                    for line in group.findall("path")
                )
                at = float(dot[0].attrib["cx"])
                assert thin[0] <= thick[0] <= at <= thick[1] <= thin[1]


def test_everybodys_median_is_at_one_place_on_all_cards() -> None:
    report = CASES["plain"]()
    ticks = {
        row.id: [
            p.attrib["d"]
            for p in parsed(range_bars(report, row.id)).iter("path")
            if p.get("class") == "all"
        ]
        for row in report.result.segments
    }
    assert len(ticks["A"]) == 3 and len(set(map(tuple, ticks.values()))) == 1


def test_of_many_features_the_most_telling_in_their_order() -> None:
    report = CASES["twelve"]()
    labels = [words_of(report, f.feature.column)[0] for f in report.survey.features]
    best = {words_of(report, f.feature.column)[0] for f in most_telling(report)[:MOST]}
    texts = [shown(text) for text in parsed(range_bars(report, "A")).iter("text")]
    assert [text for text in texts if text in labels] == [each for each in labels if each in best]


def test_mostly_missing_is_a_word_and_no_bar() -> None:
    report = CASES["missing"]()
    bars = parsed(range_bars(report, "D"))
    assert not list(bars.iter("circle")) and "unknown" in words(range_bars(report, "D"))


def test_a_category_says_its_levels_with_their_shares() -> None:
    report = CASES["categories"]()
    spread = report.survey.features[0].segments["A"]
    level, n = next(iter(spread.levels.items()))
    assert f"{level} {n / spread.known * 100:.0f}%" in words(range_bars(report, "A"))
    assert not list(parsed(range_bars(report, "A")).iter("circle"))


def test_what_has_no_room_is_said_shorter() -> None:
    bars = range_bars(CASES["negative"](), "A")
    assert not any(shown(text).endswith("…") for text in parsed(bars).iter("text"))
    assert words(range_bars(CASES["mixed"](), "A")).endswith(", 3 more")
