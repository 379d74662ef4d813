"""Verbs that fill the warehouse."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from segkit import pipeline
from segkit.cli.session import Session
from segkit.cli.values import not_both


def seed(session: Session) -> None:
    """Load the files of warehouse/seeds."""
    session.run(pipeline.run_seeds, session.options())


def run(session: Session) -> None:
    """Build models, buckets and segmentations; learn and test nothing."""
    session.run(pipeline.run_models, session.options())


def test(session: Session) -> None:
    """Run the data tests on what is published."""
    session.run(pipeline.run_tests, session.options(), publishes=False)


def build(
    session: Session,
    locked: Annotated[
        bool, Option("--locked", help="Never fit: a segmentation without a fit is an error.")
    ] = False,
    full_refresh: Annotated[
        bool, Option("--full-refresh", help="Fit again and publish the new rules.")
    ] = False,
    refresh_edges: Annotated[
        bool,
        Option("--refresh-edges", help="Find the edges that are stored anew; some customers move."),
    ] = False,
    rewrite_history: Annotated[
        bool,
        Option("--rewrite-history", help="Allow a time that is earlier than the last build's."),
    ] = False,
    allow_drop: Annotated[
        bool,
        Option("--allow-drop", help="Build also if all that is published, or a folder, is lost."),
    ] = False,
) -> None:
    """Seed, run, fit where there is no fit, prove, test and publish."""
    if locked and full_refresh:
        raise not_both("--locked", "--full-refresh")
    if locked and refresh_edges:
        raise not_both("--locked", "--refresh-edges")
    options = session.options(
        locked=locked,
        full_refresh=full_refresh,
        refresh_edges=refresh_edges,
        rewrite_history=rewrite_history,
        allow_drop=allow_drop,
    )
    session.run(pipeline.run_build, options)
