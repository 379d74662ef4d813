from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from segkit.core.fit import CurvePoint, Fit, SweepPoint
from segkit.core.usefulness import Estimate, OtherK, Usefulness
from segkit.report.choices import curve_section, explained_section, panel_section
from segkit.report.render_text import render_text
from tests.report.samples import FIT

PANEL = (
    SweepPoint(1, 308812.8),
    SweepPoint(2, 104366.2, 0.405, 0.4, 128.0, 0.891, 0.848, 0.006),
    SweepPoint(3, 58300.4, 0.452, 0.105, 1166.7, 0.747, 0.971, 0.013),
    SweepPoint(4, 51082.5, 0.441, 0.05, 162.3, 0.789, 0.92, None),
)
CURVE = (
    CurvePoint(6, 0.0616, 0.94, 6),
    CurvePoint(7, 0.045, 0.951, 5),
    CurvePoint(10, 0.0004, 0.99, 2),
)


def render_panel(panel: Sequence[SweepPoint], chosen: int) -> list[str]:
    """The lines under the title."""
    return render_text(panel_section(panel, chosen)).split("\n")[1:]


def test_a_line_a_k_with_the_picks_marked() -> None:
    assert render_panel(PANEL, 3)[:4] == [
        "  k Inertia     ln  Silhouette  Cal.-Har.  Dav.-Bou.  Stability  Smallest  Loss",
        "  2 104,366* 11.56*      0.405      128.0      0.891       0.85     40.0%  0.6%*",
        "> 3  58,300  10.97       0.452*   1,166.7*     0.747*      0.97*    10.5%  1.3%",
        "  4  51,082  10.84       0.441      162.3      0.789       0.92      5.0%     -",
    ]
    assert all(len(line) <= 80 for line in render_panel(PANEL, 3))


def test_what_an_older_fit_did_not_measure_is_left_out() -> None:
    old = [SweepPoint(p.k, p.inertia, p.silhouette, p.smallest_share) for p in PANEL]
    head = render_panel(old, 3)[0]
    assert head.split() == ["k", "Inertia", "ln", "Silhouette", "Smallest"]


def test_nothing_to_compare_is_no_panel() -> None:
    assert render_panel((), 3) == []  # given clusters
    assert render_panel(PANEL[:2], 2) == []


def test_the_note_names_what_is_shown() -> None:
    assert " ".join(line.strip() for line in render_panel(PANEL, 3)[4:]) == (
        "* what a figure picks alone: the inertia and its logarithm (ln) by the knee; Silhouette, "
        "Calinski-Harabasz, Stability by the highest; Davies-Bouldin, Loss (of a tree with k "
        "leaves) by the lowest"
    )
    old = [SweepPoint(p.k, p.inertia, p.silhouette, p.smallest_share) for p in PANEL]
    assert render_panel(old, 3)[-1].endswith("Silhouette by the highest")


def test_what_other_k_explain_stands_in_a_table() -> None:
    half = Estimate(0.5, 0.4, 0.6)
    spend = Usefulness(
        "spend", True, 9, 0, 3, half, clusters=half, others=(OtherK(2, 0.4), OtherK(5, 0.554))
    )
    refunds = replace(spend, metric="refunds", others=(OtherK(2, 0.1),))
    page = explained_section((spend, refunds), 3, {"spend": "Spend to come"})
    assert render_text(page).split("\n") == [
        "What K-Means' clusters explain of the variance, which decides nothing:",
        "   k  Spend to come  refunds",
        "   2            40%      10%",
        ">  3            50%      50%",
        "   5            55%        -",
    ]
    assert explained_section((replace(spend, others=()),), 3, {}) == ()


def fit_with(*curve: CurvePoint, leaves: int = 7, labels: str | None = None) -> Fit:
    return replace(
        FIT,
        quality=replace(FIT.quality, curve=curve, leaves=leaves),
        clusters=replace(FIT.clusters, labels=labels),
        segments=FIT.segments * 3,
    )


def test_a_line_a_number_of_leaves_and_the_chosen_one_marked() -> None:
    assert render_text(curve_section(fit_with(*CURVE))).split("\n") == [
        "What more leaves bring (loss: what the rules cost more than K-Means):",
        "   Leaves  Loss  As K-Means  Short rules",
        "        6  6.2%       94.0%       6 of 6",
        ">       7  4.5%       95.1%       5 of 6",
        "       10  0.0%       99.0%       2 of 6",
    ]


def test_without_a_choice_there_is_nothing_to_say() -> None:
    assert curve_section(fit_with(*CURVE[:1], leaves=6)) == ()
    assert curve_section(fit_with()) == ()


def test_given_clusters_are_not_those_of_kmeans() -> None:
    lines = render_text(curve_section(fit_with(*CURVE, labels="tier"))).split("\n")
    assert lines[0].endswith("(loss: customers whom the rules put into another cluster):")
    assert lines[1] == "   Leaves  Loss  As given  Short rules"
