"""Ways to write a CASE as buckets, the plainest first."""

from __future__ import annotations

from segkit.importing.candidates import branch_of, candidates, without_null
from tests.importing.plain_cases import AGES, analysis


def ladder(*bands: tuple[str, int | None, int | None]) -> list[dict[str, object]]:
    return [
        {"label": label, **({"from": low} if low else {}), **({"to": high} if high else {})}
        for label, low, high in bands
    ]


def test_bands_come_first_where_null_is_apart() -> None:
    found = analysis(
        "CASE WHEN age IS NULL THEN 'none' WHEN age < 25 THEN 'young' WHEN age >= 25 THEN 'old' END"
    )
    first = next(candidates(found))
    assert first.spec["bands"] == ladder(("young", None, 25), ("old", 25, None))
    assert (first.way, first.spec["column"], first.missing) == ("bands", "age", "none")


def test_rules_where_null_is_among_values() -> None:
    ways = list(candidates(analysis(AGES)))
    assert {way.way for way in ways} == {"rules"}
    in_else = next(way for way in ways if way.spec.get("else") == "old")
    assert in_else.spec["rules"] == [
        {"label": "young", "when": "age < 25"},
        {"label": "mid", "when": "age >= 25 AND age < 55"},
    ]
    assert (in_else.missing, in_else.absent) == ("Unknown", {"Unknown"})
    advice = without_null(analysis(AGES))
    assert advice is not None
    assert advice.spec["bands"] == ladder(("young", None, 25), ("mid", 25, 55), ("old", 55, None))


def test_of_two_columns_there_are_rules_alone() -> None:
    found = analysis("CASE WHEN age < 25 AND spend > 9 THEN 'a' ELSE 'b' END")
    assert without_null(found) is None
    assert all("rules" in way.spec for way in candidates(found))


def test_a_name_for_null_that_is_no_label() -> None:
    found = analysis("CASE WHEN age < 25 THEN 'Unknown' WHEN age >= 25 THEN 'Missing' END")
    assert next(candidates(found)).missing == "Unknown (2)"


def test_the_branch_of_a_label() -> None:
    case = "CASE WHEN age < 2 THEN 'a' WHEN age < 4 THEN 'b' WHEN age < 6 THEN 'a' ELSE 'c' END"
    found = [branch_of(analysis(case), label).label_place.column for label in "abc"]
    assert found == [case.index(f"'{label}'") + len("SELECT customer_id, ") + 1 for label in "abc"]
