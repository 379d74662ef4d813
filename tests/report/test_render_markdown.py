from __future__ import annotations

import pytest

from segkit.report.explain import explanation_page
from segkit.report.page import Cards, Rows, Section, Sentence
from segkit.report.render_markdown import markdown_text, render_markdown
from segkit.results import Explanation, SegmentText
from tests.report.samples import FIT, ROWS


def test_titles_tables_and_cards() -> None:
    table = Rows((("k", "Loss "), ("2", "3%*")), "lr", has_head=True)
    cards = Cards((("A", "Big"),), "ll", ((Sentence("spend < $9"), Sentence("or more")),))
    page = (Section((Sentence("one", 2),)), Section((table, cards), "What for:"), Section(()))
    assert render_markdown(page).split("\n") == [
        "one",
        "",
        "## What for",
        "",
        "| k | Loss |",
        "| --- | ---: |",
        "| 2 | 3%* |",
        "",
        "### A Big",
        "",
        "- spend &lt; $9",
        "- or more",
    ]


def test_rows_without_a_head_get_an_empty_one() -> None:
    page = (Section((Rows((("a", "b"),), "ll"),)),)
    assert render_markdown(page) == "|  |  |\n| --- | --- |\n| a | b |"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("a\\b", "a\\\\b"),
        ("<b>", "&lt;b>"),
        ("a\r\nb", "a  b"),
        ("\x1b[31m", "\\\\x1b[31m"),
    ],
)
def test_nothing_in_a_text_is_a_mark(text: str, shown: str) -> None:
    assert markdown_text(text) == shown


def test_an_explanation() -> None:
    segments = (SegmentText(ROWS[0], ("spend $90 or more",), "invite", "CRM"),)
    text = render_markdown(explanation_page(Explanation("s", FIT, 4128, segments)))
    assert text.startswith("s: 1 segment, 4,128 customers (fit v0001)\n\n### A Big")
    assert "How sure?\n\nThe rules cost" in text
    assert "### A Big 2,924 71%\n\n- spend $90 or more\n- -> invite (CRM)" in text
