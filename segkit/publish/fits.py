"""Fits on disk: immutable numbered files, the baseline beside them, ``current`` names one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from segkit.core.fit import (
    FORMAT,
    Baseline,
    Clusters,
    CurvePoint,
    FeatureBaseline,
    Fit,
    FittedFeature,
    FittedSegment,
    Quality,
    SweepPoint,
    version_label,
)
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Test, Tree
from segkit.core.usefulness import Estimate, Rival, Usefulness
from segkit.errors import FitError, Label, Place, Problem
from segkit.project.safe_files import is_there, names_in, read_regular

_VERSION = re.compile(r"v(\d{4,})\.json\Z")


def fit_path(directory: Path, name: str, version: int) -> Path:
    return directory / name / f"{version_label(version)}.json"


def baseline_path(directory: Path, name: str, version: int) -> Path:
    return directory / name / f"{version_label(version)}.baseline.json"


def current_path(directory: Path, name: str) -> Path:
    return directory / name / "current"


def versions(directory: Path, name: str) -> tuple[int, ...]:
    """Numbers of the fits on disk, ascending."""
    try:
        found = map(_VERSION.match, names_in(directory / name))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        shown = f"warehouse/fits/{name}"
        message = f"{shown} cannot be listed: {reason}"
        hint = "mend it, or restore it from version control: what cannot be read is not empty"
        raise FitError(Problem("SK002", message, (Label(Place(shown)),), hint)) from error
    return tuple(sorted(int(match[1]) for match in found if match))


def current_version(directory: Path, name: str) -> int | None:
    """The version that is to be published, or None if nothing has been fitted.

    Raises
    ------
    FitError
        If ``current`` names a file that is not there.
    """
    path = current_path(directory, name)
    versions(directory, name)  # a folder that cannot be read is said first
    try:
        text = read_regular(path).decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return _only_version(directory, name, path)
    except OSError as error:
        raise FitError(as_problem(path, f"cannot be read: {error.strerror}")) from error
    match = re.fullmatch(r"v(\d{4,})", text)
    if not match or int(match[1]) not in versions(directory, name):
        known = ", ".join(version_label(v) for v in versions(directory, name))
        hint = f"fits of {name}: {known}; choose one with `segkit fit {name} --use VERSION`"
        if not known:
            hint = f"restore warehouse/fits/{name} from version control; or remove it to begin anew"
        message = f"`current` names {text!r}, and there is no such fit"
        place = replace(_place(path), line=1, column=1, length=max(1, len(text)))
        raise FitError(Problem("SK312", message, (Label(place),), hint))
    return int(match[1])


def _only_version(directory: Path, name: str, path: Path) -> int | None:
    """The fit that is there although ``current`` is lost: nothing is learned in its place."""
    known = versions(directory, name)
    if len(known) > 1:
        listed = ", ".join(version_label(version) for version in known)
        message = f"`current` is missing, and {name} has {len(known)} fits: {listed}"
        hint = f"say which one: `segkit fit {name} --use {version_label(known[-1])}`"
        raise FitError(Problem("SK312", message, (Label(_place(path)),), hint))
    return known[0] if known else None


def fit_files(fit: Fit, directory: Path, *, current: bool) -> dict[Path, str]:
    """Return the files of a fit as path -> text."""
    # The order in which they are renamed: what is there of a fit is there whole.
    files = {}
    if fit.baseline:
        baseline = {**asdict(fit.baseline), "features": []}
        baseline["features"] = [_without_defaults(f) for f in fit.baseline.features]
        files[baseline_path(directory, fit.name, fit.version)] = dump(baseline)
    files[fit_path(directory, fit.name, fit.version)] = dump(_fit_to_json(fit))
    if current:
        files[current_path(directory, fit.name)] = f"{fit.label}\n"
    return files


def read_fit(path: Path) -> Fit:
    """Return the fit of a file, with its baseline if that lies beside it.

    Raises
    ------
    FitError
        SK312, naming the file and what is wrong with it.
    """
    data = load(path)
    try:
        fit = _fit_from_json(data)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise FitError(as_problem(path, f"is not a complete fit ({reason_of(error)})")) from error
    beside = path.with_name(f"{fit.label}.baseline.json")
    return replace(fit, baseline=_read_baseline(beside)) if is_there(beside) else fit


def load(path: Path) -> dict[str, Any]:
    """Return the JSON of a file in this format; SK312 if it is none."""
    try:
        data = json.loads(read_regular(path).decode("utf-8"))
    except OSError as error:
        raise FitError(as_problem(path, f"cannot be read: {error.strerror}")) from error
    except json.JSONDecodeError as error:
        problem = as_problem(path, f"is not valid JSON: {error.msg.lower()}")
        place = replace(_place(path), line=error.lineno, column=error.colno)
        raise FitError(replace(problem, labels=(Label(place),))) from error
    except (ValueError, RecursionError) as error:
        raise FitError(as_problem(path, f"is not valid JSON: {error}")) from error
    if not isinstance(data, dict) or "format" not in data:
        raise FitError(as_problem(path, "says no `format`: it is none of segkit's files"))
    if data["format"] != FORMAT:
        message = f"has format {data['format']!r}; this segkit reads {FORMAT}"
        raise FitError(as_problem(path, message))
    return data


def reason_of(error: Exception) -> str:
    """What is wrong with the data of a file, without Python's words where that can be."""
    if isinstance(error, KeyError):
        return f"`{error.args[0]}` is missing"
    if isinstance(error, InvalidOperation):
        return "a value is not a number"
    return str(error) or "a value of the wrong kind"


def as_stored(fit: Fit) -> Fit:
    """The fit as it comes back from its file: tuples become what JSON makes of them."""
    return _fit_from_json(json.loads(dump(_fit_to_json(fit))))


def _place(path: Path) -> Place:
    return Place("/".join(path.parts[-4:]))  # warehouse/fits/<name>/<file>


def as_problem(path: Path, message: str) -> Problem:
    hint = "restore the file from version control: fits are never edited by hand"
    return Problem("SK312", f"{path.name} {message}", (Label(_place(path)),), hint)


def dump(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _fit_to_json(fit: Fit) -> dict[str, Any]:
    ids = {segment.code: segment.id for segment in fit.segments} | {0: "unassigned"}
    return {
        "format": FORMAT,
        "name": fit.name,
        "version": fit.version,
        "origin": fit.origin,
        **({"parent": fit.parent} if fit.parent is not None else {}),
        **({"adjustments": list(fit.adjustments)} if fit.adjustments else {}),
        "definition": dict(fit.definition),
        "target": fit.target,
        "rows": fit.rows,
        "sample": fit.sample,
        "fingerprint": fit.fingerprint,
        "segments": [asdict(segment) for segment in fit.segments],
        "tree": _tree_to_json(fit.tree, ids),
        "quality": _without_defaults(fit.quality, ("moved",)),
        **(
            {"usefulness": [_without_defaults(u) for u in fit.usefulness]} if fit.usefulness else {}
        ),
        "features": [_without_defaults(feature) for feature in fit.features],
        "clusters": {
            **_without_defaults(fit.clusters),
            "sweep": [_point_to_json(point) for point in fit.clusters.sweep],
        },
        "assumptions": list(fit.assumptions),
        "warnings": list(fit.warnings),
    }


def _without_defaults(value: Any, always: Sequence[str] = ()) -> dict[str, Any]:
    """A dataclass as data, without what is as usual: files of older fits stay as they are."""
    usual = {field.name: field.default for field in fields(value)}
    usual |= {f.name: f.default_factory() for f in fields(value) if callable(f.default_factory)}
    return {key: v for key, v in asdict(value).items() if key in always or v != usual[key]}


def _point_to_json(point: SweepPoint) -> dict[str, Any]:
    """What was not measured is left out, except where older fits say null."""
    always = ("silhouette", "smallest_share")
    return {key: v for key, v in asdict(point).items() if v is not None or key in always}


def _tree_to_json(tree: Tree, ids: Mapping[int, str]) -> dict[str, Any]:
    if isinstance(tree, Leaf):
        return {"segment": ids[tree.code]}
    test: dict[str, Any] = {"known": True}
    if isinstance(tree.test, OneOf):
        test = {"one_of": list(tree.test.levels)}
    elif isinstance(tree.test, Below):
        test = {"at_most" if tree.test.inclusive else "below": format(tree.test.cut, "f")}
    return {
        "column": tree.column,
        **test,
        "missing": tree.missing,
        "yes": _tree_to_json(tree.yes, ids),
        "no": _tree_to_json(tree.no, ids),
    }


def _tree_from_json(data: Mapping[str, Any], codes: Mapping[str, int]) -> Tree:
    if "segment" in data:
        return Leaf(codes[data["segment"]])
    test: Test
    if "known" in data:
        test = Known()
    elif "one_of" in data:
        test = OneOf(tuple(data["one_of"]))
    else:
        inclusive = "at_most" in data
        test = Below(Decimal(data["at_most" if inclusive else "below"]), inclusive)
    if data["missing"] not in ("yes", "no"):
        raise ValueError(f"missing is {data['missing']!r}")
    return Split(
        data["column"],
        test,
        _tree_from_json(data["yes"], codes),
        _tree_from_json(data["no"], codes),
        data["missing"],
    )


def _fit_from_json(data: Mapping[str, Any]) -> Fit:
    segments = tuple(FittedSegment(**segment) for segment in data["segments"])
    codes = {segment.id: segment.code for segment in segments} | {"unassigned": 0}
    clusters = data["clusters"]
    return Fit(
        name=data["name"],
        version=data["version"],
        origin=data["origin"],
        definition=data["definition"],
        target=data["target"],
        rows=data["rows"],
        sample=data["sample"],
        fingerprint=data["fingerprint"],
        features=tuple(
            FittedFeature(**{**feature, "levels": tuple(feature.get("levels", ()))})
            for feature in data["features"]
        ),
        clusters=Clusters(
            **{
                **clusters,
                "sizes": tuple(clusters["sizes"]),
                "centers": tuple(tuple(center) for center in clusters["centers"]),
                "sweep": tuple(SweepPoint(**point) for point in clusters["sweep"]),
                "labels": tuple(clusters.get("labels", ())),
            }
        ),
        tree=_tree_from_json(data["tree"], codes),
        quality=_quality_from_json(data["quality"]),
        segments=segments,
        assumptions=tuple(data["assumptions"]),
        warnings=tuple(data["warnings"]),
        parent=data.get("parent"),
        adjustments=tuple(data.get("adjustments", ())),
        usefulness=tuple(_usefulness_from_json(each) for each in data.get("usefulness", ())),
    )


def _quality_from_json(data: Mapping[str, Any]) -> Quality:
    curve = tuple(CurvePoint(**point) for point in data.get("curve", ()))
    return Quality(**{**data, "curve": curve})


def _usefulness_from_json(data: Mapping[str, Any]) -> Usefulness:
    explained, rival = data.get("explained"), data.get("rival")
    if rival is not None:
        both = {key: Estimate(**rival[key]) for key in ("explained", "ahead")}
        rival = Rival(**{**rival, **both})
    return Usefulness(**{**data, "explained": explained and Estimate(**explained), "rival": rival})


def _read_baseline(path: Path) -> Baseline:
    try:
        data = json.loads(read_regular(path).decode("utf-8"))
        features = tuple(
            FeatureBaseline(**{**feature, "quantiles": tuple(feature["quantiles"])})
            for feature in data.pop("features")
        )
        return Baseline(features=features, **data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"is not a complete baseline ({reason_of(error)})"
        raise FitError(as_problem(path, message)) from error
