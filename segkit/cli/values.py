"""Values of options: texts made into what the pipeline takes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from segkit.errors import ConfigError, Problem, shortened

if TYPE_CHECKING:
    from segkit.monitor.rule_moves import Limit
    from segkit.project.nodes import AskedK

_MAX_DEPTH = 50
_KEY_VALUE = re.compile(r"\s*([A-Za-z_]\w*)=(.*)\Z", re.DOTALL)


class FailOn(StrEnum):
    watch = "watch"
    act = "act"


class TableFormat(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    md = "md"


class RowsFormat(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    md = "md"
    parquet = "parquet"


def split_words(values: Sequence[str]) -> tuple[str, ...]:
    """``("a b", "c")`` -> ``("a", "b", "c")``: selectors hold no spaces."""
    return tuple(word for value in values for word in value.split())


def parse_vars(values: Sequence[str]) -> dict[str, Any]:
    """Return the variables; a later one wins. SEGKIT_VARS comes first.

    Raises ConfigError for a text that is neither key=value nor a mapping.
    """
    out: dict[str, Any] = {}
    problems: list[Problem] = []
    environment = os.environ.get("SEGKIT_VARS")
    for name, text in [("SEGKIT_VARS", environment)] * bool(environment) + [
        ("--vars", value) for value in values
    ]:
        try:
            out |= _read_vars(text or "")
        except ValueError as error:
            start = "SEGKIT_VARS=" if name == "SEGKIT_VARS" else "--vars "
            example = f"""{start}'{{as_of: "2026-01-01"}}' or as_of=2026-01-01"""
            problems.append(Problem("SK702", f"{name}: {error}", help=example))
    if problems:
        raise ConfigError(problems)
    return out


def _read_vars(text: str) -> Mapping[str, Any]:
    if pair := _KEY_VALUE.match(text):
        return {pair[1]: _read_yaml(pair[2])}
    found = _read_yaml(text)
    if not isinstance(found, dict):
        raise ValueError(f"{text!r} is not key=value and not a mapping")
    if odd := [key for key in found if not isinstance(key, str)]:
        raise ValueError(f"{odd[0]!r} is not a name")
    return found


def _read_yaml(text: str) -> Any:
    """YAML without dates: 2026-01-01 stays the text that SQL wants."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        depth = 0
        for event in yaml.parse(text, Loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH or isinstance(event, yaml.AliasEvent):
                what = "an alias" if depth <= _MAX_DEPTH else f"more than {_MAX_DEPTH} levels"
                raise ValueError(f"{shortened(text, 100)!r} has {what}")
        found = yaml.load(text, Loader)
        str(found).encode("utf-8")
        return found
    except UnicodeEncodeError:
        raise ValueError(f"{shortened(text, 100)!r} has half a character in it") from None
    except (OverflowError, RecursionError) as error:
        raise ValueError(f"{shortened(text, 100)!r} cannot be read") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem", None) or "it cannot be read"
        raise ValueError(f"{text!r} is not valid YAML: {mark}") from error


def parse_time(text: str | None, option: str) -> datetime | None:
    """Return the time that an option gives, in UTC; one without a zone is UTC.

    Raises ConfigError for a text that is not an ISO date or time.
    """
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{option} {text!r} is not a date or a time"
        help_ = "write 2026-01-31, or 2026-01-31T08:00:00 (UTC)"
        raise ConfigError(Problem("SK702", message, help=help_)) from error


def parse_assignments(texts: list[str]) -> dict[str, str]:
    """Values of ``--set``: ``["age=40"]`` -> ``{"age": "40"}``.

    Raises ConfigError with every text that is no assignment.
    """
    pairs = [text.partition("=") for text in texts]
    wrong = ["".join(pair) for pair in pairs if not pair[0].strip() or not pair[1]]
    if wrong:
        said = [f"--set {text!r} is not column=value" for text in wrong]
        raise ConfigError([Problem("SK702", message, help="--set age=40") for message in said])
    return {column.strip(): value for column, _, value in pairs}


def parse_types(texts: list[str]) -> dict[str, str]:
    """Values of ``--type``: ``["age=INTEGER"]`` -> ``{"age": "INTEGER"}``.

    Raises ConfigError for the first text that is none.
    """
    pairs = [text.partition("=") for text in texts]
    for (column, _, type_), text in zip(pairs, texts, strict=True):
        if not column.strip() or not re.fullmatch(r"[A-Za-z][\w ]*(\(\d+(\s*,\s*\d+)?\))?", type_):
            raise usage_error(f"--type {text!r} is not column=TYPE", "--type age=INTEGER")
    return {column.strip(): type_ for column, _, type_ in pairs}


def is_version(text: str) -> bool:
    """Whether a text is a version, and no name: ``v0001``, ``v1``."""
    return re.fullmatch(r"v0*[1-9]\d{0,8}", text.strip()) is not None


def parse_version(text: str) -> int:
    """Return the number of ``v0001``, of ``1`` or ``0001``.

    Raises ConfigError for another text.
    """
    found = re.fullmatch(r"v?0*([1-9]\d{0,8})", text.strip())
    if not found:
        raise usage_error(f"--use {text!r} is not the version of a fit", "write it as v0001")
    return int(found[1])


_LIMIT = re.compile(r"moved(?:\.(?P<metric>[^=]+))?=(?P<share>\d+(?:\.\d+)?)(?P<percent>%?)\Z")


def parse_limits(texts: Sequence[str]) -> tuple[Limit, ...]:
    """Values of ``--fail-on``: ``moved=5%``, ``moved.total_spend=0.05``.

    Raises ConfigError with every text that is none.
    """
    from segkit.monitor.rule_moves import Limit

    limits, problems = [], []
    help_ = "allowed: moved=5%, or moved.METRIC=5%, of 0% to 100%; 0.05 is 5%"
    for text in texts:
        found = _LIMIT.match(text.strip())
        share = float(found["share"]) / (100 if found["percent"] else 1) if found else 2.0
        if found is None or share > 1:
            problems.append(Problem("SK702", f"--fail-on {text!r} is no limit", help=help_))
        else:
            limits.append(Limit(text.strip(), share, found["metric"] or ""))
    if problems:
        raise ConfigError(problems)
    return tuple(limits)


def parse_k(text: str) -> AskedK:
    """Return the number of segments that is asked for, or ``auto``.

    Raises ConfigError for another text.
    """
    if text == "auto":
        return "auto"
    if re.fullmatch(r"[1-9]\d{0,2}", text) and 2 <= int(text) <= 100:
        return int(text)
    raise usage_error(f"--k {text!r} is neither `auto` nor a whole number from 2 to 100", "--k 5")


def not_both(one: str, other: str) -> ConfigError:
    """The error for two options of which only one can be meant."""
    return usage_error(f"{one} and {other} exclude each other", f"leave out {one} or {other}")


def usage_error(message: str, help_: str) -> ConfigError:
    """The error for what was typed, with what to type instead."""
    return ConfigError(Problem("SK702", message, help=help_))
