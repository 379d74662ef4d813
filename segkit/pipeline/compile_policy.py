"""What an experiment has to give elsewhere: its policy, and the arms of its hash, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import Dialect
from segkit.errors import ConfigError, Label, Problem
from segkit.experiments.assignment import arms_select
from segkit.experiments.experiment_tables import policy_case, policy_select
from segkit.experiments.frozen import Decision, decision
from segkit.project.nodes import Experiment, Project, Segmentation


def experiment_sql(
    project: Project,
    name: str,
    dialect: Dialect,
    from_: str | None,
    as_: str | None,
    flags: Sequence[str] = (),
) -> str | None:
    """Return the SQL of ``NAME_policy`` or ``NAME_assignment``; None of a name that is neither.

    ``flags`` are of ``compile``: ``--expression`` or ``--bare``.

    Raises ConfigError: SK353 for a policy that is not decided yet; SK702 for arms that no hash
    gave, and for another flag.
    """
    node = project.nodes.get(name.removesuffix("_policy").removesuffix("_assignment"))
    if not isinstance(node, Experiment) or name == node.name:
        return None
    segmentation = project.nodes[node.segments]
    assert isinstance(segmentation, Segmentation)
    for flag in {*flags} - {"--expression", "--bare"}:
        message = f"{flag} is for a segmentation, and {name} is of an experiment"
        raise ConfigError(Problem("SK702", message, help=f"leave {flag} out"))
    view = from_ or relation(node.segments, None, dialect)
    if name == f"{node.name}_assignment":
        if node.salt is None:
            message = f"{node.name} reads who got what elsewhere: it has no hash"
            label, hint = Label(node.place), f"the arms are in {node.name}_assignment"
            raise ConfigError(Problem("SK702", message, (label,), hint))
        key = identifier(segmentation.key, dialect)
        end = "\n" if "--bare" in flags else ";\n"
        return arms_select(node, node.periods[-1], view, key, dialect) + end
    decided = decision(project, node)
    if decided is None:
        message = f"{node.name} is not decided yet"
        hint = f"`segkit experiment read {node.name}` says how far it is; a build decides it"
        raise ConfigError(Problem("SK353", message, (Label(node.place),), hint))
    if "--expression" in flags:
        return policy_case(node, decided.policy, dialect) + "\n"
    select = policy_select(node, decided.policy, segmentation.key, dialect, view)
    if "--bare" in flags:
        return f"{select}\n"
    target = as_ or relation(name, None, dialect)
    made = dialect.create_view.format(name=target, columns="", comment="", select=select)
    return f"{_head(node, decided)}{made};\n"


def _head(node: Experiment, decided: Decision) -> str:
    policy = decided.policy
    what = "by segment" if policy.by_segment else f"{policy.for_all} for all"
    worth = f"{policy.gain:+.2f} a customer, {policy.low:+.2f} to {policy.high:+.2f}"
    return (
        f"-- {node.name}_policy: which arm each customer of {node.segments} gets, {what}\n"
        f"-- decided as of {decided.moment:%Y-%m-%d} on {decided.n:,} customers"
        f" | by segment is worth {worth}, over {policy.best} for all\n"
    )
