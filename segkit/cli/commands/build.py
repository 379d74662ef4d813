"""Verbs that learn rules, change them, and fill the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from segkit import pipeline
from segkit.cli.options import OnlyOne
from segkit.cli.session import Session
from segkit.cli.values import FailOn, TableFormat, not_both, parse_k, parse_version, usage_error
from segkit.results import Table

if TYPE_CHECKING:
    from segkit.pipeline.fit import Learned


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
    backfill: Annotated[
        str | None,
        Option(
            "--backfill",
            metavar="PERIOD",
            help="Write the past down too, by today's rules: 24m (months), 12w or 90d.",
        ),
    ] = None,
    no_drift: Annotated[
        bool, Option("--no-drift", help="Do not look whether customers have changed.")
    ] = False,
    fail_on: Annotated[
        FailOn | None,
        Option("--fail-on", help="Exit 1, after publishing, if customers have changed so much."),
    ] = None,
    no_report: Annotated[bool, Option("--no-report", help="Draw no page.")] = False,
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
        report=not no_report,
        backfill=backfill,
        drift=not no_drift,
        fail_on=None if fail_on is None else fail_on.value,
    )
    session.run(pipeline.run_build, options)


def fit(
    session: Session,
    names: Annotated[
        list[str] | None, Argument(metavar="S", help="Segmentations; all without one.")
    ] = None,
    promote: Annotated[
        bool, Option("--promote", help="The next build publishes the new fit.")
    ] = False,
    use: Annotated[
        str | None,
        Option("--use", metavar="VERSION", help="Go back to a fit, or to stored edges: v0001."),
    ] = None,
    k: Annotated[
        str | None,
        Option("--k", metavar="auto|N", help="How many segments; as published without it."),
    ] = None,
) -> None:
    """Learn a challenger, or choose which fit is published."""
    asked = None if k is None else parse_k(k)
    if use is not None:
        for flag, given in (("--promote", promote), ("--k", k)):
            if given:
                raise not_both(flag, "--use")
        if len(names or ()) != 1:
            raise usage_error("--use needs exactly one name", f"segkit fit NAME --use {use}")
        name = (names or [""])[0]
        version = parse_version(use)
        pipeline.use_version(session.options(), name, version)
        label = f"v{version:04d}"
        session.answer({"name": name, "version": label})
        session.screen.say(f"{name} uses {label}\nNext: segkit build")
        return
    with session.listener() as listen:
        learned = pipeline.fit_challengers(
            session.options(),
            tuple(names or ()),
            promote,
            listen,
            asked,
            warn=lambda problem: session.problems([problem]),
        )
    session.answer(learned)
    for each in learned:
        _say_learned(session, each)


def _say_learned(session: Session, each: Learned) -> None:
    """The fit in a line, who would move, and the next step."""
    from segkit.report.render_text import render_text
    from segkit.report.rule_diff import challenger_page

    made = each.fit
    use = f"segkit fit {made.name} --use {made.label}"
    step = "segkit build" if each.is_current else use
    for change in each.undone:
        session.screen.say(f"{made.name} {made.label} is without the cut made by hand: {change}")
    again = " again, today's data says the same" if each.is_again else ""
    session.screen.say(
        f"{made.name} {made.label}{again}: k={made.clusters.k}, "
        f"loss {made.quality.loss:.1%}, {made.quality.leaves} leaves"
    )
    if each.moves is not None and not each.moves.untold:
        page = challenger_page(each.moves)
        session.screen.say(render_text(page, width=session.screen.width))
    if each.stays:
        session.screen.say(f"{each.stays} stays; to publish {made.label} instead:")
    session.screen.say(f"Next: {step}")


def adjust(
    session: Session,
    name: OnlyOne = None,
    changes: Annotated[
        list[str] | None,
        Argument(
            metavar="CHANGE", help='"age < 42 -> 40", "in D: age < 30 -> A", "... -> remove".'
        ),
    ] = None,
    save: Annotated[
        bool, Option("--save", help="Make it a fit, which the next build publishes.")
    ] = False,
    output: Annotated[
        TableFormat, Option("--output", "-o", help="csv and md list everyone who moves.")
    ] = TableFormat.table,
) -> None:
    """Move a cut by hand: who moves, and what it costs."""
    from segkit.core.rulebook import quoted
    from segkit.report.adjust import SOME, adjustment_page
    from segkit.report.render_text import render_text
    from segkit.report.tables import render_lines

    changes = changes or []
    if name and "->" in name:  # a change: no segmentation is called so
        changes, name = [name, *changes], None
    as_json, lists = session.given.as_json, output is not TableFormat.table

    def take(everyone: Table) -> None:
        session.screen.data_lines(render_lines(everyone, output.value))

    with session.listener() as listen:
        adjustment = pipeline.adjust_rules(
            session.options(),
            name,
            changes,
            save=save,
            is_kept=as_json,  # what is printed otherwise has nothing of a sample
            listen=listen,
            most=None if as_json else SOME,
            take=take if lists and not as_json else None,
        )
    if not session.answer(adjustment) and not lists:
        with session.numbers():
            session.screen.data(render_text(adjustment_page(adjustment)))
    made = adjustment.after.label
    if save:
        session.screen.talk(f"saved as {made}, which the next build publishes\nNext: segkit build")
    elif not adjustment.moves.moved:
        session.screen.talk("Nothing is changed.")
    else:
        words = " ".join([adjustment.before.name, *map(quoted, changes)])
        session.screen.talk(f"Nothing is changed.\nNext: segkit adjust {words} --save")
