"""HTML from tags: a str is text, always."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from segkit.report.html.markup import joined, tag


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((name, attributes))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"])))
def test_whatever_text_is_put_in_comes_out_as_text(text: str) -> None:
    reader = _Reader()
    reader.feed(tag("p", text, title=text))
    reader.close()
    assert reader.tags == [("p", [("title", text)])] and reader.text == text


def test_what_is_markup_stays_so() -> None:
    assert tag("p", tag("b", "<"), " & ", 1) == "<p><b>&lt;</b> &amp; 1</p>"
    assert joined(["<", Markup("<br>"), [1.5, None]], ", ") == "&lt;, <br>, 1.5"


@pytest.mark.parametrize(
    ("made", "written"),
    [
        (tag("br"), "<br>"),
        (tag("circle", r=1), '<circle r="1"/>'),
        (tag("circle", tag("title", "a")), "<circle><title>a</title></circle>"),
        (tag("div"), "<div></div>"),
        (tag("p", hidden=True, id=None, draggable=False), "<p hidden></p>"),
        (tag("p", class_="a", data_s="B", tabindex=0), '<p class="a" data-s="B" tabindex="0"></p>'),
        (tag("svg", viewBox="0 0 1 1"), '<svg viewBox="0 0 1 1"></svg>'),
    ],
)
def test_attributes(made: Markup, written: str) -> None:
    assert made == written
