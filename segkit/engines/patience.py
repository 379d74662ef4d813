"""How long to wait for what another process holds, and whom to tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """How long to wait for a lock (None: for ever), and whom to tell, once."""

    timeout: float | None
    on_wait: Callable[[str], None]
