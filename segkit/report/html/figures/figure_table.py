"""All figures of a segmentation, by the name that `segkit report --figure` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from segkit.report.html.figures.crosstab import crosstab
from segkit.report.html.figures.cube import cube_with_legend
from segkit.report.html.figures.flows import flows
from segkit.report.html.figures.heat_table import heat_table
from segkit.report.html.figures.k_panel import inertia, k_panel
from segkit.report.html.figures.lift_bars import lift_bars
from segkit.report.html.figures.lineage import lineage
from segkit.report.html.figures.loss_by_leaves import loss_by_leaves
from segkit.report.html.figures.pair_scatters import pair_scatters
from segkit.report.html.figures.range_bars import all_range_bars
from segkit.report.html.figures.share_bar import share_drawing
from segkit.report.html.figures.snake_plot import snake_plot
from segkit.report.html.figures.tree_drawing import tree
from segkit.survey.page_data import SegmentationReport


@dataclass(frozen=True)
class Figure:
    """``draw`` returns an empty Markup where the report has nothing for it."""

    draw: Callable[[SegmentationReport], Markup]
    title: str


FIGURES: Mapping[str, Figure] = {
    "share_bar": Figure(share_drawing, "Customers and what they bring"),
    "range_bars": Figure(all_range_bars, "What each segment is like"),
    "heat_table": Figure(heat_table, "What tells segments apart"),
    "snake_plot": Figure(snake_plot, "Profiles"),
    "tree": Figure(tree, "How the rules decide"),
    "pair_scatters": Figure(pair_scatters, "Customers and the cuts between them"),
    "cube": Figure(cube_with_legend, "Three features at once"),
    "inertia": Figure(inertia, "Inertia by k"),
    "panel": Figure(k_panel, "What spoke for how many segments"),
    "loss_by_leaves": Figure(loss_by_leaves, "What more rules bring"),
    "flows": Figure(flows, "Who moved since the last build"),
    "lift_bars": Figure(lift_bars, "What experiments did"),
    "crosstab": Figure(crosstab, "K-Means and the rules"),
    "lineage": Figure(lineage, "Where it comes from, and who reads it"),
}
