"""Tests of columns, as they may be written."""

from __future__ import annotations

import pytest
import yaml

from segkit.project.schema.column_words import ColumnSpec
from tests.project.schema.shapes import said


@pytest.mark.parametrize(
    ("tests", "message", "hint"),
    [
        ("[unique, {not_null: {}}]", "", ""),
        ("[{accepted_values: {values: [a, 1, true]}}]", "", ""),
        ("[{accepted_values: {arguments: {values: [a]}}}]", "", ""),
        ("[{accepted_values: {}}]", "`accepted_values` needs `values`", "add `values: [...]`"),
        ("[{relationships: {to: x}}]", "`relationships` needs `to` and `field`",
         "write `relationships: {to: ref('customers'), field: customer_id}`"),
        ("[{unique: {}, not_null: {}}]", "several tests in one entry of the list",
         "start each test with a `-` of its own"),
    ],
)  # fmt: skip
def test_a_test(tests: str, message: str, hint: str) -> None:
    assert said(ColumnSpec, f"{{name: c, tests: {tests}}}") == (message, hint)


def test_a_bare_name_is_a_test_without_arguments() -> None:
    spec = ColumnSpec.model_validate(yaml.safe_load("{name: c, data_tests: [unique]}"))
    (test,) = spec.data_tests
    assert test.model_fields_set == {"unique"}
    assert spec.tests == []
