"""How well names tell segments apart: each is read as it stands, and held against the customers.

    python -m benchmarks.names [--new | --newest] [--only NAME ...]

Tables that the rule was made on, or with ``--new`` twelve that were made after it was frozen, or
with ``--newest`` eight that were made after its last change.
Of each name: **precision**, the share of those of whom it is true that are members; **recall**,
the share of the members of whom it is true; and the share of the sibling of whom it is true most
often. Then rules are learned from either half of the customers: does the name of one half pass
(true of 80 % of the members, and of less than half of each sibling) for the segment of the other
half that holds the same customers; and does a refit keep it?
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchmarks.name_tables import NEW, NEWEST, SEEN, TUNED_ON, Made
from segkit.core.fit import Fit, FittedFeature
from segkit.engines.open import open_bench
from segkit.errors import Place
from segkit.learn import rule_stability
from segkit.learn.data.all_rows import AllRows
from segkit.learn.learn import learn
from segkit.learn.learned import Numbering
from segkit.project.nodes import ClusterSpec, Feature, RuleSpec, Segmentation
from segkit.publish.views.loaded_fit import LoadedFit

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
NOWHERE = Place("")
RECALL, SIBLING = 0.8, 0.5


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
        clusters=ClusterSpec(made.k, made.k, 1),
        rules=RuleSpec(None, 0.05, 0.01),
        missing="median",
        place=NOWHERE,
        key_place=NOWHERE,
        depends_on=(),
    )


def fit_of(
    made: Made,
    frame: pd.DataFrame,
    previous: Fit | None = None,
    clusters: ClusterSpec | None = None,
) -> Fit:
    node = node_of(made)
    if clusters is not None:
        node = replace(node, clusters=clusters)
    with open_bench() as engine, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.parquet"
        duckdb.from_df(frame).write_parquet(str(path))
        engine.load_file(path, "customers")
        everyone = AllRows(engine, "customers", engine.columns("customers"))
        taken = max((s.code for s in previous.segments), default=0) if previous else 0
        with patch.object(rule_stability, "PAIRS", 1):  # which names have nothing to do with
            return learn(node, everyone, Numbering("dev", 1, previous, taken))


def as_read(fit: Fit, id_: str, frame: pd.DataFrame) -> Bools:
    """Of whom the name of a segment is true, by its text alone.

    Raises
    ------
    ValueError
        For words that this reader does not know.
    """
    name = next(s.name for s in fit.segments if s.id == id_)
    true = np.ones(len(frame), dtype=bool)
    name = re.sub(r" \(\d+\)\Z", "", name)
    if name == "Mixed":
        return true
    for part in name.split(", "):
        said = part if part[1:2].isupper() else part[:1].lower() + part[1:]  # MRR stays
        read = (_read(said, feature, frame[feature.column]) for feature in fit.features)
        found = next((mask for mask in read if mask is not None), None)
        if found is None:
            raise ValueError(f"{part!r} of {name!r} cannot be read")
        true &= found
    return true


def _read(said: str, feature: FittedFeature, values: pd.Series) -> Bools | None:
    """Of whom a part of a name is true, if it is about this column."""
    label = " ".join(w if w[1:] != w[1:].lower() else w.lower() for w in feature.label.split(" "))
    if feature.is_category:
        return _read_level(said, label, feature, values)
    x = values.to_numpy(dtype=np.float64)
    event = re.match(r"\w+ since last (\w+)|recency", label)
    texts = _texts(label, x, is_recency=event is not None)
    if said in texts:
        return texts[said]
    noun = re.sub(r" (?:days|weeks|months|years)\Z", "", label)
    frames = [(f"{noun} ", ""), ("", f" {label}")]
    if event:
        frames.append((f"last {event[1] or 'order'} ", " ago"))
    if noun == "tenure":
        frames.append(("customer for ", ""))
    for before, after in frames:
        if said.startswith(before) and said.endswith(after):
            amount = said.removeprefix(before).removesuffix(after)
            if (found := _read_amount(amount, x)) is not None:
                return found
    return None


def _texts(label: str, x: Floats, *, is_recency: bool) -> dict[str, Bools]:
    """What is said without a number, as the documentation explains it."""
    known = x[np.isfinite(x)]
    low, middle, high = (np.quantile(known, share) for share in (0.2, 0.5, 0.8))
    above = (x >= middle) if middle == known.max() else (x > middle)
    below = (x <= middle) if middle == known.min() else (x < middle)
    texts = {
        **dict.fromkeys((f"high {label}", f"many {label}"), above),
        **dict.fromkeys((f"low {label}", f"few {label}"), below),
        f"mid {label}": (x >= low) & (x <= high),
        f"no {label}": x == 0,
        f"one {label[:-1]}": x == 1,
        f"with {label}": x > 0,
        f"unknown {label}": ~np.isfinite(x),
    }
    if label == "age":
        texts |= {"older": above, "younger": below}
    if label.startswith("tenure"):
        texts |= {"longer-standing": above, "newer": below}
    if is_recency:
        texts |= {"lapsed": above, "recent": below}
    if label in ("orders", "purchases"):
        texts |= {"never bought": x == 0, "has bought": x > 0}
        texts |= {"bought once": x == 1, "repeat buyers": x >= 2}
    return texts


def _read_level(said: str, label: str, feature: FittedFeature, values: pd.Series) -> Bools | None:
    texts = values.astype(str).str.lower()
    for yes, no in (("true", "false"), ("1", "0")):
        if not set(feature.levels) <= {yes, no}:
            continue
        flag = label.removeprefix("is ").removeprefix("has ")
        answers = {flag: yes, f"not {flag}": no, f"with {flag}": yes, f"without {flag}": no}
        return (texts == answers[said]).to_numpy() if said in answers else None
    if not said.startswith(f"{label} "):
        return None
    levels = said.removeprefix(f"{label} ").split(" or ")
    known = {level.lower() for level in feature.levels}
    return texts.isin(levels).to_numpy() if set(levels) <= known else None


def _read_amount(text: str, x: Floats) -> Bools | None:
    """Numbers that "under $1,200", "11+", "3-10 days", "over 5" or "7" hold."""
    plain = re.sub(r"[$€£k%,]", "", text)
    found = re.fullmatch(
        r"(under |over |up to )?(-?[\d.]+)(\+)?(?:-(-?[\d.]+))?(?: [a-zA-Z]+)*", plain
    )
    if not found:
        return None
    first, second = float(found[2]), found[4]
    if second:
        whole = not (x[np.isfinite(x)] % 1).any()
        return (x >= first) & ((x <= float(second)) if whole else (x < float(second)))
    if found[1]:
        return {"under ": x < first, "over ": x > first, "up to ": x <= first}[found[1]]
    return x >= first if found[3] else x == first


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
    rows, columns = table.index.tolist(), table.columns.tolist()
    refitted = {s.id: s.name for s in again.segments}
    names = {s.id: s.name for s in other.segments}
    there = LoadedFit(again).predict(parts[1])
    for row, column in zip(*linear_sum_assignment(-table.to_numpy()), strict=True):
        here, match = rows[row], columns[column]
        name = next(s.name for s in one.segments if s.id == here)
        carried = truth(as_read(one, here, frame), others, match).passes
        stays = here in set(there) and truth(as_read(one, here, parts[1]), there, here).passes
        yield name, names[match], carried, refitted.get(here, ""), bool(stays)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--new", dest="tables", action="store_const", const=NEW)
    parser.add_argument("--newest", dest="tables", action="store_const", const=NEWEST)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--no-halves", action="store_true")
    given = parser.parse_args(arguments)
    found: list[Truth] = []
    same = passed = pairs = kept = could = 0
    for made in given.tables or (*TUNED_ON, *SEEN):
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
