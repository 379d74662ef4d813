from pathlib import Path

import pytest

from tests.mutations.damage import hold

FILES = ("segkit.yml", "sql/buckets.yml", "sql/segments.yml")


def test_some_damages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(FILES, range(1, 9), tmp_path / "shop", capsys, build_every=1000)


@pytest.mark.slow
@pytest.mark.long
def test_1000_damages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold(FILES, range(1000), tmp_path / "shop", capsys, build_every=20)
