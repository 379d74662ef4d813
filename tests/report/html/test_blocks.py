from __future__ import annotations

import pytest

from segkit.report.html.blocks import page_blocks
from segkit.report.page import Cards, Rows, Section, Sentence


def test_a_page_as_html() -> None:
    rows = Rows((("segment", "n", ""), ("A <b>", "12", "")), "lrl", has_head=True)
    drawn = page_blocks((Section((rows, Sentence("see `x`")), "What:"),))
    assert str(drawn).startswith("<h4>What</h4><div")
    assert '<tr><th>segment</th><th class="n">n</th><td></td></tr>' in drawn
    assert '<tr><td>A &lt;b&gt;</td><td class="n">12</td><td></td></tr>' in drawn
    assert drawn.endswith('<p class="note">see <code>x</code></p>')


def test_rows_without_a_head_have_none() -> None:
    assert "<th" not in page_blocks((Section((Rows((("a", "1"),), "lr"),)),))


def test_cards_have_no_place() -> None:
    with pytest.raises(TypeError, match="Cards"):
        page_blocks((Section((Cards((), "", ()),)),))
