"""A YAML syntax error in words that name the next step."""

from __future__ import annotations

import re

import yaml

from segkit.errors import Label, Place, Problem

_OPENERS = {"mapping": ("{", "}"), "sequence": ("[", "]")}
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
    return Problem(
        "SK001",
        _MESSAGE,
        (Label(Place(path, line, match.start(1) + 1, len(value)), "Jinja needs quotes in YAML"),),
        help=f"write {quote}{value}{quote}",
    )


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
        return (
            self._jinja()
            or self._quotes()
            or self._tab()
            or self._flow()
            or self._start_of_text()
            or self._no_value()
            or self._dash()
            or self._colon()
            or self._indentation()
            or self._other()
        )

    # what each looks at ----------------------------------------------------

    def _jinja(self) -> Problem | None:
        for mark in (self.start, self.found):
            if mark is not None and (
                found := needs_jinja_quotes(self.text, self.path, mark.line + 1)
            ):
                return found
        return None

    def _quotes(self) -> Problem | None:
        if "end of stream" in self.what and self.start is not None:
            quote = self._char(self.start)
            end = len(self.text.rstrip("\n").split("\n"))
            labels = [Label(self._at(self.start), f"this `{quote}` is never closed")]
            if end > self.start.line + 1:
                last = len(self.lines[end - 1].rstrip())
                labels.append(
                    Label(
                        Place(self.path, end, max(1, last)),
                        f"the file ends without another `{quote}`",
                    )
                )
            return self._make(
                labels, f"add `{quote}` at the end of the text in line {self.start.line + 1}"
            )
        if "escape character" in self.what:
            return self._make(
                [Label(self._at(self.found), "not an escape that YAML knows")],
                "write `\\\\` for a backslash, or use single quotes",
            )
        scalar = self._quoted_text_before()
        if scalar is None:
            return None
        quote = self._char(scalar.start_mark)
        if scalar.start_mark.line < self.found.line:
            return self._make(
                [
                    Label(self._at(scalar.start_mark), f"this `{quote}` is not closed on its line"),
                    Label(self._at(self.found), f"so the text ends here, at the next `{quote}`"),
                ],
                f"add `{quote}` at the end of the text in line {scalar.start_mark.line + 1}",
            )
        place = Place(
            self.path,
            scalar.start_mark.line + 1,
            scalar.start_mark.column + 1,
            scalar.end_mark.column - scalar.start_mark.column,
        )
        return self._make(
            [
                Label(place, "the text in quotes ends here"),
                Label(self._at(self.found), "and something follows it"),
            ],
            "close the quotes where the text ends, or put a `,` between two values",
        )

    def _tab(self) -> Problem | None:
        if "'\\t'" not in self.what:
            return None
        return self._make(
            [Label(self._at(self.found), "a tab")],
            "indent with spaces; YAML does not allow tabs there",
        )

    def _flow(self) -> Problem | None:
        kind = next((kind for kind in _OPENERS if f"flow {kind}" in self.context), None)
        if kind is None or self.start is None or "expected ','" not in self.what:
            return self._closed_too_often()
        opener, closer = _OPENERS[kind]
        opened = Label(self._at(self.start), f"this `{opener}` is never closed")
        if "stream end" in self.what or self._is_next_entry():
            labels = [opened]
            if "stream end" not in self.what:
                labels.append(
                    Label(self._at(self.found), f"found this instead of `,` or `{closer}`")
                )
            return self._make(labels, f"add `{closer}` at the end of line {self._line_before()}")
        char = self._char(self.found)
        if char in "]})":
            return self._make(
                [
                    Label(self._at(self.start), f"opened with `{opener}`"),
                    Label(self._at(self.found), f"closed with `{char}`"),
                ],
                f"close it with `{closer}`",
            )
        return self._make(
            [Label(self._at(self.found), f"found this instead of `,` or `{closer}`")],
            "put a `,` between two values; a text that holds `:` or `#` needs quotes",
        )

    def _closed_too_often(self) -> Problem | None:
        char = self._char(self.found)
        return self._closing(char) if "block end" in self.what and char in ("]", "}") else None

    def _closing(self, char: str) -> Problem:
        return self._make(
            [Label(self._at(self.found), f"nothing is open for this `{char}`")],
            "remove it, or put the text in quotes",
        )

    def _start_of_text(self) -> Problem | None:
        if "block scalar" in self.context:
            assert self.start is not None
            return self._quote_it(self.start)
        return self._quote_it(self.found) if "cannot start any token" in self.what else None

    def _quote_it(self, mark: yaml.Mark) -> Problem:
        char = self._char(mark)
        rest = self.lines[mark.line][mark.column :]
        value = re.split(r"[,\]}]|\s+#", rest)[0].rstrip() or char
        quoted = f"'{value}'" if '"' in value else f'"{value}"'
        return self._make(
            [
                Label(
                    Place(self.path, mark.line + 1, mark.column + 1, len(value)),
                    f"a text cannot start with `{char}` without quotes",
                )
            ],
            f"write {quoted}",
        )

    def _no_value(self) -> Problem | None:
        """``[#1, #2]``, ``[1,, 2]``, ``]``"""
        if "expected the node content" not in self.what:
            return None
        for number in range(self.found.line, max(self.found.line - 3, -1), -1):
            line = self.lines[number] if number < len(self.lines) else ""
            if comment := re.search(r"(?:^|[\s\[{,])(#[^,\]}]*)", line):
                place = Place(self.path, number + 1, comment.start(1) + 1)
                text = comment[1].strip()
                label = Label(place, "from here on the line is a comment")
                return self._make([label], f'write "{text}" in quotes if it is a text')
        char = self._char(self.found)
        if char in ("]", "}"):
            return self._closing(char)
        if not char:
            last = self.text.rstrip().split("\n")
            place = Place(self.path, len(last), max(1, len(last[-1])))
            return self._make([Label(place, "the file ends inside a bracket")], "close the bracket")
        label = Label(self._at(self.found), "a value is missing before this")
        return self._make([label], "write a value, or remove the `,` that waits for one")

    def _dash(self) -> Problem | None:
        """``-name: foo``: seen on the line after it, if at all."""
        for number in (self.found.line, self.found.line - 1):
            line = self.lines[number] if 0 <= number < len(self.lines) else ""
            if glued := re.match(r"\s*(-)([A-Za-z_]\w*:.*)", line):
                label = Label(
                    Place(self.path, number + 1, glued.start(1) + 1), "no space after this `-`"
                )
                return self._make([label], f"write `- {glued[2].strip()}`")
        return None

    def _colon(self) -> Problem | None:
        """``name:foo``: seen at the place itself, or on the line before it."""
        if "mapping values" not in self.what and "expected ':'" not in self.what:
            return None
        mark = self.start or self.found
        for number in (mark.line, mark.line - 1):
            line = self.lines[number] if 0 <= number < len(self.lines) else ""
            glued = re.match(r"\s*(?:- )?([A-Za-z_]\w*)(:)(?=[^\s:/])(.*)", line)
            if glued:
                return self._make(
                    [
                        Label(
                            Place(self.path, number + 1, glued.start(2) + 1),
                            "no space after this `:`",
                        )
                    ],
                    f"write `{glued[1]}: {glued[3].strip()}`",
                )
        if "expected ':'" in self.what:
            words = self.lines[mark.line].strip()
            return self._make(
                [
                    Label(
                        Place(self.path, mark.line + 1, mark.column + 1, len(words)),
                        "no `:` after this",
                    )
                ],
                f"write `{words}: ...`, or `- {words}` if it belongs to a list",
            )
        above = self.lines[mark.line - 1] if mark.line else ""
        if re.fullmatch(r"(- )?[A-Za-z_][\w ]*", above.strip()) and not self._char(mark).isspace():
            words = above.strip()
            start = len(above) - len(above.lstrip()) + 1
            return self._make(
                [Label(Place(self.path, mark.line, start, len(words)), "no `:` after this")],
                f"write `{words}:`",
            )
        second = re.match(r"\s*(?:- )?[\w\"']+:\s+(\S.*)", self.lines[mark.line])
        if second and second.start(1) < mark.column:
            value = second[1].rstrip()
            quoted = f"'{value}'" if '"' in value else f'"{value}"'
            return self._make(
                [Label(self._at(mark), "a second `:` on this line")],
                f"put the text in quotes: {quoted}",
            )
        return None

    def _indentation(self) -> Problem | None:
        if "block end" not in self.what and "not allowed here" not in self.what:
            return None
        line = self.lines[self.found.line]
        if "sequence entries" in self.what:
            return self._make(
                [Label(self._at(self.found), "a list cannot start here")],
                "start the list on a line of its own, below its key",
            )
        column = len(line) - len(line.lstrip()) + 1
        if line[column - 1 :].startswith("- ") or column == self.found.column + 1 or ":" in line:
            allowed = sorted(
                {
                    len(above) - len(above.lstrip(" "))
                    for above in self.lines[: self.found.line]
                    if above.strip()
                }
            )
            spaces = column - 1
            near = min(allowed, key=lambda n: (abs(n - spaces), n), default=0)
            return self._make(
                [
                    Label(
                        Place(self.path, self.found.line + 1, column),
                        f"{_spaces(spaces)} in front of this",
                    )
                ],
                f"the lines above start with {_spaces(near)}: keys that belong together start in "
                "one column"
                if near != spaces
                else "check the indentation; a list under a key starts on a line of its own",
            )
        return None

    def _other(self) -> Problem:
        hint = "look at the brackets, quotes and spaces here and on the line above"
        return self._make([Label(self._at(self.found), self.what)], hint)

    # reading the text -------------------------------------------------------

    def _is_next_entry(self) -> bool:
        """True if the place is on a later line that is not deeper than the one that opened."""
        assert self.start is not None
        if self.found.line <= self.start.line:
            return False
        return _indent(self.lines[self.found.line]) <= _indent(self.lines[self.start.line])

    def _line_before(self) -> int:
        number = min(self.found.line, len(self.lines)) - 1
        assert self.start is not None
        while number > self.start.line and (
            not self.lines[number].strip() or self.lines[number].lstrip().startswith("#")
        ):
            number -= 1
        return number + 1

    def _quoted_text_before(self) -> yaml.ScalarToken | None:
        """The text in quotes that ends right where the parser stumbled."""
        if "<scalar>" not in self.what and "expected ','" not in self.what:
            return None
        last: yaml.ScalarToken | None = None
        try:
            for token in yaml.scan(self.text, Loader=yaml.SafeLoader):
                if token.start_mark.index >= self.found.index:
                    break
                if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"'):
                    last = token
        except yaml.YAMLError:
            pass
        if last is None or self.text[last.end_mark.index : self.found.index].strip():
            return None
        return (
            last
            if self._char(self.found) not in ":]}" or (last.start_mark.line < self.found.line)
            else None
        )

    def _char(self, mark: yaml.Mark) -> str:
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return line[mark.column] if mark.column < len(line) else ""

    def _at(self, mark: yaml.Mark) -> Place:
        return Place(self.path, mark.line + 1, mark.column + 1)

    def _make(self, labels: list[Label], help_text: str | None) -> Problem:
        return Problem("SK001", _MESSAGE, tuple(labels), help=help_text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _spaces(count: int) -> str:
    return "no space" if count == 0 else "1 space" if count == 1 else f"{count} spaces"
