"""Copies of the histories beside the database: written after publishing, taken where it is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segkit.engines.base import Publisher
from segkit.engines.open import engine_of
from segkit.errors import Problem, SegkitError, file_problem
from segkit.monitor.build_log import logged_builds
from segkit.project.nodes import HistoryLimits, Node, Project, Segmentation
from segkit.project.safe_files import names_in
from segkit.publish.stored.artifacts import was_published
from segkit.results import HistoryOrigin, NodeResult


def restore_histories(
    project: Project, plan: Sequence[Node], workspace: Publisher
) -> dict[str, HistoryOrigin]:
    """Have each history that the database lacks from its copy; say where it comes from.

    Nothing is said of a segmentation that was never built. Works before ``lock_down`` only.

    Raises EngineError: SK609 for a copy that cannot be taken.
    """
    found = {}
    folder = project.history_directory
    shown = folder.relative_to(project.directory).as_posix()
    for node in plan:
        if not isinstance(node, Segmentation) or workspace.carry_table(f"{node.name}_history"):
            continue
        if workspace.restore_history(node.name, folder, shown):
            is_logged = workspace.exists("main", f"{node.name}_builds")
            builds = logged_builds(workspace, node.name) if is_logged else ()
            until = builds[-1].as_of if builds else None
            copy = f"{shown}/{node.name}.parquet"
            found[node.name] = HistoryOrigin(copy, len(builds), until)
        elif was_published(project, node):
            found[node.name] = HistoryOrigin()
    return found


def copy_histories(project: Project) -> Iterator[NodeResult]:
    """Write the copies of what is published; yield what is to be known of it."""
    folder, limits = project.history_directory, project.history
    shown = folder.relative_to(project.directory).as_posix()
    if not folder.exists() and not project.of(Segmentation):
        return
    try:
        engine = engine_of(project.target)
        kept = engine.save_histories(project.name, folder, project.directory)
        strange = [name for name in names_in(folder) if name.endswith(".parquet")]
    except (SegkitError, OSError) as error:
        why = error.problems[0] if isinstance(error, SegkitError) else file_problem(error)
        message = f"{why.message}: no copy of the history in {shown}; what was built is published"
        hint = "mend that, and build again: until then a lost database is a lost history"
        problem = Problem(why.code, message, help=hint)
        yield NodeResult("history", "publish", "error", "", problems=(problem,))
        return
    for name in strange:
        if name not in kept and limits != HistoryLimits():
            message = f"{shown}/{name} is of no history in the database: nobody is forgotten in it"
            hint = "`segkit clean --copies` deletes it"
            problem = Problem("SK609", message, help=hint, severity="warning")
            detail = "copied the history"
            yield NodeResult("history", "publish", "warn", detail, problems=(problem,))
