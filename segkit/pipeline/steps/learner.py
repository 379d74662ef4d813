"""How a build learns: scikit-learn is imported when the first fit is."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.columns import Column
from segkit.core.fit import Fit
from segkit.engines.base import Reader
from segkit.pipeline.steps.node_builder import Learner
from segkit.project.nodes import Project, Segmentation
from segkit.results import Event, Listener


def learner(engine: Reader, project: Project, listen: Listener) -> Learner:
    """Return the function that learns one segmentation from ``engine``."""

    def learn_one(
        node: Segmentation,
        relation: str,
        columns: Sequence[Column],
        version: int,
        previous: Fit | None,
        taken: int,
    ) -> Fit:
        from segkit.learn.data.all_rows import AllRows
        from segkit.learn.learn import Numbering, learn  # scikit-learn takes seconds to import

        return learn(
            node,
            AllRows(engine, relation, tuple(columns)),
            Numbering(project.target.name, version, previous, taken),
            lambda text: listen(Event("progress", text)),
        )

    return learn_one
