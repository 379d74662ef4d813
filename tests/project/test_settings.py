"""Which target a run has, and what of segkit.yml is rendered for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.project.schema.documents import ProjectFile
from segkit.project.settings import choose_target, default_target, render_document
from segkit.project.yaml.marks import Document, Entry, parse_yaml

TWO = "targets: {a: {type: duckdb, path: a.duckdb}, b: {type: duckdb, path: b.duckdb}}\n"
DEV = TWO.replace("{a:", "{dev: {type: duckdb, path: d.duckdb}, a:")


def document_of(text: str) -> Document:
    document, problems = parse_yaml(text, "segkit.yml")
    assert document is not None and not problems
    return document


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("name: shop\n", "dev"),
        ("name: shop\ntargets: {prod: {type: duckdb, path: p.duckdb}}\n", "prod"),
        (f"name: shop\n{DEV}", "dev"),
        (f"name: shop\n{TWO}target: b\n", "b"),
        (f"name: shop\n{TWO}", "dev"),  # that is not there, which is said
    ],
)
def test_the_target_of_a_run_that_names_none(text: str, name: str) -> None:
    document = document_of(text)
    assert default_target(ProjectFile.model_validate(document.data)) == name
    if "targets" in text:
        assert render_document(Entry(document), None, {})[0] == name


def test_only_the_target_of_the_run_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_B", raising=False)
    text = f"name: shop\nvars: {{folder: x}}\n{TWO}"
    text = text.replace("a.duckdb", "\"{{ var('folder') }}/a.duckdb\"")
    document = document_of(text.replace("b.duckdb", "\"{{ env_var('SHOP_B') }}\""))
    entry = Entry(document)
    target, variables, secrets = render_document(entry, "a", {"more": 1})
    assert (target, entry.problems, secrets) == ("a", [], set())
    assert variables == {"folder": "x", "more": 1}
    assert document.data["targets"]["a"]["path"] == "x/a.duckdb"
    assert document.data["targets"]["b"]["path"] == "{{ env_var('SHOP_B') }}"
    render_document(entry, "b", {})
    assert [p.code for p in entry.problems] == ["SK405"]


def chosen(text: str, directory: Path, name: str | None, **options: bool) -> tuple[object, ...]:
    document = document_of(text)
    spec = ProjectFile.model_validate(document.data)
    is_option = options.get("is_option", False)
    entry = Entry(document)
    target = choose_target(spec, entry, directory, name, is_option=is_option)
    return (target and (target.name, target.path), [(p.code, p.message) for p in entry.problems])


def test_where_a_target_lies(tmp_path: Path) -> None:
    default = ("dev", tmp_path / "warehouse/shop.duckdb")
    assert chosen("name: shop\n", tmp_path, None) == (default, [])
    assert chosen(f"name: shop\n{TWO}", tmp_path, "b") == (("b", tmp_path / "b.duckdb"), [])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("customers.csv", "the path of target `a` is a file of data, not a DuckDB file"),
        (".", "the path of target `a` is a folder, not a DuckDB file"),
    ],
)
def test_a_path_that_is_no_database(tmp_path: Path, path: str, said: str) -> None:
    text = f"name: shop\n{TWO}".replace("a.duckdb", path)
    assert chosen(text, tmp_path, "a") == (None, [("SK005", said)])


@pytest.mark.parametrize(("is_option", "code"), [(True, "SK702"), (False, "SK101")])
def test_a_target_that_is_not_there(tmp_path: Path, is_option: bool, code: str) -> None:
    found = chosen(f"name: shop\n{TWO}", tmp_path, "c", is_option=is_option)
    assert found == (None, [(code, "there is no target `c`")])
