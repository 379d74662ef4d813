import sys

import pytest

from segkit.core.recursion import deep_recursion


def test_functions_may_call_themselves_deeper_and_only_inside() -> None:
    def down(levels: int) -> int:
        return levels and down(levels - 1)

    before = sys.getrecursionlimit()
    with deep_recursion(), deep_recursion():
        assert down(5000) == 0
    assert sys.getrecursionlimit() == before
    with pytest.raises(RecursionError):
        down(before + 10)
