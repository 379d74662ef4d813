from __future__ import annotations

import json
from pathlib import Path

import pytest

from segkit.cli.main import main
from tests.cli.test_envelope import fake
from tests.report.test_import_ import RULE, made


def test_yaml_is_data_until_it_is_saved(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "import_sql", made(RULE, yaml="buckets: []\n"))
    assert main(["import", "old.sql"]) == 0
    out, err = capsys.readouterr()
    assert out == "buckets: []\n" and "Equal to the CASE on 1 edge case." in err
    fake(monkeypatch, "import_sql", made(RULE, yaml="buckets: []\n", saved=Path("sql/tiers.yml")))
    assert main(["import", "old.sql", "--save"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["import", "old.sql", "--save", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["result"]
    assert (found["yaml"], found["saved"]) == ("buckets: []\n", "sql/tiers.yml")


def test_sql_has_one_newline_at_its_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "compile_node", "SELECT 1;\n\n")
    assert main(["compile", "s"]) == 0
    assert capsys.readouterr().out == "SELECT 1;\n"
