"""How often `k: auto` finds the number of groups, beside each figure alone.

    python -m benchmarks.choose_k FAMILIES [--seeds 0 3] [--file MEASURED.jsonl]

Prints what `auto` says of each data set, and how often it and other criteria are right.
What K-Means, the panel and the gap statistics say is kept in the file, so that a run that was
broken off goes on, and a change of the rule is judged in seconds.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.choose_k.make import Family
from benchmarks.choose_k.measure import Measured, measured
from benchmarks.choose_k.tuned import TUNED
from benchmarks.choose_k.tuned_2 import TUNED_2
from benchmarks.choose_k.tuned_3 import TUNED_3
from benchmarks.choose_k.unseen import UNSEEN
from benchmarks.choose_k.unseen_2 import UNSEEN_2
from benchmarks.choose_k.unseen_3 import UNSEEN_3
from benchmarks.choose_k.unseen_4 import UNSEEN_4
from benchmarks.choose_k.unseen_5 import UNSEEN_5
from benchmarks.choose_k.unseen_6 import UNSEEN_6
from benchmarks.choose_k.unseen_7 import UNSEEN_7
from segkit.core.k_criteria import picks_of
from segkit.learn.clusters.choose_k import Choice, Wanted, choose_k
from segkit.learn.clusters.judge import judge
from segkit.report.text import align_rows

FAMILIES = {
    "tuned": TUNED,
    "tuned_2": TUNED_2,
    "tuned_3": TUNED_3,
    "unseen": UNSEEN,
    "unseen_2": UNSEEN_2,
    "unseen_3": UNSEEN_3,
    "unseen_4": UNSEEN_4,
    "unseen_5": UNSEEN_5,
    "unseen_6": UNSEEN_6,
    "unseen_7": UNSEEN_7,
}
MIN_SHARE = 0.01
MARKS = {"apart": "!", "shape": "s", "overlap": "o", "columns": "c", "degrees": "d"}
ALONE = {
    "silhouette": "silhouette",
    "calinski_harabasz": "Calinski-Harabasz",
    "davies_bouldin": "Davies-Bouldin",
    "log_inertia": "knee of ln",
}


@dataclass
class Score:
    """``said``: of sets that have groups, right and said to stand out."""

    sets: int = 0
    right: int = 0
    near: int = 0
    false: int = 0
    said: int = 0
    grouped: int = 0

    def add(self, true: int, k: int, stands_out: bool) -> bool:
        """Count an answer; of data without groups any k is right that is not said to stand out."""
        right = k == true if true > 1 else not stands_out
        self.sets += 1
        self.right += right
        self.near += abs(k - true) <= 1 if true > 1 else right
        self.false += stands_out and k != true
        self.said += stands_out and k == true
        self.grouped += true > 1
        return right

    def cells(self) -> list[str]:
        shares = [count / self.sets for count in (self.right, self.near, self.false)]
        return [f"{share:.1%}" for share in (*shares, self.said / max(1, self.grouped))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("families", choices=FAMILIES)
    parser.add_argument("--seeds", type=int, nargs=2, default=[0, 3], metavar=("FROM", "TO"))
    parser.add_argument("--file", type=Path, default=None)
    given = parser.parse_args()
    path = given.file or Path(f"choose_k_{given.families}.jsonl")
    print_table(measured(FAMILIES[given.families], range(*given.seeds), path))


def print_table(sets: Iterable[Measured]) -> None:
    scores: dict[str, Score] = defaultdict(Score)
    answers: dict[Family, list[str]] = defaultdict(list)
    for each in sets:
        true = each.family.k
        choice = chosen(each)
        scores["auto"].add(true, choice.k, choice.verdict == "apart")
        answers[each.family].append(f"{choice.k}{MARKS[choice.verdict]}")
        picks = picks_of(each.panel)
        for name, head in ALONE.items():
            scores[head].add(true, picks[name] or 1, picks[name] is not None)
        for name, k in each.gaps.items():
            scores[name].add(true, k, k > 1)
    rows = [[f.name, str(f.k), " ".join(given)] for f, given in answers.items()]
    print("\n".join(align_rows([["", "k", "auto says"], *rows], "lrl")))
    print(f"\n{', '.join(f'{mark} {verdict}' for verdict, mark in MARKS.items())}\n")
    heads = [f"{scores['auto'].sets} sets", "right", "within one", "false", "said and right"]
    table = [heads, *([name, *score.cells()] for name, score in scores.items())]
    print("\n".join(align_rows(table, "lrrrr")), flush=True)


def chosen(each: Measured) -> Choice:
    """What `auto` takes; the clusters stand in for the segments that a tree makes of them."""
    shares = {
        c.k: float(np.bincount(c.labels, minlength=c.k).min() / len(c.labels))
        for c in each.clusterings
    }
    judged = judge(each.rows, each.clusterings, each.panel)
    choice = choose_k(Wanted(), judged, MIN_SHARE, shares.get)
    assert choice is not None
    return choice


if __name__ == "__main__":
    main()
