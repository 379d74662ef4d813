"""The name that was meant, if one is near."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest, if one is near."""
    by_lower = {candidate.lower(): candidate for candidate in sorted(known, reverse=True)}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.65)
    return by_lower[near[0]] if near else None


def did_you_mean_text(name: str, known: Iterable[str]) -> str:
    near = did_you_mean(name, known)
    return f"did you mean `{near}`?" if near else ""
