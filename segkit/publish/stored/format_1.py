"""Fits of format 1, which are read for good: what they say, as format 2 says it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from segkit.publish.stored.records import Mistaken, list_of, value_of

_NEWER = ("lineage", "stability")
_OF_A_VERSION = re.compile(r"at v([0-9]{4,9}): (.*)", re.DOTALL)


def in_format_2(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of a fit as format 2 has them.

    Format 1 had sentences where format 2 has facts: they stay as they are, word for
    word, as facts of code ``text``. What it did not know is not known.
    """
    if data["format"] != 1:
        return data
    for key in _NEWER:
        if key in data:
            raise Mistaken(f"`{key}` is no key of format 1")
    said = {key: value for key, value in data.items() if key not in ("parent", "adjustments")}
    lineage = {key: data[key] for key in ("parent", "adjustments") if key in data}
    for key in ("assumptions", "warnings"):
        if key in data:
            texts = list_of(data[key], key)
            said[key] = [_text(text, f"{key}[{place}]") for place, text in enumerate(texts)]
    if found := _measured(said.get("assumptions", ())):
        lineage["measured"], said["assumptions"] = found
    clusters = data.get("clusters")
    if isinstance(clusters, dict) and "reason" in clusters:
        said["clusters"] = clusters | {"reason": [_text(clusters["reason"], "clusters.reason")]}
    return said | {"lineage": lineage}


def _measured(facts: Sequence[Mapping[str, str]]) -> tuple[int, list[dict[str, str]]] | None:
    """The version that assumptions are of, where each begins with it: "at v0001: ..."."""
    found = [_OF_A_VERSION.match(fact["value"]) for fact in facts]
    versions = {int(match[1]) for match in found if match}
    if len(versions) != 1 or not all(found):
        return None
    texts = [match[2] for match in found if match]
    return versions.pop(), [{"code": "text", "value": text} for text in texts]


def _text(text: Any, at: str) -> dict[str, str]:
    return {"code": "text", "value": value_of(str, text, at)}
