"""The page as a whole: well-formed, alone in the world, and nothing of the data is markup."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from segkit.report.html.whole_page import render_page
from segkit.survey.page_data import ProjectReport
from segkit.survey.privacy import Rows, shown_with
from tests.report.html.reports import CASES, EVIL, project, report

_VOID = {"br", "hr", "img", "input", "link", "meta", "col"}


class _Reader(HTMLParser):
    """What a browser would see: elements with their attributes, and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.wrong: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> after {self.open[-3:]}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    def values(self, name: str) -> list[str]:
        return [a[name] or "" for _, a in self.elements if name in a]


@pytest.mark.parametrize("rows", list(Rows))
@pytest.mark.parametrize("case", list(CASES))
def test_every_page_is_whole(case: str, rows: Rows) -> None:
    read = _Reader(render_page(shown_with(project(CASES[case]()), rows)))
    assert read.wrong == []
    assert read.open == []
    ids = Counter(read.values("id"))
    assert [id_ for id_, n in ids.items() if n > 1] == []
    links = [link[1:] for link in read.values("href") if link.startswith("#")]
    assert [link for link in links if link not in ids] == []


@pytest.mark.parametrize("case", list(CASES))
def test_nothing_is_asked_of_anybody(case: str) -> None:
    page = render_page(project(CASES[case]()))
    read = _Reader(page)
    assert [link for link in read.values("href") if not link.startswith("#")] == []
    assert [src for src in read.values("src") if EVIL not in src] == []
    assert re.findall(r"(?:url\((?!#)|@import|https?://(?!www\.w3\.org/))[^)\s]*", page) == []
    policy = next(a for tag, a in read.elements if a.get("http-equiv"))
    assert "default-src 'none'" in str(policy["content"])


def test_data_stays_text() -> None:
    made = CASES["evil"]()
    page = render_page(project(made))
    read = _Reader(page)
    assert not [tag for tag, _ in read.elements if tag == "img"]
    assert any(EVIL in text for text in read.texts)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.S)
    data = [json.loads(text) for text in scripts if text.startswith("{")]
    assert EVIL in json.dumps(data)


def test_two_segmentations_share_a_page() -> None:
    one, other = report(), report(segments=3)
    other = replace(other, result=replace(other.result, name="others"))
    read = _Reader(render_page(project(one, other)))
    ids = read.values("id")
    assert len(ids) == len(set(ids))
    assert {"report-shopper_segments", "report-others", "others-rules"} <= set(ids)


def test_no_section_of_customers_where_there_are_none() -> None:
    pages = {rows: render_page(shown_with(project(CASES["plain"]()), rows)) for rows in Rows}
    for question in ("Who is typical, and who is not?", "Where do they lie?"):
        assert [question in pages[rows] for rows in Rows] == [True, True, False]


def test_the_page_of_the_example_is_light(example: ProjectReport) -> None:
    """A page is sent by mail and opened on a train."""
    assert len(render_page(example).encode()) <= 235_000


def test_a_page_without_segmentations() -> None:
    assert "Business buckets" in render_page(project())


def test_the_day_is_that_of_the_data_and_another_of_the_build_is_said() -> None:
    made = project(CASES["plain"]())
    head = render_page(made).split("<h1>")[0]
    assert "as of 30 April 2026" in head and "built on 1 May 2026" in head
    head = render_page(replace(made, data_day=None)).split("<h1>")[0]
    assert "as of 1 May 2026" in head and "built on" not in head


def test_names_of_an_experiment_stay_text() -> None:
    page = render_page(project(CASES["evil"]()))
    part = page[page.index('id="experiments"') : page.index('id="what-if"')]
    assert part.count("&lt;/script&gt;&lt;img src=x") > 10 and "<img" not in part
