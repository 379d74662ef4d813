from __future__ import annotations

import pytest

from segkit.core.descent import MAJORITY, Descent, descents


def told(before: str, after: str, shared: dict[str, int]) -> dict[str, tuple[str, str]]:
    found = descents(before, after, {(pair[0], pair[1]): n for pair, n in shared.items()})
    return {each.id: (each.kind, "".join(each.of)) for each in found}


def test_the_same_people_and_the_same_letters() -> None:
    assert told("AB", "AB", {"AA": 9, "AB": 1, "BB": 5}) == {"A": ("kept", "A"), "B": ("kept", "B")}


def test_a_new_letter_comes_from_where_most_of_its_people_were() -> None:
    found = told("AB", "ABC", {"AA": 6, "AC": 4, "BB": 5, "BC": 3})
    assert found["C"] == ("split", "A") and found["A"] == ("kept", "A")


def test_two_that_went_into_one_are_merged_whichever_letter_stayed() -> None:
    found = told("ABC", "AC", {"AA": 9, "BC": 6, "BA": 4, "CC": 5})
    assert found == {"A": ("kept", "A"), "C": ("merged", "BC"), "B": ("retired", "C")}
    found = told("AB", "D", {"AD": 4, "BD": 5})
    assert found == {"D": ("merged", "AB"), "A": ("retired", "D"), "B": ("retired", "D")}


def test_of_many_origins_and_of_nobody_known_it_is_new() -> None:
    mixed = {"AA": 8, "AC": 2, "BB": 8, "BC": 2}
    assert told("AB", "ABC", mixed)["C"] == ("new", "")
    assert told("A", "AB", {"AA": 3, "uB": 9})["B"] == ("new", "")


@pytest.mark.parametrize(("to_c", "said"), [(5, ("retired", "")), (6, ("retired", "C"))])
def test_half_is_no_majority(to_c: int, said: tuple[str, str]) -> None:
    """A tie is nobody's: B falls into equal halves, and went into neither."""
    assert MAJORITY == 0.5
    found = told("ABZ", "ACD", {"AA": 9, "BC": to_c, "BD": 10 - to_c, "ZC": 20, "ZD": 20})
    assert found["B"] == said


def test_those_that_are_there_come_first_in_their_order() -> None:
    found = descents("AB", "CA", {("A", "A"): 1, ("B", "C"): 1})
    assert [each.id for each in found] == ["C", "A", "B"]
    assert found[0] == Descent("C", "split", ("B",))
