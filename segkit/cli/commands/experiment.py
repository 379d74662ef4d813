"""The verb ``experiment``: before it, and what came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from typer import Argument

from segkit import pipeline
from segkit.cli.commands.look import PageFormat, PageOutput, show_page
from segkit.cli.session import Session


class Action(StrEnum):
    plan = "plan"
    read = "read"


def experiment(
    session: Session,
    action: Annotated[
        Action, Argument(metavar="plan|read", help="What it can see; or what came of it.")
    ],
    name: Annotated[
        str | None, Argument(metavar="NAME", help="An experiment; the only one without it.")
    ] = None,
    output: PageOutput = PageFormat.table,
) -> None:
    """Plan an experiment by segment, or read it; nothing is published by it."""
    from segkit.report.experiment import plan_page, readout_page

    if action is Action.plan:
        planned = pipeline.plan_out(session.options(), name)
        if not session.answer(planned):
            show_page(session, plan_page(planned), output)
        return
    found = pipeline.read_out(session.options(), name)
    if not session.answer(found):
        show_page(session, readout_page(found), output)
