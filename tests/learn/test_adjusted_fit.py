"""What a change of the rules costs, on twelve customers whose figures are known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from functools import partial

import numpy as np
import pytest

from segkit.core.fact_english import assumption_sentences
from segkit.core.facts import Fact
from segkit.core.fit import Clusters, Fit, FittedFeature, Lineage
from segkit.core.naming import Naming, Statement
from segkit.core.tree import Below, Known, Leaf, Split, Tree
from segkit.errors import ConfigError
from segkit.learn import adjusted_fit as module
from segkit.learn.adjusted_fit import Customers, adjusted_fit, cheapest, loss_of
from segkit.learn.data import read, summary
from segkit.learn.data.all_rows import AllRows
from tests.learn.conftest import MemoryEngine, load, segmentation
from tests.publish.stored.test_fits import FIT, REASON

X = np.array([1.0, 2, 3, 4, 5, 6, 21, 22, 23, 24, 25, np.nan])


def tree(cut: float, low: int = 1, high: int = 2) -> Tree:
    inner = Split("x", Below(D(repr(cut))), Leaf(low), Leaf(high))
    return Split("x", Known(), inner, Leaf(0))


def before() -> Fit:
    feature = FittedFeature("x", "X", "", "none", "DOUBLE", 0.0, 1.0, 6.0)
    clusters = Clusters(2, 111, 27.5, (6, 5), ((3.5,), (23.0,)), (), REASON)
    return replace(FIT, features=(feature,), clusters=clusters, tree=tree(10), baseline=None)


@pytest.fixture
def customers(engine: MemoryEngine) -> Customers:
    load(engine, X[:, None], ["x"])
    columns = engine.columns("customers")
    spec = segmentation("x", missing="unassigned")
    return Customers(spec, before(), AllRows(engine, "customers", columns))


def test_customers_as_the_fit_sees_them(customers: Customers) -> None:
    """Whoever is unassigned has no cluster; the others have that of the nearest centre."""
    assert customers.drawn.sample.rows == 12
    x = customers.drawn.sample.column("x")[customers.drawn.learned]
    assert sorted(x) == sorted(X[:-1])
    assert (customers.drawn.labels == np.where(x < 10, 1, 2)).all()
    assert customers.drawn.scaled[:, 0].tolist() == x.tolist()
    assert sorted(customers.drawn.sample.codes(tree(10))) == [0] + [1] * 6 + [2] * 5


def test_the_loss_is_what_other_cuts_cost_more(customers: Customers) -> None:
    assert loss_of(tree(10), customers) == 0
    x = X[:-1]
    for cut in (5.5, 3.5, 22.5):
        sides = [x[x < cut], x[x >= cut]]
        cost = sum(((side - side.mean()) ** 2).sum() for side in sides)
        assert loss_of(tree(cut), customers) == pytest.approx(cost / 27.5 - 1)


def test_of_given_clusters_it_is_the_share_put_elsewhere(customers: Customers) -> None:
    given = replace(customers.fit, clusters=replace(customers.fit.clusters, labels=("a", "b")))
    assert loss_of(tree(5.5), replace(customers, fit=given)) == 1 / 11


def test_the_cheapest_that_leaves_nobody_out(customers: Customers) -> None:
    dear, cheap, empty = tree(3.5), tree(5.5), tree(0.5)
    assert cheapest([dear, cheap], customers, said="x") is cheap
    all_of_them = Split("x", Known(), Leaf(2), Leaf(0))
    assert cheapest([all_of_them, dear], customers, said="x") is dear
    with pytest.raises(ConfigError, match="nobody would be left in segment A"):
        cheapest([empty], customers, said="x < 10 -> 0.5")


def test_figures_of_a_sample_are_those_of_all_rows(
    engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 600 customers about 60 are read; loss, shares and sizes are counted by hand."""
    rng = np.random.default_rng(2)
    x = np.round(np.where(rng.random(600) < 0.4, rng.normal(20, 4, 600), rng.normal(6, 3, 600)), 1)
    x[0] = 99.0  # alone beyond 50
    load(engine, x[:, None], ["x"])
    monkeypatch.setattr(read, "read_sample", partial(summary.read_sample, all_up_to=60, drawn=60))
    monkeypatch.setattr(module, "ALL_ROWS", 60)
    spec = segmentation("x", missing="unassigned")
    everyone = AllRows(engine, "customers", engine.columns("customers"))
    today = Customers(spec, before(), everyone)
    assert len(today.drawn.sample.X) < 200
    nearest = np.abs(x[:, None] - [3.5, 23.0]).argmin(axis=1)
    least = sum(((x[nearest == c] - x[nearest == c].mean()) ** 2).sum() for c in (0, 1))
    for cut in (9.0, 50.0):
        codes = np.where(x < cut, 0, 1)
        cost = sum(((x[codes == c] - x[codes == c].mean()) ** 2).sum() for c in (0, 1))
        assert loss_of(tree(cut), today) == pytest.approx(cost / least - 1)
        assert cheapest([tree(cut)], today, said="x") == tree(cut)
        made = adjusted_fit(today, tree(cut), ["c"], version=4, target="dev")
        assert made.quality.loss == pytest.approx(cost / least - 1)
        assert made.quality.fidelity == pytest.approx((codes == nearest).mean())
        right = {i: (nearest[codes == c] == c).mean() for c, i in enumerate("AB")}
        assert made.quality.fidelity_by_segment == pytest.approx(right)
        assert made.quality.smallest_leaf == np.bincount(codes).min()
        assert [s.n for s in made.segments] == np.bincount(codes).tolist()
        some = Customers(spec, before(), everyone)
        again = adjusted_fit(some, tree(cut), ["c"], version=4, target="dev", is_kept=False)
        assert "drawn" not in vars(some)  # nobody is read
        assert again.quality == made.quality and again.segments == made.segments
        assert (again.rows, again.lineage) == (made.rows, replace(made.lineage, measured=None))


def test_a_fit_by_hand_has_todays_figures_and_its_old_names(customers: Customers) -> None:
    found = adjusted_fit(customers, tree(5.5), ["x < 10 -> 5.5"], version=4, target="prod")
    assert (found.origin, found.parent, found.version, found.target) == ("adjusted", 1, 4, "prod")
    assert found.adjustments == ("x < 10 -> 5.5",)
    assert [(s.id, s.name, s.n) for s in found.segments] == [
        ("A", "Younger", 5),
        ("B", 'Größe "x"', 6),
    ]
    assert found.quality.fidelity == pytest.approx(10 / 11)
    assert found.quality.fidelity_held_out is None  # nobody learned these rules
    assert found.quality.loss == pytest.approx(loss_of(tree(5.5), customers))
    assert found.baseline is not None
    assert found.baseline.segments == {"A": 5, "B": 6, "unassigned": 1}
    assert (found.rows, found.sample, found.clusters) == (12, 12, customers.fit.clusters)


def test_what_was_assumed_of_other_data_is_of_then(customers: Customers) -> None:
    def said(fit: Fit) -> tuple[str, ...]:
        then = replace(customers, fit=fit)
        made = adjusted_fit(then, tree(5.5), ["c"], version=4, target="dev")
        return assumption_sentences(made)

    so = Fact("is_category", "flag"), Fact("left_out", "y")
    same = replace(customers.fit, fingerprint=customers.drawn.fingerprint, assumptions=so[:1])
    assert said(same) == ("flag counts as a category",)
    other = replace(customers.fit, assumptions=so)
    assert said(other) == (
        "at v0001: flag counts as a category",
        "at v0001: y is left out of the fit: it hardly differs",
    )
    again = replace(other, version=3, lineage=Lineage(2, ("b",), measured=1))
    assert said(again) == said(other)


def test_of_a_name_that_stays_it_is_said_how_true_it_is_now(customers: Customers) -> None:
    """ "Under 10" was all of A; now 6 is in B, and the name fits one customer of that."""
    first, second = customers.fit.segments
    says = (Statement("x", "cut", None, 10.0),)
    named = replace(first, naming=Naming(says, 1.0, 0.0, 1.0))
    fit = replace(customers.fit, segments=(named, second))
    found = adjusted_fit(replace(customers, fit=fit), tree(5.5), [], version=4, target="dev")
    truth = found.segments[0].naming
    assert truth == Naming(says, 1.0, round(1 / 6, 9), round(5 / 6, 9))
    assert found.segments[1].naming is None
