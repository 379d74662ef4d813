from __future__ import annotations

from typing import get_args

from segkit.report.glossary import GLOSSARY, Term
from segkit.report.html.whole_page import _spelled


def test_no_term_is_explained_by_its_name() -> None:
    """The page has the name in front of it."""
    for term, text in GLOSSARY.items():
        assert not text.lower().startswith((term, _spelled(term).lower())), text


def test_each_term_is_explained_in_a_sentence() -> None:
    assert set(GLOSSARY) == set(get_args(Term))
    assert all(text.endswith(".") for text in GLOSSARY.values())
