"""What is known by a column's decision: all that was seen, and nothing that could be doubted."""

from __future__ import annotations

import re

import pytest

from segkit.files.column_readings import read_columns
from segkit.files.file_columns import ColumnReading, ColumnTexts
from segkit.files.patterns import shape_pattern, value_pattern, word_pattern
from segkit.files.shapes import count_shapes, shape_of
from tests.files.generated_columns import generate


def reading(texts: list[str] | tuple[str, ...]) -> ColumnReading | None:
    known = [text.strip() for text in texts if text.strip()]
    columns = [ColumnTexts("x", count_shapes(known), len(set(known)))]
    return next(iter(read_columns(columns).columns), None)


@pytest.mark.parametrize(
    ("seen", "known", "doubted"),
    [
        (["1.234,50", "7,25"], ["1.234.567,00", "0,10", "999,99"], ["1234,50", "1.234", "7,5"]),
        (["1234,50", "7,25"], ["123456,00"], ["1.234,50", "1.234"]),
        (["950", "532", "999", "812", "1.043", "1.200", "1.350"], ["12.000"], ["1.5", "1,043,5"]),
        (["($5.00)", "$1,250.00"], ["($1,000,000.25)"], ["-$5.00", "5.00", "€5.00", "$5"]),
        (["12,34,567.50", "1,234.00"], ["1,12,34,567.00"], ["12,34.00"]),
        (["5 kr.", "17 kr."], ["1200 kr."], ["007 kr.", "5 kr"]),
        (["31.12.2024", "01.02.2023"], ["10.10.2020"], ["1.2.2024", "31/12/2024"]),
        (["20241231", "20230101"], ["20200229"], ["99991231", "2024123"]),
        (["1.5", "2.25", "NA"], ["7.5"], ["NA", "007.5"]),
    ],
)
def test_values(seen: list[str], known: list[str], doubted: list[str]) -> None:
    found = reading(seen)
    assert found is not None and found.type != "VARCHAR"
    pattern = re.compile(value_pattern(found))
    values = [text for text in seen if text != "NA"]
    assert [text for text in [*values, *known] if not pattern.fullmatch(text)] == []
    assert [text for text in doubted if pattern.fullmatch(text)] == []


def test_generated_columns() -> None:
    """Every text of a column is a value or a word of it, and none is both."""
    columns = 0
    for seed in range(4000, 4400):
        column = generate(seed)
        found = reading(column.texts)
        if found is None or found.type == "VARCHAR":
            continue
        columns += 1
        value, words = value_pattern(found), word_pattern(found)
        zeros = found.number.zeros if found.number is not None else ()
        for text in {text.strip() for text in column.texts} - {"", *zeros}:
            is_word = words is not None and bool(re.fullmatch(words, text))
            assert bool(re.fullmatch(value, text)) != is_word, (seed, text)
    assert columns > 200


@pytest.mark.parametrize("text", ["0", "7", "-0.50", "1.05", "5+", "20 % (ca.)", "[a]^9"])
def test_the_texts_of_a_shape(text: str) -> None:
    pattern = shape_pattern(shape_of(text))
    assert re.fullmatch(pattern, text)
    others = ["0", "7", "70", "-0.50", "-0.55", "1.05", "1.00", "5+", "20 % (ca.)", "[a]^9"]
    alike = [other for other in others if re.fullmatch(pattern, other)]
    assert alike == [other for other in others if shape_of(other) == shape_of(text)]
