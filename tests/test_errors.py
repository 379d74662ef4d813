"""How a problem is shown: its place, the line, carets, and the next step."""

from __future__ import annotations

import pytest

from segkit.errors import (
    ConfigError,
    DataError,
    Label,
    Place,
    Problem,
    file_problem,
    render_problem,
    summary_line,
)

FILES = {"sql/a.yml": ["one:", "\ttwo: three", "x" * 9], "b.csv": ["id,a"]}


def render(problem: Problem) -> list[str]:
    return render_problem(problem, FILES.get).splitlines()


def test_the_line_with_carets_below_it() -> None:
    problem = Problem(
        "SK003",
        "an unknown key `two`",
        (Label(Place("sql/a.yml", 2, 2, 3), "did you mean `too`?"),),
        "remove it",
        ("it was there before",),
    )
    assert render(problem) == [
        "error[SK003]: an unknown key `two`",
        "  --> sql/a.yml:2:2",
        "  |",
        "2 |  two: three",
        "  |  ^^^ did you mean `too`?",
        "  |",
        "  = help: remove it",
        "  = note: it was there before",
    ]


def test_two_files_and_what_cannot_be_shown() -> None:
    labels = (
        Label(Place("sql/a.yml", 3, 8, 50)),  # no farther than the line
        Label(Place("b.csv", 1)),  # a line without a column
        Label(Place("b.csv", 9, 1)),  # beyond the end
        Label(Place("gone.yml", 1, 1)),
    )
    assert render(Problem("SK102", "twice", labels, severity="warning")) == [
        "warning[SK102]: twice",
        "  --> sql/a.yml:3:8",
        "  |",
        "3 | xxxxxxxxx",
        "  |        ^^",
        "  ::: b.csv",
        "1 | id,a",
    ]
    assert render(Problem("SK301", "no rows", help="look")) == [
        "error[SK301]: no rows",
        "  = help: look",
    ]


def test_a_place_is_as_long_as_it_is_known() -> None:
    places = Place("a.yml"), Place("a.yml", 2), Place("a.yml", 2, 3)
    assert [str(place) for place in places] == ["a.yml", "a.yml:2", "a.yml:2:3"]
    assert summary_line(Problem("SK301", "no rows")) == "error[SK301]: no rows"
    assert summary_line(Problem("SK301", "no", (Label(places[1]),))) == "a.yml:2: error[SK301]: no"


def test_codes_are_known_and_exit_codes_say_who_must_act() -> None:
    with pytest.raises(ValueError, match="unknown problem code SK999"):
        Problem("SK999", "no")
    problems = [Problem("SK301", "one"), Problem("SK302", "two")]
    error = DataError(iter(problems))
    assert (error.problems, error.exit_code) == (tuple(problems), 1)
    assert str(error) == "error[SK301]: one\nerror[SK302]: two"
    assert ConfigError(problems[0]).problems == (problems[0],)
    assert ConfigError.exit_code == 2


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (PermissionError(13, "Permission denied", "a.csv"), "a.csv: permission denied", "permiss"),
        (FileExistsError(17, "File exists", "target"), "target: file exists", "where a folder is"),
        (OSError("odd"), "a file: odd", "the room on the disk"),
    ],
)
def test_a_file_that_cannot_be_read(error: OSError, said: str, hint: str) -> None:
    problem = file_problem(error)
    assert (problem.code, problem.message) == ("SK002", said)
    assert hint in (problem.help or "")


def excerpt(line: str, column: int, length: int = 1) -> list[str]:
    problem = Problem("SK001", "m", (Label(Place("a.json", 1, column, length)),))
    return render_problem(problem, lambda path: [line]).splitlines()[3:5]


def test_of_a_file_on_one_line_the_place_is_excerpt() -> None:
    line = "".join(f'"k{i}": {i}, ' for i in range(9999)).rstrip()
    for column in (1, 60_000, len(line)):
        source, caret = excerpt(line, column)
        assert len(source) == len("1 | ") + 400
        assert source[caret.index("^")] == line[column - 1]
        assert source.removeprefix("1 | ") in line
