from __future__ import annotations

from segkit.report.page import Cards, Rows, Section, Sentence, line
from segkit.report.render_text import render_text

LONG = "a sentence that says in many words what could have been said in a few of them, or in none"


def test_sections_stand_apart_and_blocks_under_each_other() -> None:
    page = (Section((line("one"), Rows((("a", "1"), ("bb", "10")), "lr"))), Section((), "Title:"))
    assert render_text(page) == "one\na    1\nbb  10\n\nTitle:"


def test_prose_is_wrapped_and_a_line_is_not() -> None:
    page = (Section((Sentence(LONG, 1, 3), line(LONG, 2))),)
    first, second, whole = render_text(page, width=70).split("\n")
    assert first.startswith(" a sentence") and len(first) <= 70
    assert second.startswith("   ") and " ".join((first + second).split()) == LONG.strip()
    assert whole == f"  {LONG}"


def test_below_60_columns_prose_grows_and_words_stay_whole() -> None:
    assert render_text((Section((Sentence("K-Means " * 7),)),), width=20).count("\n") == 0
    assert render_text((Section((Sentence("x" * 99),)),)) == "x" * 99
    assert render_text((Section((Sentence("y" * 57 + " K-Means"),)),), width=60) == (
        "y" * 57 + "\n  K-Means"
    )


def test_the_last_column_is_clipped_to_the_width_or_stands_below_its_row() -> None:
    rows = (("", "Rule"), ("A", LONG))
    clipped = render_text((Section((Rows(rows, "ll", True, 2, least=30),)),), width=50)
    assert clipped.split("\n")[0] == "     Rule"
    assert 45 <= max(map(len, clipped.split("\n"))) <= 50
    below = render_text((Section((Rows(rows, "ll", True, 2, least=60),)),), width=64)
    assert below.split("\n") == ["", "  A", f"     {LONG[:55]}..."]
    short = (("", "Rule"), ("A", "few words"))
    assert render_text((Section((Rows(short, "ll", True, 2, least=60),)),), width=64).split("\n")[
        1
    ] == ("  A  few words")


def test_heads_of_cards_line_up() -> None:
    cards = Cards((("A", "9"), ("BB", "10")), "lr", ((Sentence("x", 4, 6),), ()))
    assert render_text((Section((cards,)),)) == "  A    9\n    x\n\n  BB  10"


def test_no_text_steers_the_terminal() -> None:
    evil = "\x1b[31m\nx"
    blocks = (line(evil), Sentence(evil), Rows(((evil,),), "l"))
    page = (Section((*blocks, Cards(((evil,),), "l", ((line(evil),),)))),)
    assert render_text(page).count("\\x1b[31m\\nx") == 5
    assert "\x1b" not in render_text(page)
