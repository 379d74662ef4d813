"""The sources of segkit.yml, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import Problem
from segkit.project.sources.declared_sources import Sources, read_sources
from segkit.project.yaml.marks import Entry, parse_yaml


def sources(text: str, directory: Path) -> tuple[Sources, list[Problem]]:
    document, problems = parse_yaml(f"name: shop\nsources:\n{text}", "segkit.yml")
    assert document is not None and not problems
    entry = Entry(document)
    return read_sources(entry, directory, one_schema=False), entry.problems


def test_tables_that_are_listed(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("a\n1\n")
    found, problems = sources(
        "  - name: crm\n    description: of the shop\n    tables:\n"
        "      - {name: people, path: c.csv, columns: [{name: id, tests: [unique]}]}\n"
        "      - {name: orders, relation: raw.orders, description: each order}\n",
        tmp_path,
    )
    assert problems == []
    people, orders = found.nodes
    assert (people.name, people.path, people.description) == (
        "crm.people",
        tmp_path / "c.csv",
        "of the shop",
    )
    assert (orders.name, orders.relation, orders.description) == (
        "crm.orders",
        "raw.orders",
        "each order",
    )
    assert [(c.node, [spec.name for spec in c.columns]) for c in found.columns] == [
        ("crm.people", ["id"])
    ]


def test_a_whole_file(tmp_path: Path) -> None:
    text = "  - {name: raw, path: dev.duckdb, schema: staging, tables: [{name: a}, {name: b, "
    found, problems = sources(f"{text}relation: other.b}}]}}\n", tmp_path)
    assert problems == []
    source = found.duckdb["raw"]
    assert (source.path, source.schema) == (tmp_path / "dev.duckdb", "staging")
    foreign = [node.foreign for node in found.nodes]
    assert [(f.schema, f.name) for f in foreign if f] == [("staging", "a"), ("other", "b")]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("  - {name: main, path: d.duckdb}\n", "SK005",
         "a source cannot be called `main`: it is a schema of the target"),
        ("  - {name: raw, path: d.duckdb}\n  - {name: RAW, path: e.duckdb}\n", "SK102",
         "two sources are called `RAW`: which of them has a table?"),
        ("  - {name: raw, path: d.csv}\n", "SK005",
         "the `path` of a source is that of a DuckDB file"),
        ("  - {name: crm, tables: [{name: a}]}\n", "SK005",
         "`a` needs `path` or `relation`, one of the two"),
        ("  - {name: crm, tables: [{name: a, path: a.doc}]}\n", "SK005",
         "segkit reads no files of this kind"),
        ("  - {name: raw, path: d.duckdb, tables: [{name: a, path: a.csv}]}\n", "SK005",
         "`a` has a `path`, and so has its source: it comes from one place"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_once(tmp_path: Path, text: str, code: str, said: str) -> None:
    for name in ("a.csv", "a.doc", "d.csv", "d.duckdb", "e.duckdb"):
        (tmp_path / name).write_text("a\n1\n")
    _, problems = sources(text, tmp_path)
    assert [(p.code, p.message) for p in problems] == [(code, said)]


def test_lists_of_tables_under_one_name_add_up(tmp_path: Path) -> None:
    text = "".join(f"  - {{name: crm, tables: [{{name: {t}, relation: raw.{t}}}]}}\n" for t in "ab")
    found, problems = sources(text, tmp_path)
    assert ([node.name for node in found.nodes], problems) == (["crm.a", "crm.b"], [])


def test_of_what_is_broken_any_table_may_be_named(tmp_path: Path) -> None:
    found, problems = sources(
        "  - {name: raw, path: d.duckdb, pth: 1, tables: [{name: a}]}\n", tmp_path
    )
    assert [p.code for p in problems] == ["SK003"]
    assert found.duckdb["raw"].path is None
    assert found.unknowable == {"raw.a"}
