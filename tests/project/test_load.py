from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from segkit.errors import ConfigError, render_problem
from segkit.project.load import load_project
from segkit.project.nodes import (
    ClusterSpec,
    DataTest,
    Model,
    RuleSpec,
    Seed,
    Segmentation,
    Source,
    Target,
    TraitWords,
)
from segkit.project.project_files import builtin_macros_directory, starter_directory
from tests.project.projects import codes, problems_of, write_project

ROOT = Path(__file__).resolve().parents[2]


def test_the_smallest_project(tmp_path: Path) -> None:
    text = "name: shop\nsegments: [{name: shoppers, from: data/customers.csv, key: customer_id}]\n"
    (tmp_path / "segkit.yml").write_text(text)
    project = load_project(tmp_path)
    assert list(project.nodes) == ["customers", "shoppers"]
    source, node = project.nodes.values()
    assert isinstance(source, Source) and isinstance(node, Segmentation)
    assert (source.schema, source.table, source.path) == (
        None,
        "customers",
        tmp_path / "data/customers.csv",
    )
    assert (node.relation, node.depends_on, node.features) == ("customers", ("customers",), ())
    assert node.clusters == ClusterSpec(None, 10, 0)
    assert node.rules == RuleSpec(None, 0.05, 0.01)
    assert node.missing == "median"
    assert project.target == Target("dev", "duckdb", tmp_path / "warehouse/shop.duckdb")


def test_the_starter_project() -> None:
    project = load_project(starter_directory())
    assert starter_directory() == ROOT
    assert builtin_macros_directory() == ROOT / "macros"
    kinds = [node.kind for node in project.nodes.values()]
    assert {"seed", "model", "buckets", "segmentation", "test"} == set(kinds)
    built: set[str] = set()
    for name, node in project.nodes.items():
        assert set(node.depends_on) <= built
        built.add(name)


def test_a_segmentation_in_full(tmp_path: Path) -> None:
    yaml = """\
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    description: Who they are
    tags: [daily]
    features:
      - {column: age, words: {low: young, high: older}}
      - {column: income, label: Annual income, unit: "k$", scale: log}
    clusters: {k: 12, seed: 7}
    rules: {max_leaves: 14, max_loss: 0.1, min_share: 0}
    missing: unassigned
    about: {A: {name: Big, action: call, owner: CRM}, AB: {}}
    metrics: [spend]
    sensitive: [age]
"""
    project = load_project(write_project(tmp_path, {"sql/deep/er/segments.yml": yaml}))
    node = project.nodes["shoppers"]
    assert isinstance(node, Segmentation)
    assert [(f.column, f.label, f.unit, f.scale) for f in node.features] == [
        ("age", "", "", "standard"),
        ("income", "Annual income", "k$", "log"),
    ]
    assert [str(f.place) for f in node.features] == [
        "sql/deep/er/segments.yml:8:18",
        "sql/deep/er/segments.yml:9:18",
    ]
    words = [feature.words for feature in node.features]
    assert words == [TraitWords(high="older", low="young"), TraitWords()]
    assert node.clusters == ClusterSpec(12, 12, 7)
    assert node.rules == RuleSpec(14, 0.1, 0)
    about = {id_: (a.name, a.action, a.owner) for id_, a in node.about.items()}
    assert about == {"A": ("Big", "call", "CRM"), "AB": (None, None, None)}
    assert all(told.place.line for told in node.about.values())
    assert (node.metrics[0].column, node.sensitive, node.tags) == ("spend", ("age",), ("daily",))
    assert (node.missing, node.description) == ("unassigned", "Who they are")


def test_models_seeds_and_words(tmp_path: Path) -> None:
    project = load_project(
        write_project(
            tmp_path,
            {
                "sql/a/b.sql": "{{ config(materialized='table', tags=['x']) }}\n"
                "SELECT * FROM {{ ref('customer_features') }}",
                "sql/a/b.yml": "models:\n  - name: b\n    description: All of it\n"
                "    tags: [y, x]\n"
                "    columns: [{name: age, description: In years}, {name: income}]\n",
            },
        )
    )
    node = project.nodes["b"]
    assert isinstance(node, Model)
    assert (node.materialized, node.tags, node.description) == ("table", ("x", "y"), "All of it")
    assert node.column_descriptions == {"age": "In years"}
    assert node.sql == "\nSELECT * FROM customer_features"
    assert node.depends_on == ("customer_features",)
    seed = project.nodes["customers"]
    assert isinstance(seed, Seed)
    assert seed.path == tmp_path / "warehouse/seeds/customers.csv"


def test_tests_of_columns(tmp_path: Path) -> None:
    yaml = """\
models:
  - name: customer_features
    tags: [features]
    columns:
      - name: customer_id
        tests:
          - unique
          - not_null: {severity: warn}
          - unique: {config: {severity: warn}}
          - relationships: {to: ref('customers'), field: customer_id}
      - name: age group
        data_tests:
          - accepted_values: {arguments: {values: [a, 1, 2.5, true]}, config: {severity: warn}}
          - relationships: {arguments: {to: "source('crm', 'ages')", field: age}}
seeds:
  - name: customers
    columns: [{name: age, tests: [not_null]}]
"""
    project = load_project(
        write_project(
            tmp_path,
            {
                "segkit.yml": "name: shop\nsources:\n  - name: crm\n    tables:\n"
                "      - {name: ages, path: ages.csv, columns: [{name: age, "
                "tests: [unique]}]}\n",
                "sql/models.yml": yaml,
                "sql/tests/no_children.sql": "{{ config(severity='warn', tags=['t']) }}SELECT 1 "
                "FROM {{ ref('customer_features') }}",
            },
        )
    )
    tests = {n.name: n for n in project.nodes.values() if isinstance(n, DataTest)}
    assert {name: (t.check, t.severity, t.depends_on) for name, t in tests.items()} == {
        "unique_crm_ages_age": ("unique", "error", ("crm.ages",)),
        "not_null_customers_age": ("not_null", "error", ("customers",)),
        "unique_customer_features_customer_id": ("unique", "error", ("customer_features",)),
        "not_null_customer_features_customer_id": ("not_null", "warn", ("customer_features",)),
        "unique_customer_features_customer_id_2": ("unique", "warn", ("customer_features",)),
        "relationships_customer_features_customer_id": (
            "relationships",
            "error",
            ("customer_features", "customers"),
        ),
        "accepted_values_customer_features_age_group": (
            "accepted_values",
            "warn",
            ("customer_features",),
        ),
        "relationships_customer_features_age_group": (
            "relationships",
            "error",
            ("customer_features", "crm.ages"),
        ),
        "no_children": ("sql", "warn", ("customer_features",)),
    }
    assert tests["accepted_values_customer_features_age_group"].arguments == {
        "values": ("a", 1, 2.5, True)
    }
    assert tests["relationships_customer_features_age_group"].arguments == {
        "to": "crm.ages",
        "field": "age",
    }
    assert tests["no_children"].sql == "SELECT 1 FROM customer_features"
    assert tests["unique_customer_features_customer_id"].tags == ("features",)
    assert str(tests["not_null_customer_features_customer_id"].place) == "sql/models.yml:8:13"


def test_tests_of_what_segkit_publishes(tmp_path: Path) -> None:
    project = load_project(
        write_project(
            tmp_path,
            {
                "sql/s.yml": (
                    "segments: [{name: shoppers, from: customer_features, key: customer_id}]\n"
                    "models: [{name: shoppers, columns: [{name: segment_id, tests: [not_null]}]}]\n"
                )
            },
        )
    )
    assert project.nodes["not_null_shoppers_segment_id"].depends_on == ("shoppers",)


def test_sources(tmp_path: Path) -> None:
    inside = tmp_path / "shop"
    project = load_project(
        write_project(
            inside,
            {
                "segkit.yml": "name: shop\nsources:\n  - name: crm\n    description: From the CRM\n"
                "    tables:\n"
                "      - {name: customers, path: ../data/c.parquet}\n"
                f"      - {{name: other, path: {tmp_path}/o.csv, description: Own}}\n"
                "      - {name: orders, relation: raw.orders}\n",
                "sql/m.sql": "SELECT 1 FROM {{ source('crm', 'customers') }}, "
                "{{ source('crm', 'orders') }}",
                "sql/b.yml": "buckets: [{name: b, from: crm.customers, key: id, "
                "columns: [{name: x, column: y, edges: [1]}]}]\n",
            },
        )
    )
    nodes = {n.name: n for n in project.nodes.values() if isinstance(n, Source)}
    assert nodes["crm.customers"].path == tmp_path / "data/c.parquet"
    assert nodes["crm.other"].path == tmp_path / "o.csv"
    assert nodes["crm.orders"].relation == "raw.orders"
    assert [nodes[name].description for name in ("crm.other", "crm.orders")] == [
        "Own",
        "From the CRM",
    ]
    model = project.nodes["m"]
    assert isinstance(model, Model)
    assert model.sql == "SELECT 1 FROM crm.customers, raw.orders"
    assert project.nodes["b"].depends_on == ("crm.customers",)


def test_a_file_that_is_known_already_is_not_a_second_node(tmp_path: Path) -> None:
    project = load_project(
        write_project(
            tmp_path,
            {
                "segkit.yml": "name: shop\n"
                "sources: [{name: crm, tables: [{name: t, path: d/t.csv}]}]\n"
                "segments:\n"
                "  - {name: a, from: warehouse/seeds/customers.csv, key: id}\n"
                "  - {name: b, from: ./d/t.csv, key: id}\n"
                "  - {name: c, from: d/u.csv, key: id}\n"
                "  - {name: e, from: d/../d/u.csv, key: id}\n"
            },
        )
    )
    assert {n: project.nodes[n].depends_on for n in "abce"} == {
        "a": ("customers",),
        "b": ("crm.t",),
        "c": ("u",),
        "e": ("u",),
    }


# segkit.yml -------------------------------------------------------------------------------------


def test_the_target_and_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGKIT_TEST_FILE", "here.duckdb")
    monkeypatch.delenv("SEGKIT_TEST_NOT_SET", raising=False)
    write_project(
        tmp_path,
        {
            "segkit.yml": (
                "name: shop\ntarget: \"{{ env_var('SEGKIT_TEST_NOT_SET', 'dev') }}\"\ntargets:\n"
                "  dev: {type: duckdb, path: \"warehouse/{{ env_var('SEGKIT_TEST_FILE') }}\"}\n"
                "  prod: {type: duckdb, path: \"{{ env_var('SEGKIT_TEST_NOT_SET') }}\"}\n"
                "  out: {type: duckdb, path: \"../{{ var('file') }}.duckdb\"}\n"
                "vars: {file: \"{{ env_var('SEGKIT_TEST_NOT_SET', 'x') }}\"}\n"
            )
        },
    )
    assert load_project(tmp_path).target.path == tmp_path / "warehouse/here.duckdb"
    out = load_project(tmp_path, target="out").target
    assert (out.name, out.path) == ("out", tmp_path.parent / "x.duckdb")
    # the variable of another target is asked for only when that target is used
    assert codes(problems_of(tmp_path, target="prod")) == ["SK405"]
    (problem,) = problems_of(tmp_path, target="dve")
    assert (problem.code, problem.labels[0].text) == ("SK702", "did you mean `dev`?")


def test_vars_of_the_command_line_win(tmp_path: Path) -> None:
    write_project(
        tmp_path,
        {
            "segkit.yml": "name: shop\nvars: {a: 1, b: [x, 2.5]}\n",
            "sql/m.sql": "SELECT {{ var('a') }}, '{{ var('b') | join('/') }}', {{ var('c', 3) }}",
        },
    )
    project = load_project(tmp_path, vars={"a": 7, "c": 4})
    assert project.vars == {"a": 7, "b": ["x", 2.5], "c": 4}
    model = project.nodes["m"]
    assert isinstance(model, Model)
    assert model.sql == "SELECT 7, 'x/2.5', 4"


def test_macros_of_the_project_win_over_those_of_segkit(tmp_path: Path) -> None:
    files = {"sql/m.sql": "SELECT {{ safe_divide('a', 'b') }}"}
    model = load_project(write_project(tmp_path, files)).nodes["m"]
    assert isinstance(model, Model)
    assert "CASE WHEN" in model.sql
    files["macros/deep/own.sql"] = "{% macro safe_divide(a, b) %}own{% endmacro %}"
    model = load_project(write_project(tmp_path, files)).nodes["m"]
    assert isinstance(model, Model)
    assert model.sql == "SELECT own"


# what is wrong ----------------------------------------------------------------------------------


def test_a_mistake_is_not_echoed_where_its_name_is_used(tmp_path: Path) -> None:
    files = {
        "sql/use.sql": "SELECT * FROM {{ ref('shoppers') }} JOIN {{ ref('b') }} JOIN "
        "{{ ref('shoppers_profile') }}",
        "sql/more.yml": "models: [{name: shoppers}, {name: b}]\n",
    }
    broken_yaml = files | {"sql/s.yml": "segments:\n  - {name: shoppers\nbuckets: [{name: b}]\n"}
    assert codes(problems_of(write_project(tmp_path / "1", broken_yaml))) == ["SK001"]
    broken_entry = files | {
        "sql/s.yml": "segments:\n  - {name: shoppers, from: customers}\n"
        "buckets:\n  - {name: b, from: customers, key: id}\n"
    }
    problems = problems_of(write_project(tmp_path / "2", broken_entry))
    assert codes(problems) == ["SK004", "SK004"]
    broken_main = {
        "segkit.yml": "name: shop\nsources: [{name: crm, tables: [{name: t}]\n",
        "sql/use.sql": "SELECT {{ var('x') }} FROM {{ source('crm', 't') }}",
    }
    assert codes(problems_of(write_project(tmp_path / "3", broken_main))) == ["SK001"]


def test_symlinks_that_lead_out_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write_project(outside, {"data.csv": "id\n1\n", "folder/x.sql": "SELECT 1"})
    inside = write_project(
        tmp_path / "shop",
        {
            "segkit.yml": "name: shop\n"
            "sources: [{name: s, tables: [{name: t, path: data/t.csv}]}]\n",
            "sql/s.yml": "segments: [{name: s, from: data/t.csv, key: id}]\n",
        },
    )
    (inside / "data").mkdir()
    (inside / "data/t.csv").symlink_to(outside / "data.csv")
    (inside / "sql/linked.sql").symlink_to(outside / "folder/x.sql")
    (inside / "sql/folder").symlink_to(outside / "folder")
    (inside / "sql/loop").symlink_to(inside / "sql")
    (inside / "warehouse/seeds/d.csv").symlink_to(outside / "data.csv")
    (inside / "macros").symlink_to(outside / "folder")
    problems = problems_of(inside)
    assert {(p.code, str(p.place)) for p in problems} == {
        ("SK007", "segkit.yml:2:46"),
        ("SK007", "macros"),
        ("SK007", "sql/folder"),
        ("SK007", "sql/linked.sql"),
        ("SK007", "warehouse/seeds/d.csv"),
        ("SK007", "sql/s.yml:1:28"),
    }


def test_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "segkit.yml").write_bytes(b"\xef\xbb\xbfname: shop\r\nvars: {a: 1}\r\n")
    (tmp_path / "sql/customer_features.sql").write_bytes(b"SELECT\r\n  {{ var('a') }}\r\n")
    project = load_project(tmp_path)
    model = project.nodes["customer_features"]
    assert isinstance(model, Model)
    assert model.sql == "SELECT\n  1\n"


def test_secrets_are_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGKIT_TEST_SECRET", "hunter22")
    write_project(
        tmp_path,
        {
            "segkit.yml": "name: shop\nbuckets:\n"
            "  - {name: b, from: \"{{ env_var('SEGKIT_TEST_SECRET') }}\", key: k, "
            "columns: [{name: x, column: y, edges: [1], "
            "labels: [\"{{ env_var('SEGKIT_TEST_SECRET') }}\", "
            "\"{{ env_var('SEGKIT_TEST_SECRET') }}\"]}]}\n",
            "sql/m.sql": "{{ ref(env_var('SEGKIT_TEST_SECRET')) }}"
            "{{ exceptions.raise_compiler_error(env_var('SEGKIT_TEST_SECRET')) }}",
        },
    )
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path)
    assert len(caught.value.problems) == 4
    assert "hunter22" not in str(caught.value)
    assert "hunter22" not in repr(caught.value.problems)


def test_the_same_project_gives_the_same_nodes_and_problems(tmp_path: Path) -> None:
    files = {f"sql/m{i}.sql": f"SELECT {{{{ ref('m{(i * 7) % 10}') }}}}" for i in range(10)}
    directory = write_project(tmp_path, files)
    first = problems_of(directory)
    assert first and all(problems_of(directory) == first for _ in range(3))


# any wrong project is explained -----------------------------------------------------------------


@pytest.mark.slow
def test_any_small_damage_is_explained_or_harmless(tmp_path: Path) -> None:
    """Change a few characters anywhere: problems with places in the files, never a traceback."""
    paths = [
        "segkit.yml",
        "sql/buckets.yml",
        "sql/segments.yml",
        "sql/features/models.yml",
        "sql/features/customer_features.sql",
        "macros/numbers.sql",
    ]
    for path in (
        *paths,
        "warehouse/seeds/customers.csv",
        "warehouse/seeds/orders.csv",
        "sql/features/stg_customers.sql",
        "sql/features/stg_orders.sql",
    ):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / path).read_bytes())
    assert problems_of(tmp_path) == ()
    originals = {path: (tmp_path / path).read_text() for path in paths}
    chance = random.Random(int(os.environ.get("SEGKIT_TEST_SEED", "0")))
    pieces = [*"{}[]\"':,-#&*!|>%@ \n\t<.0x", "{{", "}}", "{%", "null", "no", "  ", "1e999"]
    wrong = 0
    for _ in range(int(os.environ.get("SEGKIT_TEST_ROUNDS", "150"))):
        path = chance.choice(paths)
        text = originals[path]
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(text))
            end = at + chance.choice([0, 0, 1, 3])
            text = text[:at] + chance.choice(["", *pieces]) + text[end:]
        (tmp_path / path).write_text(text)
        problems = problems_of(tmp_path)
        wrong += bool(problems)
        for problem in problems:
            assert problem.place is not None
            rendered = render_problem(problem, lambda p: (tmp_path / p).read_text().split("\n"))
            assert "SK901" not in rendered
            for label in problem.labels:
                lines = (tmp_path / label.place.path).read_text().split("\n")
                assert label.place.line is None or label.place.line <= len(lines)
        (tmp_path / path).write_text(originals[path])
    assert wrong > 20
