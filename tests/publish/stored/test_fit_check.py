"""A fit that contradicts itself is refused with the reason, whatever its checksum says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from segkit.errors import FitError
from segkit.publish.stored.fits import fit_files, fit_path, read_fit, stored_fit
from segkit.publish.stored.json_files import dump, sealed
from tests.publish.stored.test_fits import FIT


def _stability(**changes: Any) -> dict[str, Any]:
    said = {"mean": 0.8, "low": 0.7, "high": 0.9, "customers": 200, "by_segment": {"A": 0.8}}
    return said | changes


Damage = Callable[[dict[str, Any]], object]
SPLIT = {"column": "age", "below": "40", "missing": "no", "yes": {}, "no": {}}


def named(data: dict[str, Any], **changes: Any) -> None:
    """Give the first segment a name that says something, with these changes."""
    naming = {"members": 0.9, "others": 0.1, "precision": 0.8}
    statement = {"column": "age", "kind": "cut", "lower": 40.0}
    for key, value in changes.items():
        (naming if key in naming else statement)[key] = value
    data["segments"][0]["naming"] = {"says": [statement], **naming}


DAMAGES: dict[str, Damage] = {
    '`segments` is a mapping of 0, not a list': lambda d: d.update(segments={}),
    '`segments` is empty':
        lambda d: (d.update(segments=[]), d.update(tree={"segment": "unassigned"})),
    '`segments[1].id` is missing': lambda d: d["segments"][1].pop("id"),
    '`segments[1].n` is "many", not a whole number': lambda d: d["segments"][1].update(n="many"),
    '`segments[0].code` is 0, below 1': lambda d: d["segments"][0].update(code=0),
    '`segments[1].id` is "B", which is not that of code 1':
        lambda d: d["segments"][1].update(code=1),
    '`segments[1].name` is empty': lambda d: d["segments"][1].update(name=""),
    '`segments[0].naming.precision` is "1", not a number': lambda d: named(d, precision="1"),
    '`segments[0].naming.says[0].kind` is "huge", not "high" or "low" or "mid" or "cut" '
    'or "fact" or "level" or "unknown"': lambda d: named(d, kind="huge"),
    '"segments[0].size" is no key that segkit knows': lambda d: d["segments"][0].update(size=1),
    '"notes" is no key that segkit knows': lambda d: d.update(notes=[]),
    '`tree` is missing': lambda d: d.pop("tree"),
    '`tree` is a list of 0, not a mapping of keys': lambda d: d.update(tree=[]),
    '`tree.no` is missing': lambda d: d["tree"].pop("no"),
    '`tree.yes.missing` is "both", neither yes nor no':
        lambda d: d["tree"]["yes"].update(missing="both"),
    '`tree.yes.missing` is a list of 0, neither yes nor no':
        lambda d: d["tree"]["yes"].update(missing=[]),
    '`tree.yes.at_most` is "NaN", not a number in quotes, such as "42.5"':
        lambda d: d["tree"]["yes"].update(at_most="NaN"),
    '`tree.yes.at_most` is "Infinity", not a number in quotes, such as "42.5"':
        lambda d: d["tree"]["yes"].update(at_most="Infinity"),
    '`tree.yes.at_most` is "1e999999999", not a number in quotes, such as "42.5"':
        lambda d: d["tree"]["yes"].update(at_most="1e999999999"),
    '`tree.yes.at_most` is "abc", not a number in quotes, such as "42.5"':
        lambda d: d["tree"]["yes"].update(at_most="abc"),
    '`tree.yes.at_most` is 42.5, not a number in quotes, such as "42.5"':
        lambda d: d["tree"]["yes"].update(at_most=42.5),
    '`tree.yes.at_most` is larger than any number':
        lambda d: d["tree"]["yes"].update(at_most="9" * 320),
    '`tree.yes` asks 2 of known, one_of, below, at_most: one is a test':
        lambda d: d["tree"]["yes"].update(below="3"),
    '`tree.known` is false, not true': lambda d: d["tree"].update(known=False),
    # who is missing something is in a segment of clusters: it would be one of its own
    '`clusters.k` is 2, and there are 1 segments of clusters':
        lambda d: d.update(tree={"column": "age", "known": True, "missing": "no",
                                 "yes": d["tree"], "no": {"segment": "B"}}),
    '"tree.why" is no key that segkit knows': lambda d: d["tree"].update(why=1),
    '`tree.yes.column` is 7, not a text': lambda d: d["tree"]["yes"].update(column=7),
    '`tree` tests "height", which is no feature of it':
        lambda d: d["tree"]["yes"].update(column="height"),
    '`tree.yes.yes.segment` is "Q", which is no segment':
        lambda d: d["tree"]["yes"]["yes"].update(segment="Q"),
    '`tree.yes.yes.segment` is a list of 0, which is no segment':
        lambda d: d["tree"]["yes"]["yes"].update(segment=[]),
    '`tree` puts nobody into B': lambda d: d["tree"]["yes"]["no"].update(segment="A"),
    # a leaf that no row can reach
    '`tree` puts nobody into A': lambda d: d["tree"]["yes"].update(
        yes={**SPLIT, "below": "50", "yes": {"segment": "B"}, "no": {"segment": "A"}}),
    '`tree.one_of` is "ab", not a list':
        lambda d: (d["tree"].pop("known"), d["tree"].update(one_of="ab")),
    '`tree.one_of[0]` is 1, not a text':
        lambda d: (d["tree"].pop("known"), d["tree"].update(one_of=[1])),
    '`tree` asks for "x" in "age", which is none of its levels':
        lambda d: (d["tree"].pop("known"), d["tree"].update(one_of=["x"])),
    '`features` is empty': lambda d: d.update(features=[]),
    '`features[0].scale` is "cubic", none of standard, log, robust, none, category':
        lambda d: d["features"][0].update(scale="cubic"),
    '`features[0].spread` is 0, not above 0': lambda d: d["features"][0].update(spread=0),
    '`features[0].spread` is -1, not above 0': lambda d: d["features"][0].update(spread=-1),
    '`features[0].weight` is 0, not above 0': lambda d: d["features"][0].update(weight=0),
    '`features[0].center` is "NaN", not a number': lambda d: d["features"][0].update(center="NaN"),
    '`features[0].column` is "a\\n", which is no name of a column':
        lambda d: d["features"][0].update(column="a\n"),
    '`features[0]` is a number, and has levels': lambda d: d["features"][0].update(levels=["a"]),
    '`features[0].mode` is "b", none of its levels':
        lambda d: d["features"][0].update(scale="category", levels=["a"], mode="b"),
    '2 of `features[0].levels` have the text "a"':
        lambda d: d["features"][0].update(scale="category", levels=["a", "a"], mode="a"),
    '`tree` cuts "age" by a number, and it is a category':
        lambda d: d["features"][0].update(scale="category", levels=["a"], mode="a"),
    '`clusters.k` is 3, and there are 2 segments of clusters': lambda d: d["clusters"].update(k=3),
    '`clusters.sizes` has 1 items for 2 segments': lambda d: d["clusters"]["sizes"].pop(),
    '`clusters.centers` has 1 items for 2 segments': lambda d: d["clusters"]["centers"].pop(),
    '`clusters.labels` has 1 items for 2 segments': lambda d: d["clusters"].update(labels=["a"]),
    '2 of `clusters.labels` have the text "a"': lambda d: d["clusters"].update(labels=["a", "a"]),
    '`clusters.centers[1]` has 2 numbers, features make 1':
        lambda d: d["clusters"]["centers"][1].append(0.5),
    '`clusters.sweep[1].centers` has 1 items for k 2':
        lambda d: d["clusters"]["sweep"][1].update(centers=[[1.0]]),
    '`clusters.sweep[1].centers[0]` has 2 numbers, features make 1':
        lambda d: d["clusters"]["sweep"][1].update(centers=[[1.0, 2.0], [1.0]]),
    '`version` is true, not a whole number': lambda d: d.update(version=True),
    'it holds "edges"': lambda d: d.update(kind="edges"),
    '`lineage.adjustments[0]` is 1, not a text': lambda d: d["lineage"].update(adjustments=[1]),
    '`lineage.segments[0].kind` is "lost", not "kept" or "split" or "merged" or "new" or "retired"':
        lambda d: d["lineage"].update(segments=[{"id": "A", "kind": "lost", "of": []}]),
    '`lineage.segments` are not its segments, in their order':
        lambda d: d["lineage"].update(segments=[{"id": "A", "kind": "new", "of": []}]),
    '"lineage.from" is no key that segkit knows': lambda d: d["lineage"].update({"from": 1}),
    '"parent" is no key that segkit knows': lambda d: d.update(parent=1),
    '`clusters.verdict` is "good", not "apart" or "shape" or "overlap" or "columns" or "degrees"':
        lambda d: d["clusters"].update(verdict="good"),
    '`clusters.reason` is empty': lambda d: d["clusters"].update(reason=[]),
    '`clusters.reason` is "k = 2", not a list': lambda d: d["clusters"].update(reason="k = 2"),
    '`stability.mean` is "high", not a number':
        lambda d: d.update(stability=_stability(mean="high")),
    '`assumptions[0]` is "a sentence", not a mapping of keys':
        lambda d: d.update(assumptions=["a sentence"]),
    '`assumptions[0].code` is no code that segkit knows':
        lambda d: d["assumptions"][0].update(code="guessed"),
    '`assumptions[0].code` is missing': lambda d: d["assumptions"][0].pop("code"),
    '`assumptions[0].n` is 0.5, not a whole number': lambda d: d["assumptions"][0].update(n=0.5),
    '`assumptions[0].value` is a mapping of 0, not a number or a text':
        lambda d: d["assumptions"][0].update(value={}),
    '`assumptions[0].value[0]` is a list of 1, not a number or a text':
        lambda d: d["assumptions"][0].update(value=[[1]]),
    '`assumptions[0].value` is 9007199254740993, which is too large':
        lambda d: d["assumptions"][0].update(value=2**53 + 1),
    '"assumptions[0].why" is no key that segkit knows':
        lambda d: d["assumptions"][0].update(why=1),
    '`warnings[0].code` is no code that segkit knows':
        lambda d: d["warnings"][0].update(code="sampled"),  # that is an assumption
}  # fmt: skip
BASELINE_DAMAGES: dict[str, Damage] = {
    "`rows` is 199, and v0001 has 200: is it another fit's?": lambda d: d.update(rows=199),
    "`features[0].quantiles[0]` is null, not a number":
        lambda d: d["features"][0].update(quantiles=[None]),
    "`features[0].histogram[0]` is 0.5, not a whole number":
        lambda d: d["features"][0].update(edges=[1], histogram=[0.5, 199.5]),
    "`distance_quantile` is missing": lambda d: d.pop("distance_quantile"),
    '"more" is no key that segkit knows': lambda d: d.update(more=1),
}  # fmt: skip


def damaged(directory: Path, damage: Damage, name: str = "v0001.json") -> Path:
    """The fit on disk, damaged by somebody who also makes its checksum agree."""
    for path, text in fit_files(FIT, directory, current=True).items():
        path.parent.mkdir(exist_ok=True)
        if path.name == name:
            data = json.loads(text)
            damage(data)
            text = dump(sealed(data))
        path.write_text(text, encoding="utf-8")
    return fit_path(directory, "shoppers", 1)


@pytest.mark.parametrize("said", DAMAGES)
def test_what_contradicts_itself_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(FitError) as caught:
        read_fit(damaged(tmp_path, DAMAGES[said]))
    assert caught.value.problems[0].message == f"v0001.json holds no fit ({said})"


@pytest.mark.parametrize("said", BASELINE_DAMAGES)
def test_a_baseline_that_is_damaged_or_anothers(tmp_path: Path, said: str) -> None:
    with pytest.raises(FitError) as caught:
        read_fit(damaged(tmp_path, BASELINE_DAMAGES[said], "v0001.baseline.json"))
    (problem,) = caught.value.problems
    assert problem.message == f"v0001.baseline.json holds no baseline ({said})"


def test_a_fit_of_another_name_or_version(tmp_path: Path) -> None:
    path = damaged(tmp_path, lambda data: data.update(name="others"))
    assert read_fit(path).name == "others"  # the library reads a file wherever it lies
    with pytest.raises(FitError, match='is the fit of "others", in the folder of shoppers'):
        stored_fit(tmp_path, "shoppers", 1)
    path = damaged(tmp_path, lambda data: data.update(version=2))
    with pytest.raises(FitError, match=r"v0001\.json says that it is version 2"):
        read_fit(path)
    elsewhere = path.with_name("shoppers_of_may.json")
    path.rename(elsewhere)
    assert read_fit(elsewhere).version == 2


def test_an_edit_by_hand_is_refused_in_fit_and_baseline(tmp_path: Path) -> None:
    path = damaged(tmp_path, lambda data: None)
    assert read_fit(path) == FIT
    for each, before, after in (
        (path, '"42.5"', '"43.5"'),
        (path.with_name("v0001.baseline.json"), "2.5", "2.75"),
    ):
        text = each.read_text(encoding="utf-8")
        assert before in text
        each.write_text(text.replace(before, after), encoding="utf-8")
        with pytest.raises(FitError, match=f"{each.name} was edited after segkit wrote it"):
            read_fit(path)
        each.write_text(text, encoding="utf-8")
