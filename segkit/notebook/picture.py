"""A drawing of the page by itself: a notebook shows it, and it can be saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from zlib import crc32

from markupsafe import Markup

from segkit.errors import ConfigError, Problem, file_problem
from segkit.report.html.markup import Content, joined, tag
from segkit.report.html.palette import mark_symbols, scoped_css
from segkit.report.html.standalone import figures_css, standalone_svg


@dataclass(frozen=True, repr=False)
class Picture:
    """``figure`` is what the page has; ``note`` is what has to be said under it."""

    title: str
    figure: Markup
    note: str = ""

    def __repr__(self) -> str:
        return f"<Picture: {self.title}>"

    def _repr_html_(self) -> str:
        return shown(tag("div", self.title, class_="ti"), self.figure, small(self.note))

    @property
    def svg(self) -> str:
        """The picture as one SVG file."""
        return standalone_svg(self.figure, self.title)

    def save(self, path: str | Path) -> Path:
        """Write the picture as SVG, and return where it is.

        Raises
        ------
        ConfigError
            SK702 for another kind of file, SK002 for one that cannot be written.
        """
        file = Path(path)
        if file.suffix.lower() != ".svg":
            message = f"{file.name}: a picture is saved as SVG"
            hint = f'.save("{file.stem}.svg"); browsers show it, and make other kinds of it'
            raise ConfigError(Problem("SK702", message, help=hint))
        try:
            file.write_text(self.svg, encoding="utf-8")
        except OSError as error:
            raise ConfigError(file_problem(error)) from error
        return file


def shown(*content: Content) -> str:
    """Return HTML that has all that it needs, and changes nothing beside it."""
    inner = joined(content)
    name = f"segkit-{crc32(inner.encode()):08x}-"
    marks = tag("svg", mark_symbols(name), class_="marks", aria_hidden="true")
    return str(tag("div", tag("style", scoped_css(name, _looks())), marks, inner, class_=name))


def small(said: str) -> Markup | None:
    return tag("div", said, class_="sub") if said else None


@cache
def _looks() -> str:
    own = files("segkit.notebook").joinpath("notebook.css").read_text("utf-8")
    return f"{figures_css()}{own}"
