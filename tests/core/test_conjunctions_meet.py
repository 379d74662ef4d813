from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from segkit.core.conjunctions import may_meet, term_product
from segkit.core.rules import Condition, Interval, Levels

ENDS = st.none() | st.integers(0, 6).map(Decimal)
NUMBERS = st.builds(Interval, ENDS, ENDS, st.booleans(), st.booleans())
TEXTS = st.builds(Levels, st.frozensets(st.sampled_from("abc"), min_size=1), st.booleans())
TERMS = st.fixed_dictionaries(
    {},
    optional={
        "n": st.builds(Condition, st.just("n"), NUMBERS, st.booleans()),
        "t": st.builds(Condition, st.just("t"), TEXTS, st.booleans()),
    },
)


@given(st.lists(st.lists(TERMS, min_size=1, max_size=2), max_size=5))
def test_no_pair_that_meets_is_left_out(rules) -> None:
    found = set(may_meet(rules))
    pairs = combinations(range(len(rules)), 2)
    assert found >= {(i, j) for i, j in pairs if term_product(rules[i], rules[j])}


def test_rules_that_a_column_keeps_apart_are_not_all_paired() -> None:
    ends = [Interval(Decimal(i), Decimal(i + 1)) for i in range(2000)]
    rules = [({"n": Condition("n", each)},) for each in ends]
    assert len(list(may_meet(rules))) == 1999  # neighbours touch
