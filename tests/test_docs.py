"""The README and docs say only what is there: commands, options, YAML."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from segkit.cli.main import app
from segkit.project.load import load_project

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
PAGES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BUILTIN = {"--help", "--version"}


def fenced(language: str, text: str = README) -> list[str]:
    return [inner for found, inner in FENCE.findall(text) if found == language]


def commands_in(text: str) -> list[str]:
    """Return the ``segkit ...`` commands of shell text, without prompts, paths and comments."""
    found = []
    for line in text.splitlines():
        for part in re.split(r"&&|\|\||;|\|", line.split("#")[0]):
            words = part.strip().removeprefix("$ ").split()
            if words and words[0].rsplit("/", 1)[-1] == "segkit":
                found.append(" ".join(["segkit", *words[1:]]))
    return found


def commands_of(page: str) -> list[str]:
    spans = re.findall(r"`(segkit [^`\n]+)`", FENCE.sub("", page))
    return [command for text in (*fenced("sh", page), *spans) for command in commands_in(text)]


def options_of(command: Any) -> set[str]:
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts)}


def unknown_words(command: str) -> list[str]:
    """Return what ``command`` says that the application does not know."""
    group: Any = typer.main.get_command(app)
    words = [word.strip("[]") for word in shlex.split(command)[1:]]
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb is None or verb not in group.commands:
        return [f"command {verb}"]
    known = options_of(group) | options_of(group.commands[verb]) | BUILTIN
    return [w for w in words if w.startswith("-") and w.split("=")[0] not in known]


def test_the_readme_is_short_and_has_commands() -> None:
    assert len(README.split()) <= 1000
    assert len(commands_of(README)) >= 10


@pytest.mark.parametrize(
    "command", sorted({c for page in (README, *PAGES) for c in commands_of(page)})
)
def test_a_command_that_is_written_of_exists(command: str) -> None:
    assert unknown_words(command) == []


@pytest.mark.parametrize(
    "command", ["segkit bild", "segkit build --no-such-option", "segkit --no-such-option ls"]
)
def test_an_unknown_command_or_option_is_found(command: str) -> None:
    assert len(unknown_words(command)) == 1


def test_the_table_of_commands_is_complete() -> None:
    group: Any = typer.main.get_command(app)
    listed = set(re.findall(r"^\| `segkit (\w+)", REFERENCE, re.MULTILINE))
    assert listed == {name for name, command in group.commands.items() if not command.hidden}


def test_the_global_options_exist_for_every_command() -> None:
    group: Any = typer.main.get_command(app)
    sentence = REFERENCE.split("Options stand before or after the command:")[1].split("\n\n")[0]
    options = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", sentence))
    assert {"--project-dir", "-t", "--target", "--fail-fast"} <= options
    for name, command in group.commands.items():
        assert options <= options_of(group) | options_of(command), name


def write_dbt_project(directory: Path) -> None:
    """A dbt project that has made ``customers``, as the pages have it beside one's own."""
    model = {"resource_type": "model", "name": "customers", "schema": "main", "alias": "customers"}
    relation = {"database": "dev", "relation_name": '"dev"."main"."customers"', "config": {}}
    nodes = {"model.shop.customers": {**model, **relation}}
    manifest = {"metadata": {"adapter_type": "duckdb"}, "nodes": nodes, "sources": {}}
    (directory / "target").mkdir(parents=True)
    (directory / "target/manifest.json").write_text(json.dumps(manifest))
    (directory / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (directory / "profiles.yml").write_text(
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb}}}\n"
    )


@pytest.mark.parametrize("text", [t for page in (README, *PAGES) for t in fenced("yaml", page)])
def test_the_yaml_is_what_segkit_reads(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example loads as a project: of its own, or beside a model that it reads."""
    monkeypatch.setenv("SHOP_PG_URL", "postgresql://server/shop")
    is_project = "name" in yaml.safe_load(text)
    write_dbt_project(tmp_path / "shop_dbt")
    project = tmp_path / "mine"
    (project / "sql").mkdir(parents=True)
    (project / "data").mkdir()
    (project / "segkit.yml").write_text(text if is_project else "name: shop\n")
    if not is_project:
        (project / "sql/declared.yml").write_text(text)
        (project / "sql/customer_features.sql").write_text("SELECT 1 AS customer_id")
    declared = {node.kind for node in load_project(project).nodes.values()}
    assert declared & {"buckets", "segmentation"}


def test_the_first_fenced_lines_are_the_ones_that_ci_runs() -> None:
    lines = [line for _, text in FENCE.findall(README) for line in text.splitlines()]
    build = next(line for line in lines if "segkit build" in line)
    test = next(line for line in lines if "pytest" in line)
    assert build.startswith("python3 -m venv .venv && ")
    assert test.startswith("python3 -m venv .venv && ")
