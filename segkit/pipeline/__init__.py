"""What segkit does for a caller, one function a verb. ``build.py`` is the story of a build."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segkit.importing.request import ImportOptions as ImportOptions
    from segkit.pipeline.adjust import adjust_rules as adjust_rules
    from segkit.pipeline.build import accept_level as accept_level
    from segkit.pipeline.build import run_build as run_build
    from segkit.pipeline.build import run_drift as run_drift
    from segkit.pipeline.build import run_models as run_models
    from segkit.pipeline.build import run_seeds as run_seeds
    from segkit.pipeline.build import run_tests as run_tests
    from segkit.pipeline.compile import compile_node as compile_node
    from segkit.pipeline.customer import explain_customer as explain_customer
    from segkit.pipeline.diff import compare_segmentations as compare_segmentations
    from segkit.pipeline.experiment import plan_out as plan_out
    from segkit.pipeline.experiment import read_out as read_out
    from segkit.pipeline.explain import explain_segmentation as explain_segmentation
    from segkit.pipeline.explain import look_at_customers as look_at_customers
    from segkit.pipeline.fit import fit_challengers as fit_challengers
    from segkit.pipeline.fit import use_version as use_version
    from segkit.pipeline.import_ import import_sql as import_sql
    from segkit.pipeline.page_file import write_page as write_page
    from segkit.pipeline.report import report_project as report_project
    from segkit.pipeline.rule_diff import diff_rules as diff_rules
    from segkit.pipeline.run_options import Options as Options
    from segkit.pipeline.show import show_rows as show_rows
    from segkit.pipeline.try_ import try_data as try_data
    from segkit.pipeline.whole_project import clean_project as clean_project
    from segkit.pipeline.whole_project import debug_project as debug_project
    from segkit.pipeline.whole_project import init_project as init_project
    from segkit.pipeline.whole_project import list_nodes as list_nodes

# No name is a module's too: which of the two it is would hang on what was imported before.
_HOMES = {
    "ImportOptions": "segkit.importing.request",
    "Options": "segkit.pipeline.run_options",
    "accept_level": "segkit.pipeline.build",
    "adjust_rules": "segkit.pipeline.adjust",
    "clean_project": "segkit.pipeline.whole_project",
    "compare_segmentations": "segkit.pipeline.diff",
    "compile_node": "segkit.pipeline.compile",
    "debug_project": "segkit.pipeline.whole_project",
    "diff_rules": "segkit.pipeline.rule_diff",
    "explain_customer": "segkit.pipeline.customer",
    "explain_segmentation": "segkit.pipeline.explain",
    "fit_challengers": "segkit.pipeline.fit",
    "import_sql": "segkit.pipeline.import_",
    "init_project": "segkit.pipeline.whole_project",
    "list_nodes": "segkit.pipeline.whole_project",
    "look_at_customers": "segkit.pipeline.explain",
    "plan_out": "segkit.pipeline.experiment",
    "read_out": "segkit.pipeline.experiment",
    "report_project": "segkit.pipeline.report",
    "run_build": "segkit.pipeline.build",
    "run_drift": "segkit.pipeline.build",
    "run_models": "segkit.pipeline.build",
    "run_seeds": "segkit.pipeline.build",
    "run_tests": "segkit.pipeline.build",
    "show_rows": "segkit.pipeline.show",
    "try_data": "segkit.pipeline.try_",
    "use_version": "segkit.pipeline.fit",
    "write_page": "segkit.pipeline.page_file",
}
__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    """Import a verb on first use: none pays for what another one needs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'segkit.pipeline' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
