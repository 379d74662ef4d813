"""What went wrong in a template, with its place to the column."""

from __future__ import annotations

import jinja2
import pytest

from segkit.project.jinja.template_errors import explain_exception, explain_jinja_syntax

JINJA = "Jinja is {{ a value }}, {% a statement %} and {# a comment #}"


@pytest.mark.parametrize(
    ("text", "place", "message", "label", "hint"),
    [
        ("SELECT {{ 'a }}", "1:11", "this ' is never closed", "", "add ' where the text ends"),
        ("SELECT {{ a $ b }}", "1:13", "`$` cannot stand here", "", None),
        ("x\n{% fro a %}", "2:4", "there is no tag `fro` here", "did you mean `for`?", None),
        ("{% elseif a %}", "1:4", "there is no tag `elseif` here", "did you mean `elif`?", None),
        ("{% endfor %}", "1:4", "there is no tag `endfor` here", "",
         "there is no `{% for %}` that it closes"),
        ("{{ a | uper }}", "1:8", "there is no filter `uper`", "did you mean `upper`?",
         "a filter is one of Jinja's own; a macro can do the rest"),
        ("{{ a b }}", "1:6", "Jinja did not expect this", "expected `}}` here",
         "write `~` between two values to join them"),
        ("a {# b", "1:3", "a comment is never closed", "", "close it with `#}`"),
    ],
)  # fmt: skip
def test_a_syntax_error(text: str, place: str, message: str, label: str, hint: str | None) -> None:
    with pytest.raises(jinja2.TemplateSyntaxError) as caught:
        jinja2.Environment().parse(text)
        jinja2.Environment().from_string(text)
    problem = explain_jinja_syntax(caught.value, text, "m.sql")
    assert (str(problem.place), problem.message) == (
        f"m.sql:{place}",
        f"not valid Jinja: {message}",
    )
    assert (problem.labels[0].text, problem.help) == (label, hint or JINJA)


def explained(error: Exception, text: str, refs: tuple[str, ...] = ()) -> tuple[str, str, str, str]:
    problem = explain_exception(error, [("m.sql", 2)], {"m.sql": text}, "m.sql", ["var"], refs)
    assert problem.code == "SK402"
    return str(problem.place), problem.message, problem.labels[0].text, problem.help or ""


def test_a_name_that_is_not_defined() -> None:
    error, text = jinja2.UndefinedError("'vra' is undefined"), "x\n{{ vra }}"
    place, message, label, hint = explained(error, text)
    assert (place, message, label) == (
        "m.sql:2:4",
        "`vra` is not defined in Jinja",
        "did you mean `var`?",
    )
    assert hint == "a variable of the project is read by var('vra'); plain SQL needs no braces"
    assert explained(error, "x\n{{ vra(1) }}")[3].startswith("there are ref, source, var")
    named = jinja2.UndefinedError("'customer' is undefined")
    assert explained(named, "x\n{{ customer }}", ("customers",))[2:] == (
        "",
        "write ref('customers')",
    )


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (TypeError("macro 'f' takes: parameter 'x' was not provided"),
         "a macro is called without its `x`",
         "give the macro its `x` too; the comment above it shows a call"),
        (TypeError("can only concatenate str (not int)"),
         "Jinja failed: can only concatenate str (not int)",
         "write `~` between two values to join them"),
        (RecursionError("deep"), "Jinja failed: a macro calls itself without end",
         "it is raised while the template is rendered: look at what goes into it there"),
        (ValueError("<Thing object at 0x7f00>\n here."), "Jinja failed: Thing here",
         "it is raised while the template is rendered: look at what goes into it there"),
        (TypeError("no loader for this environment specified"),
         "templates cannot include, import or extend each other",
         "make it a macro: all files of macros/ are seen everywhere"),
    ],
)  # fmt: skip
def test_what_a_template_raised(error: Exception, message: str, hint: str) -> None:
    _, said, _, help_ = explained(error, "x\n{{ f() }}")
    assert (said, help_) == (message, hint)
