from __future__ import annotations

from typing import get_args

from segkit.report.glossary import GLOSSARY, Term


def test_each_term_is_explained_in_a_sentence() -> None:
    assert set(GLOSSARY) == set(get_args(Term))
    assert all(text.endswith(".") for text in GLOSSARY.values())
