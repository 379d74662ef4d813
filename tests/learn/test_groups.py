"""Somebody else's clusters: the rules that put the fewest customers elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.core.fact_english import assumption_sentences, reason_sentence, warning_sentences
from segkit.errors import DataError
from segkit.learn.trees.apply import codes_of
from segkit.project.nodes import RuleSpec
from tests.learn.conftest import MemoryEngine, blobs, feature, load, segmentation
from tests.learn.test_learn import fit

LABELS = feature("cluster", 5)


def load_labelled(engine: MemoryEngine, sql: str, rows: int = 300) -> np.ndarray:
    X = blobs(rows)
    load(engine, X)
    engine.execute(f"ALTER TABLE customers ADD COLUMN cluster {sql.split(':')[0]}")
    engine.execute(f"UPDATE customers SET cluster = {sql.split(':', 1)[1]}")
    return X


def test_rules_of_given_clusters_are_found_again(engine: MemoryEngine) -> None:
    X = load_labelled(
        engine, "VARCHAR:CASE WHEN x < 15.5 AND y < 20 THEN 'Savers' ELSE 'Others' END"
    )
    found = fit(engine, segmentation("x", "y", labels=LABELS))
    assert found.quality.loss == 0
    assert found.quality.fidelity == 1
    assert {segment.name for segment in found.segments} == {"Savers", "Others"}
    assert found.definition["labels"] == "cluster"
    assert "clusters" not in found.definition
    assert reason_sentence(found.clusters.reason) == "2 clusters as given in cluster"
    codes = codes_of(found.tree, ("x", "y"), X)
    by_name = {segment.code: segment.name for segment in found.segments}
    expected = np.where((X[:, 0] < 15.5) & (X[:, 1] < 20), "Savers", "Others")
    assert [by_name[code] for code in codes] == expected.tolist()


def test_numbers_are_told_with_their_column(engine: MemoryEngine) -> None:
    load_labelled(engine, "INTEGER:CASE WHEN y > 25 THEN 7 WHEN x > 20 THEN 0 ELSE 3 END")
    found = fit(engine, segmentation("x", "y", labels=LABELS))
    assert {segment.name for segment in found.segments} == {"Cluster 0", "Cluster 3", "Cluster 7"}
    assert [segment.id for segment in found.segments] == ["A", "B", "C"]
    counted = engine.query("SELECT CAST(cluster AS VARCHAR), count(*) FROM customers GROUP BY 1")
    sizes = zip(found.clusters.labels, found.clusters.sizes, strict=True)
    assert dict(sizes) == dict(counted)
    # both are in the order of the segments
    assert [s.name for s in found.segments] == [f"Cluster {c}" for c in found.clusters.labels]


def test_loss_is_the_share_of_customers_that_are_put_elsewhere(engine: MemoryEngine) -> None:
    # a diagonal: no small tree says it exactly
    X = load_labelled(engine, "VARCHAR:CASE WHEN x + y < 35 THEN 'low' ELSE 'high' END")
    spec = segmentation("x", "y", labels=LABELS, rules=RuleSpec(2, 0.05, 0.01))
    found = fit(engine, spec)
    by_name = {segment.code: segment.name for segment in found.segments}
    told = np.array([by_name[code] for code in codes_of(found.tree, ("x", "y"), X)])
    wrong = (told != np.where(X.sum(axis=1) < 35, "low", "high")).mean()
    assert wrong > 0
    assert found.quality.loss == pytest.approx(wrong)
    assert found.quality.fidelity == pytest.approx(1 - wrong)


def test_customers_without_a_label_get_a_segment(engine: MemoryEngine) -> None:
    case = "CASE WHEN id > 'c00250' THEN NULL WHEN y > 25 THEN 'top' ELSE 'rest' END"
    load_labelled(engine, f"VARCHAR:{case}")
    found = fit(engine, segmentation("x", "y", labels=LABELS))
    assert sum(segment.n for segment in found.segments) == 300
    assert sum(found.clusters.sizes) == 251
    assert "49 customers without cluster get a segment by the rules" in assumption_sentences(found)


def test_a_label_of_one_customer_is_written_nowhere(engine: MemoryEngine) -> None:
    case = "CASE WHEN id = 'c00007' THEN 'ada@example.com' WHEN y > 25 THEN 'top' ELSE 'rest' END"
    load_labelled(engine, f"VARCHAR:{case}")
    found = fit(engine, segmentation("x", "y", labels=LABELS))
    assert "ada@" not in repr(found)
    assert found.clusters.k == 2
    assert sum(found.clusters.sizes) == 299
    assert (
        "cluster is a value of their own for 1 of 300 customers: nothing is learned from them, "
        "and the rules put them elsewhere" in warning_sentences(found)
    )


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("VARCHAR:CASE WHEN id = 'c00007' THEN 'ada@example.com' ELSE 'rest' END", "SK317"),
        ("VARCHAR:'same'", "SK317"),
        ("VARCHAR:NULL", "SK317"),
        ("VARCHAR:id", "SK317"),
    ],
)
def test_labels_that_are_no_clusters(engine: MemoryEngine, sql: str, code: str) -> None:
    load_labelled(engine, sql)
    with pytest.raises(DataError) as caught:
        fit(engine, segmentation("x", "y", labels=LABELS))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == (code, LABELS.place)
    assert problem.help
    assert "ada@" not in problem.message


def test_fewer_leaves_than_clusters_are_refused(engine: MemoryEngine) -> None:
    load_labelled(engine, "INTEGER:CASE WHEN y > 25 THEN 7 WHEN x > 20 THEN 0 ELSE 3 END")
    with pytest.raises(DataError) as caught:
        fit(engine, segmentation("x", "y", labels=LABELS, rules=RuleSpec(2, 0.05, 0.01)))
    assert [p.code for p in caught.value.problems] == ["SK314"]
