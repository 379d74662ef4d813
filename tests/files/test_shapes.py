import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.files.shapes import MOST_DIGITS, count_shapes, shape_of

TEXTS = st.text(alphabet="0123456789.,-() €%xX/年\u202f+'", max_size=12)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("007", "099"),
        ("10", "90"),
        ("0", "0"),
        ("00", "00"),
        ("0.50", "0.90"),
        ("101", "999"),
        ("abc", "abc"),
        ("a0b1c0", "a0b9c0"),
        ("2024-01-30", "9999-99-90"),
        ("", ""),
    ],
)
def test_shapes(text: str, shape: str) -> None:
    assert shape_of(text) == shape


@given(TEXTS)
def test_a_shape_is_its_own_shape(text: str) -> None:
    """So what is decided on shapes can be asked of a shape."""
    assert shape_of(shape_of(text)) == shape_of(text)
    assert len(shape_of(text)) == len(text)


@given(st.lists(TEXTS, max_size=20))
def test_every_text_is_counted_once(texts: list[str]) -> None:
    shapes = count_shapes(texts)
    assert sum(shape.n for shape in shapes) == len(texts)
    assert [shape.n for shape in shapes] == sorted((s.n for s in shapes), reverse=True)
    for shape in shapes:
        alike = [text for text in texts if shape_of(text) == shape.text]
        assert (shape.least, shape.greatest) == (min(alike), max(alike))


def test_parts_are_of_what_may_be_a_day() -> None:
    (day,) = count_shapes(["31.11.2023", "12.12.2024"])
    assert (day.parts, day.least_parts) == ((31, 12, 2024), (12, 11, 2023))
    (amount,) = count_shapes(["31", "17"])
    assert amount.parts == (0, 0, 0)
    (long,) = count_shapes(["1 " + "9" * 50])
    assert long.parts == (1, int("9" * MOST_DIGITS), 0)
