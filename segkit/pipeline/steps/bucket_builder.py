"""One bucket set: its edges, its view, the proof, and what looks wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from segkit.core.edges import EdgeSet
from segkit.engines.base import Publisher
from segkit.errors import Label, Problem
from segkit.project.nodes import BucketSet, Project, Segmentation
from segkit.publish.checks.check_bucket_data import (
    bucket_figures,
    check_rules_in_data,
    crowded_buckets,
    names_of_scores,
    strange_values,
)
from segkit.publish.checks.check_rows import (
    check_conditions,
    check_keys,
    condition_warnings,
    emptiness,
)
from segkit.publish.proof.parity import Parity, check_parity
from segkit.publish.relations import MAIN
from segkit.publish.stored.edge_files import edge_files
from segkit.publish.stored.find_edges import count_moved
from segkit.publish.stored.fits import sealed_files
from segkit.publish.stored.score_edges import (
    ChosenEdges,
    check_label_counts,
    choose_edges,
    score_warnings,
)
from segkit.publish.subject import Subject, read_subject
from segkit.publish.views.bucket_view import bucket_text
from segkit.results import NodeResult


@dataclass(frozen=True)
class BuiltBuckets:
    """``files`` are to be written beside the view; ``detail`` says which edges were found."""

    proof: NodeResult
    files: Mapping[Path, str]
    warnings: tuple[Problem, ...]
    detail: str
    unprotected: tuple[Path, ...] = ()  # files of edges without a checksum
    edges: EdgeSet | None = None


def build_bucket_set(
    project: Project,
    workspace: Publisher,
    node: BucketSet,
    *,
    keyed: set[tuple[str, str]] | None = None,
    locked: bool,
    refresh_edges: bool,
) -> BuiltBuckets:
    """Create the view of a bucket set in the workspace; ``keyed`` as in ``check_keys``.

    Raises DataError if a key is no key, two rules hold for a row, or a score has no values.
    Raises FitError if edges are missing, or their definition changed.
    """
    subject = read_subject(workspace, project, node)
    node, base, columns, rows = subject.node, subject.base, subject.columns, subject.rows
    check_conditions(workspace, (node.where,), base, columns)
    check_keys(workspace, node, rows, keyed)
    check_conditions(workspace, node.conditions, rows, columns)
    check_rules_in_data(workspace, node, rows, columns)
    published = workspace.published_columns(MAIN, node.name)
    chosen = choose_edges(
        workspace, subject, locked=locked, refresh=refresh_edges, published=published
    )
    edges = chosen.edges.scores if chosen else {}
    check_label_counts(node, edges)
    name_sql = subject.view
    text = bucket_text(node, columns, chosen.edges if chosen else None)
    text = text.in_dialect(workspace.dialect, node.place)
    workspace.create_view(MAIN, node.name, text.select(base, workspace.dialect), node.name)
    for statement in text.described.statements(name_sql, workspace.dialect):
        workspace.execute(statement)
    figures = bucket_figures(node, workspace.dialect)
    parity, proof = proof_line(
        node,
        lambda: check_parity(
            workspace, text.view, name_sql, rows, relation_sql=base, figures=figures
        ),
    )
    files = {
        project.views_directory / f"{node.name}.sql": text.file(name_sql, base, workspace.dialect)
    }
    if chosen and chosen.new:
        files |= edge_files(chosen.edges, project.fits_directory)
    warnings = (
        *node.warnings,
        *score_warnings(node, edges),
        *emptiness(workspace, node, rows),
        *condition_warnings(node, columns, workspace.dialect),
        *strange_values(workspace, node, rows, columns, parity.scan),
        *crowded_buckets(node, text.view, parity.scan),
        *names_of_scores(node, text.view, parity.scan),
    )
    detail = _edges_detail(workspace, subject, chosen)
    older: tuple[Path, ...] = ()
    if chosen and not chosen.new:
        older = tuple(sealed_files(project.fits_directory, node.name, chosen.edges.version))
    edge_set = chosen.edges if chosen else None
    return BuiltBuckets(proof, files, warnings, detail, older, edge_set)


def _edges_detail(
    workspace: Publisher, subject: Subject[BucketSet], chosen: ChosenEdges | None
) -> str:
    """Which edges were found, and whom new ones move."""
    if chosen is None or not chosen.new:
        return ""
    if chosen.before is None:
        return f"edges {chosen.edges.label}"
    node, base, columns = subject.node, subject.base, subject.columns
    moved = count_moved(workspace, node, base, columns, chosen.before, chosen.edges)
    said = [
        f"{name} moves {count:,} ({kept} of {all_} buckets kept)"
        for (name, count), (kept, all_) in zip(
            moved.counts.items(), moved.kept.values(), strict=True
        )
    ]
    said += [f"{name} is defined anew, all may move" for name in moved.unknown]
    return f"edges {chosen.edges.label}: {', '.join(said) or 'nobody moves'}"


def proof_line(
    node: BucketSet | Segmentation, check: Callable[[], Parity]
) -> tuple[Parity, NodeResult]:
    """Whether the view does what its rules say, and the line of the run that says so."""
    began = time.monotonic()
    parity = check()
    seconds = time.monotonic() - began
    name = f"parity {node.name}"
    differ = parity.rows_differ + parity.cases_differ
    text = f"{name} .. {parity.rows} rows, {parity.cases} edge cases, {differ} differ"
    if parity.holds:
        return parity, NodeResult(name, "test", "pass", text, seconds=seconds, failures=0)
    problem = Problem(
        "SK502",
        f"the SQL of {node.name} does not say what its rules say: {parity.rows_differ} of "
        f"{parity.rows} rows and {parity.cases_differ} of {parity.cases} edge cases differ",
        (Label(node.place),),
        "nothing was published; please report this: it is a defect of segkit",
    )
    return parity, NodeResult(name, "test", "fail", text, "", seconds, (problem,), differ)
