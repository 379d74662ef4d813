"""Templates that Python could not compile: too deep, or with a name that stands twice."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from jinja2 import TemplateSyntaxError, nodes

MAX_NESTING = 50  # Python's own parser gives up at 200 brackets, and each is up to three
MAX_BLOCKS = 20  # Python's own limit for loops inside each other
_OPENERS = {"if", "for", "macro", "call", "filter", "with", "block"}
_POSTFIX = {".", "|"}
_FLAT = set("([{~,:=}])")  # they nest nothing, however many there are
MACROS: tuple[type[nodes.Macro | nodes.CallBlock], ...] = (nodes.Macro, nodes.CallBlock)
_Calls = nodes.Call | nodes.Filter | nodes.Test
_CALLS: tuple[type[_Calls], ...] = (nodes.Call, nodes.Filter, nodes.Test)
_WORDS = {"and", "or", "not", "in", "is", "if", "else"}


def check_nesting(
    tokens: Iterable[tuple[int, str, str]], name: str | None, filename: str | None
) -> None:
    """Raise TemplateSyntaxError where brackets, operators or blocks stand too deep.

    Jinja's parser calls itself for each; ``tokens`` are (line, kind, text).
    """
    blocks = 0
    expression = _Expression()
    words: list[str] = []
    for line, kind, text in tokens:
        if kind in ("block_begin", "variable_begin"):
            expression, words = _Expression(), []
        elif kind == "block_end":
            blocks += _opened(words)
            if blocks > MAX_BLOCKS:
                raise _too_deep(f"more than {MAX_BLOCKS} blocks", line, name, filename)
        elif kind in ("name", "operator"):
            words.append(text)
            if expression.depth_after(text) > MAX_NESTING:
                what = f"more than {MAX_NESTING} brackets or operators"
                raise _too_deep(what, line, name, filename)


def _too_deep(what: str, line: int, name: str | None, filename: str | None) -> TemplateSyntaxError:
    return TemplateSyntaxError(f"{what} inside each other", line, name, filename)


def _opened(words: list[str]) -> int:
    """How many blocks a tag opens; -1 if it closes one."""
    first = words[0] if words else ""
    if first == "set":
        return int("=" not in words)
    return -1 if first.startswith("end") else int(first in _OPENERS)


class _Expression:
    """How deep an expression is where it is read: brackets, and operators in a row."""

    def __init__(self) -> None:
        self.depth = 0
        self.levels = [[0, 0]]  # of each open bracket: operators, and what stands behind a value

    def depth_after(self, text: str) -> int:
        level = self.levels[-1]
        if text in ")]}" and len(self.levels) > 1:
            self.depth -= sum(self.levels.pop())  # what was in them is one thing now
            self.levels[-1][1] += 1
        elif text == ",":
            self.depth -= sum(level)
            level[:] = [0, 0]
        elif text in _POSTFIX:
            level[1] += 1
            self.depth += 1
        elif text in _WORDS or (text not in _FLAT and not text.isidentifier()):
            self.depth += 1 - level[1]
            level[:] = [level[0] + 1, 0]
        if text in ("(", "[", "{"):
            self.levels.append([0, 0])
            self.depth += 1
        return self.depth


def check_repeated(template: nodes.Template, name: str | None, filename: str | None) -> None:
    """Raise TemplateSyntaxError for a macro or a call with one argument twice."""
    macros, calls = template.find_all(MACROS), template.find_all(_CALLS)
    listed = [(macro.lineno, [argument.name for argument in macro.args]) for macro in macros]
    listed += [(call.lineno, [str(pair.key) for pair in call.kwargs]) for call in calls]
    for line, names in listed:
        # Python, to which a template is compiled, takes some letters for one
        names = [unicodedata.normalize("NFKC", each) for each in names]
        twice, times = Counter(names).most_common(1)[0] if names else ("", 1)
        if times > 1:
            message = f"the argument `{twice}` stands twice"
            raise TemplateSyntaxError(message, line, name, filename)
