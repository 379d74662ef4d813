from __future__ import annotations

import pytest
from jinja2 import nodes

from segkit.dialects.table import DUCKDB
from segkit.errors import Place
from segkit.project.jinja.calls import Names, Rendered
from segkit.project.jinja.limits import LimitedEnvironment
from segkit.project.jinja.render import Renderer, own_macros
from segkit.project.project_files import builtin_macros_directory

NAMES = Names(
    refs={
        "customers": ("customers", "customers"),
        "Order": ("Order", '"Order"'),
        "shoppers_profile": ("shoppers", "shoppers_profile"),
    },
    sources={"crm.orders": ("crm.orders", "crm.orders")},
    unknowable=frozenset({"broken"}),
    dialect=DUCKDB,
)


def renderer(**variables: object) -> Renderer:
    return Renderer(variables, NAMES)


def rendered(text: str, kind: str = "model", **variables: object) -> Rendered:
    result = renderer(**variables).render(text, "sql/m.sql", kind)
    assert result.problems == ()
    return result


def test_references_are_sql_and_dependencies() -> None:
    result = rendered(
        "{{ ref('customers') }} {{ ref('Order') }} {{ source('crm', 'orders') }} "
        "{{ ref('shoppers_profile') }} {{ ref('customers') }}"
    )
    assert result.sql == 'customers "Order" crm.orders shoppers_profile customers'
    assert result.depends_on == ("customers", "Order", "crm.orders", "shoppers")


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGKIT_TEST", "from outside")
    monkeypatch.delenv("SEGKIT_TEST_NOT_SET", raising=False)
    text = (
        "{{ var('as_of') }} {{ var('other', 5) + 1 }} {{ env_var('SEGKIT_TEST') }} "
        "{{ env_var('SEGKIT_TEST_NOT_SET', 'x') }}"
    )
    assert rendered(text, as_of="2026").sql == "2026 6 from outside x"


def test_config() -> None:
    result = rendered("{{ config(materialized='table', tags='daily') }}x")
    assert result.sql == "x"
    assert result.config == {"materialized": "table", "tags": ["daily"]}
    assert rendered("{{ config(severity='warn') }}", "test").config == {"severity": "warn"}


def test_text_without_jinja_stays_as_it_is() -> None:
    text = "SELECT '{', '}}', '%'  -- ünïcode\n\n\tFROM x\n\n"
    assert rendered(text).sql == text


def test_macros_call_each_other_across_files_and_read_references() -> None:
    r = renderer(as_of="2026")
    assert (
        r.add_macros(
            "{% macro a(x) %}<{{ b(x) }} {{ ref('customers') }}>{% endmacro %}", "macros/a.sql"
        )
        == []
    )
    assert (
        r.add_macros(
            "{% macro b(x, y='!') %}{{ x | upper }}{{ y }}{{ var('as_of') }}"
            "{% endmacro %}\n{% macro c() %}[{{ caller() }}]{% endmacro %}",
            "macros/b.sql",
        )
        == []
    )
    result = r.render("{{ a('q') }}{% call c() %}z{% endcall %}", "sql/m.sql")
    assert (result.sql, result.depends_on, result.problems) == (
        "<Q!2026 customers>[z]",
        ("customers",),
        (),
    )


def test_a_later_macro_wins() -> None:
    r = renderer()
    r.add_own_macros("{% macro a() %}built in{% endmacro %}", "segkit:a.sql")
    r.add_macros("{% macro a() %}own{% endmacro %}", "macros/a.sql")
    assert r.render("{{ a() }}", "sql/m.sql").sql == "own"


def test_one_rendering_does_not_leak_into_the_next() -> None:
    r = renderer()
    r.render("{{ config(materialized='table') }}{{ ref('customers') }}", "sql/a.sql")
    second = r.render("SELECT 1", "sql/b.sql")
    assert (second.depends_on, dict(second.config)) == ((), {})


def test_a_file_that_is_broken_elsewhere_is_not_unknown() -> None:
    assert rendered("{{ ref('broken') }}").depends_on == ()


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("SELECT\n  {{ ref('custmers') }}", "SK101", 2, 6),
        ("SELECT 1\n\nFROM {{ source('crm', 'order') }}", "SK101", 3, 9),
        ("{% for x in [1] %}\n{{ ref('nope_' ~ x) }}\n{% endfor %}", "SK101", 2, 4),
        ("a\n{{ undefined_thing }}", "SK402", 2, 4),
        ("a\n{{ var('nope') }}", "SK405", 2, 4),
        ("a\n\n  {{ config(foo=1) }}", "SK003", 3, 13),
        ("{{ 'a' }}\n{{ exceptions.raise_compiler_error('no') }}", "SK402", 2, 4),
        ("a\n{% if x %}\nb", "SK401", 2, 1),
        ("a {{ 'x' | nope }}", "SK401", 1, 12),
        ("a\n {{ 'x }}", "SK401", 2, 5),
    ],
)
def test_problems_and_their_places(text: str, code: str, line: int, column: int) -> None:
    (problem,) = renderer().render(text, "sql/m.sql").problems
    assert problem.code == code
    assert problem.place is not None
    assert (problem.place.path, problem.place.line, problem.place.column) == (
        "sql/m.sql",
        line,
        column,
    )


def test_all_unknown_references_are_told_at_once() -> None:
    result = renderer().render(
        "{{ ref('a1') }}\n{{ ref('a2') }} {{ ref('a1') }}\n{{ var('v') }} {{ config(x=1) }}",
        "sql/m.sql",
    )
    assert [p.code for p in result.problems] == ["SK101", "SK101", "SK101", "SK405", "SK003"]


def test_a_failure_in_a_macro_shows_the_macro_and_its_caller() -> None:
    r = renderer()
    r.add_macros("\n{% macro m() %}\n{{ nope }}{% endmacro %}", "macros/m.sql")
    (problem,) = r.render("SELECT 1,\n  {{ m() }}", "sql/m.sql").problems
    assert [str(label.place) for label in problem.labels] == ["macros/m.sql:3:4", "sql/m.sql:2:3"]


def test_a_failure_in_a_macro_of_segkit_points_at_the_model() -> None:
    r = renderer()
    r.add_own_macros("{% macro m() %}{{ nope }}{% endmacro %}", "segkit:m.sql")
    (problem,) = r.render("SELECT 1,\n  {{ m() }}", "sql/m.sql").problems
    assert [str(label.place) for label in problem.labels] == ["sql/m.sql:2:3"]


PAYLOADS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ref.__globals__ }}",
    "{{ ref.__self__.environment }}",
    "{{ ref.__func__ }}",
    "{{ config.__init__.__globals__['os'] }}",
    "{{ exceptions.__class__ }}",
    "{{ exceptions.raise_compiler_error.__globals__ }}",
    "{{ (''|attr('__class__')) }}",
    "{{ ''['__class__'] }}",
    "{{ ['']|map(attribute='__class__')|join }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '{x.__class__}'.format_map({'x': ''}) }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum }}",
    "{{ namespace.__init__ }}",
    "{% do [].append(1) %}",
    "{% do {}.update(a=1) %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{{ import('os') }}",
    "{{ open('/etc/passwd') }}",
    "{{ ref }}",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_sandbox_holds(payload: str) -> None:
    problems = renderer().render(payload, "sql/m.sql").problems
    assert [p.code for p in problems] in (["SK402"], ["SK401"])


BLOW_UPS = [
    "{{ 'a' * 10**8 }}",
    "{{ [1] * 10**9 }}",
    "{{ 10**8 * 'a' }}",
    "{{ 7 ** (7 ** (7 ** 7)) }}",
    "{{ (10 ** 1000) * (10 ** 1000) }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (10**8, 1) }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ '{:>{w}}'.format(1, w=10**8) }}",
    "{{ '{:{}}'.format(1, 10**8) }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ 'a' | center(10**8) }}",
    "{{ 'a'.ljust(10**8) }}",
    "{{ 'a'.zfill(10**8) }}",
    "{{ '\t'.expandtabs(10**8) }}",
    "{{ (1).to_bytes(10**8, 'big') }}",
    "{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}",
    "{{ ('a' * 10**6) | replace('a', 'b' * 10**6) }}",
    "{{ range(100000) | join('a' * 10**6) }}",
    "{{ ('a' * 10**6).join(range(1000) | map('string')) }}",
    "{{ 'a\nb' | indent(10**8) }}",
    "{{ {'a': 1} | tojson(indent=10**8) }}",
    "{{ [1] | batch(10**8, 'x') | list }}",
    "{{ ['a'] | map('center', 10**8) | list }}",
    "{% set n = namespace(s='aa') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "{% set n = namespace(s='aa') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "{% set n = namespace(s='aaaa') %}{% for i in range(99) %}{% set n.s %}{{ n.s }}{{ n.s }}"
    "{% endset %}{% endfor %}",
    "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}aaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}",
    "{{ range(10**30) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
]


@pytest.mark.parametrize("text", BLOW_UPS)
def test_nothing_grows_without_bound(text: str) -> None:
    problems = renderer().render(text, "sql/m.sql").problems
    assert [p.code for p in problems] == ["SK402"]


def test_what_projects_do_is_within_the_bounds() -> None:
    text = (
        "{% for i in range(1000) %}{{ '%05d' % i }}{{ ', ' if not loop.last }}{% endfor %}"
        "{{ ['a', 'b'] | join(', ') }}{{ 'a_b' | replace('_', ' ') }}{{ '{:>5}'.format(3) }}"
        "{{ 2 ** 10 }}{{ 'ab' * 3 }}{{ 'x' ~ 1 ~ none }}{{ 'a\nb' | indent(4) }}"
    )
    sql = rendered(text).sql
    assert sql.endswith("00999a, ba b    31024abababx1Nonea\n    b")


def test_values_of_segkit_yml_have_variables_only() -> None:
    r = Renderer({"as_of": "2026"})
    place = Place("segkit.yml", 3, 9, 20)
    assert r.render_value("{{ var('as_of') }}-01", place) == ("2026-01", [])
    _, problems = r.render_value("{{ ref('customers') }}", place)
    assert [(p.code, p.place) for p in problems] == [("SK402", place)]


def test_values_of_the_environment_are_known_as_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGKIT_TEST", "hunter22")
    r = renderer()
    r.render("{{ env_var('SEGKIT_TEST') }}", "sql/m.sql")
    assert r.secrets == {"hunter22"}


def is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) for part in node.nodes
    )


def test_own_macros_are_those_that_jinja_finds() -> None:
    files = sorted(builtin_macros_directory().rglob("*.sql"))
    assert len(files) > 2
    for file in files:
        text = file.read_text(encoding="utf-8")
        body = LimitedEnvironment().parse(text).body
        found = [node for node in body if isinstance(node, nodes.Macro)]
        assert list(own_macros(text)) == [node.name for node in found]
        alone = [LimitedEnvironment().parse(each).body for each in own_macros(text).values()]
        assert [repr(macro) for (macro,) in alone] == [repr(node) for node in found]
        # what stands between them does nothing
        assert all(isinstance(n, nodes.Macro) or is_text(n) for n in body)


def test_own_macros_are_compiled_when_one_is_called() -> None:
    r = renderer()
    r.add_own_macros("{% macro a() %}{{ unclosed {% endmacro %}", "segkit:a.sql")
    r.add_own_macros("{%- macro b() -%}b{% endmacro %}", "segkit:b.sql")
    assert r.render("SELECT {{ b() }}", "sql/a.sql").sql == "SELECT b"


@pytest.mark.parametrize("depth", [300, 5000])
@pytest.mark.parametrize(
    ("opener", "inside", "closer"),
    [
        ("(", "{{ %s }}", ")"),
        ("not ", "{{ %s }}", ""),
        ("1 + ", "{{ %s }}", ""),
        ("{% if 1 %}", "%s", "{% endif %}"),
        ("{% macro m() %}", "%s", "{% endmacro %}"),
    ],
)
def test_what_no_parser_follows_is_refused(
    depth: int, opener: str, inside: str, closer: str
) -> None:
    text = inside % (opener * depth + "1" * ("{%" not in opener) + closer * depth)
    problems = renderer().render(text, "sql/m.sql").problems
    assert (depth == 300 and opener == "(" and not problems) or problems[0].code == "SK401"


@pytest.mark.parametrize(
    "text",
    [
        "{% macro m(a, a) %}{% endmacro %}",
        "{% macro m(fi, ﬁ) %}{% endmacro %}",  # Python takes the two for one
        "{{ dict(a=1, a=2) }}",
    ],
)
def test_an_argument_that_stands_twice(text: str) -> None:
    (problem,) = renderer().render(text, "sql/m.sql").problems
    assert problem.code == "SK401"
    assert "l_1_" not in problem.message
