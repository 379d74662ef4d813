"""A fit of a file that shows itself."""

from __future__ import annotations

from pathlib import Path

from segkit.notebook.fit_report import result_of
from segkit.notebook.picture import shown
from segkit.notebook.pictures import Pictured, segments_html
from segkit.publish.stored.fits import read_fit
from segkit.publish.views.loaded_fit import LoadedFit
from segkit.results import SegmentationResult


class PicturedFit(Pictured, LoadedFit):
    """A loaded fit with its pictures, as it was when it was learned."""

    def _pictured(self) -> SegmentationResult:
        return result_of(self.fit)

    def _repr_html_(self) -> str:
        return shown(*segments_html(self._pictured()))


def load_fit(path: str | Path) -> PicturedFit:
    """Return the fit of a file such as ``warehouse/fits/shoppers/v0001.json``.

    Raises
    ------
    FitError
        SK312 if it cannot be read, or is no fit.
    """
    return PicturedFit(read_fit(Path(path)))
