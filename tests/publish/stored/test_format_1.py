"""Fits of format 1 are read for good: one that was committed, and its sentences word for word."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import segkit
from segkit.core.fact_english import assumption_sentences, reason_sentence, warning_sentences
from segkit.core.facts import Fact
from segkit.core.fit import Lineage
from segkit.errors import FitError
from segkit.pipeline import Options, run_build
from segkit.publish.stored.fits import read_fit
from segkit.publish.stored.format_1 import in_format_2
from segkit.publish.stored.json_files import dump, sealed
from segkit.publish.stored.records import Mistaken

ROOT = Path(__file__).parents[3]
OLD = Path(__file__).parent / "format_1"  # the example's fit, as segkit 0.2 committed it
NEW = Path(__file__).parent / "format_2"  # the same one in format 2, and the view of both
AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_it_says_what_its_file_says() -> None:
    fit, data = read_fit(OLD / "v0001.json"), json.loads((OLD / "v0001.json").read_text("utf-8"))
    assert data["format"] == 1
    assert assumption_sentences(fit) == tuple(data["assumptions"])
    assert reason_sentence(fit.clusters.reason) == data["clusters"]["reason"]
    assert warning_sentences(fit) == ()
    assert fit.lineage == Lineage()
    assert (fit.stability, fit.clusters.verdict, fit.clusters.alternatives) == (None, None, ())
    assert fit.baseline is not None
    assert {(f.edges, f.histogram) for f in fit.baseline.features} == {((), ())}


def test_learned_again_it_is_the_same_in_format_2() -> None:
    """The example's fit of format 2: same rules, ids, names, figures; and the same sentences."""
    old, new = (read_fit(folder / "v0001.json") for folder in (OLD, NEW))
    assert json.loads((NEW / "v0001.json").read_text("utf-8"))["format"] == 2
    for name in ("tree", "segments", "features", "quality", "rows", "sample", "definition"):
        assert getattr(old, name) == getattr(new, name)
    assert old.clusters.sweep == new.clusters.sweep
    assert old.clusters.centers == new.clusters.centers
    assert assumption_sentences(old) == assumption_sentences(new)
    assert reason_sentence(old.clusters.reason) == reason_sentence(new.clusters.reason)


def test_it_predicts() -> None:
    customers = pd.DataFrame(
        {
            "recency_days": [400.0, 10.0, None, 100.0],
            "orders": [1.0, 20.0, 0.0, 5.0],
            "total_spend": [20.0, 5000.0, 0.0, 200.0],
        }
    )
    old, new = (segkit.load_fit(folder / "v0001.json") for folder in (OLD, NEW))
    assert list(old.predict(customers)) == ["A", "E", "F", "C"]
    assert old.to_sql("duckdb", "c", "id") == new.to_sql("duckdb", "c", "id")


@pytest.mark.slow
@pytest.mark.parametrize("stored", [OLD, NEW], ids=["format_1", "format_2"])
def test_it_is_published_and_no_file_moves(stored: Path, tmp_path: Path) -> None:
    """As they were before a column could be ``own``: of the same definition, and not stale."""
    for name in ("segkit.yml", "sql", "macros", "warehouse"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    fits = tmp_path / "warehouse/fits/shopper_segments"
    for path in stored.glob("*.json"):
        shutil.copy(path, fits / path.name)
    declared = tmp_path / "sql/segments.yml"
    text = declared.read_text("utf-8")
    pattern = r"    missing: .*\n(    activity: .*\n)    about:\n(?:      .*\n)+"
    changed = re.sub(pattern, r"    missing: {default: median}\n\1", text)
    assert changed != text
    declared.write_text(changed, "utf-8")
    result = run_build(Options(tmp_path, as_of=AT, exclude=("customer_buckets",)))
    assert result.ok
    for path in stored.glob("*.json"):
        assert (fits / path.name).read_bytes() == path.read_bytes()
    view = tmp_path / "warehouse/views/shopper_segments.sql"
    assert view.read_bytes() == (NEW / "shopper_segments.sql").read_bytes()


def changed(**changes: Any) -> dict[str, Any]:
    return json.loads((OLD / "v0001.json").read_text("utf-8")) | changes


def test_an_adjusted_one_keeps_its_parent_its_cuts_and_whose_its_assumptions_are(
    tmp_path: Path,
) -> None:
    said = ["at v0001: 257 missing x count as 67 (the median)", "at v0001: and so"]
    data = changed(version=3, parent=2, origin="adjusted", adjustments=["a"], assumptions=said)
    path = tmp_path / "shopper_segments" / "v0003.json"
    path.parent.mkdir()
    path.write_text(dump(sealed(data)), "utf-8")
    fit = read_fit(path)
    assert fit.lineage == Lineage(2, ("a",), measured=1)
    assert fit.assumptions[1] == Fact("text", value="and so")
    assert assumption_sentences(fit) == tuple(said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lineage": {}}, "`lineage` is no key of format 1"),
        ({"stability": None}, "`stability` is no key of format 1"),
        ({"assumptions": [{"code": "text"}]}, "`assumptions[0]` is a mapping of 1, not a text"),
        ({"warnings": "none"}, '`warnings` is "none", not a list'),
    ],
)
def test_it_is_read_as_strictly_as_ever(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Mistaken) as caught:
        in_format_2(changed(**changes))
    assert str(caught.value) == said


def test_facts_are_none_of_its_words(tmp_path: Path) -> None:
    data = changed()
    data["clusters"] |= {"reason": [{"code": "declared", "n": 6}]}
    path = tmp_path / "v0001.json"
    path.write_text(dump(sealed(data)), "utf-8")
    with pytest.raises(FitError, match=r"`clusters.reason` is a list of 1, not a text"):
        read_fit(path)
