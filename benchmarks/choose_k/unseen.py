"""The families that the frozen rule was shown, written after it: see docs/choosing-k.md."""

from __future__ import annotations

from benchmarks.choose_k.make import Family

UNSEEN: tuple[Family, ...] = ()
