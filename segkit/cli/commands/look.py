"""Verbs that show what is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from segkit import pipeline
from segkit.cli.options import OnlyOne, Output
from segkit.cli.session import Session
from segkit.cli.values import (
    FailOn,
    RowsFormat,
    is_version,
    not_both,
    parse_assignments,
    parse_limits,
    parse_time,
    parse_version,
    usage_error,
)
from segkit.core.customer_path import CustomerPath
from segkit.core.number_format import numbers_as
from segkit.report.text import align_rows, visible
from segkit.results import Explanation, RowsFile, Table

if TYPE_CHECKING:
    from segkit.engines.base import RowFormat
    from segkit.monitor.rule_moves import Limit
    from segkit.report.page import Page

SHOWN_ROWS = 10


def show(
    session: Session,
    name: Annotated[str, Argument(metavar="NAME", help="A node of the project.")],
    limit: Annotated[
        int | None, Option("--limit", min=0, metavar="N", help=f"Rows; {SHOWN_ROWS} without it.")
    ] = None,
    where: Annotated[
        str | None, Option("--where", metavar="SQL", help="A condition on its columns.")
    ] = None,
    all_: Annotated[bool, Option("--all", help="All rows.")] = False,
    output: Annotated[
        RowsFormat, Option("--output", "-o", help="How the rows are written.")
    ] = RowsFormat.table,
    entered_since: Annotated[
        str | None,
        Option("--entered-since", metavar="DATE", help="Who came into their segment since then."),
    ] = None,
    left_since: Annotated[
        str | None,
        Option("--left-since", metavar="DATE", help="Who left a segment since then, and when."),
    ] = None,
    changed_since: Annotated[
        str | None,
        Option("--changed-since", metavar="DATE", help="Who moved since then, and why."),
    ] = None,
) -> None:
    """Print rows of what is published."""
    given = {
        "--entered-since": entered_since,
        "--left-since": left_since,
        "--changed-since": changed_since,
    }
    if all_ and limit is not None:
        raise not_both("--all", "--limit")
    said = [option for option, value in given.items() if value is not None]
    if len(said) > 1:
        raise not_both(*said[:2])
    wanted = None if all_ else SHOWN_ROWS if limit is None else limit
    file = _file_format(session, output, all_=all_)
    with pipeline.show_rows(
        session.options(),
        name,
        # one row more than wanted tells whether there are more
        limit=None if wanted is None else wanted + (file is None),
        where=where,
        file=file,
        entered_since=parse_time(entered_since, "--entered-since"),
        left_since=parse_time(left_since, "--left-since"),
        changed_since=parse_time(changed_since, "--changed-since"),
        talk=session.screen.talk,
    ) as table:
        _print_rows(session, table, output, wanted)


def _file_format(session: Session, output: RowsFormat, *, all_: bool) -> RowFormat | None:
    """What the engine writes by itself: that is for many rows, and nothing for a screen."""
    if output is RowsFormat.parquet:
        if session.screen.is_terminal:
            raise usage_error("a Parquet file is no text", "write it into a file: > rows.parquet")
        return "parquet"
    is_csv = output is RowsFormat.csv and all_ and not session.screen.is_terminal
    return "csv" if is_csv else None


def _print_rows(session: Session, table: Table, output: RowsFormat, wanted: int | None) -> None:
    from segkit.report.tables import csv_head, render_lines

    if isinstance(table, RowsFile):
        head = (f"{csv_head(table.columns)}\n".encode(),) if output is RowsFormat.csv else ()
        session.screen.data_blocks(chain(head, table.blocks))
        if wanted is not None:
            session.screen.talk(f"at most {wanted} rows; --all writes every one")
        return
    rows = iter(table.rows)
    shown = Table(table.columns, islice(rows, wanted))
    session.screen.data_lines(render_lines(shown, output.value))
    if wanted is not None and next(rows, None) is not None:
        session.screen.talk(f"the first {wanted} rows; --all shows every one")


def ls(
    session: Session,
    output: Annotated[
        Output, Option("--output", "-o", help="A line or a JSON object a node.")
    ] = Output.text,
) -> None:
    """List the nodes of the project."""
    nodes = pipeline.list_nodes(session.options())
    if output is Output.json:
        from segkit.publish.stored.artifacts import node_entry

        directory = session.given.project_dir.resolve()
        lines = [json.dumps(node_entry(node, directory), default=str) for node in nodes]
    else:
        rows = [(node.kind, visible(node.name), visible(str(node.place.path))) for node in nodes]
        lines = align_rows(rows, "lll")
    if lines:
        session.screen.data("\n".join(lines))


class PageFormat(StrEnum):
    table = "table"
    md = "md"
    json = "json"


PageOutput = Annotated[PageFormat, Option("--output", "-o", help="How it is written.")]


def explain(
    session: Session,
    name: OnlyOne = None,
    id_: Annotated[
        str | None, Option("--id", metavar="ID", help="A customer: the way through the rules.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        Option("--set", metavar="COLUMN=VALUE", help="What if: another value, with --id."),
    ] = None,
    stats: Annotated[
        bool, Option("--stats", help="What spoke for how many segments, and for how many rules.")
    ] = False,
    examples: Annotated[
        bool, Option("--examples", help="Customers who are typical, at the border, odd.")
    ] = False,
    output: PageOutput = PageFormat.table,
) -> None:
    """Say the rules in English, or why a customer is where they are."""
    from segkit.report.explain import customer_page, explanation_page

    if set_ and id_ is None:
        raise usage_error("--set needs --id", f"segkit explain --id ID --set {set_[0]}")
    if examples:
        _show_examples(session, name, output, alone=id_ is None and not stats)
        return
    found: Explanation | CustomerPath
    with session.numbers():
        if id_ is None:
            found = pipeline.explain_segmentation(session.options(), name)
        else:
            values = parse_assignments(set_ or [])
            found = pipeline.explain_customer(session.options(), name, id_, values)
        if not session.answer(found):
            if isinstance(found, Explanation):
                page = explanation_page(found, stats=stats)
            else:
                page = customer_page(found)
            show_page(session, page, output)


def _show_examples(session: Session, name: str | None, output: PageFormat, *, alone: bool) -> None:
    from segkit.report.examples import examples_page

    if not alone:
        raise usage_error("--examples goes without --id and --stats", "segkit explain --examples")
    looked_at = pipeline.look_at_customers(session.options(), name)
    if not session.answer(looked_at):
        with session.numbers():
            show_page(session, examples_page(looked_at), output)


def drift(
    session: Session,
    name: Annotated[
        str | None, Argument(metavar="S", help="A segmentation; all without one.")
    ] = None,
    accept: Annotated[
        bool,
        Option("--accept", help="Take what is published now for usual, from the next build on."),
    ] = False,
    fail_on: Annotated[
        FailOn | None, Option("--fail-on", help="Exit 1 if customers have changed so much.")
    ] = None,
    output: PageOutput = PageFormat.table,
) -> None:
    """Say whether customers have changed: same rules, the data of today; nothing is published."""
    from segkit.report.drift_page import drift_page

    if accept and fail_on is not None:
        raise not_both("--accept", "--fail-on")
    if accept:
        accepted, moment = pipeline.accept_level(session.options(), name)
        session.screen.say(
            f"{accepted}: what was until {moment} (UTC) is no longer usual; the next build is what "
            "later ones are held against"
        )
        return
    with session.listener() as listen:
        signs = ("info", "progress")  # nothing is built that a line would be said of
        found = pipeline.run_drift(
            session.options(), name, lambda e: listen(e) if e.kind in signs else None
        )
    told = [{"name": e.name, "changes": e.changes, "drift": e.drift} for e in found]
    if not session.answer(told):
        for each in found:
            with numbers_as(each.numbers):
                show_page(session, drift_page(each), output)
    levels = ("watch", "act") if fail_on is FailOn.watch else ("act",)
    if fail_on and any(each.drift and each.drift.verdict in levels for each in found):
        raise Exit(1)


def diff(
    session: Session,
    names: Annotated[
        list[str] | None,
        Argument(
            metavar="[S] [T | V1 [V2]]",
            help="A segmentation: what is published and the next fit. With a second one, or a "
            "bucket column such as customer_buckets.rfm: side by side. With v0001 v0002: these.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        Option("--against", metavar="REV", help="A revision of git, on today's data: main."),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        Option("--fail-on", metavar="LIMIT", help="Exit 1 beyond moved=5%, moved.METRIC=5%."),
    ] = None,
    output: Annotated[
        PageFormat, Option("--output", "-o", help="How the comparison is written.")
    ] = PageFormat.table,
) -> None:
    """Same customers, other rules: two fits, two revisions, or two segmentations."""
    limits, given = parse_limits(fail_on or []), names or []
    versions = [parse_version(word) for word in given if is_version(word)]
    words = [word for word in given if not is_version(word)]
    are_groups = len(words) == 2 and not (versions or against or limits)
    if are_groups:
        _diff_groups(session, words[0], words[1], output)
    elif len(words) > 1 or len(versions) > (0 if against else 2):
        message = f"diff does not take {' '.join(given)!r} with what else is given"
        ways = "segkit diff S T, or with --fail-on: diff S, diff S v0001 v0002, diff --against REV"
        raise usage_error(message, ways)
    else:
        _diff_rules(session, words[0] if words else None, versions, against, limits, output)


def _diff_groups(session: Session, one: str, other: str, output: PageFormat) -> None:
    from segkit.report.diff import comparison_entry, comparison_page

    compared = pipeline.compare_segmentations(
        session.options(), one, other, warn=lambda problem: session.problems([problem])
    )
    if not session.answer(comparison_entry(compared)):
        width = None if output is PageFormat.md else session.screen.width
        with session.numbers():
            show_page(session, comparison_page(compared, width), output)


def _diff_rules(
    session: Session,
    name: str | None,
    versions: Sequence[int],
    against: str | None,
    limits: Sequence[Limit],
    output: PageFormat,
) -> None:
    from segkit.monitor.rule_moves import judge
    from segkit.report.rule_diff import judged_page, markdown, rule_diff_entry, rule_diff_page

    diffs = pipeline.diff_rules(
        session.options(),
        name,
        versions=versions,
        against=against,
        warn=lambda problem: session.problems([problem]),
    )
    judged = judge(diffs, limits)
    if session.answer(rule_diff_entry(diffs, judged)):
        pass
    else:
        with session.numbers():
            if output is PageFormat.md:
                session.screen.data(markdown(diffs, judged))
            else:
                page = [section for each in diffs for section in rule_diff_page(each)]
                show_page(session, (*page, *judged_page(judged)), output)
    if any(each.is_hit for each in judged):
        raise Exit(1)


def show_page(session: Session, page: Page, output: PageFormat) -> None:
    from segkit.report.render_markdown import render_markdown
    from segkit.report.render_text import render_text

    if output is PageFormat.md:
        session.screen.data(render_markdown(page))
    else:
        session.screen.data(render_text(page, width=session.screen.width))
