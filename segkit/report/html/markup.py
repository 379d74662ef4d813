"""HTML that is made of tags: what is no markup is escaped, wherever it comes from.

Text of the data (names, columns, levels, ids) is a ``str``, and so becomes text: there is no
way to put it on the page as anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from markupsafe import Markup

Content = Markup | str | int | float | None
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "col"})
_SVG_EMPTY = frozenset({"circle", "line", "path", "polygon", "polyline", "rect", "use"})


def tag(
    name: str, /, *content: Content | Iterable[Content], **attributes: Content | bool
) -> Markup:
    """Return the element.

    Parameters
    ----------
    *content : Markup, str, number, None, or iterables of these
        None is left out.
    **attributes
        ``class_`` is ``class``, ``data_s`` is ``data-s``; True is an attribute without a value,
        None and False are none. A ``viewBox`` stays as it is.

    >>> tag("p", "1 < 2", class_="sum", hidden=True)
    Markup('<p class="sum" hidden>1 &lt; 2</p>')
    """
    # what is markup as well: its quotes, which a text may keep, would end an attribute
    written = "".join(
        f" {_name(key)}" if value is True else f' {_name(key)}="{escape(f"{value}")}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    inner = joined(content)
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    if name in _SVG_EMPTY and not inner:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{inner}</{name}>")


def joined(parts: Iterable[Content | Iterable[Content]], between: str = "") -> Markup:
    """Return the parts one after the other; what is no markup is escaped."""
    flat: list[Markup] = []
    for part in parts:
        if part is None:
            continue
        if isinstance(part, str | int | float):
            flat.append(_text(part))
        else:
            flat.append(joined(part))
    return _text(between).join(flat)


def _text(content: str | float) -> Markup:
    """Quotes stay as they are: SQL has many, and only attributes end with one."""
    if isinstance(content, Markup):
        return content
    return Markup(escape(f"{content}", quote=False))


def with_code(text: str) -> Markup:
    """Return a sentence in which what stands between backticks is code.

    >>> with_code("see `about:` there")
    Markup('see <code>about:</code> there')
    """
    parts = text.split("`")
    is_code = len(parts) % 2 == 1  # a backtick alone is one
    return (
        joined(tag("code", p) if n % 2 else p for n, p in enumerate(parts))
        if is_code
        else _text(text)
    )


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
