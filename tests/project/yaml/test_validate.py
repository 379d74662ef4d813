"""Each mistake in YAML data with its place, what is allowed, and how to write it."""

from __future__ import annotations

import pytest

from segkit.project.schema.documents import ProjectFile
from segkit.project.schema.segments import SegmentationSpec
from segkit.project.yaml.marks import Entry, parse_yaml
from segkit.project.yaml.validate import did_you_mean, did_you_mean_text, validate

SET = "name: s\nfrom: t\nkey: k\n"


@pytest.mark.parametrize(
    ("spec", "text", "code", "place", "message", "label", "hint"),
    [
        (ProjectFile, "nam: shop\n", "SK003", "1:1", "unknown key `nam`", "did you mean `name`?",
         "the keys here are name, target, dialect, targets, sources, vars, format, history, "
         "buckets, segments, experiments, models, seeds"),
        (ProjectFile, "name: 3\n", "SK005", "1:7", "`name` must be a text, not a number", "",
         'write "3" in quotes'),
        (ProjectFile, "name: shop\ntarget: [a]\n", "SK005", "2:9",
         "`target` must be a text, not a list", "", "leave it out for the usual one, dev"),
        (ProjectFile, "name: shop\nvars: 3\n", "SK005", "2:7",
         "`vars` must be a mapping, not a number", "",
         "`segkit schema resources` says what may stand here"),
        (SegmentationSpec, f"{SET}clusters: {{k: 0}}\n", "SK005", "4:15",
         "`k` must be `auto` or a whole number from 2 to 100, not 0", "",
         "leave it out for the usual one, auto"),
        (SegmentationSpec, f"{SET}missing: median2\n", "SK005", "4:10",
         "`missing` cannot be `median2`", "did you mean `median`?",
         "it is one of median, unassigned; where customers with a missing feature go"),
        (SegmentationSpec, "name: s\nfrom: t\n", "SK004", "1:1", "`key` is missing", "",
         "add `key: ...`, the customer's id column"),
        (SegmentationSpec, f"{SET}rules: {{min_share: 2}}\n", "SK005", "4:20",
         "`min_share` must be at most 1, not 2", "", "leave it out for the usual one, 0.01"),
    ],
)  # fmt: skip
def test_a_mistake(
    spec: type[ProjectFile] | type[SegmentationSpec],
    text: str,
    code: str,
    place: str,
    message: str,
    label: str,
    hint: str,
) -> None:
    document, _ = parse_yaml(text, "x.yml")
    assert document is not None
    entry = Entry(document)
    found, (problem,) = validate(spec, document.data, entry), entry.problems
    assert found is None
    assert (problem.code, str(problem.place)) == (code, f"x.yml:{place}")
    assert (problem.message, problem.labels[0].text, problem.help) == (message, label, hint)


def test_what_follows_from_another_mistake_is_not_said() -> None:
    """``kye`` is unknown, and ``key`` is missing because of it."""
    document, _ = parse_yaml("name: s\nfrom: t\nkye: k\n", "x.yml")
    assert document is not None
    entry = Entry(document)
    validate(SegmentationSpec, document.data, entry)
    problems = entry.problems
    assert [p.message for p in problems] == ["unknown key `kye`"]
    document.trapped.add(("kye",))
    again = Entry(document)
    validate(SegmentationSpec, document.data, again)
    assert again.problems == []


def test_the_nearest_name_if_one_is_near() -> None:
    known = ["segments", "buckets"]
    assert did_you_mean("SEGMENTZ", known) == "segments"
    assert did_you_mean("xyz", known) is None
    assert [did_you_mean_text(n, known) for n in ("bucket", "q")] == ["did you mean `buckets`?", ""]
