"""Which fit is published, and what is said where it is not the one that was asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segkit.core.fit import Fit, Lineage
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import FitError, Place
from segkit.project.nodes import Project, Segmentation
from segkit.publish.stored.chosen import (
    ChosenFit,
    choose_fit,
    current_fit,
    definition_changes,
    every_fit,
    frozen_problem,
    is_frozen,
    last_version,
    learn_challenger,
    numbered,
    other_fit_problem,
    published_fit,
    published_version,
    stale_problem,
)
from segkit.publish.stored.fits import fit_files, rules_note
from segkit.publish.stored.write_files import write_files
from tests.publish.shops import node, shop
from tests.publish.stored.test_fits import FIT

YML = """\
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    features: [{column: age, scale: none}]
    clusters: {k: 2, seed: 1}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return shop(tmp_path, YML)


def segmentation(project: Project) -> Segmentation:
    return node(project, "shoppers", Segmentation)


def stored(project: Project, version: int, *, current: bool = True, **changes: Any) -> Fit:
    definition = segmentation(project).definition()
    fit = replace(FIT, version=version, definition=definition, **changes)
    write_files(fit_files(fit, project.fits_directory, current=current), project.directory)
    return fit


class Learner:
    """Remembers what it was asked, and makes a fit of another fingerprint."""

    def __init__(self, fingerprint: str = "new") -> None:
        self.asked: list[tuple[int, int | None, int]] = []
        self.fingerprint = fingerprint

    def __call__(self, version: int, before: Fit | None, taken: int) -> Fit:
        self.asked.append((version, before.version if before else None, taken))
        return replace(FIT, version=version, fingerprint=self.fingerprint)


def choose(project: Project, learner: Learner, **options: Any) -> ChosenFit:
    asked = {"locked": False, "full_refresh": False, **options}
    return choose_fit(project, segmentation(project), learner, **asked)


def test_the_first_fit_is_learned_and_the_next_build_keeps_it(project: Project) -> None:
    learner = Learner()
    first = choose(project, learner)
    assert (first.new, first.fit.version, learner.asked) == (True, 1, [(1, None, 0)])
    kept = stored(project, 1)
    again = choose(project, learner, locked=True)
    assert (again.fit, again.new, again.problem) == (kept, False, None)
    assert len(learner.asked) == 1


def test_a_refresh_gets_the_next_number_and_ids_that_nobody_had(project: Project) -> None:
    stored(project, 1)
    learner = Learner()
    new = choose(project, learner, full_refresh=True, published=4)
    assert (new.new, new.fit.version) == (True, 5)  # 4 was published once
    assert learner.asked == [(5, 1, 2)]


def test_no_fit_and_none_to_be_learned(project: Project) -> None:
    with pytest.raises(FitError, match="has no fit, and this run may not learn one"):
        choose(project, Learner(), locked=True)


def test_rules_that_were_published_are_not_learned_again_unasked(project: Project) -> None:
    learner = Learner()
    with pytest.raises(FitError, match=r"was published by v0003, and warehouse/fits/shoppers is"):
        choose(project, learner, published=3)
    assert learner.asked == []
    assert choose(project, learner, published=3, full_refresh=True).fit.version == 4


def test_what_says_the_same_has_its_old_number(project: Project) -> None:
    old, other = stored(project, 1), stored(project, 2, fingerprint="other")
    earlier = every_fit(project, segmentation(project))
    assert earlier == (old, other)
    assert numbered(replace(old, version=3), earlier).version == 1
    assert numbered(replace(old, version=3, fingerprint="x"), earlier).version == 3
    learner = Learner("ab12")
    made = learn_challenger(project, segmentation(project), learner, other)
    assert learner.asked == [(3, 2, 2)]
    assert made.version == 3  # its definition is another one


def test_a_changed_definition_keeps_the_old_rules(project: Project, tmp_path: Path) -> None:
    fit = stored(project, 1)
    stored(project, 2, current=False)
    changed = shop(tmp_path, YML.replace("k: 2", "k: 3"))
    kept = choose(changed, Learner())
    assert (kept.fit, kept.new, kept.kept) == (fit, False, "definition changed")
    assert kept.problem is not None and kept.problem.code == "SK310"
    assert kept.problem.notes == (
        "changed: clusters.k: 2 -> 3",
        "v0002 is a challenger already: `segkit fit shoppers --use v0002` promotes it",
    )


def test_what_changed_is_said_once(tmp_path: Path) -> None:
    fit = replace(FIT, definition=segmentation(shop(tmp_path, YML)).definition())
    assert definition_changes(fit, segmentation(shop(tmp_path, YML))) == ()
    more = YML.replace("scale: none}", "scale: log}, {column: income, weight: 2}")
    assert definition_changes(fit, segmentation(shop(tmp_path, more))) == (
        "features: age -> age, income",
        "features.age.scale: none -> log",
    )


@pytest.mark.parametrize(
    ("origin", "declared", "frozen"),
    [
        ("fitted", None, False),
        ("adjusted", None, True),
        ("adjusted", False, False),
        ("fitted", True, True),
    ],
)
def test_what_is_declared_wins_over_what_people_did(
    project: Project, origin: str, declared: bool | None, frozen: bool
) -> None:
    spec = segmentation(project)
    spec = replace(spec, rules=replace(spec.rules, frozen=declared))
    assert is_frozen(replace(FIT, origin=origin), spec) is frozen


def test_a_refresh_leaves_frozen_rules(project: Project) -> None:
    fit = stored(project, 2, origin="adjusted", lineage=Lineage(1, ("age < 42 -> 40",)))
    learner = Learner()
    kept = choose(project, learner, full_refresh=True)
    assert (kept.fit, kept.kept, learner.asked) == (fit, "cuts made by hand", [])


def test_which_version_stays_and_which_it_goes_back_to(project: Project) -> None:
    spec = segmentation(project)
    by_hand = replace(FIT, version=7, origin="adjusted", lineage=Lineage(3, ("age < 42 -> 40",)))
    found = frozen_problem(spec, by_hand)
    assert found.message == "v0007 of shoppers has cuts made by hand, which a refit would undo"
    assert found.notes == ("by hand: age < 42 -> 40",)
    assert "`segkit fit shoppers --use v0003` goes back to v0003; " in (found.help or "")
    assert found.place == spec.place
    place = Place("sql/declared.yml", 9, 9)
    declared = replace(spec, rules=replace(spec.rules, frozen=True, frozen_place=place))
    found = frozen_problem(declared, replace(FIT, version=2))
    assert found.message == "the rules of shoppers are frozen, so v0002 stays"
    assert "goes back" not in (found.help or "")
    assert (found.place, found.notes) == (place, ())


def test_the_published_fit_is_that_of_the_stays_that_last(project: Project) -> None:
    spec = segmentation(project)
    first = stored(project, 1)
    stored(project, 2)
    with DuckDBEngine() as engine:
        with pytest.raises(FitError, match="shoppers is not published yet"):
            published_fit(engine, project, spec)
        assert published_version(engine, spec) is None
        assert last_version(engine, "shoppers") == 0
        engine.execute("CREATE TABLE shoppers AS SELECT 1 AS customer_id")
        assert published_fit(engine, project, spec).version == 2  # no history: the current one
        engine.execute(
            "CREATE TABLE shoppers_history AS FROM (VALUES (1, DATE '2026-01-01'), (2, "
            "DATE '2026-02-01'), (1, NULL)) AS t(fit_version, valid_to)"
        )
        assert published_version(engine, spec) == 1  # back from 2, whose stays have ended
        assert last_version(engine, "shoppers") == 2  # of all that ever were
        assert published_fit(engine, project, spec) == first
        engine.execute("DELETE FROM shoppers_history WHERE valid_to IS NULL")
        assert published_version(engine, spec) is None


def test_the_current_fit(project: Project) -> None:
    with pytest.raises(FitError, match="shoppers has no fit yet"):
        current_fit(project, segmentation(project))
    stored(project, 1)
    second = stored(project, 2)
    stored(project, 3, current=False)
    assert current_fit(project, segmentation(project)) == second


def test_a_challenger_that_waits_is_named_only_if_it_is_newer(project: Project) -> None:
    fit = stored(project, 1, current=False)
    second = stored(project, 2)
    notes = [stale_problem(project, segmentation(project), f, ()).notes for f in (fit, second)]
    assert [len(found) for found in notes] == [1, 0]


def test_another_fit_of_the_same_number_is_a_warning(project: Project) -> None:
    spec, fit = segmentation(project), stored(project, 1)
    assert other_fit_problem(spec, fit, None) is None, "of a build by an older segkit"
    assert other_fit_problem(spec, fit, rules_note(fit)) is None
    assert other_fit_problem(spec, fit, "v0002 0123456789abcdef") is None, "published since"
    problem = other_fit_problem(spec, fit, "v0001 0123456789abcdef")
    assert problem is not None
    assert (problem.code, problem.severity) == ("SK325", "warning")
    assert problem.labels[0].place == Place("warehouse/fits/shoppers/v0001.json")
