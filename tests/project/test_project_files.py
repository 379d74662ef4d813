from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import Place, Problem
from segkit.project import project_files
from segkit.project.project_files import (
    ProjectFiles,
    builtin_macros_directory,
    check_inside,
    leads_out,
    starter_directory,
)

ROOT = Path(__file__).resolve().parents[2]
PLACE = Place("segkit.yml", 3, 7)


def write(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def find(
    directory: Path, folder: str, suffixes: tuple[str, ...]
) -> tuple[list[Path], list[Problem]]:
    files = ProjectFiles(directory)
    return files.find(folder, suffixes), files.problems


def read(path: Path, directory: Path) -> tuple[str | None, list[Problem]]:
    files = ProjectFiles(directory)
    return files.read(path), files.problems


def test_files_by_name_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("sql/b.sql", "sql/a/z.SQL", "sql/.c.sql", "sql/.d/e.sql", "sql/n.txt", "f.sql"):
        write(tmp_path / name)
    found, problems = find(tmp_path, "sql", (".sql",))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["sql/a/z.SQL", "sql/b.sql"]
    assert problems == []
    assert find(tmp_path, "macros", (".sql",)) == ([], [])


def test_a_link_is_followed_inside_and_refused_outside(tmp_path: Path) -> None:
    project, outside = tmp_path / "shop", write(tmp_path / "other.sql")
    write(project / "sql/a.sql")
    (project / "sql/inside.sql").symlink_to(project / "sql/a.sql")
    (project / "sql/outside.sql").symlink_to(outside)
    (project / "sql/again").symlink_to(project / "sql")
    (project / "sql/itself.sql").symlink_to(project / "sql/itself.sql")
    found, problems = find(project, "sql", (".sql",))
    assert [path.name for path in found] == ["a.sql", "inside.sql"]
    assert {(p.code, p.place.path if p.place else "") for p in problems} == {
        ("SK007", "sql/outside.sql"),
        ("SK007", "sql/itself.sql"),
    }
    assert leads_out(project / "sql/outside.sql", project)
    assert not leads_out(project / "sql/inside.sql", project)


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"a\r\nb\rc\n", "a\nb\nc\n"), (b"\xef\xbb\xbfa", "a"), ("Größe".encode(), "Größe")],
)
def test_lines_end_in_one_way(tmp_path: Path, data: bytes, text: str) -> None:
    assert read(write(tmp_path / "a.sql", data), tmp_path) == (text, [])


def test_bytes_that_are_no_text_are_shown(tmp_path: Path) -> None:
    text, (problem,) = read(write(tmp_path / "a.sql", b"one\nGr\xf6\xdfe"), tmp_path)
    assert text is None
    assert (problem.code, str(problem.place)) == ("SK002", "a.sql:2:3")
    text, (gone,) = read(tmp_path / "b.sql", tmp_path)
    assert (text, gone.message) == (None, "b.sql cannot be read: no such file or directory")


@pytest.mark.parametrize(
    ("written", "may_lead_out", "code"),
    [
        ("data/a.csv", False, None),
        ("data/../data/a.csv", False, None),
        ("../a.csv", False, "SK007"),
        ("../a.csv", True, None),
        ("/etc/passwd", False, "SK007"),
        ("https://x.org/a.csv", True, "SK007"),
        ("a\0b", True, "SK007"),
        ("link.csv", True, "SK007"),  # a link is never meant to lead out
    ],
)
def test_a_path_that_is_written_in_a_file(
    tmp_path: Path, written: str, may_lead_out: bool, code: str | None
) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    (project / "link.csv").symlink_to(write(tmp_path / "a.csv"))
    path, problems = check_inside(written, project, PLACE, may_lead_out=may_lead_out)
    assert [problem.code for problem in problems] == ([code] if code else [])
    if code:
        assert problems[0].place == PLACE
    elif written == "../a.csv":
        assert path == tmp_path / "a.csv"
    else:
        assert path == project / "data/a.csv"


@pytest.mark.parametrize("name", ["sql/m\udc80.sql", "sql/d\udc80/x.sql"])
def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path, name: str) -> None:
    """It could be read, and then written nowhere: not in a record, not in SQL."""
    try:
        write(tmp_path / name)
    except OSError:
        pytest.skip("this file system takes no such name")
    found, (problem,) = find(tmp_path, "sql", (".sql",))
    assert found == []
    assert problem.code == "SK005"
    assert problem.place is not None
    assert problem.place.path == name


def test_in_a_checkout_both_lie_at_its_root() -> None:
    assert builtin_macros_directory() == ROOT / "macros"
    assert starter_directory() == ROOT
    assert "numbers.sql" in {path.name for path in builtin_macros_directory().rglob("*.sql")}


def test_in_the_wheel_they_lie_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("macros", "starter"):
        (tmp_path / "segkit" / name).mkdir(parents=True)
    monkeypatch.setattr(project_files, "_PACKAGE", tmp_path / "segkit")
    assert builtin_macros_directory() == tmp_path / "segkit" / "macros"
    assert starter_directory() == tmp_path / "segkit" / "starter"
