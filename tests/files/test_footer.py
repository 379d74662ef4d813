"""Lines that are no customers, by their words."""

from __future__ import annotations

import pytest

from segkit.files.footer import FOOTER, is_footer, is_total, one_line


@pytest.mark.parametrize(
    "text",
    [
        "Total", "TOTAL:", " Grand total ", "Subtotal", "Sub-Total", "Summe", "Gesamt 2024",
        "Total général", "Total general", "Totaal", "Итого", "合計", "Total (2)", "Total customers",
    ],
)  # fmt: skip
def test_totals(text: str) -> None:
    assert is_total(["", text, "12"])


@pytest.mark.parametrize("text", ["Total Wine", "Summer", "Sum Corp", "Totalenergies", "x total"])
def test_names_that_are_no_totals(text: str) -> None:
    assert not is_total([text, "12"])
    assert not is_total([])


@pytest.mark.parametrize(
    ("record", "is_one"),
    [
        (["Exported on 2024-01-01"], True), (["Rows: 2"], True), (["x"], True),
        (["Source: CRM, 2024", "", ""], True), (["C17", "", ""], False), (["12"], False),
        (["", "", ""], False), (["a", "b", "c"], False), ([], False),
    ],
)  # fmt: skip
def test_footers(record: list[str], is_one: bool) -> None:
    assert is_footer(record, 3) == is_one


def test_in_one_line() -> None:
    assert one_line([" a ", "", "b"]) == "a b"
    assert FOOTER == 5
