"""What the pages tell people to type works, in that order, from an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("start", "how", "use", "good", "changed")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``segkit``, as pip would install it."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "segkit"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom segkit.cli.main import main\nsys.exit(main())\n"
    )
    program.chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_from_its_first_line_to_its_last(
    page: str, tmp_path: Path, commands: Path
) -> None:
    blocks = FENCE.findall((ROOT / f"docs/{page}.md").read_text("utf-8"))
    script = "set -eu\n" + "\n".join(text for language, text in blocks if language == "sh")
    path = os.pathsep.join([str(commands), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    said = {line.rstrip() for line in done.stdout.splitlines()}
    shown = [line for language, text in blocks if not language for line in text.splitlines()]
    assert not [line for line in shown if line.rstrip() not in said]
