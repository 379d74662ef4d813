"""K-Means' clusters by the rules."""

from __future__ import annotations

from segkit.report.html.figures.crosstab import crosstab
from tests.report.html.figures.drawn import parsed
from tests.report.html.reports import CASES


def cells(case: str) -> list[list[str]]:
    rows = list(parsed(crosstab(CASES[case]())).iter("tr"))[1:]
    return [[(cell.text or "").replace(",", "") for cell in row[1:]] for row in rows]


def test_everybody_is_counted_once_and_most_lie_on_the_diagonal() -> None:
    report, found = CASES["plain"](), cells("plain")
    counts = [[0 if n == "·" else int(n) for n in row[:-1]] for row in found]
    assert sum(map(sum, counts)) == report.result.rows
    assert [sum(column) for column in zip(*counts, strict=True)] == [
        row.n for row in report.result.segments
    ]
    for place, row in enumerate(counts):
        assert row[place] == max(row)
        assert found[place][-1] == f"{row[place] / sum(row) * 100:.0f}%"


def test_the_diagonal_is_strong_and_the_rest_is_not() -> None:
    for place, row in enumerate(list(parsed(crosstab(CASES["plain"]())).iter("tr"))[1:]):
        looks = [cell.get("class") for cell in row[1:-1]]
        assert looks.pop(place) == "v1 same" and set(looks) <= {"v6", None}


def test_an_own_segment_has_no_cluster() -> None:
    assert len(cells("own")) == 4 and all(len(row) == 5 for row in cells("own"))
