from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from segkit.project.nodes import Project, Target

PROJECT = Project("shop", Path("/shop"), Target("dev", "duckdb", Path("/shop/x.duckdb")), {}, {})


def test_fits_are_shared_and_views_are_of_a_target() -> None:
    other = replace(PROJECT, target=replace(PROJECT.target, name="prod"), is_default_target=False)
    assert PROJECT.fits_directory == other.fits_directory == Path("/shop/warehouse/fits")
    assert PROJECT.views_directory == Path("/shop/warehouse/views")
    assert other.views_directory == Path("/shop/warehouse/views/prod")
