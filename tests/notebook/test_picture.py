"""A picture stands alone, touches nothing beside it, and is saved as the page would have it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from segkit.errors import ConfigError
from segkit.notebook.picture import Picture, shown
from segkit.report.html.figures.figure_table import FIGURES
from segkit.report.html.figures.snake_plot import snake_plot
from segkit.report.html.standalone import standalone_svg
from tests.report.html.reports import CASES, EVIL

SNAKE = snake_plot(CASES["plain"]())


class Tags(HTMLParser):
    """All elements with their attributes, and the rules of style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def style_of(html: str) -> str:
    return html.split("<style>")[1].split("</style>")[0]


@pytest.mark.parametrize("case", ["plain", "evil"])
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_runs_and_nothing_is_asked_for(name: str, case: str) -> None:
    html = Picture(EVIL, FIGURES[name].draw(CASES[case]()), EVIL)._repr_html_()
    tags = Tags(html).found
    assert {tag for tag, _ in tags} & {"script", "img", "link", "iframe", "object"} == set()
    assert not [key for _, values in tags for key in values if key.startswith("on")]
    assert not re.search(r"https?:|@import|url\((?!#segkit-)", html)


def test_its_css_is_for_itself_alone() -> None:
    html = shown(SNAKE)
    (name,) = {values["class"] for tag, values in Tags(html).found if tag == "div"} & {
        html.split('class="')[1].split('"')[0]
    }
    css, depth, heads, head = style_of(html), 0, [], ""
    for char in css:
        if char == "{":
            if depth == 0 or (depth == 1 and heads[-1].startswith("@")):
                heads.append(head.strip())
            depth, head = depth + 1, ""
        elif char == "}":
            depth, head = depth - 1, ""
        else:
            head += char
    rules = [each for each in heads if not each.startswith("@")]
    assert depth == 0 and len(rules) == 5
    assert all(each.split()[-1] == f".{name}" for each in rules)


def test_marks_are_not_those_of_another_output() -> None:
    """An output that is hidden has marks that nobody sees."""
    one, other = shown(SNAKE), shown(SNAKE, "and more")
    ids = [{v["id"] for t, v in Tags(html).found if t == "marker"} for html in (one, other)]
    assert len(ids[0]) == len(ids[1]) > 1 and not ids[0] & ids[1]
    used = set(re.findall(r"url\(#([^)]+)\)", style_of(one)))
    assert used == ids[0]
    assert shown(SNAKE) == one


def test_it_is_readable_in_the_dark() -> None:
    css = style_of(shown(SNAKE))
    for host in ("[data-jp-theme-light=false]", ".vscode-dark", "prefers-color-scheme:dark"):
        assert host in css
    assert css.count("--paper:#ffffff") == css.count("--paper:#1b1d22") == 2


def test_it_is_saved_as_svg(tmp_path: Path) -> None:
    picture = Picture("Profiles", SNAKE)
    path = picture.save(tmp_path / "snake.svg")
    assert path.read_text("utf-8") == standalone_svg(SNAKE, "Profiles")
    assert "Profiles" in "".join(ElementTree.fromstring(path.read_text("utf-8")).itertext())
    with pytest.raises(ConfigError, match=r"SK702.*snake\.png: a picture is saved as SVG"):
        picture.save(tmp_path / "snake.png")
    with pytest.raises(ConfigError, match="SK002"):
        picture.save(tmp_path / "nowhere/snake.svg")
    assert repr(picture) == "<Picture: Profiles>"
