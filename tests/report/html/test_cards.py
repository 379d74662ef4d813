from __future__ import annotations

from dataclasses import replace

from segkit.report.html.cards import cards, cards_finding
from segkit.results import NameTruth
from tests.report.html.reports import CASES, report


def test_a_card_has_share_money_action_rules_and_what_is_doubtful() -> None:
    made = report(segments=2)
    first = made.texts[0]
    row = replace(first.row, truth=NameTruth("age under 42", 0.87, 0.06), near_a_line=1)
    made = replace(made, texts=(replace(first, row=row), *made.texts[1:]))
    text = str(cards(made))
    assert text.count("<article") == 2
    assert "send a voucher</b> · Ann" in text
    assert '<b class="or"> or </b>everyone else.' in text
    assert "1 customer near a line; the name is true of 87% here, 6% elsewhere" in text
    assert "× the average" in text


def test_the_finding_says_how_they_are_ordered_and_what_is_idle() -> None:
    made = report(segments=2)
    assert cards_finding(made).startswith("Most spend next 90 days first.")
    assert "Without an action" not in cards_finding(made)
    idle = replace(made, texts=(replace(made.texts[0], action=None), made.texts[1]))
    assert cards_finding(idle).endswith("Without an action: A.")
    nobody = CASES["no_metric"]()
    assert cards_finding(nobody).startswith("The largest first.")
    assert "No segment has an action" in cards_finding(nobody)
