"""What segkit does for a caller, one function a verb. ``build.py`` is the story of a build."""

from segkit.importing.request import ImportOptions
from segkit.pipeline.adjust import adjust_rules
from segkit.pipeline.build import build, run_build, run_models, run_seeds, run_tests
from segkit.pipeline.compile import compile_node
from segkit.pipeline.customer import explain_customer
from segkit.pipeline.diff import compare_segmentations
from segkit.pipeline.explain import explain_segmentation
from segkit.pipeline.fit import fit_challengers, use_version
from segkit.pipeline.import_ import import_sql
from segkit.pipeline.project import clean, debug, init, list_nodes
from segkit.pipeline.run_options import Options
from segkit.pipeline.show import show
from segkit.pipeline.try_ import try_data

__all__ = [
    "ImportOptions",
    "Options",
    "adjust_rules",
    "build",
    "clean",
    "compare_segmentations",
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
    "try_data",
    "use_version",
]
