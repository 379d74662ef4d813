"""Fits on disk: immutable numbered files, the baseline beside them, ``current`` names one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from segkit.core.facts import Fact
from segkit.core.fit import FORMAT, UNASSIGNED, Baseline, Fit, FittedSegment, version_label
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Test, Tree
from segkit.errors import FitError, Label, Place, Problem
from segkit.project.safe_files import is_there, names_in
from segkit.publish.stored import json_files
from segkit.publish.stored.fit_check import check_fit
from segkit.publish.stored.format_1 import in_format_2
from segkit.publish.stored.records import (
    Mistaken,
    check_keys,
    mapping_of,
    not_a,
    record,
    shown,
    value_of,
)

_VERSION = re.compile(r"v([0-9]{4,9})\Z")
_TESTS = ("known", "one_of", "below", "at_most")
_READ_APART = ("format", json_files.CHECKSUM, "tree")
_OF_LINEAGE = ("parent", "adjustments", "replaced", "measured")
_NULL_IN_OLDER_FITS = ("silhouette", "smallest_share")  # else what was not measured is left out
_SAID_OF_CURRENT = 40  # characters of a strange `current` that are worth showing
# of a double, and of what is written for it
_DECIMAL = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?\Z")
_EDIT = (
    'a cut is moved with `segkit adjust {0} "COLUMN < FROM -> TO" --save`, a segment named '
    "with `about`"
)


def fit_path(directory: Path, name: str, version: int) -> Path:
    return directory / name / f"{version_label(version)}.json"


def baseline_path(directory: Path, name: str, version: int) -> Path:
    return directory / name / f"{version_label(version)}.baseline.json"


def current_path(directory: Path, name: str) -> Path:
    return directory / name / "current"


def versions(directory: Path, name: str) -> tuple[int, ...]:
    """Numbers of the fits on disk, ascending."""
    try:
        paths = [Path(found) for found in names_in(directory / name)]
    except OSError as error:  # unreadable is not empty: nothing is learned over what is there
        shown_path = f"warehouse/fits/{name}"
        message = f"{shown_path} cannot be listed: {json_files.reason_of(error)}"
        hint = "mend it, or restore it from version control"
        raise FitError(Problem("SK002", message, (Label(Place(shown_path)),), hint)) from error
    numbers = (version_of(path.stem) for path in paths if path.suffix == ".json")
    return tuple(sorted(number for number in numbers if number))


def version_of(label: str) -> int | None:
    """The number of ``v0001``; None of what is no label of a version."""
    match = _VERSION.match(label)
    return int(match[1]) if match and version_label(int(match[1])) == label else None


def current_version(directory: Path, name: str) -> int | None:
    """The version that is to be published, or None if nothing has been fitted.

    Raises FitError if ``current`` names a file that is not there.
    """
    path = current_path(directory, name)
    known = versions(directory, name)  # a folder that cannot be read is said first
    if not is_there(path):
        return _only_version(path, known)
    text = json_files.read_text(path).strip()
    number = version_of(text)
    if number not in known:
        _fail_of_current(path, known, text)
    return number


def _fail_of_current(path: Path, known: Sequence[int], text: str) -> NoReturn:
    name, listed = path.parent.name, ", ".join(map(version_label, known))
    hint = f"fits of {name}: {listed}; choose one with `segkit fit {name} --use VERSION`"
    if not known:
        hint = f"restore warehouse/fits/{name} from version control; or remove it to begin anew"
    message = f"`current` names {text[:_SAID_OF_CURRENT]!r}, and there is no such fit"
    if json_files.is_conflict(text):
        message = "`current` holds git's marks of a merge conflict: two branches chose a fit"
    length = max(1, min(len(text), _SAID_OF_CURRENT))
    place = replace(json_files.place_of(path), line=1, column=1, length=length)
    raise FitError(Problem("SK312", message, (Label(place),), hint))


def _only_version(path: Path, known: Sequence[int]) -> int | None:
    """The fit that is there although ``current`` is lost: nothing is learned in its place."""
    if len(known) > 1:
        name, listed = path.parent.name, ", ".join(map(version_label, known))
        message = f"`current` is missing, and {name} has {len(known)} fits: {listed}"
        hint = f"say which one: `segkit fit {name} --use {version_label(known[-1])}`"
        raise FitError(Problem("SK312", message, (Label(json_files.place_of(path)),), hint))
    return known[0] if known else None


def fit_files(fit: Fit, directory: Path, *, current: bool) -> dict[Path, str]:
    """Return the files of a fit as path -> text."""
    # The order in which they are renamed: what is there of a fit is there whole.
    files = {}
    if fit.baseline:
        features = [_without_defaults(feature) for feature in fit.baseline.features]
        baseline = json_files.sealed({**asdict(fit.baseline), "features": features})
        files[baseline_path(directory, fit.name, fit.version)] = json_files.dump(baseline)
    path = fit_path(directory, fit.name, fit.version)
    files[path] = json_files.dump(json_files.sealed(_fit_to_json(fit)))
    return files | (current_file(directory, fit.name, fit.version) if current else {})


def current_file(directory: Path, name: str, version: int) -> dict[Path, str]:
    """The file that says which version is to be published, as path -> text."""
    return {current_path(directory, name): f"{version_label(version)}\n"}


def sealed_files(directory: Path, name: str, version: int) -> dict[Path, str]:
    """The files of a version that carry no checksum, as older ones do, with one: path -> text."""
    paths = fit_path(directory, name, version), baseline_path(directory, name, version)
    return json_files.sealed_files(paths)


def stored_fit(directory: Path, name: str, version: int) -> Fit:
    """Return the fit of a segmentation, as ``read_fit`` does; it has to be its own."""
    path = fit_path(directory, name, version)
    fit = read_fit(path)
    check_owner(path, "fit", fit.name, name)
    return fit


def current_fit(directory: Path, name: str) -> Fit | None:
    """Return the fit of a segmentation that ``current`` names; None where nothing was learned."""
    version = current_version(directory, name)
    return None if version is None else stored_fit(directory, name, version)


def check_owner(path: Path, what: str, found: str, name: str) -> None:
    """Raise FitError for a file that was copied from another's folder."""
    if found != name:
        json_files.fail(path, f"is the {what} of {shown(found)}, in the folder of {name}")


def check_number(path: Path, found: int) -> None:
    """Raise FitError for a file whose name says another version than itself."""
    version = version_of(path.stem)
    if version is not None and version != found:
        json_files.fail(path, f"says that it is version {found}")


def read_fit(path: Path) -> Fit:
    """Return the fit of a file, whoever's it is, with its baseline if that lies beside it.

    Raises FitError: SK312, naming the file and what is wrong with it.
    """
    data = json_files.load(path, _EDIT.format(path.absolute().parent.name), newest=FORMAT)
    with json_files.telling(path, "holds no fit"):
        if "kind" in data:
            raise Mistaken(f"it holds {shown(data['kind'])}")
        fit = _fit_from_json(in_format_2(data))
        check_fit(fit)
    check_number(path, fit.version)
    beside = path.with_name(f"{fit.label}.baseline.json")
    return replace(fit, baseline=_read_baseline(beside, fit)) if is_there(beside) else fit


def rules_note(fit: Fit) -> str:
    """Return the version with a digest of what decides who is where, and what segments are called.

    It is on record of what is published: a file of the same number with another digest is
    another fit. What a newer segkit adds to the file of the same rules is not in it.
    """
    ids = {segment.code: segment.id for segment in fit.segments} | {0: UNASSIGNED.id}
    names = {segment.id: segment.name for segment in fit.segments}
    said = {"tree": _tree_to_json(fit.tree, ids), "names": names}
    return f"{fit.label} {json_files.checksum(said)[:16]}"


def as_stored(fit: Fit) -> Fit:
    """The fit as it comes back from its file: tuples become what JSON makes of them."""
    return _fit_from_json(json.loads(json_files.dump(_fit_to_json(fit))))


def _fit_to_json(fit: Fit) -> dict[str, Any]:
    ids = {segment.code: segment.id for segment in fit.segments} | {0: "unassigned"}
    return {
        "format": FORMAT,
        "name": fit.name,
        "version": fit.version,
        "origin": fit.origin,
        "lineage": _without_defaults(fit.lineage, _OF_LINEAGE),
        "definition": dict(fit.definition),
        "target": fit.target,
        "rows": fit.rows,
        "sample": fit.sample,
        "fingerprint": fit.fingerprint,
        "segments": list(map(_segment_to_json, fit.segments)),
        "tree": _tree_to_json(fit.tree, ids),
        "quality": _without_defaults(fit.quality, ("moved",)),
        **({"usefulness": list(map(_without_defaults, fit.usefulness))} if fit.usefulness else {}),
        "features": [_without_defaults(feature) for feature in fit.features],
        "clusters": {
            **_without_defaults(fit.clusters, ("verdict", "alternatives")),
            "sweep": [_without_defaults(p, _NULL_IN_OLDER_FITS) for p in fit.clusters.sweep],
            "reason": _facts_to_json(fit.clusters.reason),
        },
        "stability": asdict(fit.stability) if fit.stability else None,
        "assumptions": _facts_to_json(fit.assumptions),
        "warnings": _facts_to_json(fit.warnings),
    }


def _segment_to_json(segment: FittedSegment) -> dict[str, Any]:
    said = _without_defaults(segment)
    if segment.naming is not None:
        said["naming"]["says"] = list(map(_without_defaults, segment.naming.says))
    return said


def _facts_to_json(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    return [_without_defaults(fact) for fact in facts]


def _without_defaults(value: Any, always: Sequence[str] = ()) -> dict[str, Any]:
    """A dataclass as data, without what is as usual: files of older fits stay as they are."""
    usual = {field.name: field.default for field in fields(value)}
    usual |= {f.name: f.default_factory() for f in fields(value) if callable(f.default_factory)}
    return {key: v for key, v in asdict(value).items() if key in always or v != usual[key]}


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


def _fit_from_json(data: Mapping[str, Any]) -> Fit:
    said = {key: value for key, value in data.items() if key not in _READ_APART}
    tree = data.get("tree")
    if tree is None:
        raise Mistaken("`tree` is missing")
    fit = record(Fit, said, tree=Leaf(0), baseline=None)
    codes = {segment.id: segment.code for segment in fit.segments} | {UNASSIGNED.id: 0}
    return replace(fit, tree=_tree_from_json(tree, codes, "tree"))


def _tree_from_json(data: Any, codes: Mapping[str, int], at: str) -> Tree:
    if "segment" in mapping_of(data, at):
        check_keys(data, {"segment": True}, at)
        if not isinstance(data["segment"], str) or data["segment"] not in codes:
            raise Mistaken(f"`{at}.segment` is {shown(data['segment'])}, which is no segment")
        return Leaf(codes[data["segment"]])
    asked = [key for key in _TESTS if key in data]
    if len(asked) != 1:
        raise Mistaken(f"`{at}` asks {len(asked)} of {', '.join(_TESTS)}: one is a test")
    check_keys(data, dict.fromkeys(("column", *asked, "missing", "yes", "no"), True), at)
    column = value_of(str, data["column"], f"{at}.column")
    if data["missing"] not in ("yes", "no"):
        raise Mistaken(f"`{at}.missing` is {shown(data['missing'])}, neither yes nor no")
    return Split(
        column,
        _test_from_json(asked[0], data[asked[0]], f"{at}.{asked[0]}"),
        _tree_from_json(data["yes"], codes, f"{at}.yes"),
        _tree_from_json(data["no"], codes, f"{at}.no"),
        data["missing"],
    )


def _test_from_json(key: str, value: Any, at: str) -> Test:
    if key == "known":
        if value is not True:
            raise not_a("true", value, at, article="")
        return Known()
    if key == "one_of":
        return OneOf(value_of(tuple[str, ...], value, at))
    return Below(decimal_of(value, at), inclusive=key == "at_most")


def decimal_of(value: Any, at: str) -> Decimal:
    """The number that a cut or an edge is written as: a text, so that no digit is lost."""
    if not isinstance(value, str) or not _DECIMAL.match(value):
        raise not_a('number in quotes, such as "42.5"', value, at)
    number = Decimal(value)
    if math.isinf(float(number)):
        raise Mistaken(f"`{at}` is larger than any number")
    return number


def _read_baseline(path: Path, fit: Fit) -> Baseline:
    data = json_files.load(path, "it is measured anew with each fit", newest=None)
    with json_files.telling(path, "holds no baseline"):
        data.pop(json_files.CHECKSUM, None)
        baseline = record(Baseline, data)
        if baseline.rows != fit.rows:
            wrong = f"`rows` is {baseline.rows:,}, and {fit.label} has {fit.rows:,}"
            raise Mistaken(f"{wrong}: is it another fit's?")
    return baseline
