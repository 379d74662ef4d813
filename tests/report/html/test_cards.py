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
    assert '<p class="foot">1 customer near a line</p>' in text
    said = " The short name, age under 42, is true of 87% of them and 6% of the others."
    assert f'everyone else.<span class="short">{said}</span></p>' in text
    assert text.count("The short name") == 1  # the others' are not the fit's
    assert "× the average" in text


def test_a_name_that_is_true_of_all_of_them_alone() -> None:
    made = report(segments=2)
    first = made.texts[0]
    row = replace(first.row, truth=NameTruth("", 1.0, 0.0))
    made = replace(made, texts=(replace(first, row=row), *made.texts[1:]))
    assert " The short name is true of all of them and nobody else." in cards(made)


def test_what_has_nothing_doubtful_has_no_foot_and_no_card_is_alone_in_a_row() -> None:
    made = report(segments=2)
    calm = [replace(text, row=replace(text.row, near_a_line=None)) for text in made.texts]
    assert 'class="foot"' not in cards(replace(made, texts=tuple(calm)))
    found = {n: 'class="cards pairs"' in cards(report(segments=n)) for n in range(2, 7)}
    assert found == {2: True, 3: False, 4: True, 5: False, 6: False}


def test_the_finding_says_how_they_are_ordered_and_what_is_idle() -> None:
    made = report(segments=2)
    assert cards_finding(made).startswith("Most spend next 90 days first.")
    assert "Without an action" not in cards_finding(made)
    idle = replace(made, texts=(replace(made.texts[0], action=None), made.texts[1]))
    assert cards_finding(idle).startswith("Without an action: A. Most spend")
    nobody = CASES["no_metric"]()
    said = cards_finding(nobody)
    assert said.startswith("What to do with them is not declared yet: write `about: {A: {action: ")
    assert " The largest first. " in said
