"""ref, source, var, env_var and config: what each gives, and what it depends on."""

from __future__ import annotations

import pytest

from segkit.dialects.table import DUCKDB
from segkit.project.jinja.calls import Names, Rendered
from segkit.project.jinja.render import Renderer

NAMES = Names({"people": ("people", '"people"')}, {"crm.c": ("crm.c", '"crm"."c"')}, DUCKDB)


def render(text: str, kind: str = "model") -> Rendered:
    return Renderer({"as_of": "2026-01-01"}, NAMES).render(text, "m.sql", kind)


@pytest.mark.parametrize(
    ("call", "sql", "depends_on"),
    [
        ("ref('people')", '"people"', ("people",)),
        ("source('crm', 'c')", '"crm"."c"', ("crm.c",)),
        ("var('as_of')", "2026-01-01", ()),
        ("var('other', 3)", "3", ()),
        ("env_var('SEGKIT_NOT_SET', 'x')", "x", ()),
        ("config(materialized='table')", "", ()),
    ],
)
def test_what_a_call_gives(call: str, sql: str, depends_on: tuple[str, ...]) -> None:
    found = render(f"a {{{{ {call} }}}}")
    assert (found.sql.strip(), found.depends_on, found.problems) == (
        f"a {sql}".strip(),
        depends_on,
        (),
    )


@pytest.mark.parametrize(
    ("call", "code", "message", "label"),
    [
        ("ref('peple')", "SK101", "nothing is called `peple`", "did you mean `people`?"),
        ("source('crm', 'd')", "SK101", "there is no source `crm.d`", "did you mean `crm.c`?"),
        ("source('crm')", "SK402", "`source` takes the source's name and the table's", ""),
        ("var('asof')", "SK405", "the variable `asof` is not set", "did you mean `as_of`?"),
        ("var(1)", "SK402", "`var` takes a name", ""),
        ("env_var('SEGKIT_NOT_SET')", "SK405",
         "the environment variable `SEGKIT_NOT_SET` is not set", ""),
        ("config('table')", "SK402", "`config` takes named options only", ""),
    ],
)  # fmt: skip
def test_a_wrong_call(call: str, code: str, message: str, label: str) -> None:
    (problem,) = render(f"a {{{{ {call} }}}}").problems
    assert (problem.code, problem.message, problem.labels[0].text) == (code, message, label)
    assert str(problem.place) == "m.sql:1:6"


def test_what_the_environment_says_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGKIT_A", "word")
    monkeypatch.setenv("SEGKIT_B", "")
    renderer = Renderer({}, NAMES)
    text = "{{ env_var('SEGKIT_A') }}{{ env_var('SEGKIT_B') }}"
    assert renderer.render(text, "m.sql").sql == "word"
    assert renderer.secrets == {"word"}
