from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from segkit.errors import FitError
from segkit.publish.stored.accepted import accepted_file, accepted_moment

MOMENT = datetime(2026, 2, 1, 9, 30)


def write(directory: Path) -> Path:
    ((path, text),) = accepted_file(directory, "shoppers", MOMENT).items()
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_it_is_read_back(tmp_path: Path) -> None:
    assert accepted_moment(tmp_path, "shoppers") is None
    path = write(tmp_path)
    assert path == tmp_path / "shoppers" / "accepted.json"
    assert accepted_moment(tmp_path, "shoppers") == MOMENT


def test_an_edit_by_hand_is_told(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text().replace("2026-02", "2026-03"), encoding="utf-8")
    with pytest.raises(FitError, match=r"SK312.*edited after segkit wrote it"):
        accepted_moment(tmp_path, "shoppers")


def test_what_is_no_time(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text('{"format": 1, "as_of": "soon"}', encoding="utf-8")
    with pytest.raises(FitError, match=r"SK312.*'soon', which is no time"):
        accepted_moment(tmp_path, "shoppers")
