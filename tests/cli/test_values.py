from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from segkit.cli.values import (
    is_version,
    parse_k,
    parse_limits,
    parse_time,
    parse_vars,
    split_words,
)
from segkit.errors import ConfigError
from segkit.monitor.rule_moves import Limit


def test_selectors_are_split_at_spaces() -> None:
    assert split_words(("a  +b", "tag:x")) == ("a", "+b", "tag:x")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], {}),
        (["as_of=2026-01-01"], {"as_of": "2026-01-01"}),
        (["{as_of: 2026-01-01, n: 3}"], {"as_of": "2026-01-01", "n": 3}),
        (['{"a": [1, 2.5], "b": null}'], {"a": [1, 2.5], "b": None}),
        (["a: b=c"], {"a": "b=c"}),
        (["a=b=c"], {"a": "b=c"}),
        (["a="], {"a": None}),
        (["a=1", "{a: 2, b: 3}", "b=4"], {"a": 2, "b": 4}),
        (["url=http://x/?y=1"], {"url": "http://x/?y=1"}),
        (["flag=true"], {"flag": True}),
    ],
)
def test_vars_as_pairs_and_as_mappings(given: list[str], expected: dict[str, Any]) -> None:
    assert parse_vars(given) == expected


def test_vars_of_the_environment_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGKIT_VARS", "{a: 1, b: text with spaces}")
    assert parse_vars(["a=2"]) == {"a": 2, "b": "text with spaces"}


def test_every_wrong_variable_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGKIT_VARS", "[1, 2]")
    with pytest.raises(ConfigError) as caught:
        parse_vars(["{a: 1", "nonsense", "{1: 2}", "fine=1"])
    messages = [problem.message for problem in caught.value.problems]
    assert messages[0] == "SEGKIT_VARS: '[1, 2]' is not key=value and not a mapping"
    assert messages[1].startswith("--vars: '{a: 1' is not valid YAML")
    assert messages[2] == "--vars: 'nonsense' is not key=value and not a mapping"
    assert messages[3] == "--vars: 1 is not a name"
    assert {problem.code for problem in caught.value.problems} == {"SK702"}


def test_vars_make_no_python_objects() -> None:
    with pytest.raises(ConfigError):
        parse_vars(["a=!!python/object/apply:os.getcwd []"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T08:30", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        (" 2026-01-31T08:30:00Z ", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T08:30:00+02:00", datetime(2026, 1, 31, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_utc(given: str | None, expected: datetime | None) -> None:
    assert parse_time(given, "--as-of") == expected


@pytest.mark.parametrize("given", ["yesterday", "2026-02-30", "", "0001-01-01T00:00:00+14:00"])
def test_a_wrong_time_says_how_to_write_it(given: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_time(given, "--left-since")
    assert caught.value.problems[0].message == f"--left-since {given!r} is not a date or a time"
    assert caught.value.problems[0].help == "write 2026-01-31, or 2026-01-31T08:00:00 (UTC)"


@pytest.mark.parametrize(("text", "k"), [("auto", "auto"), ("2", 2), ("100", 100)])
def test_how_many_segments_are_asked_for(text: str, k: object) -> None:
    assert parse_k(text) == k


@pytest.mark.parametrize("text", ["1", "0", "101", "-3", "2.5", "Auto", "", "٣"])
def test_a_k_that_is_none(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_k(text)
    assert caught.value.problems[0].message == (
        f"--k {text!r} is neither `auto` nor a whole number from 2 to 100"
    )


@pytest.mark.parametrize(
    ("text", "share", "metric"),
    [
        ("moved=5%", 0.05, ""),
        ("moved=0.05", 0.05, ""),
        ("moved=0%", 0.0, ""),
        ("moved=1", 1.0, ""),
        ("moved.total_spend=12.5%", 0.125, "total_spend"),
        ("moved.net $=1%", 0.01, "net $"),
    ],
)
def test_a_limit(text: str, share: float, metric: str) -> None:
    assert parse_limits([text]) == (Limit(text, share, metric),)


@pytest.mark.parametrize(
    "text", ["moved", "moved=", "moved=-1%", "moved=101%", "moved=2", "moved.=5%", "left=5%", "5%"]
)
def test_a_limit_that_is_none(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_limits(["moved=5%", text])
    (problem,) = caught.value.problems
    assert problem.message == f"--fail-on {text!r} is no limit"
    assert problem.help == "allowed: moved=5%, or moved.METRIC=5%, of 0% to 100%; 0.05 is 5%"


def test_a_version_is_no_name() -> None:
    texts = ("v0001", "v12", " v1 ", "1", "v0", "version", "v1x", "V0001")
    assert [is_version(text) for text in texts] == [True, True, True] + [False] * 5
