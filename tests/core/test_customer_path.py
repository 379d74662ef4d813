"""Who is explained, in a line."""

from __future__ import annotations

from segkit.core.customer_path import CustomerPath


def test_it_says_who_and_where() -> None:
    assert repr(CustomerPath("7", "D", "Young spenders", ())) == (
        "<CustomerPath: 7 in D Young spenders>"
    )
