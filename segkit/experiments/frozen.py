"""What does not change once an experiment has started, or is decided: sealed files, like fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from segkit.core.experiment_result import Policy, Readout
from segkit.errors import FitError, Label, Problem
from segkit.project.nodes import Experiment, Project
from segkit.project.safe_files import is_there
from segkit.publish.stored import json_files
from segkit.publish.stored.fit_check import is_name
from segkit.publish.stored.records import Mistaken, record

_EDIT = "an experiment is declared anew under another name"
Read = TypeVar("Read")


@dataclass(frozen=True)
class FrozenPlan:
    """The definition, and the fit, as they were on the first build after ``start``."""

    name: str
    as_of: str
    fit_version: int
    definition: Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """The policy that the readout of a moment ended in, and of how many customers."""

    name: str
    as_of: str
    n: int
    policy: Policy

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.as_of)


def plan_path(project: Project, name: str) -> Path:
    return project.directory / "warehouse" / "experiments" / name / "plan.json"


def policy_path(project: Project, name: str) -> Path:
    return plan_path(project, name).with_name("policy.json")


def plan_file(project: Project, node: Experiment, as_of: datetime, version: int) -> dict[Path, str]:
    plan = FrozenPlan(node.name, as_of.isoformat(), version, node.definition())
    return {plan_path(project, node.name): _sealed("experiment", plan)}


def policy_file(project: Project, found: Readout) -> dict[Path, str]:
    """The decision that a final readout ends in; empty where there is none."""
    if found.policy is None:
        return {}
    made = Decision(found.name, found.as_of.isoformat(), found.n, found.policy)
    return {policy_path(project, found.name): _sealed("policy", made)}


def _sealed(kind: str, what: FrozenPlan | Decision) -> str:
    return json_files.dump(json_files.sealed({"format": 1, "kind": kind, **asdict(what)}))


def frozen_plan(project: Project, node: Experiment) -> FrozenPlan | None:
    """Return the plan that was frozen; None before the start.

    Raises FitError: SK312 if the file cannot be read or was edited; SK350 if the definition
    changed.
    """
    found = _read(plan_path(project, node.name), "experiment", FrozenPlan, node.name)
    if found is None:
        return None
    changed = [*_changes(found.definition, node.definition())]
    if changed:
        message = f"{node.name} has started, and {' and '.join(changed)}"
        hint = "undo the change; another experiment has another name and another salt"
        labels = (Label(node.place), Label(json_files.place_of(plan_path(project, node.name))))
        raise FitError(Problem("SK350", message, labels, hint))
    return found


def decision(project: Project, node: Experiment) -> Decision | None:
    """Return what the experiment ended in; None while it is not decided."""
    found = _read(policy_path(project, node.name), "policy", Decision, node.name)
    if found is None:
        return None
    path, policy = policy_path(project, node.name), found.policy
    for arm in (policy.best, policy.for_all, *policy.arms.values()):
        if arm not in node.arms:
            json_files.fail(path, f"names the arm {arm!r}, which {node.name} does not have")
    if not all(map(is_name, policy.arms)):
        json_files.fail(path, "names a segment that is no name")
    return found


def _read(path: Path, kind: str, cls: type[Read], name: str) -> Read | None:
    if not is_there(path):
        return None
    data = json_files.load(path, _EDIT, newest=1)
    said = {key: value for key, value in data.items() if key not in ("format", json_files.CHECKSUM)}
    with json_files.telling(path, f"holds no {kind}"):
        if said.pop("kind", None) != kind:
            raise Mistaken(f"`kind` is not {kind}")
        found = record(cls, said)
    if getattr(found, "name", name) != name:
        json_files.fail(path, f"is of {getattr(found, 'name', '')}, in the folder of {name}")
    return found


def _changes(was: Any, now: Any, at: str = "") -> Iterator[str]:
    """``planned_n was 8000 and is 9000``, of each key that is not as it was."""
    for key in dict.fromkeys((*was, *now)):
        old, new = was.get(key), now.get(key)
        are_parts = isinstance(old, dict) and isinstance(new, dict)
        is_turned = are_parts and old == new and list(old) != list(new)  # who gets which arm
        if are_parts and not is_turned:
            yield from _changes(old, new, f"{key}.")
        elif old != new or is_turned:
            yield f"`{at}{key}` was {_said(old)} and is {_said(new)}"


def _said(value: Any) -> str:
    return "not given" if value is None else str(value)
