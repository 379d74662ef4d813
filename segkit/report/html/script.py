"""The script of a page: its parts, one after the other, in a scope of their own."""

from __future__ import annotations

from importlib.resources import files

from markupsafe import Markup

from segkit.report.html.markup import tag

# a part may use those before it, and only the last one does anything by itself
PARTS = ("basics", "reading", "filter", "customer", "counts", "what_if", "cube", "start")


def page_script() -> Markup:
    """Return the element; it comes after all that it makes move."""
    folder = files("segkit.report.html").joinpath("js")
    parts = (folder.joinpath(f"{part}.js").read_text("utf-8") for part in PARTS)
    return tag("script", Markup("(() => {\n'use strict';\n" + _lean("\n".join(parts)) + "})();\n"))


def _lean(script: str) -> str:
    """The script without its comments and indents: a third less.

    No text in it runs over several lines, or has two slashes after a space.
    """
    lines = (f" {line.strip()}".split(" //")[0].strip() for line in script.splitlines())
    return "".join(f"{line}\n" for line in lines if line)
