"""Whatever the labels and names: the YAML is read back as what was meant."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from segkit.importing.bucket_yaml import SetDraft, read_back, yaml_text
from segkit.importing.candidates import Candidate
from segkit.project.buckets.band_buckets import BandColumn
from segkit.project.buckets.rule_buckets import RuleColumn

WORDS = st.one_of(
    st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=12),
    st.sampled_from(
        ["no", "Yes", "null", "~", "012", "1e3", "a: b", "- x", "#1", "'", '"', "\\", "x "]
    ),
)


@given(labels=st.lists(WORDS, min_size=3, max_size=3, unique=True), name=WORDS)
def test_labels_survive(labels: list[str], name: str) -> None:
    low, high, missing = labels
    rules = {
        "name": name,
        "rules": [
            {"label": low, "when": "age < 1"},
            {"label": high, "when": "\"my age\" = 'x' AND age >= 1"},
        ],
        "else": missing + "!",
    }
    draft = SetDraft("bands", "crm.customers", "id", (Candidate("rules", rules, missing),))
    node, problems = read_back(draft)
    assert node is not None, (problems, yaml_text(draft))
    column = node.columns[0]
    assert isinstance(column, RuleColumn)
    assert [rule.label for rule in column.rules] == [low, high]
    assert (column.name, column.missing, column.otherwise) == (name, missing, missing + "!")
    assert column.rules[1].condition.predicate.text == "\"my age\" = 'x' AND age >= 1"


def test_numbers_are_written_as_they_are() -> None:
    edges = [Decimal("0.1"), Decimal("1E+3"), Decimal("12345678901234567.25")]
    spec = {"name": "band", "column": "x", "edges": edges}
    draft = SetDraft("bands", "t", "id", (Candidate("edges", spec, "Unknown"),), where="a > 'x'")
    node, _ = read_back(draft)
    assert node is not None and node.where is not None
    column = node.columns[0]
    assert isinstance(column, BandColumn)
    assert [band.interval.upper for band in column.bands[:-1]] == edges
    assert "edges: [0.1, 1000, 12345678901234567.25]" in yaml_text(draft)
    assert node.where.predicate.text == "a > 'x'"


def test_missing_of_most_columns_is_that_of_the_set() -> None:
    def column(name: str, missing: str) -> Candidate:
        spec = {"name": name, "column": "x", "edges": [Decimal(1)]}
        return Candidate("edges", spec, missing)

    columns = (column("a", "n/a"), column("b", "Unknown"), column("c", "n/a"))
    draft = SetDraft("bands", "t", "id", columns)
    assert yaml_text(draft).count("missing:") == 2
    node, _ = read_back(draft)
    assert node is not None
    assert [c.missing for c in node.columns] == ["n/a", "Unknown", "n/a"]
