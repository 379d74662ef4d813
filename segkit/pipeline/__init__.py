"""What segkit does for a caller, one function a verb. ``build.py`` is the story of a build."""

from segkit.pipeline.build import build, run_build, run_models, run_seeds, run_tests
from segkit.pipeline.compile import compile_node
from segkit.pipeline.explain import explain_customer, explain_segmentation
from segkit.pipeline.fit import fit_challengers, use_version
from segkit.pipeline.import_ import import_sql
from segkit.pipeline.options import Options
from segkit.pipeline.project import clean, debug, init, list_nodes
from segkit.pipeline.show import show
from segkit.project.imported.wanted import ImportOptions

__all__ = [
    "ImportOptions",
    "Options",
    "build",
    "clean",
    "compile_node",
    "debug",
    "explain_customer",
    "explain_segmentation",
    "fit_challengers",
    "import_sql",
    "init",
    "list_nodes",
    "run_build",
    "run_models",
    "run_seeds",
    "run_tests",
    "show",
    "use_version",
]
