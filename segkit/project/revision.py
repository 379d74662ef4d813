"""A project as git has it at a revision: its files are read, nothing is checked out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segkit.errors import ConfigError, Label, Place, Problem
from segkit.project.load import PROJECT_FILE, load_project
from segkit.project.nodes import Project
from segkit.project.project_files import READ_FOLDERS, ProjectFiles

FITS = "warehouse/fits"
_SEEDS = "warehouse/seeds"
_READ = (PROJECT_FILE, *(folder for folder in READ_FOLDERS if folder != _SEEDS), FITS)
_IS_FILE = ("100644", "100755")  # modes of git; links are not followed


@dataclass(frozen=True)
class Revision:
    """``files`` by their path in the project: what it declares, and its fits. ``name`` as given."""

    name: str
    commit: str
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True)
class RevisionFiles(ProjectFiles):
    """What is written is that of a revision; data and seeds are those of today."""

    revision: Revision = Revision("", "", {})

    def find(self, folder: str, suffixes: tuple[str, ...]) -> list[Path]:
        if folder == _SEEDS:
            return super().find(folder, suffixes)
        found = (Path(path) for path in self.revision.files if path.startswith(f"{folder}/"))
        return sorted(
            (
                self.directory / path
                for path in found
                if path.suffix.lower() in suffixes
                and not any(part.startswith(".") for part in path.parts)
            ),
            key=self.shown,
        )

    def read(self, path: Path) -> str | None:
        data = self.revision.files.get(self.shown(path))
        return None if data is None else self.text(path, data)


def read_revision(directory: Path, name: str) -> Revision:
    """Return the files of the project in ``directory`` at a revision of git: a branch, a commit.

    Raises ConfigError: SK703 if there is no git, no repository, no such revision, or no project in
    it.
    """
    if name.startswith("-") or not name.strip():
        raise _problem(f"{name!r} is no revision of git", "write a branch, a tag or a commit")
    commit = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options",
                  f"{name}^{{commit}}").decode().strip()  # fmt: skip
    listed = _git(directory, "ls-tree", "-r", "-z", commit, "--", *_READ).decode(
        "utf-8", "surrogateescape"
    )
    blobs = {}
    for entry in filter(None, listed.split("\0")):
        about, _, path = entry.partition("\t")
        mode, _, blob = about.split()
        if mode in _IS_FILE:
            blobs[path] = blob
    if PROJECT_FILE not in blobs:
        message = f"{name} has no {PROJECT_FILE} in the project's folder"
        raise _problem(message, "compare with a revision that has the project")
    texts = _git(directory, "cat-file", "--batch", given="\n".join(blobs.values()) + "\n")
    return Revision(name, commit, dict(zip(blobs, _split(texts, len(blobs)), strict=True)))


def _split(batch: bytes, count: int) -> Sequence[bytes]:
    """The files of ``git cat-file --batch``: a line that ends in the size, the file, an end."""
    found, at = [], 0
    for _ in range(count):
        start = batch.index(b"\n", at) + 1
        size = int(batch[at:start].split()[-1])
        found.append(batch[start : start + size])
        at = start + size + 1
    return found


def _git(directory: Path, *words: str, given: str = "") -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *words],
            input=given.encode(),
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},  # what it says is looked at
        )
    except OSError as error:
        raise _problem("git cannot be run, which --against needs", "install git") from error
    if done.returncode == 0:
        return done.stdout
    if words[0] == "rev-parse" and not done.stderr:
        message = f"git knows no revision {words[-1].removesuffix('^{commit}')!r}"
        raise _problem(message, "`git branch -a` lists them; a shallow clone lacks: `git fetch`")
    said = " ".join(done.stderr.decode("utf-8", "replace").split())
    if "not a git repository" in said:
        message = "the project lies in no repository of git"
        raise _problem(message, "--against compares with a revision: `git init`, and commit")
    raise _problem(f"git says: {said}", "--against needs a project in a repository of git")


def _problem(message: str, hint: str) -> ConfigError:
    return ConfigError(Problem("SK703", message, help=hint))


def load_revision(
    revision: Revision,
    directory: Path,
    *,
    target: str | None = None,
    vars: Mapping[str, object] | None = None,
) -> Project:
    """Return the project that the revision declares, over the data of today.

    Raises ConfigError with what is wrong with it, which stands in no file of today.
    """
    files = RevisionFiles(directory, revision=revision)
    try:
        return load_project(directory, target=target, vars=vars, files=files)
    except ConfigError as error:
        hint = f"`git show {revision.name}:./FILE` has the file as it was"
        raise ConfigError(
            Problem(
                "SK703",
                f"{revision.name} cannot be read: {problem.message} [{problem.code}]",
                tuple(Label(Place(f"{revision.name}:{at.place}")) for at in problem.labels[:1]),
                problem.help or hint,
            )
            for problem in error.problems
        ) from error
