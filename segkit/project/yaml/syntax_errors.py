"""A YAML syntax error in words that name the next step."""

from __future__ import annotations

import re

import yaml

from segkit.errors import Label, Place, Problem

_MESSAGE = "not valid YAML"


def explain_syntax(error: yaml.YAMLError, text: str, path: str) -> Problem:
    """Return the problem behind a YAML error.

    PyYAML says what its parser expected; people need to hear what they forgot.
    """
    if isinstance(error, yaml.reader.ReaderError):
        return _unprintable(error, text, path)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Problem("SK001", _MESSAGE, (Label(Place(path), str(error)),))
    return _Explainer(error, text, path).problem()


def needs_jinja_quotes(text: str, path: str, line: int) -> Problem | None:
    """Return the problem if Jinja stands without quotes on that line (or up to there)."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return None
    match = re.search(r"(?:^|:|-|,|\[|\{)\s*(\{\{.*?\}\}|\{\{|\{%.*?%\}|\{%)", lines[line - 1])
    if not match:
        return None
    rest = lines[line - 1][match.start(1) :]
    value = re.split(r"\s+#|,\s*\w+:\s", rest.rstrip())[0]
    quote = "'" if '"' in value else '"'
    label = Label(Place(path, line, match.start(1) + 1, len(value)), "Jinja needs quotes in YAML")
    return Problem("SK001", _MESSAGE, (label,), f"write {quote}{value}{quote}")


def _unprintable(error: yaml.reader.ReaderError, text: str, path: str) -> Problem:
    before = text[: error.position]
    place = Place(path, before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1)
    code = error.character if isinstance(error.character, int) else ord(error.character)
    return Problem(
        "SK001", _MESSAGE, (Label(place, f"a control character (U+{code:04X})"),), help="remove it"
    )


class _Explainer:
    def __init__(self, error: yaml.MarkedYAMLError, text: str, path: str) -> None:
        assert error.problem_mark is not None
        self.what, self.context = error.problem or "", error.context or ""
        self.found, self.start = error.problem_mark, error.context_mark
        self.text, self.path, self.lines = text, path, text.split("\n")

    def problem(self) -> Problem:
        return self._jinja() or self._quotes() or self._tab() or self._colon() or self._other()

    def _jinja(self) -> Problem | None:
        lines = [mark.line + 1 for mark in (self.start, self.found) if mark is not None]
        found = (needs_jinja_quotes(self.text, self.path, line) for line in lines)
        return next((problem for problem in found if problem), None)

    def _quotes(self) -> Problem | None:
        if "end of stream" in self.what and self.start is not None:
            quote, line = self._char(self.start), self.start.line + 1
            label = Label(self._at(self.start), f"this `{quote}` is never closed")
            return self._make([label], f"add `{quote}` at the end of the text in line {line}")
        if "escape character" in self.what:
            label = Label(self._at(self.found), "not an escape that YAML knows")
            return self._make([label], "write `\\\\` for a backslash, or use single quotes")
        before = self.text[: self.found.index].rstrip()
        if before[-1:] not in "'\"" or not ("<scalar>" in self.what or "expected ','" in self.what):
            return None
        line = before.count("\n")
        end = Place(self.path, line + 1, len(before) - before.rfind("\n") - 1)
        labels = [
            Label(end, "a text in quotes ends here"),
            Label(self._at(self.found), "and something follows it"),
        ]
        hint = "close the quotes where the text ends, or put a `,` between two values"
        return self._make(labels, hint)

    def _tab(self) -> Problem | None:
        if "'\\t'" not in self.what:
            return None
        label = Label(self._at(self.found), "a tab")
        return self._make([label], "indent with spaces; YAML does not allow tabs there")

    def _colon(self) -> Problem | None:
        """``name:foo``, ``name``, ``name: One: two``; seen there, or on the line after it."""
        if "mapping values" not in self.what and "expected ':'" not in self.what:
            return None
        mark = self.start or self.found
        for number in (mark.line, mark.line - 1):
            line = self.lines[number] if 0 <= number < len(self.lines) else ""
            if glued := re.match(r"\s*(?:- )?([A-Za-z_]\w*)(:)(?=[^\s:/])(.*)", line):
                place = Place(self.path, number + 1, glued.start(2) + 1)
                hint = f"write `{glued[1]}: {glued[3].strip()}`"
                return self._make([Label(place, "no space after this `:`")], hint)
        second = re.match(r"\s*(?:- )?[\w\"']+:\s+(\S.*)", self.lines[mark.line])
        if second and second.start(1) < mark.column:
            label = Label(self._at(mark), "a second `:` on this line")
            return self._make([label], f"put the text in quotes: {_quoted(second[1].rstrip())}")
        if "expected ':'" in self.what:
            words = self.lines[mark.line].strip()
            label = Label(self._at(mark, len(words)), "no `:` after this")
            hint = f"write `{words}: ...`, or `- {words}` if it belongs to a list"
            return self._make([label], hint)
        words = self.lines[mark.line - 1].strip() if mark.line else ""
        if re.fullmatch(r"(- )?[A-Za-z_][\w ]*", words) and not self._char(mark).isspace():
            column = self.lines[mark.line - 1].index(words) + 1
            label = Label(Place(self.path, mark.line, column, len(words)), "no `:` after this")
            return self._make([label], f"write `{words}:`")
        return None

    def _other(self) -> Problem:
        labels = [Label(self._at(self.found), self.what)]
        if self.start is not None and self.start.index != self.found.index:
            labels.insert(0, Label(self._at(self.start), self.context))
        hint = "look at the brackets, quotes and spaces here and on the line above"
        if "block end" in self.what or "not allowed here" in self.what:
            hint = "check the indentation: keys that belong together start in one column"
        elif "cannot start any token" in self.what:
            hint = f"a text that begins with `{self._char(self.found)}` needs quotes"
        elif "flow" in self.context:
            hint = "is each bracket closed, and a `,` between two values?"
        return self._make(labels, hint)

    # reading the text -------------------------------------------------------

    def _char(self, mark: yaml.Mark) -> str:
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return line[mark.column] if mark.column < len(line) else ""

    def _at(self, mark: yaml.Mark, length: int = 1) -> Place:
        return Place(self.path, mark.line + 1, mark.column + 1, length)

    def _make(self, labels: list[Label], help_text: str | None) -> Problem:
        return Problem("SK001", _MESSAGE, tuple(labels), help=help_text)


def _quoted(value: str) -> str:
    return f"'{value}'" if '"' in value else f'"{value}"'
