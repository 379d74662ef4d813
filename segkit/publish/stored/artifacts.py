"""manifest.json and run_results.json: what the project is, and what a run did, for programs.

Neither holds a rendered query, a variable or a target's address: Jinja's
``env_var`` puts secrets there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Experiment,
    ForeignRelation,
    Model,
    Node,
    Project,
    Seed,
    Segmentation,
    Source,
)
from segkit.project.safe_files import read_regular
from segkit.publish.stored.write_files import write_files
from segkit.results import FAILED, BuildResult, NodeResult

SCHEMA_VERSION = 1


def write_manifest(project: Project, directory: Path) -> Path:
    """Write ``manifest.json`` into the project's ``target`` folder and return its path."""
    ids = {name: unique_id(node.kind, project.name, name) for name, node in project.nodes.items()}
    nodes = {}
    for name, node in project.nodes.items():
        entry = node_entry(node, project.directory)
        entry["depends_on"] = {"nodes": [ids.get(parent, parent) for parent in node.depends_on]}
        nodes[ids[name]] = {"unique_id": ids[name], **entry}
    manifest = {
        "metadata": {
            "schema": "segkit/manifest",
            "schema_version": SCHEMA_VERSION,
            "project_name": project.name,
            "target": project.target.name,
            "adapter_type": project.target.type,
        },
        "nodes": nodes,
    }
    return _write_json(directory / "manifest.json", manifest, directory.parent)


def write_run_results(result: BuildResult, directory: Path, project_name: str) -> Path:
    """Write ``run_results.json`` into the directory and return its path."""
    results = {
        "metadata": {
            "schema": "segkit/run_results",
            "schema_version": SCHEMA_VERSION,
            "project_name": project_name,
            "target": result.target,
            "as_of": result.as_of.isoformat(),
        },
        "success": result.ok,
        "published": result.published,
        "elapsed_time": round(sum(node.seconds for node in result.nodes), 6),
        "results": [_result_entry(node, project_name) for node in result.nodes],
        "segmentations": [
            {
                "unique_id": unique_id("segmentation", project_name, each.name),
                "fit": each.fit.label,
                "usefulness": [measured.entry() for measured in each.usefulness],
            }
            for each in result.segmentations
        ],
    }
    return _write_json(directory / "run_results.json", results, directory.parent)


def was_published(project: Project, node: Segmentation) -> bool:
    """Whether there was a build here before, as the log of the last run says.

    The file of a view says so too, but of wherever it was built that it is committed from.
    """
    try:
        log = json.loads(read_regular(project.directory / "target" / "run_results.json"))
        is_here = log["published"] is True and log["metadata"]["target"] == project.target.name
        id_ = unique_id(node.kind, project.name, node.name)
        return is_here and id_ in {each["unique_id"] for each in log["segmentations"]}
    except (OSError, ValueError, LookupError, TypeError):
        return False


def unique_id(kind: str, project_name: str, name: str) -> str:
    """Return the id of a node in both files.

    >>> unique_id("model", "shop", "customer_features")
    'model.shop.customer_features'
    """
    return f"{kind}.{project_name}.{name}"


def node_entry(node: Node, directory: Path) -> dict[str, Any]:
    """Return a node as plain data: kind, name, path, parents, tags, description, config, columns.

    ``directory``: the project's, to which the paths of sources are made relative.
    """
    return {
        "resource_type": node.kind,
        "name": node.name,
        "path": node.place.path,
        "line": node.place.line,
        "depends_on": list(node.depends_on),
        "tags": list(node.tags),
        "description": getattr(node, "description", ""),
        "config": _config(node, directory),
        "columns": _columns(node),
    }


def _foreign(node: ForeignRelation | None, directory: Path) -> dict[str, Any] | None:
    if node is None:
        return None
    file = _relative(node.path, directory)
    return {"file": file, "schema": node.schema, "name": node.name}


def _config(node: Node, directory: Path) -> dict[str, Any]:
    match node:
        case Source():
            return {
                "schema": node.schema,
                "table": node.table,
                "relation": node.relation,
                "file": _relative(node.path, directory),
                "database": _foreign(node.foreign, directory),
            }
        case Seed():
            return {"file": _relative(node.path, directory)}
        case Model():
            return {"materialized": node.materialized}
        case BucketSet():
            return {
                "from": node.relation,
                "key": node.key,
                "where": node.where.predicate.text if node.where else None,
                "columns": [
                    {"name": column.name, "missing": column.missing, **column.config}
                    for column in node.columns
                ],
            }
        case Segmentation():
            return {
                **node.definition(),
                "materialized": node.materialized,
                "metrics": [metric.column for metric in node.metrics],
                "sensitive": list(node.sensitive),
                "about": {
                    segment: {"name": words.name, "action": words.action, "owner": words.owner}
                    for segment, words in node.about.items()
                },
            }
        case Experiment():
            return node.definition()
        case DataTest():
            return {
                "check": node.check,
                "severity": node.severity,
                "node": node.node or None,
                "column": node.column or None,
                "arguments": dict(node.arguments),
            }


def _columns(node: Node) -> dict[str, Any]:
    words: dict[str, str] = {}
    if isinstance(node, Model):
        words = dict(node.column_descriptions)
    elif isinstance(node, BucketSet):
        words = {node.key: "the customer's id"}
        for column in node.columns:
            words |= column.about
    elif isinstance(node, Segmentation):
        words = {node.key: "the customer's id"}
        words |= {feature.column: feature.label for feature in node.features}
        words |= {
            "segment_id": "letter of the segment",
            "segment_name": "name of the segment",
            "segment_order": "position of the segment, 0 is unassigned",
        }
    return {name: {"name": name, "description": text} for name, text in words.items()}


def _result_entry(node: NodeResult, project_name: str) -> dict[str, Any]:
    return {
        "unique_id": unique_id(node.kind, project_name, node.name),
        "status": node.status,
        "message": node.problems[0].message if node.problems else node.detail or None,
        "problems": [
            {
                "code": problem.code,
                "severity": problem.severity,
                "message": problem.message,
                "place": str(problem.place) if problem.place else None,
            }
            for problem in node.problems
        ],
        "execution_time": round(node.seconds, 6),
        "failures": node.failures,
        "success": node.status not in FAILED,
    }


def _relative(path: Path | None, directory: Path) -> str | None:
    return None if path is None else Path(os.path.relpath(path, directory)).as_posix()


def _write_json(path: Path, data: Mapping[str, Any], root: Path) -> Path:
    # default=str: YAML arguments may hold dates
    write_files({path: json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n"}, root)
    return path
