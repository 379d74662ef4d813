"""What there was to choose from: numbers of segments (the panel) and of leaves (the curve)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from segkit.core.fit import Fit, SweepPoint
from segkit.core.k_criteria import HIGHEST, LOWEST, log_inertias, picks_of
from segkit.core.number_format import spelled
from segkit.core.usefulness import Usefulness
from segkit.report.page import Rows, Section, Sentence
from segkit.report.text import percent

Cell = tuple[str, str, Callable[[SweepPoint], str | None]]  # head, name of the pick, text

_KNEES = "* what a figure picks alone: the inertia and its logarithm (ln) by the knee"
_NAMES = {
    "silhouette": "Silhouette",
    "calinski_harabasz": "Calinski-Harabasz",
    "stability": "Stability",
    "davies_bouldin": "Davies-Bouldin",
    "tree_loss": "Loss (of a tree with k leaves)",
}


def panel_section(panel: Sequence[SweepPoint], chosen: int) -> tuple[Section, ...]:
    """The panel, none for fewer than two k that were compared.

    ``>`` marks the chosen k. Columns that were not measured for any k are left out.
    """
    compared = [point for point in panel if point.silhouette is not None]
    if len(compared) < 2:
        return ()
    logs = log_inertias(panel)
    cells: tuple[Cell, ...] = (
        ("Inertia", "inertia", lambda p: _text(p.inertia, "#.4g" if p.inertia < 1000 else ",.0f")),
        ("ln", "log_inertia", lambda p: _text(logs.get(p.k), ".2f")),
        ("Silhouette", "silhouette", lambda p: _text(p.silhouette, ".3f")),
        ("Cal.-Har.", "calinski_harabasz", lambda p: _text(p.calinski_harabasz, ",.1f")),
        ("Dav.-Bou.", "davies_bouldin", lambda p: _text(p.davies_bouldin, ".3f")),
        ("Stability", "stability", _stability),
        ("Smallest", "smallest_share", lambda p: _text(p.smallest_share, ".1%")),
        ("Loss", "tree_loss", lambda p: _text(p.tree_loss, ".1%")),
    )
    picks = picks_of(panel)
    shown = [cell for cell in cells if any(cell[2](point) for point in compared)]
    rows = [("", "k", *(head + " " for head, _, _ in shown))]
    for point in compared:
        texts = (
            f"{text(point) or '-'}{'*' if picks.get(name) == point.k else ' '}"
            for _, name, text in shown
        )
        rows.append((">" if point.k == chosen else "", str(point.k), *texts))
    table = Rows(tuple(rows), "l" + "r" * (1 + len(shown)), has_head=True, gap=1)
    note = Sentence(_note([name for _, name, _ in shown]))
    return (Section((table, note), "What spoke for how many segments:"),)


def _stability(point: SweepPoint) -> str | None:
    """With its standard error, where that was measured."""
    text, error = _text(point.stability, ".2f"), _text(point.stability_error, ".2f")
    return f"{text} ±{error}" if text and error else text


def _note(shown: Sequence[str]) -> str:
    parts = [_KNEES]
    for names, which in ((HIGHEST, "highest"), (LOWEST, "lowest")):
        listed = [_NAMES[name] for name in names if name in shown]
        if listed:
            parts.append(f"{', '.join(listed)} by the {which}")
    return "; ".join(parts)


def _text(value: float | None, form: str) -> str | None:
    return None if value is None else spelled(format(value, form))


def explained_section(
    measured: Sequence[Usefulness], chosen: int, labels: Mapping[str, str]
) -> tuple[Section, ...]:
    """What the clusters of other k explain of the metrics; ``>`` marks the chosen k."""
    shown = [each for each in measured if each.clusters and each.others]
    if not shown:
        return ()
    shares = [
        {chosen: each.clusters.value, **{other.k: other.explained for other in each.others}}
        for each in shown
        if each.clusters
    ]
    rows = [("", "k", *(labels.get(each.metric, each.metric) for each in shown))]
    for k in sorted(set().union(*shares)):
        texts = (percent(each[k]) if k in each else "-" for each in shares)
        rows.append((">" if k == chosen else "", str(k), *texts))
    title = "What K-Means' clusters explain of the variance, which decides nothing:"
    return (Section((Rows(tuple(rows), "l" + "r" * (1 + len(shown)), has_head=True),), title),)


def curve_section(fit: Fit) -> tuple[Section, ...]:
    """A row a number of leaves, none where there was no choice. ``>`` marks the chosen one."""
    quality, is_given = fit.quality, bool(fit.clusters.labels)
    if len(quality.curve) < 2:
        return ()
    rows = [("", "Leaves", "Loss", "As given" if is_given else "As K-Means", "Short rules")]
    for point in quality.curve:
        rows.append(
            (
                ">" if point.leaves == quality.leaves else "",
                str(point.leaves),
                percent(point.loss, 1),
                percent(point.fidelity, 1),
                f"{point.short_rules} of {len(fit.learned)}",
            )
        )
    loss = "what the rules cost more than K-Means"
    if is_given:
        loss = "customers whom the rules put into another cluster"
    table = Rows(tuple(rows), "lrrrr", has_head=True)
    return (Section((table,), f"What more leaves bring (loss: {loss}):"),)
