"""Jinja's sandbox with bounds: templates fill neither the memory nor the day.

The sandbox keeps templates away from Python's insides. It does not stop
``'a' * 10**8``, ``2 ** 10**9`` or loops in loops in loops; this does. All that
a template does is paid from one budget: rounds, calls and filters, and every
character and element that is made or looked at. What would be huge at one
stroke is refused before it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context, pass_environment
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from segkit.project.jinja.shape import check_nesting, check_repeated

MAX_OUTPUT = 1_000_000  # characters of one text, elements of one list
MAX_WORK = 10_000_000  # of one rendering: a few seconds, a few hundred megabytes
MAX_TOTAL = 50_000_000  # of all renderings of a project
MAX_CALLS = 100  # of macros inside each other
MAX_LEVELS = 50  # of lists inside each other
MAX_WIDTH = 10_000
MAX_BITS = 4_096  # of a whole number

# what things cost, in nodes of a value that Python walks over
_ROUND, _HOLDER, _FILTER, _ITEM, _CALL = 3, 3, 5, 10, 30
_COPIED = 5  # characters or elements that are copied in the time of one
_SLOW = {"groupby": 50, "sort": 5, "dictsort": 5, "unique": 5, "wordwrap": 100, "urlencode": 5}

_WIDENING = {"ljust", "rjust", "center", "zfill", "expandtabs", "to_bytes"}
_DROPPED_FILTERS = {"urlize", "xmlattr", "filesizeformat"}
_WIDE_FILTERS = {"center", "indent", "wordwrap", "batch", "slice", "tojson", "truncate", "round"}
_BREAKS = {"indent": "\n", "tojson": ",", "wordwrap": ""}  # after which something may be put
# they look at no element, or at each only when it is asked for
_CHEAP_FILTERS = {"attr", "count", "d", "default", "first", "last", "length", "map"}
_CHEAP_METHODS = {"get", "items", "keys", "values"}


_ADVICE = "loop over less, or let the database do it: a template only makes the text of a query"


_PLAIN = {int, float, bool, type(None)}
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_HOLDERS = (list, tuple, dict, set, frozenset, Namespace, *_VIEWS)


class LimitError(SecurityError):
    """A template asked for more than a project ever needs; ``help`` is the next step."""

    def __init__(self, message: str, help_text: str = _ADVICE) -> None:
        super().__init__(message)
        self.help = help_text


def _too_much(what: str) -> LimitError:
    return LimitError(f"{what} is more than segkit allows")


def _check_length(length: int) -> None:
    if length > MAX_OUTPUT:
        raise _too_much("a text or list of over 1,000,000 elements")


def _check_width(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, int) and abs(value) > MAX_WIDTH:
            raise _too_much("a width of over 10,000")


def _check_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise _too_much(f"a number of over {MAX_BITS:,} bits")


def _weight(value: Any, most: int) -> int:
    """Elements of a value, what it holds included, texts by their length; up to ``most``."""
    total = 0
    walked = [iter((value,))]
    while walked and total <= most:
        for each in walked[-1]:
            total += 1
            if type(each) in _PLAIN:  # first, for there are most of them
                pass
            elif isinstance(each, (str, bytes)):
                total += len(each) // _COPIED
            elif isinstance(each, range):
                total += len(each)
            elif isinstance(each, _HOLDERS):
                total += _HOLDER
                walked.append(_held(each))
                if len(walked) > MAX_LEVELS:
                    raise _too_much(f"a list inside more than {MAX_LEVELS} others")
                break
            if total > most:
                break
        else:
            walked.pop()
    return total


def _held(value: Any) -> Iterator[Any]:
    if isinstance(value, Namespace):
        value = value._Namespace__attrs
    if isinstance(value, dict):
        return (part for pair in value.items() for part in pair)
    return iter(value)


def _flat(values: Any) -> Iterable[Any]:
    if isinstance(values, dict):
        return values.values()
    return values if isinstance(values, (tuple, list)) else (values,)


def _check_format(environment: LimitedEnvironment, text: str, values: Iterable[Any]) -> None:
    for digits in re.findall(r"\d+", text):
        _check_width([int(digits[:20])])
    values = list(values)
    if "*" in text or re.search(r"\{[^{}]*\{", text):  # a width from an argument
        _check_width(values)
    # one value may be named many times
    times = text.count("{") + text.count("%(") or 1
    environment.spend(times * environment.weight(values))


def _check_operation(environment: LimitedEnvironment, operator: str, left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length(), right.bit_length()
        _check_bits(max(bits))
        if operator == "*":
            _check_bits(sum(bits))
        elif operator == "**":
            _check_bits(bits[0] * max(right, 1))
    elif operator == "+" and isinstance(left, Sized) and isinstance(right, Sized):
        _check_length(len(left) + len(right))
    elif operator == "*":
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Sized) and isinstance(other, int):
                _check_length(len(one) * other)
    elif operator == "%" and isinstance(left, (str, bytes)):
        _check_format(environment, str(left), _flat(right))


def _check_call(environment: LimitedEnvironment, function: Any, args: tuple[Any, ...]) -> None:
    """Methods of built-in values that look at much, or make much of little."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(owner, (str, bytes, int, float, list, tuple, dict)):
        return
    if name not in _CHEAP_METHODS:
        environment.spend(environment.weight((owner, args)))
    if name in _WIDENING:
        _check_width(args)
        if isinstance(owner, str):
            widths = [width for width in args if isinstance(width, int)]
            _check_length(owner.count("\t") * max(widths, default=8))
    elif name == "replace" and isinstance(owner, str) and len(args) > 1:
        _check_replace(owner, args[0], args[1])
    elif name == "join" and isinstance(owner, str) and args:
        _check_join(args[0], owner)
    elif name == "translate" and isinstance(owner, str) and args:
        _check_length(len(owner) * max((len(str(v)) for v in _flat(args[0])), default=1))


def _check_replace(text: str, old: Any, new: Any) -> None:
    _check_length(len(text) + text.count(str(old)) * len(str(new)))


def _check_join(values: Any, separator: str) -> None:
    if isinstance(values, Sized):
        _check_length(len(values) * len(separator))
        if isinstance(values, (list, tuple)):
            _check_length(sum(len(str(value)) for value in values))


def _check_filter(name: str, value: Any, rest: tuple[Any, ...]) -> None:
    if name in _WIDE_FILTERS:
        _check_width(rest)
    if name == "replace" and len(rest) > 1:
        _check_replace(str(value), rest[0], rest[1])
    elif name == "join":
        _check_join(value, str(rest[0]) if rest else "")
    elif name in _BREAKS and rest:
        widest = max(each if isinstance(each, int) else len(str(each)) for each in rest)
        text = str(value)
        _check_length(len(text) + text.count(_BREAKS[name]) * widest)
    elif name == "sum" and any(isinstance(each, Sized) for each in rest[1:]):
        raise LimitError("a sum of lists", "join two lists by `+`")


# what the code of a template calls, put there by ``_generate``; no template can write such a name
_ROUNDS, _SPENT, _WEIGHED, _COPY = "(rounds)", "(spent)", "(weighed)", "(copied)"


@pass_context  # such a filter is not run when the template is compiled
def _rounds(context: Context, value: Any, size: int) -> Any:
    return context.environment.rounds(value, size)  # type: ignore[attr-defined]


@pass_context
def _spent(context: Context, size: int) -> None:
    context.environment.spend(size)  # type: ignore[attr-defined]


@pass_context
def _weighed(context: Context, value: Any) -> Any:
    environment: Any = context.environment
    environment.spend(environment.weight(value))
    return value


@pass_context
def _copied(context: Context, value: Any) -> Any:
    return context.environment.made(value)  # type: ignore[attr-defined]


@pass_environment
def _plain_value(environment: LimitedEnvironment, value: Any) -> Any:
    """What ``{{ }}`` may print: a function without its brackets is a slip."""
    if callable(value) and not isinstance(value, Undefined):
        raise LimitError("printing a function", "a call needs brackets: `name(...)`")
    environment.spend(environment.weight(value))
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

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
    code_generator_class = _LimitedCode

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            extensions=["jinja2.ext.do"],
            keep_trailing_newline=True,
            finalize=_plain_value,
        )
        self.work, self.left, self.depth = 0, MAX_WORK, 0
        self.total = 0
        del self.globals["lipsum"]
        self.globals["range"] = self._range
        for name in _DROPPED_FILTERS:
            del self.filters[name]
        for name, function in self.filters.items():
            self.filters[name] = self._metered(name, function)
        self.filters |= {_ROUNDS: _rounds, _SPENT: _spent, _WEIGHED: _weighed, _COPY: _copied}

    # the budget -----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin a rendering: it has a budget of its own, as far as that of all lasts."""
        self.total += self.work
        self.work, self.left, self.depth = 0, min(MAX_WORK, MAX_TOTAL - self.total), 0

    def spend(self, amount: int) -> None:
        self.work += amount
        if self.work > self.left:
            raise _too_much("what this template does, in loops, calls and texts,")

    def weight(self, value: Any) -> int:
        return _weight(value, self.left - self.work)

    def rounds(self, value: Any, size: int = 1) -> Any:
        """What a loop goes over, its rounds paid; ``size`` is that of what is done in each."""
        if not hasattr(value, "__len__"):
            return self._counted(iter(value), size)
        _check_rounds(len(value))
        self.spend((_ROUND + size) * len(value))
        return value

    def made(self, value: Any) -> Any:
        """A new value, paid."""
        if isinstance(value, (str, bytes, list, tuple, dict)):
            _check_length(len(value))
            self.spend(len(value) // _COPIED + 1)
        elif isinstance(value, int):
            _check_bits(value.bit_length())
        elif isinstance(value, Iterator):
            return self._counted(value)
        return value

    def _counted(self, values: Iterator[Any], size: int = 0) -> Iterator[Any]:
        for value in values:
            self.spend(_ROUND + size + self.weight(value))
            yield value

    # what templates do ------------------------------------------------------------------------

    def concat(self, parts: Iterable[Any]) -> str:
        """``"".join`` that stops at MAX_OUTPUT characters."""
        return "".join(self._until_limit(parts))

    def _until_limit(self, parts: Iterable[Any]) -> Iterator[str]:
        size = 0
        for part in parts:
            self.spend(self.weight(part))
            text = str(part)
            size += len(text)
            if size > MAX_OUTPUT:
                raise _too_much("a text of over 1,000,000 characters")
            yield text

    def _range(self, *args: int) -> range:
        numbers = range(*args)
        _check_rounds(len(numbers))
        return numbers

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _check_operation(self, operator, left, right)
        self.spend(1)
        return self.made(super().call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def limited(*args: Any, **kwargs: Any) -> str:
            _check_format(self, str(value.__self__), [*_flat(args), *kwargs.values()])
            return wrapped(*args, **kwargs)

        return limited

    def getattr(self, obj: Any, attribute: str) -> Any:
        self.spend(_ITEM)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        self.spend(_ITEM)
        return super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        __self.spend(_CALL)
        _check_call(__self, __obj, (*args, *kwargs.values()))
        if isinstance(__obj, LoopContext):  # a loop inside itself: `loop(...)`
            args = tuple(map(__self.rounds, args))
        __self.depth += 1
        try:
            if __self.depth > MAX_CALLS:
                message = f"macros that call each other over {MAX_CALLS} deep"
                raise LimitError(message, "does one call itself without end?")
            return __self.made(super().call(__context, __obj, *args, **kwargs))
        finally:
            __self.depth -= 1

    def _metered(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The filter with its work paid; marks such as pass_context are kept."""
        offset = 1 if hasattr(function, "jinja_pass_arg") else 0

        def metered(*args: Any, **kwargs: Any) -> Any:
            value, rest = args[offset], (*args[offset + 1 :], *kwargs.values())
            if name == "join" and isinstance(value, Iterator):
                value = list(value)
                args = (*args[:offset], value, *args[offset + 1 :])
            looked_at = rest if name in _CHEAP_FILTERS else (value, rest)
            self.spend(_FILTER + _SLOW.get(name, 1) * self.weight(looked_at))
            _check_filter(name, value, rest)
            return self.made(function(*args, **kwargs))

        for mark in ("jinja_pass_arg", "jinja_async_variant"):
            if hasattr(function, mark):
                setattr(metered, mark, getattr(function, mark))
        return metered

    # from text to code ------------------------------------------------------------------------

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        check_nesting(self.lexer.tokeniter(source, name, filename), name, filename)
        template = super()._parse(source, name, filename)
        check_repeated(template, name, filename)
        return template

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        for loop in source.find_all(nodes.For):
            loop.iter = _through(_ROUNDS, loop.iter, nodes.Const(_size(loop.body)))
        macros: list[nodes.Macro | nodes.CallBlock] = [
            *source.find_all(nodes.Macro),
            *source.find_all(nodes.CallBlock),
        ]
        for macro in macros:
            size = nodes.Const(_size(macro.body))
            macro.body.insert(0, nodes.ExprStmt(_through(_SPENT, size), lineno=macro.lineno))
        for compared in source.find_all(nodes.Compare):
            compared.expr = _through(_WEIGHED, compared.expr)
            for operand in compared.ops:
                operand.expr = _through(_WEIGHED, operand.expr)
        for item in source.find_all(nodes.Getitem):
            if isinstance(item.arg, nodes.Slice):
                item.node = _through(_COPY, item.node)
        return super()._generate(source, name, filename, defer_init)


def _check_rounds(rounds: int) -> None:
    if rounds > MAX_OUTPUT:
        raise _too_much("a loop of over 1,000,000 rounds")


def _size(body: Iterable[nodes.Node]) -> int:
    """How much is done when this is run once."""
    return sum(1 for each in body for _ in each.find_all(nodes.Node))


def _through(name: str, node: nodes.Node, *more: nodes.Expr) -> nodes.Expr:
    assert isinstance(node, nodes.Expr)
    return nodes.Filter(node, name, list(more), [], None, None, lineno=node.lineno)
