"""The table of mutants: each text is still there once, and so are the tests that should notice.

What becomes of the mutants is for ``scripts/mutants.py``, which .ci/long runs.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scripts.mutants import MUTANTS, Mutant, NotFound, find, package_texts

ROOT = Path(__file__).resolve().parent.parent
TEXTS = package_texts()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_changes_a_module_that_is_python_still(mutant: Mutant) -> None:
    text = TEXTS[find(mutant, TEXTS)]
    changed = text.replace(mutant.old, mutant.new)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))


def test_each_has_a_name_and_tests_that_are_there() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    missing = []
    for test in {test for mutant in MUTANTS for test in mutant.tests}:
        path, _, name = test.partition("::")
        source = (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else ""
        if not source or f"def {name}" not in source:
            missing.append(test)
    assert missing == []


def test_a_text_that_is_gone_or_stands_twice_is_named() -> None:
    texts = {Path("segkit/a.py"): "x = 1\n", Path("segkit/b.py"): "x = 1\ny = 2\n"}
    assert find(Mutant("one", "y = 2", "", ()), texts) == Path("segkit/b.py")
    for name, old in (("gone", "z = 3"), ("twice", "x = 1")):
        with pytest.raises(NotFound, match=name):
            find(Mutant(name, old, "", ()), texts)
