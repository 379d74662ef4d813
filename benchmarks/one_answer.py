"""Whether there is one answer: for any order of the rows, for any seed, and for half of them.

    python -m benchmarks.one_answer [--only NAME ...] [--times 10]

Mall, Online Retail and three made sets with categories, ``k: auto``. Ten orders of the rows:
how many files differ by a byte. Ten seeds: which k, by how much what the segments cost differs,
the least share of customers who are in the same segment as with the first seed, and how
many sets of names there are. Ten random halves of the customers: which k.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.name_tables import SEEN, TUNED_ON, Made
from benchmarks.names import fit_of
from segkit.core.fit import Fit
from segkit.project.nodes import ClusterSpec
from segkit.publish.stored.fits import fit_files
from segkit.publish.views.loaded_fit import LoadedFit
from segkit.report.text import align_rows

NAMES = ("mall", "online retail", "telco", "energy", "streaming")
SETS = {made.name: made for made in (*TUNED_ON, *SEEN) if made.name in NAMES}
HALVED = 300  # customers at least


@dataclass(frozen=True)
class OneAnswer:
    """What differs among fits of the same customers."""

    files: int
    k: Counter[int]
    cost: float
    same: float
    names: int

    @classmethod
    def of(cls, made: Made, times: int) -> OneAnswer:
        frame = made.frame()
        orders = (frame.sample(frac=1, random_state=order) for order in range(times))
        files = {_bytes(_fit(made, rows)) for rows in orders}
        fits = [_fit(made, frame, seed) for seed in range(times)]
        costs = [fit.clusters.inertia * (1 + fit.quality.loss) for fit in fits]
        first, *others = (LoadedFit(fit).predict(frame) for fit in fits)
        return cls(
            len(files),
            Counter(fit.clusters.k for fit in fits),
            max(costs) / min(costs) - 1,
            min((float((ids == first).mean()) for ids in others), default=1.0),
            len({tuple(segment.name for segment in fit.segments) for fit in fits}),
        )


def k_of_halves(made: Made, times: int) -> Counter[int]:
    frame = made.frame()
    halves = (frame.sample(frac=0.5, random_state=100 + half) for half in range(times))
    return Counter(_fit(made, half).clusters.k for half in halves)


def _fit(made: Made, rows: pd.DataFrame, seed: int = 1) -> Fit:
    return fit_of(made, rows.reset_index(drop=True), clusters=ClusterSpec(None, 10, seed))


def _bytes(fit: Fit) -> tuple[str, ...]:
    return tuple(fit_files(fit, Path("fits"), current=False).values())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", nargs="*", default=NAMES, choices=NAMES)
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args(arguments)
    rows = [["", "customers", "files", "k by seed", "cost", "same segment", "names", "k of halves"]]
    for name in given.only:
        made = SETS[name]
        customers = len(made.frame())
        found = OneAnswer.of(made, given.times)
        halves = k_of_halves(made, given.times) if customers >= HALVED else Counter[int]()
        rows.append(
            [
                name,
                f"{customers:,}",
                str(found.files),
                _counts(found.k),
                f"{found.cost:.3%}",
                f"{found.same:.1%}",
                str(found.names),
                _counts(halves),
            ]
        )
        print("\n".join(align_rows([rows[0], rows[-1]], "lrrlrrrl")), flush=True)
    print("\n" + "\n".join(align_rows(rows, "lrrlrrrl")))


def _counts(found: Counter[int]) -> str:
    parts: Iterable[tuple[int, int]] = sorted(found.items())
    return ", ".join(f"{k} ({times}x)" for k, times in parts)


if __name__ == "__main__":
    main()
