"""A page: what is said of a result, in blocks that know neither a width nor an output.

Who builds one says what stands there and in which order; ``render_text`` and
``render_markdown`` make it text. Cells and sentences are as they are said: it is
the renderers that make control characters visible, and escape.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """Prose. ``indent`` and ``hang`` are where its first line begins, and where the others do.

    Not ``wraps``: a line that is longer than the page stays one, as a command has to.
    """

    text: str
    indent: int = 0
    hang: int = 2
    wraps: bool = True


@dataclass(frozen=True)
class Rows:
    """Cells in columns; ``align`` has a letter for each: l or r. Of ``has_head`` the first names.

    The last column takes what is left of a line, and is clipped there; if that is less than
    ``least``, and not enough, it stands on a line below each row. None: it is whole.
    ``shrinks`` is another column, which is clipped where it makes a row longer than the page.
    """

    cells: tuple[tuple[str, ...], ...]
    align: str
    has_head: bool = False
    indent: int = 0
    gap: int = 2
    least: int | None = None
    shrinks: int | None = None


@dataclass(frozen=True)
class Cards:
    """A head of cells, in columns, with sentences under it, for each of several things."""

    heads: tuple[tuple[str, ...], ...]
    align: str
    bodies: tuple[tuple[Sentence, ...], ...]


Block = Sentence | Rows | Cards


@dataclass(frozen=True)
class Section:
    """Blocks that belong together, under a title if there is one."""

    blocks: tuple[Block, ...]
    title: str = ""


Page = tuple[Section, ...]


def line(text: str, indent: int = 0) -> Sentence:
    """A sentence that stays on its line."""
    return Sentence(text, indent, wraps=False)
