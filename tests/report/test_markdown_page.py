from __future__ import annotations

from segkit.report.markdown_page import markdown_page
from segkit.report.render_markdown import render_markdown
from tests.report.html.reports import CASES, EVIL, project


def test_a_page_for_a_pull_request() -> None:
    made = CASES["mixed"]()
    text = render_markdown(markdown_page(project(made)))
    heads = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert heads[0].startswith("shopper_segments: ")
    assert heads[1:] == [
        "What holds",
        "What is doubtful",
        "What are the rules?",
        "In what do they differ?",
        "Revenue, capped at 95.50",
        "Refunds, a guardrail",
        "Which arm for whom",
        "Needed to find it in 80% of experiments",
        "With 1,300 customers, a lift is seen from",
        "Be careful",
        "Why so many?",
        "customer_buckets: 900 customers",
    ]
    assert "| age_band | 25-35 | 700 | 78% |" in text
    assert "| send a voucher | Ann |" in text


def test_it_is_small_and_has_no_customer() -> None:
    for case in ("twelve", "evil", "own"):
        made = CASES[case]()
        text = render_markdown(markdown_page(project(made)))
        assert len(text.encode()) < 60_000
        ids = [e.id for some in made.survey.examples.values() for e in some]
        assert not [id_ for id_ in ids if id_ in text]
        assert EVIL not in text
