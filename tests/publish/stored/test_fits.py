"""A fit on disk is the fit again, and a damaged one is named."""

import json
import os
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from segkit.core.descent import Descent
from segkit.core.facts import Fact
from segkit.core.fit import (
    Baseline,
    Clusters,
    CurvePoint,
    FeatureBaseline,
    Fit,
    FittedFeature,
    FittedSegment,
    Lineage,
    Quality,
    SweepPoint,
)
from segkit.core.tree import Below, Known, Leaf, OneOf, Split
from segkit.errors import FitError
from segkit.publish.stored.fits import (
    current_path,
    current_version,
    fit_files,
    fit_path,
    read_fit,
    rules_note,
    versions,
)
from segkit.publish.stored.json_files import dump, sealed
from segkit.publish.stored.write_files import write_files

SWEEP = (SweepPoint(1, 20.5), SweepPoint(2, 12.5, 0.5, 0.25, 31.5, 0.75, 0.97, 0.01, 0.2))
REASON = (Fact("declared", n=2),)
FIT = Fit(
    name="shoppers",
    version=1,
    origin="fitted",
    definition={"from": "customers", "features": [{"column": "age", "scale": "none"}]},
    target="dev",
    rows=200,
    sample=200,
    fingerprint="ab12",
    features=(FittedFeature("age", "Age", "", "none", "BIGINT", 0.0, 1.0, 36.0),),
    clusters=Clusters(2, 111, 12.5, (150, 50), ((30.25,), (60.5,)), SWEEP, REASON),
    tree=Split(
        "age",
        Known(),
        Split("age", Below(Decimal("42.5"), inclusive=True), Leaf(1), Leaf(2), "yes"),
        Leaf(0),
    ),
    quality=Quality(0.031, 0.98, None, {"A": 1.0, "B": 0.96}, 3, 2, 4),
    segments=(FittedSegment(1, "A", "Younger", 150), FittedSegment(2, "B", 'Größe "x"', 50)),
    assumptions=(Fact("sampled", n=200, value=4128), Fact("filled_number", "age", 3, 36.0)),
    warnings=(Fact("twins", "age", value=("height", 0.96)),),
    baseline=Baseline(
        200, (FeatureBaseline("age", 200, 0, 0, 38.5, 13.9, (20.5, 36.0)),), {"A": 150}, None, 2.5
    ),
)


def test_a_fit_comes_back_as_it_was(tmp_path: Path) -> None:
    write_files(fit_files(FIT, tmp_path, current=True), tmp_path)
    found = read_fit(fit_path(tmp_path, "shoppers", 1))
    assert found == FIT
    assert found.baseline == FIT.baseline
    assert current_version(tmp_path, "shoppers") == 1


def test_the_same_fit_is_the_same_bytes_and_is_not_written_again(tmp_path: Path) -> None:
    files = fit_files(FIT, tmp_path, current=True)
    assert set(write_files(files, tmp_path)) == set(files)
    assert write_files(files, tmp_path) == ()


@pytest.mark.parametrize("name", ["v0000.json", "v00002.json", "v٠٠٠٢.json", "v1.json", "v0002"])
def test_what_only_looks_like_a_version_is_none(tmp_path: Path, name: str) -> None:
    write_files(fit_files(FIT, tmp_path, current=True), tmp_path)
    (tmp_path / "shoppers" / name).write_text("{}")
    assert versions(tmp_path, "shoppers") == (1,)


def test_a_folder_called_current_is_named(tmp_path: Path) -> None:
    write_files(fit_files(FIT, tmp_path, current=False), tmp_path)
    current_path(tmp_path, "shoppers").mkdir()
    with pytest.raises(FitError, match="current cannot be read: is a directory"):
        current_version(tmp_path, "shoppers")


def test_versions_are_counted_in_order(tmp_path: Path) -> None:
    for version in (2, 1, 10):
        write_files(fit_files(replace(FIT, version=version), tmp_path, current=False), tmp_path)
    assert versions(tmp_path, "shoppers") == (1, 2, 10)
    assert versions(tmp_path, "nobody") == ()
    with pytest.raises(FitError, match="v0001, v0002, v0010"):
        current_version(tmp_path, "shoppers")


def test_without_current_the_only_fit_is_meant(tmp_path: Path) -> None:
    assert current_version(tmp_path, "shoppers") is None
    write_files(fit_files(FIT, tmp_path, current=False), tmp_path)
    assert current_version(tmp_path, "shoppers") == 1


def test_a_current_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    write_files(fit_files(FIT, tmp_path, current=True), tmp_path)
    current_path(tmp_path, "shoppers").write_bytes("v0001\n".encode("utf-16"))
    with pytest.raises(FitError, match="SK312"):
        current_version(tmp_path, "shoppers")


@pytest.mark.parametrize(
    "text", ["v0002", "", "1", "v1", "../v0001", "v00001", "v0000", "x" * 9999]
)
def test_current_that_names_nothing_is_an_error(tmp_path: Path, text: str) -> None:
    write_files(fit_files(FIT, tmp_path, current=True), tmp_path)
    current_path(tmp_path, "shoppers").write_text(text)
    with pytest.raises(FitError, match="SK312"):
        current_version(tmp_path, "shoppers")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"format": 2', '"format": 3'),
        ('"format": 2,', ""),
        ('"format": 2', '"format": 1'),
        ('"segment": "B"', '"segment": "Q"'),
        ('"at_most": "42.5"', '"at_most": "forty"'),
        ('"missing": "yes"', '"missing": "both"'),
        ('"sizes"', '"size"'),
        ("{", "["),
    ],
)
def test_a_damaged_fit_is_named(tmp_path: Path, before: str, after: str) -> None:
    write_files(fit_files(FIT, tmp_path, current=True), tmp_path)
    path = fit_path(tmp_path, "shoppers", 1)
    text = path.read_text()
    assert before in text
    damaged = text.replace(before, after, 1)
    if damaged[0] == "{":
        damaged = dump(sealed(json.loads(damaged)))  # as if a checksum were no obstacle
    path.write_text(damaged)
    with pytest.raises(FitError, match=r"v0001\.json"):
        read_fit(path)


def test_a_category_and_given_labels_come_back_as_they_were(tmp_path: Path) -> None:
    region = FittedFeature(
        "region",
        "Region",
        "",
        "category",
        "VARCHAR",
        0.0,
        1.0,
        0.0,
        weight=2.0,
        levels=("it's", "north"),
        mode="north",
    )
    assert FIT.baseline is not None
    (age,) = FIT.baseline.features
    levels = FeatureBaseline("region", 200, 0, 0, 0.0, 0.0, (), {"it's": 20, "north": 180})
    fit = replace(
        FIT,
        features=(*FIT.features, region),
        clusters=replace(
            FIT.clusters, centers=((0.5, 0.0, 1.0), (0.5, 1.0, 0.0)), labels=("gold", "silver")
        ),
        tree=Split("region", OneOf(("it's",)), Leaf(1), FIT.tree),
        baseline=replace(FIT.baseline, features=(age, levels)),
    )
    write_files(fit_files(fit, tmp_path, current=True), tmp_path)
    found = read_fit(fit_path(tmp_path, "shoppers", 1))
    assert found == fit
    assert found.baseline == fit.baseline


def test_what_is_usual_is_not_written(tmp_path: Path) -> None:
    """So the files of older fits keep their bytes."""
    written = fit_files(FIT, tmp_path, current=True)
    text = written[fit_path(tmp_path, "shoppers", 1)]
    assert not {"weight", "levels", "mode", "labels"} & set(re.findall(r'"(\w+)":', text))


def test_a_fit_of_a_segkit_without_the_curve_keeps_its_bytes(tmp_path: Path) -> None:
    """FIT has none; one that has comes back as well."""
    text = fit_files(FIT, tmp_path, current=True)[fit_path(tmp_path, "shoppers", 1)]
    assert list(json.loads(text)["quality"]) == [
        "loss",
        "fidelity",
        "fidelity_held_out",
        "fidelity_by_segment",
        "leaves",
        "depth",
        "smallest_leaf",
        "moved",
    ]
    curve = (CurvePoint(2, 0.03, 0.95, 2), CurvePoint(3, 0.01, 0.98, 1))
    quality = replace(FIT.quality, held_out_by_segment={"A": 0.9}, short_rules=2, curve=curve)
    newer = replace(FIT, quality=quality)
    write_files(fit_files(newer, tmp_path, current=True), tmp_path)
    assert read_fit(fit_path(tmp_path, "shoppers", 1)) == newer


def test_the_sweep_of_an_older_fit_is_read_and_keeps_its_bytes(tmp_path: Path) -> None:
    older = {"k": 2, "inertia": 12.5, "silhouette": None, "smallest_share": 0.25}
    text = fit_files(FIT, tmp_path, current=True)[fit_path(tmp_path, "shoppers", 1)]
    data = json.loads(text)
    data["clusters"]["sweep"] = [older]
    path = fit_path(tmp_path, "shoppers", 1)
    path.parent.mkdir()
    path.write_text(dump(sealed(data)), encoding="utf-8")
    found = read_fit(path)
    assert found.clusters.sweep == (SweepPoint(2, 12.5, None, 0.25),)
    again = json.loads(fit_files(found, tmp_path, current=True)[path])
    assert list(again["clusters"]["sweep"][0].items()) == list(older.items())


def test_a_folder_of_fits_that_cannot_be_listed_is_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first fit would be learned over the head of those that are there."""
    write_files(fit_files(FIT, tmp_path, current=True), tmp_path)

    def scandir(path: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    for read in (versions, current_version):
        with pytest.raises(
            FitError, match=r"SK002.*warehouse/fits/\w+ cannot be listed: permission"
        ):
            read(tmp_path, FIT.name)


def test_a_current_that_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    write_files(fit_files(FIT, tmp_path, current=False), tmp_path)
    os.mkfifo(tmp_path / FIT.name / "current")
    with pytest.raises(FitError, match=r"SK312.*current cannot be read: it is a named pipe"):
        current_version(tmp_path, FIT.name)


def test_of_a_fit_that_is_there_all_is_there(tmp_path: Path) -> None:
    """The baseline is renamed first, ``current`` last: a crash between two leaves no half."""
    names = [path.name for path in fit_files(FIT, tmp_path, current=True)]
    assert names[-2:] == ["v0001.json", "current"]


def test_what_became_of_the_segments_is_kept_and_is_no_other_fit(tmp_path: Path) -> None:
    told = (Descent("A", "kept", ("A",)), Descent("B", "split", ("A",)), Descent("C", "retired"))
    fit = replace(FIT, lineage=Lineage(replaced=3, agrees=0.75, segments=told))
    write_files(fit_files(fit, tmp_path, current=True), tmp_path.parent)
    found = read_fit(fit_path(tmp_path, "shoppers", 1)).lineage
    assert (found.replaced, found.agrees, found.segments) == (3, 0.75, told)
    assert fit == FIT, "learned beside another fit, the same rules are the same fit"


def test_a_fit_of_before_says_of_its_lineage_what_it_said(tmp_path: Path) -> None:
    """Keys that are as usual are not written: the files of first fits stay as they were."""
    path = fit_path(tmp_path, "shoppers", 1)
    lineage = json.loads(fit_files(FIT, tmp_path, current=False)[path])["lineage"]
    assert lineage == {"parent": None, "adjustments": [], "replaced": None, "measured": None}


def test_a_note_of_the_rules_is_this_one_for_good() -> None:
    assert rules_note(FIT) == "v0001 cfe29fb897888403"
    names = (replace(FIT.segments[0], name="Other"), FIT.segments[1])
    for other in (replace(FIT, tree=Leaf(1)), replace(FIT, segments=names)):
        assert rules_note(other).split()[0] == "v0001"
        assert rules_note(other) != rules_note(FIT)
    same = replace(FIT, rows=1, warnings=(), quality=replace(FIT.quality, loss=0.5))
    assert rules_note(same) == rules_note(FIT), "what does not decide who is where"
