"""How well names tell segments apart: each is read as it stands, and held against the customers.

    python -m benchmarks.names [--new] [--only NAME ...]

Ten tables that the rule was made on, or with ``--new`` twelve that were made after it was
frozen. Of each name: **precision**, the share of those of whom it is true that are members;
**recall**, the share of the members of whom it is true; and the share of the sibling of whom it
is true most often. Then rules are learned from either half of the customers: does the name of
one half pass (true of 80 % of the members, and of less than half of each sibling) for the
segment of the other half that holds the same customers; and does a refit keep it?
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.name_tables import NEW, TUNED_ON, Made
from segkit.core.fit import Fit, FittedFeature
from segkit.engines.open import open_bench
from segkit.errors import Place
from segkit.learn.data.all_rows import AllRows
from segkit.learn.learn import Numbering, learn
from segkit.learn.names.trait_words import Level, level_phrase, phrase
from segkit.project.nodes import ClusterSpec, Feature, RuleSpec, Segmentation
from segkit.publish.views.loaded_fit import LoadedFit

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
NOWHERE = Place("")
RECALL, SIBLING = 0.8, 0.5
LEVELS: tuple[Level, ...] = ("high", "low", "mid", "very high", "very low", "higher", "lower")


@dataclass(frozen=True)
class Truth:
    """How true a name is; ``sibling`` is the share of the one of whom it is true most often."""

    precision: float
    recall: float
    sibling: float

    @property
    def passes(self) -> bool:
        return self.recall >= RECALL and self.sibling < SIBLING


def node_of(made: Made) -> Segmentation:
    features = tuple(
        Feature(
            told.column,
            NOWHERE,
            told.label,
            told.unit,
            told.scale,
            "category" if told.is_category else None,
        )
        for told in made.told
    )
    return Segmentation(
        name="segments",
        relation="customers",
        key="customer_id",
        features=features,
        clusters=ClusterSpec(made.k, 10, 1),
        rules=RuleSpec(None, 0.05, 0.01),
        missing="median",
        place=NOWHERE,
        key_place=NOWHERE,
        depends_on=(),
    )


def fit_of(made: Made, frame: pd.DataFrame, previous: Fit | None = None) -> Fit:
    with open_bench() as engine, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.parquet"
        duckdb.from_df(frame).write_parquet(str(path))
        engine.load_file(path, "customers")
        everyone = AllRows(engine, "customers", engine.columns("customers"))
        taken = max((s.code for s in previous.segments), default=0) if previous else 0
        return learn(node_of(made), everyone, Numbering("dev", 1, previous, taken))


def as_read(fit: Fit, id_: str, frame: pd.DataFrame) -> Bools:
    """Whose name it is, by the words alone."""
    name = next(s.name for s in fit.segments if s.id == id_)
    member = LoadedFit(fit).predict(frame) == id_
    true = np.ones(len(frame), dtype=bool)
    for said in name.rstrip(" 0123456789").lower().split(", "):
        found = [mask for text, mask in _sayings(fit, frame, member) if text.lower() == said]
        true &= found[0] if found else True
    return true


def _sayings(fit: Fit, frame: pd.DataFrame, member: Bools) -> Iterator[tuple[str, Bools]]:
    for feature in fit.features:
        values = frame[feature.column]
        if feature.is_category:
            texts = values.astype(str).str.lower()
            for level in feature.levels:
                yield level_phrase(feature, level), (texts == level.lower()).to_numpy()
            continue
        numbers = values.to_numpy(dtype=np.float64)
        for word in LEVELS:
            yield phrase(feature, word), _true_of(word, numbers, member)


def _true_of(word: Level, x: Floats, member: Bools) -> Bools:
    known = x[np.isfinite(x)]
    middle = np.median(known)
    if word in ("higher", "lower"):
        middle = np.nanmedian(x[~member])
    if word == "very high":
        middle = np.median(known[known > middle])
    if word == "very low":
        middle = np.median(known[known < middle])
    if word == "mid":
        low, high = np.quantile(known, [0.2, 0.8])
        return (x >= low) & (x <= high)
    if "high" in word:
        return (x >= middle) if middle == known.max() else (x > middle)
    return (x <= middle) if middle == known.min() else (x < middle)




def truth(true: Bools, ids: NDArray[np.object_], id_: str) -> Truth:
    shares = {other: true[ids == other].mean() for other in sorted(set(ids))}
    recall = shares.pop(id_)
    precision = (true & (ids == id_)).sum() / max(true.sum(), 1)
    return Truth(float(precision), float(recall), float(max(shares.values(), default=0)))


def halves(made: Made, frame: pd.DataFrame) -> Iterator[tuple[str, str, bool, str, bool]]:
    """Of segments of both halves that hold the same customers: the name of the one, of the
    other, whether the first passes there; the name after a refit, and whether it could stay.
    """
    side = np.random.default_rng(5).permutation(len(frame)) % 2
    parts = [frame[side == place].reset_index(drop=True) for place in (0, 1)]
    one, other = (fit_of(made, part) for part in parts)
    again = fit_of(made, parts[1], previous=one)
    ids, others = (LoadedFit(fit).predict(frame) for fit in (one, other))
    table = pd.crosstab(ids, others)
    refitted = {s.id: s.name for s in again.segments}
    names = {s.id: s.name for s in other.segments}
    there = LoadedFit(again).predict(parts[1])
    for row, column in zip(*linear_sum_assignment(-table.to_numpy()), strict=True):
        here, match = table.index[row], table.columns[column]
        name = next(s.name for s in one.segments if s.id == here)
        carried = truth(as_read(one, here, frame), others, match).passes
        stays = here in set(there) and truth(as_read(one, here, parts[1]), there, here).passes
        yield name, names[match], carried, refitted.get(here, ""), bool(stays)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--new", action="store_true")
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--no-halves", action="store_true")
    given = parser.parse_args(arguments)
    found: list[Truth] = []
    same = passed = pairs = kept = could = 0
    for made in NEW if given.new else TUNED_ON:
        if given.only and made.name not in given.only:
            continue
        frame = made.frame()
        fit = fit_of(made, frame)
        ids = LoadedFit(fit).predict(frame)
        print(f"\n{made.name}, {len(frame):,} customers", flush=True)
        for segment in fit.segments:
            true = truth(as_read(fit, segment.id, frame), ids, segment.id)
            found.append(true)
            mark = "" if true.passes else "  <- does not pass"
            print(
                f"  {segment.id} {segment.n / len(frame):4.0%}  {true.precision:.2f} "
                f"{true.recall:.2f} {true.sibling:.2f}  {segment.name}{mark}",
                flush=True,
            )
        if given.no_halves:
            continue
        for first, second, carried, refitted, stays in halves(made, frame):
            pairs += 1
            same += first == second
            passed += carried
            could += stays
            kept += stays and refitted == first
            print(f"      {'passes' if carried else '      '}  {first} | {second} | {refitted}")
    print(
        f"\n{len(found)} names: precision {np.mean([t.precision for t in found]):.2f}, recall "
        f"{np.mean([t.recall for t in found]):.2f}; {sum(not t.passes for t in found)} do not "
        f"pass ({sum(t.sibling >= SIBLING for t in found)} true of half of a sibling)"
    )
    print(
        f"halves: {pairs} segments in both, {same} have the same name, {passed} pass there; "
        f"refits: {kept} of {could} names that pass stay"
    )


if __name__ == "__main__":
    main()
