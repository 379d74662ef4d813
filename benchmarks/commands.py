"""What commands cost, in CPU of ``python -c "import duckdb, numpy"``, on the example.

    python -m benchmarks.commands [--rounds 7]

Each command is a process of its own, run in turn with that import, modules compiled before.
Prints a table; ratios are of the medians, so that what else the machine does counts little.

Two slow cores, 2026-11-29: `--help` 0.8, `ls` 4.3, `compile` 4.8, `show` 4.8, `debug` 4.6
where each command imported all of them; then 0.5, 1.9, 2.9, 2.7, 2.5.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

BASE: tuple[str, ...] = ("-c", "import duckdb, numpy")
NAME = "shopper_segments"
COMMANDS: dict[str, tuple[str, ...]] = {
    "--help": ("--help",),
    "ls": ("ls",),
    "compile": ("compile", NAME),
    "show": ("show", NAME),
    "debug": ("debug",),
    "explain": ("explain", NAME),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "shop"
        # an installed package has its modules compiled, a checkout perhaps not
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
        for first in (("init", str(project)), ("build", "-q", "--project-dir", str(project))):
            cpu_seconds(("-m", "segkit", *first), Path(folder))
        runs = {"": BASE}
        runs |= {name: ("-m", "segkit", *words) for name, words in COMMANDS.items()}
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(rounds + 1):
            for name, words in runs.items():
                spent = cpu_seconds(words, project)
                if turn:  # the first one compiles
                    seconds[name].append(spent)
    base = median(seconds.pop(""))
    print(f"import duckdb, numpy: {base:.2f} s\n\n| command | s | ratio |\n|---|---:|---:|")
    for name, each in seconds.items():
        print(f"| `{name}` | {median(each):.2f} | {median(each) / base:.2f} |")


def cpu_seconds(words: tuple[str, ...], folder: Path) -> float:
    """CPU of a Python process with these arguments; one that fails ends the benchmark."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
