"""What is in a project."""

from __future__ import annotations

from segkit.pipeline.run_options import Options, open_project
from segkit.project.nodes import Node
from segkit.project.selectors import select_nodes


def list_nodes(options: Options) -> tuple[Node, ...]:
    """The selected nodes, in the order in which they are built."""
    return select_nodes(open_project(options), options.select, options.exclude)
