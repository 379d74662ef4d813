"""What an experiment may say. Wrong ones, with their places: tests/project/errors/experiments."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from segkit.project.schema.experiments import ExperimentSpec

SAID: dict[str, Any] = {
    "name": "price",
    "segments": "s",
    "eligible": ["B", "C"],
    "arms": {"control": 50, "offer": 50},
    "salt": "price",
    "holdout": 5,
    "start": "2026-02-01",
    "end": "2026-03-15",
    "analysis": "fixed",
    "planned_n": 8000,
    "covariates": ["spend_prior_90d"],
    "primary": {
        "metric": "revenue",
        "from": "order_facts",
        "key": "customer_id",
        "at": "ordered_at",
        "days": 28,
        "cap": 0.99,
    },
    "guardrails": [{"metric": "refunds", "worse": "higher", "margin": 0.02}],
}


def test_the_contract() -> None:
    spec = ExperimentSpec.model_validate(SAID)
    assert (spec.start, spec.end) == (date(2026, 2, 1), date(2026, 3, 15))
    assert (spec.primary.from_, spec.primary.days) == ("order_facts", 28)
    assert spec.guardrails[0].from_ is None


def test_assignments_of_others_instead_of_a_salt() -> None:
    given = {"relation": "crm.assigned", "key": "id", "arm": "variant", "at": "assigned_at"}
    said = {key: value for key, value in SAID.items() if key != "salt"}
    assert ExperimentSpec.model_validate({**said, "assigned_by": given}).salt is None
    with pytest.raises(ValidationError, match="has neither `salt` nor `assigned_by`"):
        ExperimentSpec.model_validate(said)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("arms", {"control": 100}, "at least 2"),
        ("arms", {"a": 33.3, "b": 33.3, "c": 33.3}, "add up to 99.9"),
        ("holdout", 60, "less than or equal to 50"),
        ("planned_n", 5, "greater than or equal to 10"),
        ("start", "1 Feb", "a day such as"),
        ("ramp", [{"from": "2026-02-02"}], "first step begins at `start`"),
        (
            "ramp",
            [{"from": "2026-02-01", "share": 5}, {"from": "2026-02-01"}],
            "out of order",
        ),
        ("ramp", [{"from": "2026-02-01", "arms": {"x": 50, "offer": 50}}], "has other arms"),
    ],
)
def test_what_is_refused(key: str, value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ExperimentSpec.model_validate({**SAID, key: value})


def test_three_arms_that_add_up() -> None:
    arms = {"a": 33.3, "b": 33.3, "c": 33.4}
    assert ExperimentSpec.model_validate({**SAID, "arms": arms}).arms == arms
