"""Until when things were as they are no more: ``accepted.json`` beside the fits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from segkit.publish.stored import json_files

_NAME = "accepted.json"
_EDIT = "`segkit drift {0} --accept` writes it anew"


def accepted_file(directory: Path, name: str, moment: datetime) -> dict[Path, str]:
    """Return the file as path -> text: until that moment things were as they are no more."""
    data = json_files.sealed({"format": 1, "as_of": moment.isoformat()})
    return {directory / name / _NAME: json_files.dump(data)}


def accepted_moment(directory: Path, name: str) -> datetime | None:
    """Return the last build of the level that was left behind; None where none was.

    Raises FitError: SK312 if the file does not say it.
    """
    path = directory / name / _NAME
    if not path.is_file():
        return None
    said = json_files.load(path, _EDIT.format(name), newest=1).get("as_of")
    try:
        return datetime.fromisoformat(str(said))
    except ValueError:
        json_files.fail(path, f"says `as_of` {said!r}, which is no time")
