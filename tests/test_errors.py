"""Problems as text: a line is shown with its caret, and one without end only around it."""

from __future__ import annotations

from segkit.errors import Label, Place, Problem, render_problem


def shown(line: str, column: int, length: int = 1) -> list[str]:
    problem = Problem("SK001", "m", (Label(Place("a.json", 1, column, length)),))
    return render_problem(problem, lambda path: [line]).splitlines()[3:5]


def test_a_line_stands_above_its_caret() -> None:
    assert shown('{"a" 1}', 6) == ['1 | {"a" 1}', "  |      ^"]


def test_of_a_file_on_one_line_the_place_is_shown() -> None:
    line = "".join(f'"k{i}": {i}, ' for i in range(9999)).rstrip()
    for column in (1, 60_000, len(line)):
        source, caret = shown(line, column)
        assert len(source) == len("1 | ") + 240
        assert source[caret.index("^")] == line[column - 1]
        assert source.removeprefix("1 | ") in line
