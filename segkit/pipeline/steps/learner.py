"""How a build learns: scikit-learn is imported when the first fit is."""

from __future__ import annotations

from segkit.core.columns import spelling_of
from segkit.core.fit import Fit
from segkit.engines.base import Reader
from segkit.project.nodes import AskedK, Segmentation
from segkit.publish.checks.check_metrics import check_metrics
from segkit.publish.stored.chosen import LearnFit
from segkit.publish.subject import Subject
from segkit.results import Event, Listener


def learner(
    engine: Reader,
    subject: Subject[Segmentation],
    listen: Listener,
    k: AskedK = None,
    *,
    kept: bool = True,
) -> LearnFit:
    """Return the function that learns a fit of the segmentation from ``engine``.

    Its metrics are read first: one that cannot be computed fails before minutes of learning.
    ``k`` is asked for; None keeps that of the fit before, ``auto`` chooses anew.
    """

    def learn_fit(version: int, previous: Fit | None, taken: int) -> Fit:
        check_metrics(engine, subject)
        from segkit.learn.data.all_rows import AllRows
        from segkit.learn.learn import learn  # scikit-learn takes seconds to import
        from segkit.learn.learned import Numbering

        return learn(
            subject.node,
            AllRows(engine, subject.rows, subject.columns),
            Numbering(
                subject.project.target.name,
                version,
                previous and previous.spelled(spelling_of(subject.columns)),
                taken,
                k,
                kept,
            ),
            lambda text: listen(Event("progress", text)),
            lambda text: listen(Event("warning", text, data={"node": subject.node.name})),
        )

    return learn_fit
