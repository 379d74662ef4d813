"""What somebody forgot, said of a YAML file that cannot be read."""

from __future__ import annotations

import pytest

from segkit.project.yaml.marks import parse_yaml
from segkit.project.yaml.syntax_errors import needs_jinja_quotes


@pytest.mark.parametrize(
    ("text", "place", "label", "hint"),
    [
        ("a: 'x\nb: 1\n", "1:4", "this `'` is never closed",
         "add `'` at the end of the text in line 1"),
        ('a: "x\\y"\n', "1:7", "not an escape that YAML knows",
         "write `\\\\` for a backslash, or use single quotes"),
        ("a:\n\tb: 1\n", "2:1", "a tab", "indent with spaces; YAML does not allow tabs there"),
        ("a: One: two\n", "1:7", "a second `:` on this line",
         'put the text in quotes: "One: two"'),
        ("a: {{ var('x') }}: 1\n", "1:4", "Jinja needs quotes in YAML", None),
        ("a: 1\x01\n", "1:5", "a control character (U+0001)", "remove it"),
    ],
)  # fmt: skip
def test_what_was_forgotten(text: str, place: str, label: str, hint: str | None) -> None:
    document, problems = parse_yaml(text, "x.yml")
    assert document is None
    (problem,) = problems
    assert (problem.code, problem.message) == ("SK001", "not valid YAML")
    assert (str(problem.place), problem.labels[0].text) == (f"x.yml:{place}", label)
    assert hint is None or problem.help == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: {{ var('x') }}", "write \"{{ var('x') }}\""),
        ('- {{ var("x") }} # y', "write '{{ var(\"x\") }}'"),
        ("a: '{{ x }}'", None),
        ("a: b", None),
    ],
)
def test_jinja_needs_quotes(text: str, hint: str | None) -> None:
    problem = needs_jinja_quotes(text, "x.yml", 1)
    assert (problem and problem.help) == hint
    assert needs_jinja_quotes(text, "x.yml", 2) is None
