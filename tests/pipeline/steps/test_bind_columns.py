"""Columns that a relation lacks are told once, with the fit that was learned from them."""

from __future__ import annotations

from pathlib import Path

from segkit.errors import Affected, Label, Place, Problem
from segkit.pipeline.steps.bind_columns import told_once
from segkit.project.load import load_project
from segkit.project.nodes import Project
from segkit.publish.stored.fits import fit_files
from segkit.publish.stored.write_files import write_files
from tests.project.projects import write_project
from tests.publish.stored.test_fits import FIT

HAS = "customers has: id, ages"


def lacking(column: str, line: int, near: str = "", relation: str = "customers") -> Problem:
    return Problem(
        "SK104",
        f"column `{column}` is not in {relation}",
        (Label(Place("sql/a.yml", line, 5), near),),
        HAS,
        affected=Affected(relation, column, "", ""),
    )


def project(directory: Path, *, learned: bool) -> Project:
    """One with a segmentation over ``customers``; FIT was learned from age and height."""
    text = (
        f"segments: [{{name: {FIT.name}, from: customers, key: id, features: [age, height, size]}}]"
    )
    loaded = load_project(write_project(directory, {"sql/declared.yml": text}))
    if learned:
        write_files(fit_files(FIT, loaded.fits_directory, current=True), directory)
    return loaded


def test_one_column_that_was_never_there_stays_as_it_is(tmp_path: Path) -> None:
    problem = lacking("age", 2)
    assert list(told_once(project(tmp_path, learned=False), [problem])) == [problem]


def test_several_columns_are_one_problem(tmp_path: Path) -> None:
    problems = [lacking(name, i, f"did you mean `{name}s`?") for i, name in enumerate("abcd", 1)]
    other = Problem("SK105", "another one")
    (first, second) = told_once(project(tmp_path, learned=False), [problems[0], other, *problems])
    assert first.message == "columns `a`, `b`, `c`, `d` are not in customers"
    assert [label.place.line for label in first.labels] == [1, 2, 3]
    assert first.notes == ("`d`: did you mean `ds`?",)
    assert first.help == HAS
    assert second is other


def test_the_fit_that_was_learned_from_it_is_named(tmp_path: Path) -> None:
    loaded = project(tmp_path, learned=True)
    column = FIT.features[0].column
    (found,) = told_once(loaded, [lacking(column.upper(), 2, "did you mean `ages`?")])
    assert found.message == (
        f"column `{column.upper()}` is gone from customers: {FIT.label} of {FIT.name} "
        "learned from it"
    )
    assert found.labels[0].text == "did you mean `ages`?"
    assert f"`segkit fit {FIT.name} --promote`" in str(found.help)
    assert found.notes == (HAS,)
    (both,) = told_once(loaded, [lacking(column, 2), lacking("size", 3)])
    assert both.message == (
        f"columns `{column}`, `size` are gone from customers: {FIT.label} of {FIT.name} "
        f"learned from `{column}`"
    )


def test_columns_of_other_relations_are_told_apart(tmp_path: Path) -> None:
    loaded = project(tmp_path, learned=True)
    column = FIT.features[0].column
    found = list(told_once(loaded, [lacking(column, 2), lacking(column, 3, relation="orders")]))
    assert [p.message.partition(":")[0] for p in found] == [
        f"column `{column}` is gone from customers",
        f"column `{column}` is not in orders",
    ]


def test_a_damaged_fit_is_left_to_its_node(tmp_path: Path) -> None:
    loaded = project(tmp_path, learned=True)
    (loaded.fits_directory / FIT.name / "current").write_text("v0009\n", encoding="utf-8")
    problem = lacking(FIT.features[0].column, 2)
    assert list(told_once(loaded, [problem])) == [problem]
