"""The estimator that shows itself: before ``fit`` as scikit-learn does, then its segments."""

from __future__ import annotations

from typing import Any

from segkit.learn import segmenter
from segkit.notebook.fit_report import result_of
from segkit.notebook.picture import shown
from segkit.notebook.pictures import Pictured, segments_html
from segkit.results import SegmentationResult


class Segmenter(Pictured, segmenter.Segmenter):
    __doc__ = segmenter.Segmenter.__doc__
    _to_compare = 'Segmenter(n_clusters="auto") compares 2 to 10'

    def _pictured(self) -> SegmentationResult:
        return result_of(self.as_fit())

    def _repr_html_inner(self) -> str:
        """What scikit-learn's ``_repr_html_`` is, where HTML is wanted."""
        if not hasattr(self, "labels_"):
            return str(super()._repr_html_inner())
        return shown(*segments_html(self._pictured()))

    def _repr_mimebundle_(self, **asked: Any) -> dict[str, str]:
        found: dict[str, str] = super()._repr_mimebundle_(**asked)
        if "text/html" in found:
            found["text/html"] = self._repr_html_inner()
        return found
