"""Numbers by each way that people write them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from segkit.files.number_study import reads
from segkit.files.shapes import shape_of
from segkit.files.written_numbers import read_shape


@given(
    st.lists(st.integers(0, 10**9), min_size=1),
    st.sampled_from([".", ","]),
    st.sampled_from(["", ",", ".", " ", "'"]),
    st.integers(0, 4),
)
def test_a_number_is_read_by_the_way_it_is_written(
    values: list[int], decimal: str, thousands: str, places: int
) -> None:
    if decimal == thousands:
        return
    for value in values:
        text = f"{value:,}".replace(",", thousands) + (decimal + "7" * places if places else "")
        written = read_shape(shape_of(text))
        assert written is not None
        how = reads(written, decimal, thousands)
        assert how is not None
        assert ("parted" in how) == bool(places)
        assert ("grouped" in how) == (value >= 1000 and thousands != "")
