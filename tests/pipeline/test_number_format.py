"""A project whose numbers are written as in German: all that people read, and no SQL or JSON."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from segkit.cli.main import main
from tests.conftest import SEGKIT_YML, TWO_SEGMENTS_YML, MakeProject, customers

GERMAN = SEGKIT_YML + "format: {thousands: '.', decimal: ',', symbol: after}\n"
SEGMENTS = TWO_SEGMENTS_YML.replace('"k$"', '"€"').replace(
    "metrics: [spend]", 'metrics: [{column: spend, label: Spend, unit: "€"}]'
)
ENGLISH_NUMBER = re.compile(r"€\d|\d,\d{3}(?!\d)|\d\.\d{1,2}(?!\d)")


class _Seen(HTMLParser):
    """What is read: not the SQL, and not the names that the fit gave."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.sql: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "pre" in self.open:
            self.sql.append(data)
        elif not {"script", "style"} & set(self.open):
            self.texts.append(data)


def numbers(value: Any) -> Any:
    """The JSON without what is said in words."""
    if isinstance(value, dict):
        return {key: numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [numbers(inner) for inner in value]
    return None if isinstance(value, str) else value


@pytest.mark.slow
@pytest.mark.usefixtures("drawn_pages")
def test_a_german_project(
    make_project: MakeProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [(*row[:2], row[2] and row[2] * 100, *row[3:]) for row in customers(1200)]
    about = "    about: {A: {name: First}, B: {name: Second}}\n"
    said: dict[str, dict[str, str]] = {}
    for language, main_file in (("german", GERMAN), ("english", SEGKIT_YML)):
        files = {"segkit.yml": main_file, "sql/segments.yml": SEGMENTS + about}
        project = make_project(rows, files, name=language)
        monkeypatch.chdir(project)
        said[language] = {}
        for name, words in (
            ("screen", ["build"]),
            ("markdown", ["report", "-o", "md"]),
            ("figure", ["report", "--figure", "share_bar", "-o", "svg"]),
            ("json", ["report", "-o", "json"]),
        ):
            assert main([*words, "--as-of", "2026-01-01"]) == 0
            said[language][name] = capsys.readouterr().out
        cut = json.loads(said[language]["json"])["result"]["segmentations"][0]["survey"]["cuts"][0]
        for name, words in (
            ("explain", ["explain", "--stats"]),
            ("customer", ["explain", "--id", str(rows[0][0])]),
            ("examples", ["explain", "--examples"]),
            ("diff", ["diff", "shopper_segments", "customer_buckets.age_band"]),
            ("adjust", ["adjust", f"{cut['said']} -> {cut['edges'][cut['now'] + 1]}"]),
        ):
            assert main(words) == 0
            said[language][name] = capsys.readouterr().out
        said[language]["page"] = (project / "target/report.html").read_text("utf-8")
        said[language]["view"] = view(project)
    german, english = said["german"], said["english"]
    seen = _Seen(german["page"])
    screen = german["screen"][german["screen"].index("2 segments") :].partition("Next:")[0]
    verbs = ("explain", "customer", "examples", "diff", "adjust")
    told = [line for verb in verbs for line in german[verb].partition("\nWho: ")[0].splitlines()]
    every = (*seen.texts, *_Seen(german["figure"]).texts, german["markdown"], screen, *told)
    assert [text for text in every if ENGLISH_NUMBER.search(text)] == []
    for text in ("\n".join(seen.texts), german["markdown"], screen):
        assert "1.200 customers" in text
        assert re.search(r"\d\.\d{3}\u00a0€", text)
    assert ENGLISH_NUMBER.findall("\n".join(_Seen(english["page"]).texts))
    assert all(ENGLISH_NUMBER.search(english[verb]) for verb in verbs)
    assert 'data-decimal="," data-symbol="after"' in german["page"]
    assert seen.sql == _Seen(english["page"]).sql
    assert german["view"] == english["view"]
    found = [numbers(json.loads(each["json"])) for each in (german, english)]
    assert found[0] == found[1]


def view(project: Path) -> str:
    return (project / "warehouse/views/shopper_segments.sql").read_text("utf-8")
