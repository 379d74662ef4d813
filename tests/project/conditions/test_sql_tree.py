import pytest

from segkit.project.conditions.sql_tree import MAX_NESTING, TooDeep, parsed


@pytest.mark.parametrize(
    ("before", "inside", "after"),
    [
        ("(", "a > 1", ")"),
        ("NOT ", "a > 1", ""),
        ("CASE WHEN a > 1 THEN 1 ELSE ", "2", " END"),
        ("abs(", "a", ")"),
        ("[", "a", "]"),
        ("a > 1 AND (b > 1 OR (", "a > 1", "))"),
    ],
)
def test_depth(before: str, inside: str, after: str) -> None:
    deep = 40
    assert parsed(before * deep + inside + after * deep, "duckdb")
    for depth in (MAX_NESTING + 1, 5000):
        with pytest.raises(TooDeep, match="inside each other"):
            parsed(before * depth + inside + after * depth, "duckdb")


def test_length() -> None:
    assert parsed(" OR ".join(f"a = {i}" for i in range(5000)), "duckdb")
    with pytest.raises(TooDeep, match="in a row"):
        parsed("+".join(["1"] * 5000), "duckdb")


def test_the_branches_of_a_case_are_no_operators_in_a_row() -> None:
    whens = " ".join(f"WHEN age < {i} THEN 'L{i}'" for i in range(5000))
    assert len(parsed(f"SELECT CASE {whens} ELSE 'rest' END", "duckdb")) == 1
