"""A fit of a file is what it was, and shows itself."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import segkit
from segkit.publish.views.loaded_fit import LoadedFit

FILE = Path(__file__).parents[2] / "warehouse/fits/shopper_segments/v0001.json"


def test_it_shows_its_segments_and_is_still_a_line_in_a_terminal() -> None:
    fit = segkit.load_fit(FILE)
    html = fit._repr_html_()
    for segment in fit.fit.segments:
        assert f"{segment.n:,}" in html and segment.name.split(",")[0] in html
    assert repr(fit) == "<Fit shopper_segments v0001: 6 segments of 4,128 rows>"
    assert all("<svg" in plot()._repr_html_() for plot in (fit.plot_tree, fit.plot_k))
    assert fit.plot_profile().title == "shopper_segments v0001: In what the segments differ"


def test_it_is_a_loaded_fit_and_can_be_kept() -> None:
    fit = segkit.load_fit(FILE)
    assert isinstance(fit, LoadedFit)
    assert pickle.loads(pickle.dumps(fit)) == copy.copy(fit) == fit
