"""Jinja's sandbox with bounds: templates cannot fill the memory.

The sandbox keeps templates away from Python's insides. It does not stop
``'a' * 10**8``, ``2 ** 10**9`` or ``'%999999999d' % 1``; this does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_OUTPUT = 1_000_000  # characters of one text
MAX_ITERATIONS = 1_000_000  # numbers that range() hands out in one rendering
MAX_WIDTH = 10_000
MAX_BITS = 4_096  # of a whole number

_WIDENING = {"ljust", "rjust", "center", "zfill", "expandtabs", "to_bytes"}
_DROPPED_FILTERS = {"urlize", "xmlattr", "filesizeformat"}


class LimitError(SecurityError):
    """A template asked for more than a project ever needs."""


def _too_much(what: str) -> LimitError:
    return LimitError(f"{what} is more than segkit allows")


def limited_concat(parts: Iterable[Any]) -> str:
    """``"".join`` that stops at MAX_OUTPUT characters."""
    return "".join(_until_limit(map(str, parts)))


def _until_limit(parts: Iterable[str]) -> Iterator[str]:
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_OUTPUT:
            raise _too_much("a text of over 1,000,000 characters")
        yield part


def _check_length(length: int) -> None:
    if length > MAX_OUTPUT:
        raise _too_much("a text or list of over 1,000,000 elements")


def _check_width(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, int) and abs(value) > MAX_WIDTH:
            raise _too_much(f"a width of {value:,}")


def _check_format(text: str, values: Iterable[Any]) -> None:
    for digits in re.findall(r"\d+", text):
        _check_width([int(digits[:20])])
    if "*" in text or re.search(r"\{[^{}]*\{", text):  # a width from an argument
        _check_width(values)


def _flat(values: Any) -> Iterable[Any]:
    if isinstance(values, dict):
        return values.values()
    return values if isinstance(values, (tuple, list)) else (values,)


def _check_operation(operator: str, left: Any, right: Any) -> None:
    if operator == "+" and isinstance(left, (str, list, tuple)) and isinstance(right, Sized):
        _check_length(len(left) + len(right))
    elif operator == "*":
        for one, other in ((left, right), (right, left)):
            if isinstance(one, (str, bytes, list, tuple)) and isinstance(other, int):
                _check_length(len(one) * other)
        if isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() + right.bit_length())
    elif operator == "**" and isinstance(left, int) and isinstance(right, int):
        _check_bits(left.bit_length() * max(right, 1))
    elif operator == "%" and isinstance(left, (str, bytes)):
        _check_format(str(left), _flat(right))


def _check_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise _too_much(f"a number of over {MAX_BITS:,} bits")


def _check_call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Methods of built-in values that make something large of something small."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    values = [*args, *kwargs.values()]
    if not isinstance(owner, (str, bytes, int, float)):
        return
    if name in _WIDENING:
        _check_width(values)
    elif name == "replace" and isinstance(owner, str) and len(args) > 1:
        _check_replace(owner, args[0], args[1])
    elif name == "join" and isinstance(owner, str) and args:
        _check_join(args[0], owner)


def _check_replace(text: str, old: Any, new: Any) -> None:
    _check_length(len(text) + text.count(str(old)) * len(str(new)))


def _check_join(values: Any, separator: str) -> None:
    if isinstance(values, Sized):
        _check_length(len(values) * len(separator))
        if isinstance(values, (list, tuple)):
            _check_length(sum(len(str(value)) for value in values))


def _limited_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter with its arguments checked first; marks such as pass_context are kept."""
    offset = 1 if hasattr(function, "jinja_pass_arg") else 0

    def limited(*args: Any, **kwargs: Any) -> Any:
        value, rest = args[offset], (*args[offset + 1 :], *kwargs.values())
        if name == "replace" and len(rest) > 1:
            _check_replace(str(value), rest[0], rest[1])
        elif name == "join":
            value = list(value)
            _check_join(value, str(rest[0]) if rest else "")
            args = (*args[:offset], value, *args[offset + 1 :])
        elif name == "format":
            _check_format(str(value), rest)
        else:
            _check_width(rest)
            if name == "indent" and rest and isinstance(rest[0], int):
                _check_length(len(str(value)) + str(value).count("\n") * rest[0])
        return function(*args, **kwargs)

    for mark in ("jinja_pass_arg", "jinja_async_variant"):
        if hasattr(function, mark):
            setattr(limited, mark, getattr(function, mark))
    return limited


_GUARDED_FILTERS = (
    "center",
    "replace",
    "join",
    "format",
    "indent",
    "wordwrap",
    "batch",
    "slice",
    "tojson",
    "truncate",
    "round",
)


def _plain_value(value: Any) -> Any:
    """What ``{{ }}`` may print: a function without its brackets is a slip."""
    if callable(value) and not isinstance(value, Undefined):
        raise LimitError("printing a function; it needs `(...)`")
    return value


class _LimitedCode(CodeGenerator):
    @optimizeconst
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        # ``~`` is no operator that the sandbox can intercept
        self.write("environment.concat((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class LimitedEnvironment(ImmutableSandboxedEnvironment):
    """An immutable sandbox whose templates are small: text, loops, numbers."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    code_generator_class = _LimitedCode
    concat = staticmethod(limited_concat)

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            extensions=["jinja2.ext.do"],
            keep_trailing_newline=True,
            finalize=_plain_value,
        )
        del self.globals["lipsum"]
        self.globals["range"] = self._range
        self.iterations = 0
        for name in _DROPPED_FILTERS:
            del self.filters[name]
        for name in _GUARDED_FILTERS:
            self.filters[name] = _limited_filter(name, FILTERS[name])

    def _range(self, *args: int) -> range:
        numbers = range(*args)
        self.iterations += len(numbers)
        if self.iterations > MAX_ITERATIONS:
            raise _too_much("a loop of over 1,000,000 rounds")
        return numbers

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def limited(*args: Any, **kwargs: Any) -> str:
            _check_format(str(value.__self__), [*_flat(args), *kwargs.values()])
            return wrapped(*args, **kwargs)

        return limited

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        _check_call(__obj, args, kwargs)
        return super().call(__context, __obj, *args, **kwargs)
