"""Every module has a test of its own name, or a listed test that fails if it says nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST = 30
# Doors, tables, protocols, and what only a whole build shows: the test that fails when the module
# returns a constant. A path names a file of tests, all of which are about the module.
ELSEWHERE = {
    "__init__.py": "tests/test_package.py::test_names_are_listed_before_they_are_imported",
    "__main__.py": "tests/test_package.py",
    "engines/base.py": "tests/engines/duckdb/test_connection.py",
    "engines/duckdb/draft.py": "tests/pipeline/test_stand_ins.py",
    "engines/duckdb/engine.py": "tests/engines/duckdb/test_publisher.py",
    "engines/duckdb/own_relations.py": "tests/engines/duckdb/test_publisher.py",
    "engines/duckdb/text_source.py": "tests/engines/duckdb/test_text_tables.py",
    "engines/open.py": "tests/pipeline/test_stand_ins.py",
    "engines/postgres/engine.py": "tests/engines/postgres/test_reader.py",
    "engines/typed_columns.py": "tests/engines/duckdb/test_typed_texts.py",
    "files/file_columns.py": "tests/files/test_column_readings.py",
    "importing/side_by_side.py": "tests/importing/test_choice.py::test_bands_before_rules",
    "pipeline/__init__.py": "tests/test_package.py::test_verbs_of_the_pipeline_are_no_modules",
    "pipeline/steps/learner.py": "tests/pipeline/test_build.py::"
    "test_a_build_publishes_what_the_contract_names",
    "pipeline/steps/run.py": "tests/pipeline/test_build.py::test_a_failing_test_publishes_nothing",
    "project/make_nodes.py": "tests/project/test_load.py",
    "publish/checks/check_segmentation.py": "tests/publish/checks/test_bind.py",
    "publish/proof/portable_check.py": "tests/publish/test_dialects.py::"
    "test_a_check_says_what_it_does_not_cover",
    "publish/segment_summary.py": "tests/pipeline/test_mixed.py::"
    "test_an_unseen_level_goes_where_the_most_frequent_goes_and_is_counted",
    "publish/subject.py": "tests/pipeline/test_build.py::"
    "test_a_build_publishes_what_the_contract_names",
    "publish/views/segmentation_view.py": "tests/pipeline/test_build.py::"
    "test_the_rule_of_the_profile_is_exactly_its_segment",
    "results.py": "tests/report/test_first_screen.py",
}


def test_of(module: str) -> str:
    """``learn/trees/search.py`` -> its test's path; ``try_.py`` may do without the ``_``."""
    path = Path(module)
    return (Path("tests") / path.parent / f"test_{path.stem}.py").as_posix()


test_of.__test__ = False  # type: ignore[attr-defined]


def has_code(source: str) -> bool:
    """Whether anything is defined: a package's docstring and its imports need no test."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) for node in ast.parse(source).body)


def nameless(modules: Iterable[str], tests: Iterable[str]) -> set[str]:
    there = set(tests)
    return {
        module
        for module in modules
        if not {test_of(module), test_of(module.replace("_.py", ".py"))} & there
    }


def modules() -> list[str]:
    paths = sorted((ROOT / "segkit").rglob("*.py"))
    return [
        path.relative_to(ROOT / "segkit").as_posix()
        for path in paths
        if path.name != "__init__.py" or has_code(path.read_text("utf-8"))
    ]


def test_every_module_has_a_test_of_its_name() -> None:
    tests = (path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
    found = nameless(modules(), tests)
    assert found - ELSEWHERE.keys() == set(), "write tests/<room>/test_<module>.py"
    assert ELSEWHERE.keys() - found == set(), "gone, or it has one now: take it off the list"
    assert len(ELSEWHERE) <= MOST


def test_the_tests_that_are_named_are_there() -> None:
    missing = []
    for test in ELSEWHERE.values():
        path, _, name = test.partition("::")
        source = (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else ""
        names = {n.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)}
        if name not in names and (name or not any(n.startswith("test_") for n in names)):
            missing.append(test)
    assert missing == []


def test_a_module_without_a_test_is_found() -> None:
    tests = ["tests/core/test_tree.py", "tests/pipeline/test_try.py", "tests/a/test_b_.py"]
    there = ["core/tree.py", "pipeline/try_.py", "a/b_.py"]
    assert nameless(there, tests) == set()
    assert nameless(["core/rules.py", "learn/tree.py"], tests) == {"core/rules.py", "learn/tree.py"}
    assert has_code("class A: ...") and has_code("def f(): ...")
    assert not has_code('"""Doc."""\nfrom a import b\n__all__ = ["b"]\n')
