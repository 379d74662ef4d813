from __future__ import annotations

import pytest

from segkit.cli.arguments import arrange
from segkit.errors import ConfigError

VERBS = ("build", "show")
WITHOUT_NAMES = ("build",)


def arranged(text: str) -> str:
    return " ".join(arrange(text.split(), VERBS, WITHOUT_NAMES))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("build -t dev", "build -t dev"),
        ("-t dev build", "build -t dev"),
        ("--target dev -q build --locked", "build --target dev -q --locked"),
        ("--target=dev build", "build --target=dev"),
        ("-tdev build", "build -tdev"),
        ("-qt dev build", "build -qt dev"),
        ("-q -t build build", "build -q -t build"),
        ("-t dev", "-t dev"),
        ("-q show -- -x", "show -q -- -x"),
        ("--version", "--version"),
        ("-q --help", "--help"),
        ("build -s a b --exclude c d -q", "build -s a -s b --exclude c --exclude d -q"),
        ("build -s -x b", "build -s -x -s b"),
        ("build --select a --locked", "build --select a --locked"),
        ("build -s a b -- c", "build -s a -s b -- c"),
        ("show -s a b", "show -s a b"),
        ("", ""),
    ],
)
def test_global_options_move_behind_the_verb(given: str, expected: str) -> None:
    assert arranged(given) == expected


@pytest.mark.parametrize(
    ("given", "message", "help_"),
    [
        ("--targt dev build", "no such option: --targt", "did you mean `--target`?"),
        (
            "--locked build",
            "no such option: --locked",
            "options of a command stand after it: segkit build --locked",
        ),
        ("-x", "no such option: -x", "segkit --help lists the commands and options"),
        ("-qx build", "no such option: -x", "options of a command stand after it: segkit build -x"),
    ],
)
def test_an_unknown_option_before_the_verb(given: str, message: str, help_: str) -> None:
    with pytest.raises(ConfigError) as caught:
        arranged(given)
    assert (caught.value.problems[0].message, caught.value.problems[0].help) == (message, help_)
