"""Rules that divide, where they are pasted: who divides by 0 is missing there, too."""

from __future__ import annotations

from pathlib import Path

from segkit.pipeline import Options
from segkit.pipeline.compile import compile_node
from tests.pipeline.test_build import build, problems
from tests.pipeline.test_division import EXPECTED, ROWS, SEGKIT_YML
from tests.warehouses.base import Warehouse
from tests.warehouses.test_views import run, statements

COLUMNS = ("customer_id", "returns", "orders", "spend")


def build_in(directory: Path, text: str) -> Path:
    (directory / "data").mkdir()
    (directory / "segkit.yml").write_text(text, encoding="utf-8")
    (directory / "data/c.csv").write_text(ROWS, encoding="utf-8")
    result = build(directory)
    assert result.ok, problems(result)
    return directory


def test_who_ordered_nothing_is_missing_there_too(warehouse: Warehouse, tmp_path: Path) -> None:
    text, columns, dialect = SEGKIT_YML, 5, warehouse.name
    if dialect == "datafusion":  # reads conditions as they are written, and has no //
        text, columns = text.partition("      - name: every_other")[0], 4
    options = Options(build_in(tmp_path, text))
    rows = [tuple(map(int, line.split(","))) for line in ROWS.splitlines()[1:]]
    warehouse.load("c", dict.fromkeys(COLUMNS, "INTEGER"), rows)
    run(warehouse, compile_node(options, "b", dialect=dialect, as_relation="divided"))
    names = ["customer_id", "return_rate", "basket", "logs", "every_other"][:columns]
    found = warehouse.query(f"SELECT {', '.join(names)} FROM divided")
    assert sorted(map(tuple, found)) == [row[:columns] for row in EXPECTED]
    check = compile_node(options, "b", dialect=dialect, as_relation="divided", check=True)
    (proof,) = statements(check)
    assert warehouse.query(proof) == []
