"""The name that was meant, if one is near."""

from __future__ import annotations

import pytest

from segkit.project.yaml.near_names import did_you_mean, did_you_mean_text

KNOWN = ["segments", "buckets", "seeds"]


@pytest.mark.parametrize(
    ("name", "near"),
    [("SEGMENTZ", "segments"), ("bucket", "buckets"), ("sed", "seeds"), ("xyz", None), ("", None)],
)
def test_the_nearest(name: str, near: str | None) -> None:
    assert did_you_mean(name, KNOWN) == near
    assert did_you_mean_text(name, KNOWN) == (f"did you mean `{near}`?" if near else "")


def test_of_no_name_none_is_near() -> None:
    assert did_you_mean("a", []) is None
