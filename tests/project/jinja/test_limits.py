"""What a template does has an end, and soon; each of these had none, or crashed."""

import time
import tracemalloc

import pytest

from segkit.dialects.table import DUCKDB
from segkit.project.jinja.calls import Names, Rendered
from segkit.project.jinja.limits import MAX_CALLS
from segkit.project.jinja.render import Renderer

_NESTED = "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(40) %}"
_NESTED += "{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}"
_MILLION = "{% set l = 'a' * 999999 %}"
ENDLESS = {
    "lists of lists": "{% set ns = namespace(l=[1], a=[]) %}{% for i in range(19) %}"
    "{% set ns.l = ns.l + ns.l %}{% endfor %}{% for i in range(1000) %}"
    "{% set ns.a = ns.a + [ns.l + [i]] %}{% endfor %}",
    "many large texts": _MILLION + "{% for i in range(100000) %}{% set x = l|upper %}{% endfor %}",
    "slices": _MILLION + "{% for i in range(900000) %}{% set x = l[1:] %}{% endfor %}",
    "replace": _MILLION
    + "{% for i in range(900000) %}{% set x = l.replace('b', '') %}{% endfor %}",
    "printed": _NESTED + "{{ ns.l }}",
    "joined": _NESTED + "{{ ns.l ~ '' }}",
    "formatted": _NESTED + "{{ '%s' % (ns.l,) }}",
    "compared": _NESTED + "{{ ns.l == ns.m }}",
    "as JSON": _NESTED + "{{ ns.l|tojson }}",
    "named often": _MILLION + "{{ ('{0}' * 10000).format(l) }}",
    "joined often": _MILLION + "{{ ([l] * 10000)|map('upper')|join }}",
    "twice itself": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}"
    "{% endmacro %}{{ f(60) }}",
    "looked through": _MILLION
    + "{% for i in range(900000) %}{% set x = l.count('b') %}{% endfor %}",
    "loops in loops": "{% set l = 'a' * 1000 %}{% for a in l %}{% for b in l %}{% for c in l %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "loops over a constant": "".join(f"{{% for a{i} in 'abcdefghij' %}}" for i in range(18))
    + "{% endfor %}" * 18,
    "ranges looked through": "{% set r = range(1000000) %}{% for i in [1] * 1000 %}{{ 'a' in r }}"
    "{% endfor %}",
    "ranges added": "{% set r = range(1000000) %}{% for i in [1] * 1000 %}{{ r|sum }}{% endfor %}",
    "sorted": "{% set l = range(900000)|list %}{% for i in [1] * 1000 %}{% set x = l|sort %}"
    "{% endfor %}",
    "tuples added up": "{{ ([(1,) * 1000] * 100000)|sum(start=()) }}",
    "indented by a text": "{{ ('\n' * 99999)|indent('a' * 9999) }}",
    "itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "each other": "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}"
    "{{ f() }}",
}


# they run into the same limits as others: "printed", "ranges added", "itself"
_SLOW = {"joined", "formatted", "compared", "as JSON", "sorted", "twice itself"}


def rendered(text: str) -> Rendered:
    return Renderer({}, Names({}, {}, DUCKDB)).render(text, "sql/m.sql")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=[pytest.mark.slow] if name in _SLOW else [])
        for name, text in ENDLESS.items()
    ],
)
def test_it_ends_soon_and_says_why(text: str) -> None:
    start = time.process_time()
    (problem,) = rendered(text).problems
    assert time.process_time() - start < 5
    assert problem.code == "SK402"
    assert problem.place is not None and problem.place.line
    assert problem.help


def test_what_projects_do_fits_many_times() -> None:
    lists = "{% set ns = namespace(l=[]) %}{% for i in range(2000) %}{% set ns.l = ns.l + [i] %}"
    assert rendered(lists + "{% endfor %}{{ ns.l|length }}").sql == "2000"
    columns = "{% for i in range(20000) %}{{ ', ' if not loop.first }}c{{ i }}{% endfor %}"
    assert rendered(columns).problems == ()
    deep = "{% macro f(n) %}{% if n > 1 %}{{ f(n - 1) }}{% else %}x{% endif %}{% endmacro %}"
    assert rendered(deep + f"{{{{ f({MAX_CALLS}) }}}}").sql == "x"
    assert rendered(deep + f"{{{{ f({MAX_CALLS + 1}) }}}}").problems != ()


def test_all_texts_of_a_project_share_what_there_is() -> None:
    renderer = Renderer({}, Names({}, {}, DUCKDB))
    text = "{% for i in range(900000) %}{% endfor %}x"
    results = [renderer.render(text, f"sql/m{i}.sql") for i in range(30)]
    assert results[0].problems == ()
    assert results[-1].problems != ()


def test_half_a_character_is_no_text() -> None:
    (problem,) = rendered("SELECT '{{ \"\\ud800\" }}' AS a").problems
    assert problem.code == "SK402"
    assert "U+D800" in problem.message


def test_much_that_is_wrong_is_not_all_told() -> None:
    found = rendered("".join(f"{{{{ ref('x{i}') }}}}\n" for i in range(500))).problems
    assert len(found) == 100


@pytest.mark.parametrize(
    "text",
    [
        "{{ '{:>99999999}'.format(1) }}",
        "{{ '%99999999d' % 1 }}",
        "{{ '{:>{}}'.format(1, 99999999) }}",
        "{{ ('a' * 99999).replace('a', 'b' * 9999) }}",
        "{{ ('a' * 99999)|replace('a', 'b' * 9999) }}",
        "{{ ('a' * 99999).join(['b'] * 9999) }}",
        "{{ (['b'] * 9999)|join('a' * 99999) }}",
        "{{ ('a' * 99999).translate({97: 'b' * 9999}) }}",
        "{{ ('\t' * 99999).expandtabs(9999) }}",
        "{{ 'a'.center(99999999) }}",
        "{{ [1]|batch(99999999, 'x')|list }}",
        "{{ 2 ** 99999999 }}",
    ],
)
def test_nothing_huge_is_made_at_one_stroke(text: str) -> None:
    tracemalloc.start()
    (problem,) = rendered(text).problems
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problem.code == "SK402"
    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("{{ ('ab' * 20000).replace('ab', 'c' * 40)|length }}", "800000"),
        ("{{ (['column'] * 20000)|join(', ')|length }}", "159998"),
        ("{{ '{} and {}'.format(1, [2]) }}", "1 and [2]"),
        ("{{ 'a\nb'|indent(4) }}", "a\n    b"),
    ],
)
def test_what_is_large_and_not_huge_is_made(text: str, sql: str) -> None:
    assert rendered(text).sql == sql
