"""The words of a command line, put into the order that typer can read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from segkit.cli.options import BY_FLAG
from segkit.errors import ConfigError, Problem, shortened

_NO_TEXT = re.compile("[\\0\ud800-\udfff]")
_LISTS = ("--select", "-s", "--exclude")


def check_words(arguments: Sequence[str]) -> None:
    """Raise ConfigError (SK702) for an argument that no file and no SQL can hold."""
    for word in arguments:
        odd = _NO_TEXT.search(word)
        if odd is not None:
            shown = shortened(word.encode("utf-8", "backslashreplace").decode(), 100)
            message = f"{shown!r} has a byte in it that is not UTF-8"
            raise ConfigError(Problem("SK702", message, help="type it again, or rename the file"))


def arrange(
    arguments: Sequence[str], verbs: Iterable[str], without_names: Iterable[str]
) -> list[str]:
    """Return the arguments with global options moved behind the verb.

    After it, each word of ``-s a b`` gets a ``-s`` of its own where the verb
    takes no names (``without_names``).

    Raises ConfigError for an option before the verb that is not a global one.
    """
    moved: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        if rest[0] in ("--help", "-h", "--version"):
            return rest[:1]
        if rest[0] in ("--install-completion", "--show-completion"):
            return rest
        words = _words_of(rest, verbs)
        moved += words
        rest = rest[len(words) :]
    if not rest:
        return moved
    verb, *after = rest
    if verb in without_names:
        after = _split_lists(after)
    # `--` ends the options of the verb: what was moved has to stand before it
    return [verb, *moved, *after]


def _words_of(rest: Sequence[str], verbs: Iterable[str]) -> list[str]:
    """The first option of ``rest``, with its value if that is a word of its own."""
    flag, equals, _ = rest[0].partition("=")
    option = BY_FLAG.get(flag)
    if option is None and not flag.startswith("--"):
        return _words_of_cluster(rest, verbs)
    if option is None:
        raise ConfigError(_no_such_option(flag, rest[1:], verbs))
    return list(rest[:1] if equals or not option.takes_value else rest[:2])


def _words_of_cluster(rest: Sequence[str], verbs: Iterable[str]) -> list[str]:
    """Short options written together: ``-qt prod``, ``-tprod``."""
    for place, letter in enumerate(rest[0][1:], start=1):
        option = BY_FLAG.get(f"-{letter}")
        if option is None:
            raise ConfigError(_no_such_option(f"-{letter}", rest[1:], verbs))
        if option.takes_value:
            return list(rest[:2] if place == len(rest[0]) - 1 else rest[:1])
    return list(rest[:1])


def _no_such_option(flag: str, after: Sequence[str], verbs: Iterable[str]) -> Problem:
    verb = next((word for word in after if word in set(verbs)), None)
    close = get_close_matches(flag, BY_FLAG, n=1)
    if close:
        help_ = f"did you mean `{close[0]}`?"
    elif verb:
        help_ = f"options of a command stand after it: segkit {verb} {flag}"
    else:
        help_ = "segkit --help lists the commands and options"
    return Problem("SK702", f"no such option: {flag}", help=help_)


def _split_lists(words: Sequence[str]) -> list[str]:
    out: list[str] = []
    flag: str | None = None  # whose values are being read
    is_first = False
    for place, word in enumerate(words):
        if word == "--":
            return [*out, *words[place:]]
        if word.startswith("-") and not is_first:
            flag, is_first = (word, True) if word in _LISTS else (None, False)
            out.append(word)
        elif flag and not is_first:
            out += [flag, word]
        else:
            out.append(word)
            is_first = False
    return out
