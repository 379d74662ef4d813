"""Segments as a scikit-learn estimator: K-Means, and the tree that says it in rules."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from segkit.core.columns import ColumnType, Kind
from segkit.core.fact_english import reason_sentence
from segkit.core.facts import Fact
from segkit.core.fit import Clusters, Fit, FittedFeature, FittedSegment, Quality, SweepPoint
from segkit.core.tree import depth
from segkit.core.typed_tree import in_types
from segkit.dialects.emit import Operand, case_lines, chain_of
from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import dialect_named
from segkit.learn.clusters.choose_k import Choice, Wanted, choose_explained
from segkit.learn.clusters.judge import judge
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import fit_clusters, sweep
from segkit.learn.numbers import Ints, round_array, round_digits
from segkit.learn.quality import number_leaves
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.fit_surrogate import no_tree
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import RuleSpec

K_MAX = 10
_NUMBER = ColumnType("", Kind.OTHER)  # of a type that is not known
_FLAG = ColumnType("BOOLEAN", Kind.BOOLEAN)


class Segmenter(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Segments of rows, each with a rule of a few comparisons.

    Columns are standardised, K-Means finds groups, and a small tree explains
    them; ``predict`` follows the tree, in the columns' own units. Segments are
    numbered by falling size.

    Parameters
    ----------
    n_clusters : int or "auto"
        ``auto`` takes as many of 2 to 10 as there are groups with gaps between
        them, else cuts where it is useful: see docs/choosing-k.md.
    max_leaves : int or "auto"
        Leaves of the tree, at least one a segment. ``auto`` takes the fewest
        whose segments cost at most 5 % more than those of K-Means.
    random_state : int or None
        Of K-Means and of the trees.

    Attributes
    ----------
    labels_ : array (n,)
        Segment of each row of ``fit``, by the tree.
    tree_ : core.tree.Tree
        Code ``segment + 1`` in its leaves.
    n_clusters_ : int
    inertia_ : float
        Of K-Means, on standardised columns.
    loss_ : float
        What the segments cost over the inertia, minus 1.
    verdict_ : str or None
        What the clusters are: ``apart`` (they stand out: a gap at every border), ``shape``
        (groups, not round), ``overlap`` (groups that run into each other), ``columns``
        (columns by themselves make them), ``degrees`` (no gaps). None where ``n_clusters``
        is given, or for one cluster.
    alternatives_ : tuple of int
        Other numbers of clusters that are about as good, or come next.
    reason_ : str
        Why there are so many, where they were chosen.
    """

    def __init__(
        self,
        n_clusters: int | Literal["auto"] = "auto",
        max_leaves: int | Literal["auto"] = "auto",
        random_state: int | None = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.max_leaves = max_leaves
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Segmenter:
        """Learn the segments; ``y`` is not looked at.

        Raises
        ------
        ValueError
            For fewer distinct rows than segments, or a tree that is too small.
        """
        values = np.asarray(
            validate_data(self, X, dtype=np.float64, ensure_min_samples=2), dtype=np.float64
        )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        names = self._names()
        leaves = None if self.max_leaves == "auto" else _whole("max_leaves", self.max_leaves)
        # The same segments for any order of the rows, the first of which count as a sample.
        ordered = values[np.lexsort(values.T)]
        shuffled = ordered[np.random.default_rng(0).permutation(len(ordered))]
        spread = shuffled.std(axis=0)
        scaled = (shuffled - shuffled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        rows = Rows.of_array(shuffled, columns=names, scaled=scaled)
        spec = RuleSpec(leaves, 0.05, 0.01)
        choice, found, panel = self._explained(rows, spec, seed)
        self.verdict_ = choice.verdict if choice else None
        self.alternatives_ = choice.alternatives if choice else ()
        self.reason_ = reason_sentence(choice.reason) if choice else ""
        self.tree_ = found.surrogate.tree
        self._surrogate = found.surrogate
        self._flags = _flags(X)
        self.labels_ = found.surrogate.predict(values)
        self.n_clusters_ = found.clustering.k
        self.inertia_ = found.clustering.inertia
        self.loss_ = found.loss
        self._fit = _fit_of(rows, choice, found, panel, seed)
        return self

    def as_fit(self) -> Fit:
        """Return what was learned as data, as ``load_fit(...).fit`` is; ids are the numbers."""
        check_is_fitted(self)
        return self._fit

    def predict(self, X: Any) -> Ints:
        """Return the segment of each row by the tree, from 0."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, reset=False)
        return self._surrogate.predict(np.asarray(values, dtype=np.float64))

    def to_sql(self, dialect: str = "duckdb", table: str = "customers", key: str = "id") -> str:
        """Return a SELECT with the key and ``segment``, the number that ``predict`` gives.

        Columns are called as in the DataFrame of ``fit``, else x0, x1, ...
        They may be numbers of any type, compared as doubles; flags of ``fit`` are
        BOOLEAN. NULL goes where the column's median lies.

        Parameters
        ----------
        dialect : str
            See ``segkit compile --help``.
        table, key : str
            Names; they are quoted where needed, ``schema.table`` part by part.
        """
        check_is_fitted(self)
        chosen = dialect_named(dialect)
        schema, _, name = table.rpartition(".")
        types = {n: _FLAG if n in self._flags else _NUMBER for n in self._names()}
        operands = {n: Operand(identifier(n, chosen), type_) for n, type_ in types.items()}
        chain = chain_of(in_types(self.tree_, types), operands, chosen)
        case = case_lines(chain, lambda code: "", "  ", lambda code: str(code - 1))
        body = "\n".join(case)
        source = relation(name, schema or None, chosen)
        return f"SELECT\n  {identifier(key, chosen)},\n{body} AS segment\nFROM {source}\n"

    def _names(self) -> tuple[str, ...]:
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return tuple(f"x{place}" for place in range(self.n_features_in_))
        return tuple(map(str, names))

    def _explained(
        self, rows: Rows, spec: RuleSpec, seed: int
    ) -> tuple[Choice | None, Explained, tuple[SweepPoint, ...]]:
        distinct = len(np.unique(rows.scaled, axis=0))
        if self.n_clusters != "auto":
            k = _whole("n_clusters", self.n_clusters)
            if not 1 <= k <= distinct:
                raise ValueError(f"n_clusters is {k}: X has {distinct} distinct rows")
            found = explain(rows, fit_clusters(rows.scaled, k=k, seed=seed), spec, seed)
            if found is None:
                raise ValueError(no_tree(k, spec.max_leaves).message)
            return None, found, ()
        clusterings = sweep(rows.scaled, min(K_MAX, distinct), seed)
        judged = judge(rows, clusterings, measure_panel(rows, clusterings, seed, ()))
        chosen = choose_explained(rows, clusterings, judged, Wanted(), spec, seed)
        if chosen:
            return *chosen, judged.panel
        found = explain(rows, clusterings[0], spec, seed)
        if found is None:
            raise ValueError("no small tree explains any number of clusters of these rows")
        return None, found, judged.panel


def _fit_of(
    rows: Rows, choice: Choice | None, found: Explained, panel: tuple[SweepPoint, ...], seed: int
) -> Fit:
    """All of it as data; segments are numbered from 0, and have no name."""
    values, clustering, tree = rows.values, found.clustering, found.surrogate.tree
    features = tuple(
        FittedFeature(
            column=name,
            label=name,
            unit="",
            scale="standard",
            type="BIGINT" if (column == np.round(column)).all() else "DOUBLE",
            center=round_digits(column.mean()),
            spread=round_digits(column.std()),
            median=round_digits(np.median(column)),
        )
        for name, column in zip(rows.columns, values.T, strict=True)
    )
    sizes = np.bincount(found.segments, minlength=clustering.k)
    right = found.segments == clustering.labels
    leaves = codes_of(number_leaves(tree, 1), rows.columns, values)
    return Fit(
        name="Segmenter",
        version=0,  # in no file
        origin="fitted",
        definition={},
        target="",
        rows=len(values),
        sample=len(values),
        fingerprint="",
        features=features,
        clusters=Clusters(
            k=clustering.k,
            seed=seed,
            inertia=round_digits(clustering.inertia),
            sizes=tuple(np.bincount(clustering.labels, minlength=clustering.k).tolist()),
            centers=tuple(map(tuple, round_array(clustering.centers).tolist())),
            sweep=panel,
            reason=choice.reason if choice else (Fact("declared", n=clustering.k),),
            verdict=choice.verdict if choice else None,
            alternatives=choice.alternatives if choice else (),
        ),
        tree=tree,
        quality=Quality(
            loss=round_digits(found.loss),
            fidelity=round_digits(right.mean()),
            fidelity_held_out=None,
            fidelity_by_segment={
                str(place): round_digits(right[found.segments == place].mean())
                for place in range(clustering.k)
            },
            leaves=found.surrogate.leaves,
            depth=depth(tree),
            smallest_leaf=int(np.unique(leaves, return_counts=True)[1].min()),
            moved=found.surrogate.moved,
            short_rules=found.surrogate.short_rules,
            curve=found.curve,
        ),
        segments=tuple(
            FittedSegment(place + 1, str(place), "", n) for place, n in enumerate(sizes.tolist())
        ),
    )


def _flags(X: Any) -> frozenset[str]:
    """The columns of a DataFrame that are True and False."""
    types = zip(getattr(X, "columns", ()), getattr(X, "dtypes", ()), strict=False)
    return frozenset(str(name) for name, type_ in types if str(type_).lower().startswith("bool"))


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, Integral) or value < 1:
        raise ValueError(f'{name} is {value!r}: it must be a whole number from 1, or "auto"')
    return int(value)
