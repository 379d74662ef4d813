"""The price test of docs/experiments.md, from its plan to its policy, on the example shop."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from segkit.pipeline import Options, compile_node, plan_out, read_out, run_build
from segkit.report.experiment import readout_page
from segkit.report.render_text import render_text

ROOT = Path(__file__).resolve().parents[2]
START, END = datetime(2026, 1, 1), datetime(2026, 3, 9)
PAGE = (ROOT / "docs/experiments.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_example_is_as_it_is_told(tmp_path: Path) -> None:
    for name in ("sql", "macros", "warehouse/seeds", "warehouse/fits"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "docs/price_test", tmp_path, dirs_exist_ok=True)
    shutil.copy(ROOT / "segkit.yml", tmp_path)
    assert run_build(Options(tmp_path, as_of=START, report=False)).published
    planned = plan_out(Options(tmp_path, as_of=START))
    assert planned.available == 3871
    assert planned.replays is not None and planned.replays.coverage > 0.9
    assert run_build(Options(tmp_path, as_of=END, report=False)).published
    found = read_out(Options(tmp_path, as_of=END))
    text = render_text(readout_page(found), width=100)
    table = PAGE.split("Revenue, capped")[1].split("\n\n")[0]
    assert [line for line in table.splitlines() if line not in text] == []
    assert found.policy is not None
    assert found.policy.arms == {**dict.fromkeys("ABCD", "lower_price"), "E": "control"}
    gain = found.policy
    worth = f"{gain.gain:+.2f} of revenue a customer, {gain.low:+.2f} to {gain.high:+.2f}"
    assert f"Worth {worth}, over control for all." in PAGE
    assert "CASE WHEN segment_id IN ('A', 'B', 'C', 'D')" in compile_node(
        Options(tmp_path), "price_policy"
    )
