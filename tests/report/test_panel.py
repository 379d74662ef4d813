from __future__ import annotations

from collections.abc import Sequence

from segkit.core.fit import SweepPoint
from segkit.report.panel import panel_section
from segkit.report.render_text import render_text

PANEL = (
    SweepPoint(1, 308812.8),
    SweepPoint(2, 104366.2, 0.405, 0.4, 128.0, 0.891, 0.848, 0.006),
    SweepPoint(3, 58300.4, 0.452, 0.105, 1166.7, 0.747, 0.971, 0.013),
    SweepPoint(4, 51082.5, 0.441, 0.05, 162.3, 0.789, 0.92, None),
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
