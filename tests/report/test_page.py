"""Blocks know neither a width nor an output: the same page, rendered by each."""

from __future__ import annotations

from segkit.report.page import Cards, Page, Rows, Section, Sentence, line
from segkit.report.render_markdown import render_markdown
from segkit.report.render_text import render_text

LONG = "word " * 30
PAGE: Page = (
    Section((Sentence(LONG.strip()), line(LONG.strip()))),
    Section((Rows((("name", "n"), ("A", "12")), "lr", has_head=True),), "Sizes"),
    Section((Cards((("A", "12"), ("B", "3")), "lr", ((Sentence("one"),), ())),)),
)


def test_a_line_stays_one_and_a_sentence_is_wrapped() -> None:
    lines = render_text(PAGE, width=80).split("\n")
    assert max(map(len, lines)) == len(LONG.strip())
    assert sum(line_.lstrip().startswith("word") for line_ in lines) == 3


def test_each_block_is_said_by_each_renderer() -> None:
    for text in (render_text(PAGE, width=80), render_markdown(PAGE)):
        for said in ("word", "Sizes", "name", "12", "one"):
            assert said in text
