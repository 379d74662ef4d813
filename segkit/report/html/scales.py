"""Scales, ticks and the width of texts: all that figures share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# widths of letters in hundredths of the size of the letters, of a common sans-serif at its widest
_NARROW, _DIGITS, _WIDE = "iljtfrI.,:;'|!()[] ", "0123456789$€£", "mwMW@%"
_WIDTHS = {
    **dict.fromkeys(_NARROW, 38),
    **dict.fromkeys(_DIGITS, 64),
    **dict.fromkeys(_WIDE, 99),
}
_CAPITAL, _LETTER, _OTHER = 72, 62, 105


@dataclass(frozen=True)
class Scale:
    """Where numbers lie between two ends of a picture, in its units.

    ``is_log``: evenly on ln(1 + x), below 0 as at 0.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        """The place, one beyond an end as the end."""
        low, high, at = (self._on(x) for x in (self.low, self.high, value))
        share = (at - low) / (high - low) if high > low else 0.5
        return self.start + (self.end - self.start) * min(max(share, 0.0), 1.0)

    def _on(self, value: float) -> float:
        return math.log1p(max(value, 0.0)) if self.is_log else value

    def ticks(self, most: int = 5) -> list[float]:
        """Round numbers between the ends, at most so many."""
        return log_ticks(self.high, most) if self.is_log else even_ticks(self.low, self.high, most)


def even_ticks(low: float, high: float, most: int) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten, from ``low`` to ``high``.

    >>> even_ticks(0, 100, 5), even_ticks(0.2, 0.9, 4)
    ([0.0, 50.0, 100.0], [0.2, 0.4, 0.6, 0.8])
    """
    if high <= low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    steps = (step * power for step in (1, 2, 5, 10, 20, 50))
    step = next(s for s in steps if math.floor(high / s + 1e-9) - math.ceil(low / s - 1e-9) < most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def log_ticks(high: float, most: int) -> list[float]:
    """Return 0 and numbers like 1, 2, 5, 10, ... up to ``high``, as close as ``most`` allows.

    >>> log_ticks(14000, 6), log_ticks(14000, 4)
    ([0.0, 1.0, 10.0, 100.0, 1000.0, 10000.0], [0.0, 1.0, 100.0, 10000.0])
    >>> log_ticks(60, 7), log_ticks(60, 5)
    ([0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0], [0.0, 1.0, 3.0, 10.0, 30.0])
    """
    powers = max(0, math.floor(math.log10(max(high, 1.0))))
    for steps in ((1, 2, 5), (1, 3)):
        ticks = [step * 10.0**power for power in range(powers + 1) for step in steps]
        if len(found := [0.0, *(tick for tick in ticks if tick <= high)]) <= most:
            return found
    every = max(1, math.ceil(powers / max(most - 2, 1)))
    return [0.0, *(10.0**power for power in range(0, powers + 1, every))]


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is, rather too much than too little."""
    widths = (_WIDTHS.get(c, _of_letter(c)) for c in text)
    return sum(widths) * size / 100


def _of_letter(letter: str) -> int:
    if ord(letter) > 0x2E80:  # East Asian letters and emoji are square
        return _OTHER
    return _CAPITAL if letter.isupper() else _LETTER


def clipped(text: str, size: float, width: float) -> str:
    """Return the text, or as much of it as there is room for, and an ellipsis."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def padded(values: Sequence[float], share: float = 0.05) -> tuple[float, float]:
    """Return the least and the greatest value with some room around them."""
    low, high = min(values), max(values)
    room = (high - low) * share or abs(high) * share or 1.0
    return low - room, high + room
