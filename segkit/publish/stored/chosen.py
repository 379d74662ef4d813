"""Which fit of a segmentation is published: nothing moves by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segkit.core.fit import Fit, version_label
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.errors import FitError, Label, Place, Problem
from segkit.project.conditions.door import stored_condition
from segkit.project.nodes import Project, Segmentation
from segkit.publish.stored import fits
from segkit.publish.subject import FittedSubject, fitted, read_subject

# version number, the fit before it, the highest code that any fit has given -> fit
LearnFit = Callable[[int, "Fit | None", int], Fit]


@dataclass(frozen=True)
class ChosenFit:
    """``new``: learned just now, its files are not on disk yet.

    ``kept``: in a few words why the rules are not those that were asked for, and
    the ``problem`` that says so in full.
    """

    fit: Fit
    new: bool = False
    kept: str = ""
    problem: Problem | None = None


def choose_fit(
    project: Project,
    segmentation: Segmentation,
    learn_fit: LearnFit,
    *,
    locked: bool,
    full_refresh: bool,
    published: int = 0,
) -> ChosenFit:
    """Return the fit to publish. Only a missing fit, or a full refresh, is learned.

    ``published`` is the highest version that the history knows: a first fit is
    not learned over the head of people who have been in segments already.
    """
    current = fits.current_fit(project.fits_directory, segmentation.name)
    if current is None and locked:
        message = f"{segmentation.name} has no fit, and this run may not learn one"
        hint = (
            f"`segkit build` (without --locked) learns one: commit "
            f"warehouse/fits/{segmentation.name}"
        )
        raise FitError(Problem("SK311", message, (Label(segmentation.place),), hint))
    if current is None and published and not full_refresh:
        message = (
            f"{segmentation.name} was published by {version_label(published)}, and "
            f"warehouse/fits/{segmentation.name} is gone"
        )
        hint = (
            "restore the folder from version control; or `segkit build --full-refresh` learns"
            " new rules, and ids start anew"
        )
        raise FitError(Problem("SK311", message, (Label(segmentation.place),), hint))
    if current is None or (full_refresh and not is_frozen(current, segmentation)):
        learned = learn_challenger(project, segmentation, learn_fit, current, published)
        return ChosenFit(learned, new=True)
    if changes := definition_changes(current, segmentation):
        problem = stale_problem(project, segmentation, current, changes)
        return ChosenFit(current, kept="definition changed", problem=problem)
    if full_refresh:
        problem = frozen_problem(segmentation, current)
        kept = "cuts made by hand" if current.adjustments else "rules are frozen"
        return ChosenFit(current, kept=kept, problem=problem)
    return ChosenFit(current)


def let_in_by(fit: Fit, segmentation: Segmentation) -> Segmentation:
    """The segmentation with the `where` of the fit: who is in the view is one of its rules."""
    text = fit.definition.get("where")
    written = segmentation.where.predicate.spaced if segmentation.where else None
    if _folded(text) == _folded(written):
        return segmentation
    where = None if text is None else stored_condition(str(text), segmentation.place)
    return replace(segmentation, where=where)


def subject_by(
    engine: Reader, project: Project, segmentation: Segmentation, fit: Fit
) -> FittedSubject:
    """The segmentation by one of its fits, over those whom that one lets in."""
    return fitted(read_subject(engine, project, let_in_by(fit, segmentation)), fit)


def published_subject(
    engine: Reader, project: Project, segmentation: Segmentation
) -> FittedSubject:
    """The segmentation as it is published, whatever is written of it by now."""
    fit = published_fit(engine, project, segmentation)
    return subject_by(engine, project, segmentation, fit)


def current_fit(project: Project, node: Segmentation) -> Fit:
    """The fit that ``current`` names.

    Raises FitError: SK311 if there is none yet.
    """
    fit = fits.current_fit(project.fits_directory, node.name)
    if fit is None:
        hint = f"run `segkit build`, or `segkit fit {node.name}`"
        raise FitError(Problem("SK311", f"{node.name} has no fit yet", (Label(node.place),), hint))
    return fit


def published_fit(engine: Reader, project: Project, segmentation: Segmentation) -> Fit:
    """The fit that the published views were made of, which a promoted one has yet to replace."""
    if not engine.exists("main", segmentation.name):
        message = f"{segmentation.name} is not published yet"
        label = Label(segmentation.place)
        raise FitError(Problem("SK605", message, (label,), "run `segkit build`"))
    version = published_version(engine, segmentation)
    if version is None:
        return current_fit(project, segmentation)
    return fits.stored_fit(project.fits_directory, segmentation.name, version)


def published_version(engine: Reader, segmentation: Segmentation) -> int | None:
    """The fit of the published views; None where nobody is in them, or there are none."""
    history = f"{segmentation.name}_history"
    if not engine.exists("main", history):
        return None
    found = engine.query(
        f"SELECT max(fit_version) FROM {identifier(history, engine.dialect)} WHERE valid_to IS NULL"
    )
    return None if found[0][0] is None else int(found[0][0])


def last_version(engine: Reader, name: str) -> int:
    """The highest fit that the history of a segmentation knows; 0 before the first build."""
    history = f"{name}_history"
    if not engine.exists("main", history):
        return 0
    table = identifier(history, engine.dialect)
    return int(engine.query(f"SELECT max(fit_version) FROM {table}")[0][0] or 0)


def other_fit_problem(segmentation: Segmentation, fit: Fit, noted: str | None) -> Problem | None:
    """The warning of a fit that is not the one that was published under its number, if so."""
    if noted is None or noted.split()[0] != fit.label or noted == fits.rules_note(fit):
        return None
    name, label = segmentation.name, fit.label
    path = f"warehouse/fits/{name}/{label}.json"
    return Problem(
        "SK325",
        f"{path} is not the {label} that was published last: two fits have one number",
        (Label(Place(path)),),
        f"`git log -- {path}` has both, and `segkit diff {name} --against REV` who moves between "
        f"them; `segkit fit {name} --promote` learns rules with a number of their own",
        ("the history cannot tell the two apart: in it either is the fit that it was built with",),
        severity="warning",
    )


def is_frozen(fit: Fit, segmentation: Segmentation) -> bool:
    """True if a refit may not take the place of the fit by itself: that is as declared.

    Without a word, rules whose cuts people have changed are frozen.
    """
    declared = segmentation.rules.frozen
    return fit.origin == "adjusted" if declared is None else declared


def frozen_problem(segmentation: Segmentation, fit: Fit) -> Problem:
    """Say what a refit would undo, and how it can be had all the same."""
    name, place = segmentation.name, segmentation.rules.frozen_place or segmentation.place
    message = f"the rules of {name} are frozen, so {fit.label} stays"
    without = ""
    if fit.adjustments:
        message = f"{fit.label} of {name} has cuts made by hand, which a refit would undo"
    if fit.parent is not None:
        parent = version_label(fit.parent)
        without = f"`segkit fit {name} --use {parent}` goes back to {parent}; "
    hint = (
        f"`segkit fit {name}` learns a challenger beside it, and says how to publish that one; "
        f"{without}`rules: {{frozen: false}}` lets every refit through"
    )
    return Problem("SK320", message, (Label(place),), hint, by_hand(fit))


def by_hand(fit: Fit) -> tuple[str, ...]:
    """A note for each change of the rules that people made."""
    return tuple(f"by hand: {change}" for change in fit.adjustments)


def learn_challenger(
    project: Project,
    segmentation: Segmentation,
    learn_fit: LearnFit,
    current: Fit | None,
    published: int = 0,
) -> Fit:
    """Learn a fit; one that says the same as a fit on disk takes that one's number."""
    earlier = every_fit(project, segmentation)
    taken = max((segment.code for fit in earlier for segment in fit.segments), default=0)
    version = max(published, *(fit.version for fit in earlier), 0) + 1
    return numbered(learn_fit(version, current, taken), earlier)


def every_fit(project: Project, segmentation: Segmentation) -> tuple[Fit, ...]:
    """All fits on disk, in the order of their versions."""
    directory, name = project.fits_directory, segmentation.name
    known = fits.versions(directory, name)
    return tuple(fits.stored_fit(directory, name, version) for version in known)


def numbered(made: Fit, earlier: Sequence[Fit]) -> Fit:
    """The fit, under the number of one that says the same if there is one."""
    for fit in reversed(earlier):
        if fit == fits.as_stored(replace(made, version=fit.version)):
            # its file stays as it is: what was measured then was measured on the data of then
            return replace(made, version=fit.version, usefulness=fit.usefulness)
    return made


def definition_changes(fit: Fit, segmentation: Segmentation) -> tuple[str, ...]:
    """What differs between the fit's definition and the project's: "clusters.k: 6 -> 5".

    Names of columns are found whatever their case, so that alone is no difference.
    """
    return changes_between(fit.definition, segmentation.definition())


def changes_between(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """What differs between two definitions, as ``definition_changes`` says it."""
    then = _flat(json.loads(json.dumps(dict(one))))
    known = {key.casefold(): key for key in then}
    declared = _flat(json.loads(json.dumps(dict(other))))
    now = {known.get(key.casefold(), key): value for key, value in declared.items()}
    differences = differing(then, now).items()
    return tuple(said for key, said in differences if not _belongs_to_one_side(key, then, now))


def differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """What two definitions say of a key, where not by case alone they differ: "k: 6 -> 5"."""
    return {
        key: f"{key}: {then.get(key, 'nothing')} -> {now.get(key, 'nothing')}"
        for key in dict.fromkeys([*then, *now])
        if _folded(then.get(key)) != _folded(now.get(key))
    }


def _folded(value: Any) -> Any:
    """A text without its case, but for what is quoted: 'DE' is not 'de'."""
    if not isinstance(value, str):
        return value
    return "".join(
        part if place % 2 else part.casefold() for place, part in enumerate(value.split("'"))
    )


def _belongs_to_one_side(key: str, then: dict[str, Any], now: dict[str, Any]) -> bool:
    """What is said of a feature that was added or removed: that it was is said already."""
    feature = re.match(r"features\.(.+)\.\w+\Z", key)
    sides = (str(side.get("features", "")).casefold().split(", ") for side in (then, now))
    return feature is not None and not all(feature[1].casefold() in names for names in sides)


def _flat(data: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(data, dict):
        return {
            k: v for key, value in data.items() for k, v in _flat(value, f"{prefix}{key}.").items()
        }
    if isinstance(data, list) and data and all(isinstance(i, dict) and "column" in i for i in data):
        flat = {f"{prefix[:-1]}": ", ".join(str(item["column"]) for item in data)}
        for item in data:
            rest = {key: value for key, value in item.items() if key != "column"}
            flat |= _flat(rest, f"{prefix}{item['column']}.")
        return flat
    if isinstance(data, list):
        data = ", ".join(map(str, data))
    return {prefix.rstrip("."): data}


def stale_problem(
    project: Project, segmentation: Segmentation, fit: Fit, changes: Sequence[str]
) -> Problem:
    """Say what changed in the definition since the fit, and what to do about it."""
    name = segmentation.name
    newer = [v for v in fits.versions(project.fits_directory, name) if v > fit.version]
    waiting = (
        f"{newest} is a challenger already: `segkit fit {name} --use {newest}` promotes it"
        for newest in map(version_label, newer[-1:])
    )
    return Problem(
        "SK310",
        f"the definition of {name} changed since {fit.label}; its old rules stay published",
        (Label(segmentation.place),),
        f"`segkit fit {name}` learns a challenger, `segkit fit {name} --promote` also publishes it"
        " at the next build",
        (*(f"changed: {change}" for change in changes), *by_hand(fit), *waiting),
    )
