"""What went wrong in a template, in words and with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from segkit.errors import Label, Place, Problem
from segkit.project.yaml.near_names import did_you_mean, did_you_mean_text

_TAG = re.compile(r"\{%[-+]?\s*(\w+)")
_BLOCKS = ("if", "for", "macro", "call", "filter", "block", "raw", "with")
_OTHER_TAGS = ("set", "do", "endif", "endfor", "else", "elif", "endmacro", "endset")


def place_of(
    needle: str,
    text: str,
    path: str,
    line: int,
    loose: str | None = None,
    *,
    everywhere: bool = False,
) -> Place:
    """Where the pattern first matches near that line; else the line's first Jinja."""
    lines = text.split("\n")
    line = min(max(line, 1), len(lines))
    # a call may start on a line above the one that Jinja names, or reach over several
    near = (line, line + 1, line + 2, *range(line - 1, max(0, line - 5), -1))
    numbers = range(1, len(lines) + 1) if everywhere else [n for n in near if n <= len(lines)]
    for pattern in filter(None, (needle, loose, r"\{[{%]")):
        for number in numbers:
            if match := re.search(pattern, lines[number - 1]):
                return Place(path, number, match.start() + 1, max(1, len(match[0].rstrip(" =("))))
    return Place(path, line, 1, max(1, len(lines[line - 1])))


def explain_jinja_syntax(error: jinja2.TemplateSyntaxError, text: str, path: str) -> Problem:
    """Return the syntax error with its column, which Jinja itself does not tell."""
    message, line = error.message or "not valid Jinja", error.lineno
    if "Unexpected end of template" in message or "end of template" in message:
        return _unclosed(message, text, path, line)
    if found := re.search(r"""unexpected char ['"](.+?)['"] at (\d+)""", message):
        place = _at_index(text, path, int(found[2]))
        if found[1] in ("'", '"'):
            hint = f"add {found[1]} where the text ends"
            return _syntax(f"this {found[1]} is never closed", Label(place), hint)
        return _syntax(f"`{found[1]}` cannot stand here", Label(place), None)
    if found := re.search(r"Encountered unknown tag '(\w+)'", message):
        place = place_of(rf"\b{found[1]}\b", text, path, line)
        tag, near, help_text = found[1], "", None
        opener = tag.removeprefix("end")
        if tag == opener:
            meant = "elif" if tag in ("elseif", "elsif") else tag
            near = did_you_mean_text(meant, [*_BLOCKS, *_OTHER_TAGS])
        elif opener in _BLOCKS:
            help_text = f"there is no `{{% {opener} %}}` that it closes"
        return _syntax(f"there is no tag `{tag}` here", Label(place, near), help_text)
    if found := re.search(r"No (filter|test) named '(\w+)'", message):
        place = place_of(rf"\b{found[2]}\b", text, path, line)
        there = FILTERS if found[1] == "filter" else TESTS
        near = did_you_mean_text(found[2], map(str, there))
        help_text = f"a {found[1]} is one of Jinja's own; a macro can do the rest"
        return _syntax(f"there is no {found[1]} `{found[2]}`", Label(place, near), help_text)
    if found := re.search(r"expected token '(.+?)', got '(.+)'", message):
        wanted = {"end of print statement": "}}", "end of statement block": "%}"}
        token = re.escape(found[2])  # what stands right behind another value
        place = place_of(rf"(?<=[\w'\")\]] ){token}", text, path, line, token)
        expected = wanted.get(found[1], found[1])
        help_text = "write `~` between two values to join them" if expected == "}}" else None
        label = Label(place, f"expected `{expected}` here")
        return _syntax("Jinja did not expect this", label, help_text)
    if "end of comment" in message:
        opened = len(text) - text[::-1].find("#{") - 2
        label = Label(_at_index(text, path, opened, 2))
        return _syntax("a comment is never closed", label, "close it with `#}`")
    message = message.replace("'end of statement block'", "`%}`")
    message = message.replace("'end of print statement'", "`}}`")
    place = place_of(r"\{[{%#]", text, path, line)
    return _syntax(message.rstrip("."), Label(place), None)


def _syntax(message: str, label: Label, help_text: str | None) -> Problem:
    lower = message if message.startswith("Jinja") else message[0].lower() + message[1:]
    help_text = help_text or "Jinja is {{ a value }}, {% a statement %} and {# a comment #}"
    return Problem("SK401", f"not valid Jinja: {lower}", (label,), help=help_text)


def _unclosed(message: str, text: str, path: str, line: int) -> Problem:
    found = re.search(r"needs to be closed is '(\w+)'", message)
    if not found:
        label = Label(place_of(r"\{[{%#]", text, path, line))
        return _syntax("the file ends inside a tag", label, "close it with `}}` or `%}`")
    depth = 0
    place = Place(path, line)
    for match in reversed(list(_TAG.finditer(text))):
        depth += {f"end{found[1]}": 1, found[1]: -1}.get(match[1], 0)
        if depth < 0:
            place = _at_index(text, path, match.start(), len(match[0]))
            break
    label = Label(place, "this one")
    return _syntax(f"`{found[1]}` is never closed", label, f"add {{% end{found[1]} %}}")


def _at_index(text: str, path: str, index: int, length: int = 1) -> Place:
    before = text[:index]
    return Place(path, before.count("\n") + 1, index - before.rfind("\n"), length)


def explain_exception(
    error: Exception,
    frames: Sequence[tuple[str, int]],
    texts: Mapping[str, str],
    path: str,
    known: Sequence[str],
    refs: Sequence[str] = (),
) -> Problem:
    """Return the problem behind an exception that a template raised.

    ``frames`` are the places in templates of the project, the innermost last;
    ``texts`` the templates' texts, ``known`` the names that templates see and
    ``refs`` those that ``ref`` takes.
    """
    where, line = frames[-1] if frames else (path, 1)
    text = texts.get(where, "")
    message = str(error) or type(error).__name__
    if isinstance(error, jinja2.UndefinedError):
        name = re.search(r"'([^']+)' is undefined", message)
        found = name or re.search(r"has no attribute '([^']+)'", message)
        needle = rf"(?<!\w){re.escape(found[1])}(?!\w)" if found else r"\{[{%]"
        place = place_of(needle, text, where, line)
        return _undefined(name[1], text, place, known, refs) if name else _failed(message, place)
    place = place_of(r"\{[{%]", text, where, line)
    if isinstance(error, SecurityError):
        unsafe = re.search(r"access to attribute '(\w+)'", message)
        if unsafe:
            place = place_of(rf"\b{unsafe[1]}\b", text, where, line)
        hint = getattr(error, "help", "templates only make text")
        return Problem("SK402", f"not allowed in Jinja: {_plain(message)}", (Label(place),), hint)
    if "no loader" in message:
        message = "templates cannot include, import or extend each other"
        label = Label(place_of(r"\b(include|import|extends|from)\b", text, where, line))
        hint = "make it a macro: all files of macros/ are seen everywhere"
        return Problem("SK402", message, (label,), hint)
    if isinstance(error, RecursionError):
        message = "a macro calls itself without end"
    if macro := re.search(r"macro '(\w+)' takes", message):
        place = place_of(rf"\b{macro[1]}\b", text, where, line)
    return _failed(message, place)


def _undefined(
    word: str, text: str, place: Place, known: Sequence[str], refs: Sequence[str]
) -> Problem:
    label = Label(place, did_you_mean_text(word, known))
    hint = f"a variable of the project is read by var('{word}'); plain SQL needs no braces"
    if near := did_you_mean(word, refs):
        label, hint = Label(place), f"write ref('{near}')"
    elif re.search(rf"(?<!\w){re.escape(word)}\s*[(.]", text):
        hint = "there are ref, source, var, env_var, config, and macros: segkit's and yours"
    return Problem("SK402", f"`{word}` is not defined in Jinja", (label,), hint)


def _failed(message: str, place: Place) -> Problem:
    lacks = re.search(r"parameter '(\w+)' was not provided", message)
    message = f"Jinja failed: {_plain(message)}"
    hint = "it is raised while the template is rendered: look at what goes into it there"
    if lacks:
        message = f"a macro is called without its `{lacks[1]}`"
        hint = f"give the macro its `{lacks[1]}` too; the comment above it shows a call"
    elif "concatenate" in message:
        hint = "write `~` between two values to join them"
    elif ": macro '" in message:
        hint = "the comment above the macro shows a call"
    return Problem("SK402", message, (Label(place),), help=hint)


def _plain(message: str) -> str:
    """One line, without a full stop, and without Python's addresses."""
    line = re.sub(r"\s+", " ", message).strip().rstrip(".")
    return re.sub(r"<(\S+)[^<>]* at 0x[0-9a-f]+>", r"\1", line)[:200]
