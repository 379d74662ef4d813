"""Which nodes a command is about: ``name``, ``+name``, ``name+``, ``tag:``, ``path:``."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from segkit.errors import ConfigError, Problem
from segkit.project.graph import with_above, with_below
from segkit.project.nodes import DataTest, Node, Project, Source
from segkit.project.yaml.near_names import did_you_mean


def select_nodes(
    project: Project, select: Sequence[str] = (), exclude: Sequence[str] = ()
) -> tuple[Node, ...]:
    """Return the selected nodes in the order in which they are built.

    Spaces, and several selectors, unite; commas intersect. A test is selected
    with any node that it reads. Nothing given selects everything.

    Raises ConfigError: SK701 for each selector that matches nothing.
    """
    problems: list[Problem] = []
    chosen = _union(project, select, "--select", problems)
    if not any(text.strip() for text in select):
        chosen = set(project.nodes)
    left_out = _union(project, exclude, "--exclude", problems)
    if problems:
        raise ConfigError(problems)
    return tuple(node for name, node in project.nodes.items() if name in chosen - left_out)


def _union(
    project: Project, selectors: Sequence[str], option: str, problems: list[Problem]
) -> set[str]:
    found: set[str] = set()
    for text in (part for selector in selectors for part in selector.split()):
        parts = [_closure(project, part, option, problems) for part in text.split(",") if part]
        if not parts:
            problems.append(_nothing(project, text, option))
            continue
        met = set.intersection(*parts)
        if not met and all(parts):
            problems.append(
                Problem(
                    "SK701",
                    f"{option} {text} matches nothing: no node has all of it",
                    help="a comma means both, a space means either",
                )
            )
        found |= met
    return _with_tests(project, found)


def _closure(project: Project, part: str, option: str, problems: list[Problem]) -> set[str]:
    """The nodes that a selector names, with what is above (+x) and below (x+) them."""
    core = part.removeprefix("+").removesuffix("+")
    found = _matches(project, core) if core else set()
    if not found:
        problems.append(_nothing(project, part, option))
    above, below = set(found), set(found)
    if part.startswith("+"):
        above = with_above(found, project.nodes.values())
    if part.endswith("+"):
        below = with_below(found, project.nodes.values())
    return above | below


def _matches(project: Project, text: str) -> set[str]:
    method, _, value = text.partition(":")
    if not value:
        return {name for name in project.nodes if fnmatchcase(name, text)}
    return {node.name for node in project.nodes.values() if _has(node, method, value)}


def _has(node: Node, method: str, value: str) -> bool:
    if method == "tag":
        return any(fnmatchcase(tag, value) for tag in node.tags)
    if method == "path":
        path, wanted = node.place.path, value.removeprefix("./").rstrip("/")
        return path == wanted or path.startswith(f"{wanted}/") or fnmatchcase(path, wanted)
    if method == "source":
        return isinstance(node, Source) and (
            fnmatchcase(node.name, value) or node.name.startswith(f"{value}.")
        )
    return False


def _with_tests(project: Project, found: set[str]) -> set[str]:
    """As dbt's eager mode: a test runs when anything that it reads is selected."""
    tests = project.of(DataTest)
    return found | {test.name for test in tests if found.intersection(test.depends_on)}


def _nothing(project: Project, text: str, option: str) -> Problem:
    core = text.strip("+,")
    method, _, value = core.partition(":")
    known: dict[str, list[str]] = {
        "tag": sorted({tag for node in project.nodes.values() for tag in node.tags}),
        "path": sorted({node.place.path for node in project.nodes.values()}),
        "source": [node.name for node in project.of(Source)],
    }
    message = f"{option} {text} matches nothing"
    if value and method not in known:
        near = did_you_mean(method, known)
        message = f"{option} {text}: there is no method `{method}:`"
        hint = f"did you mean `{near}:{value}`?" if near else "a name, tag:, path: or source:"
    elif value:
        near, listed = did_you_mean(value, known[method]), ", ".join(known[method][:10])
        hint = f"{method}s: {listed}" if listed else f"nothing here has a {method}"
        hint = f"did you mean `{method}:{near}`?" if near else hint
    else:
        near = did_you_mean(core, project.nodes) if core else None
        hint = "`segkit ls` lists the names"
        hint = f"did you mean `{text.replace(core, near)}`?" if near else hint
    return Problem("SK701", message, help=hint)
