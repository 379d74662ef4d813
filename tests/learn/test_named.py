from __future__ import annotations

from dataclasses import replace

import numpy as np

from segkit.core.fit import Fit
from segkit.core.tree import Known, Leaf, Split
from segkit.learn.trees.apply import codes_of
from segkit.project.nodes import TraitWords
from tests.learn.conftest import (
    MemoryEngine,
    blobs,
    feature,
    lacking,
    load,
    own,
    segmentation,
)
from tests.learn.unweighted import fit


def test_ids_and_names_stay_with_the_people(engine: MemoryEngine, three: Fit) -> None:
    X, first = blobs(), three
    spec = segmentation("x", "y", k=3)
    named = tuple(replace(s, name=f"kept {s.id}") for s in first.segments)
    moved = np.vstack([X, X[X[:, 1] > 30]])  # the smallest group grows
    load(engine, moved)
    again = fit(
        engine,
        replace(spec, clusters=replace(spec.clusters, seed=5)),
        version=2,
        previous=replace(first, segments=named),
    )
    assert [(s.id, s.name) for s in again.segments] == [(s.id, s.name) for s in named]
    before = codes_of(first.tree, ("x", "y"), moved)
    after = codes_of(again.tree, ("x", "y"), moved)
    assert (before == after).mean() > 0.98


def test_an_odd_key_and_odd_names(engine: MemoryEngine) -> None:
    load(engine, blobs(), ('we "quote"', "order"))
    found = fit(engine, segmentation('we "quote"', "order", k=3))
    assert found.clusters.k == 3


def test_words_name_segments_and_are_no_definition(engine: MemoryEngine, three: Fit) -> None:
    load(engine, blobs())
    words = TraitWords(high="far out", low="near")
    plain = segmentation("x", "y", k=3)
    spoken = segmentation(feature("x", words=words), "y", k=3)
    assert spoken.definition() == plain.definition()
    names = [segment.name for segment in fit(engine, spoken).segments]
    assert any(name.startswith("Far out") for name in names)
    assert any(name.startswith("Near") for name in names)
    again = fit(engine, spoken, previous=three, version=2)  # what was named keeps its name
    assert [s.name for s in again.segments] == [s.name for s in three.segments]


def test_its_letter_is_by_size_and_its_test_comes_first() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 300, 2)))
    found = fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert [s.n for s in found.segments] == sorted((s.n for s in found.segments), reverse=True)
    assert found.own["x"] == found.segments[0] and found.segments[0].n == 150
    assert isinstance(found.tree, Split)
    assert (found.tree.column, found.tree.test, found.tree.no) == ("x", Known(), Leaf(1))
    assert found.clusters.k == 3 and len(found.learned) == 3
    assert found.definition["own"] == ["x"]


def test_an_own_segment_keeps_its_letter_while_the_column_is_own() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 20)))
    first = fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert first.own["x"].id == "D"
    load(engine, lacking(blobs(seed=8), slice(100, 300)))  # others, and now it is the largest
    again = fit(
        engine, segmentation("x", "y", k=2, own=own("x")), previous=first, version=2, taken=4
    )
    assert (again.own["x"].id, again.own["x"].n) == ("D", 200)
    gone = fit(engine, segmentation("x", "y", k=2), previous=again, version=3, taken=4)
    assert not gone.own and not any(s.name == "No x" for s in gone.segments)
