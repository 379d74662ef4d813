"""Stored edges on disk: what is written comes back, and what was damaged is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.errors import FitError
from segkit.publish.stored.edge_files import edge_files, read_edges
from segkit.publish.stored.fits import current_version
from segkit.publish.stored.json_files import checksum, dump, sealed
from segkit.publish.stored.write_files import write_files

DEFINITION = {"from": "t", "column": "Größe", "quantiles": 4, "not_scored": "orders < 2"}
EDGES = ScoreEdges((Decimal("-1.5"), Decimal("2"), Decimal("2")), 1234, DEFINITION)


def stored(directory: Path, edges: EdgeSet) -> Path:
    write_files(edge_files(edges, directory), directory)
    return directory / "scores/v0002.json"


def test_a_person_can_review_the_file(tmp_path: Path) -> None:
    path = stored(tmp_path, EdgeSet("scores", 2, "dev", {"q": EDGES}))
    text = path.read_text(encoding="utf-8")
    assert text == (
        f'{{\n "format": 1,\n "checksum": "{checksum(json.loads(text))}",\n'
        ' "kind": "edges",\n "name": "scores",\n "version": 2,\n'
        ' "target": "dev",\n "scores": {\n  "q": {\n   "definition": {\n    "from": "t",\n'
        '    "column": "Größe",\n    "quantiles": 4,\n    "not_scored": "orders < 2"\n   },\n'
        '   "rows": 1234,\n   "edges": [\n    "-1.5",\n    "2",\n    "2"\n   ]\n  }\n }\n}\n'
    )
    assert current_version(tmp_path, "scores") == 2


@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False).map(lambda x: Decimal(repr(x))),
        min_size=3,
        max_size=3,
    ).map(sorted)
)
def test_edges_come_back_as_they_were(tmp_path_factory: Any, edges: list[Decimal]) -> None:
    """To the last digit: a float is not among them on the way."""
    directory = tmp_path_factory.mktemp("fits")
    before = EdgeSet("scores", 2, "dev", {"q": ScoreEdges(tuple(edges), 5, DEFINITION)})
    path = stored(directory, before)
    after = read_edges(path)
    assert after == before
    text = path.read_bytes()
    assert write_files(edge_files(after, directory), directory) == ()
    assert path.read_bytes() == text


NESTED = ScoreEdges(
    (),
    9,
    {"from": "t", "column": "x", "quantiles": 2, "within": ["rfm_r", "rfm_f"]},
    skips=True,
    nested={cell: (Decimal(sum(cell)),) for cell in product((1, 2), repeat=2)},
)


def test_edges_that_an_older_segkit_would_score_otherwise_are_of_format_2(tmp_path: Path) -> None:
    skipping = replace(EDGES, skips=True)
    before = EdgeSet("scores", 2, "dev", {"rfm_f": skipping, "rfm_m": NESTED, "q": EDGES})
    path = stored(tmp_path, before)
    assert read_edges(path) == before
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["format"] == 2
    assert data["scores"]["rfm_f"]["ties"] == "skip" and "ties" not in data["scores"]["q"]
    assert data["scores"]["rfm_m"]["edges"] == {"11": ["2"], "12": ["3"], "21": ["3"], "22": ["4"]}


Damage = Callable[[dict[str, Any]], None]
SCORE_DAMAGES: dict[str, Damage] = {
    "an edge that is no number": lambda q: q["edges"].__setitem__(0, "low"),
    "an edge that is NaN": lambda q: q["edges"].__setitem__(0, "NaN"),
    "an edge without end": lambda q: q["edges"].__setitem__(2, "Infinity"),
    "an edge that no double holds": lambda q: q["edges"].__setitem__(2, "1e999"),
    "an edge that is a list": lambda q: q["edges"].__setitem__(0, ["1"]),
    "one text for all edges": lambda q: q.update(edges="123"),
    "no edges": lambda q: q.pop("edges"),
    "an edge too few": lambda q: q["edges"].pop(),
    "an edge too many": lambda q: q["edges"].append("9"),
    "edges out of order": lambda q: q["edges"].reverse(),
    "rows in words": lambda q: q.update(rows="many"),
    "no rows": lambda q: q.pop("rows"),
    "a list for a definition": lambda q: q.update(definition=["t"]),
    "no definition": lambda q: q.pop("definition"),
    "a definition without a column": lambda q: q["definition"].pop("column"),
    "a definition without quantiles": lambda q: q["definition"].pop("quantiles"),
}
NESTED_DAMAGES: dict[str, Damage] = {
    "a group without edges": lambda m: m["edges"].pop("21"),
    "a group that there is not": lambda m: m["edges"].update({"31": ["1"]}),
    "a list where groups should be": lambda m: m.update(edges=["1"]),
    "a group with too many": lambda m: m["edges"]["21"].append("9"),
    "more groups than anybody has": lambda m: m["definition"].update(quantiles=10**6),
    "more depth than there is": lambda m: m["definition"].update(within=["a"] * 40),
    "ties in words": lambda m: m.update(ties="never"),
}
FILE_DAMAGES: dict[str, Damage] = {
    "another kind": lambda data: data.update(kind="fit"),
    "no kind": lambda data: data.pop("kind"),
    "scores in a list": lambda data: data.update(scores=[1]),
    "a score that is a list": lambda data: data["scores"].update(q=[1]),
    "a version in words": lambda data: data.update(version="two"),
    "no name": lambda data: data.pop("name"),
    **{what: lambda d, f=f: f(d["scores"]["q"]) for what, f in SCORE_DAMAGES.items()},
    **{what: lambda d, f=f: f(d["scores"]["m"]) for what, f in NESTED_DAMAGES.items()},
}


@pytest.mark.parametrize("what", FILE_DAMAGES)
def test_a_damaged_file_is_named(tmp_path: Path, what: str) -> None:
    path = stored(tmp_path, EdgeSet("scores", 2, "dev", {"q": EDGES, "m": NESTED}))
    data = json.loads(path.read_text(encoding="utf-8"))
    FILE_DAMAGES[what](data)
    path.write_text(dump(sealed(data)), encoding="utf-8")  # as if a checksum were no obstacle
    with pytest.raises(FitError) as caught:
        read_edges(path)
    (problem,) = caught.value.problems
    assert problem.code == "SK312"
    assert problem.message.startswith("v0002.json holds no edges of scores (")
    assert str(problem.place).endswith("/scores/v0002.json")
    assert "version control" in str(problem.help)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 2}', "[" * 100_000])
def test_what_is_no_edge_file_at_all(tmp_path: Path, text: str) -> None:
    path = stored(tmp_path, EdgeSet("scores", 2, "dev", {"q": EDGES}))
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FitError) as caught:
        read_edges(path)
    assert [problem.code for problem in caught.value.problems] == ["SK312"]
