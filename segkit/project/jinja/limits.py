"""Jinja's sandbox with bounds: templates fill neither the memory nor the day.

The sandbox keeps templates away from Python's insides. It does not stop
``'a' * 10**8``, ``2 ** 10**9`` or loops in loops in loops; this does: all that a
template does is paid from a ``Budget``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segkit.project.jinja.budget import (
    MAX_OUTPUT,
    ROUNDS,
    Budget,
    LimitError,
    at_most,
    check_made,
    check_operation,
)

MAX_CALLS = 100  # of macros inside each other
_FILTER, _ITEM, _CALL = 5, 10, 30  # what they cost, in nodes of a value that Python walks over
_DROPPED_FILTERS = {"urlize", "xmlattr", "filesizeformat"}
_MACROS: tuple[type[nodes.Macro | nodes.CallBlock], ...] = (nodes.Macro, nodes.CallBlock)
# what the code of a template calls, put there by ``_generate``; no template can write such a name
_ROUNDS, _SPENT, _WEIGHED, _COPY = "(rounds)", "(spent)", "(weighed)", "(copied)"


@pass_context  # so that nothing is worked out when the template is compiled, and paid once only
def _plain_value(context: Context, value: Any) -> Any:
    """What ``{{ }}`` may print: a function without its brackets is a slip."""
    if callable(value) and not isinstance(value, Undefined):
        raise LimitError("printing a function", "a call needs brackets: `name(...)`")
    return context.environment.budget.weighed(value)  # type: ignore[attr-defined]


class _LimitedCode(CodeGenerator):
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
            optimized=False,  # constants are worked out each time, and paid
        )
        self.budget, self.depth = Budget(), 0
        del self.globals["lipsum"]
        self.globals["range"] = self._range
        for name in _DROPPED_FILTERS:
            del self.filters[name]
        for name, function in self.filters.items():
            self.filters[name] = self._metered(name, function)
        self.filters |= {
            _ROUNDS: self.budget.rounds,
            _SPENT: self.budget.spend,
            _WEIGHED: self.budget.weighed,
            _COPY: self.budget.made,
        }

    def start(self) -> None:
        """Begin a rendering."""
        self.budget.start()
        self.depth = 0

    # what templates do ------------------------------------------------------------------------

    def concat(self, parts: Iterable[Any]) -> str:
        """``"".join`` that stops at MAX_OUTPUT characters."""
        return "".join(self._until_limit(parts))

    def _until_limit(self, parts: Iterable[Any]) -> Iterator[str]:
        size = 0
        for part in parts:
            self.budget.spend(self.budget.weight(part))
            text = str(part)
            size += len(text)
            at_most(MAX_OUTPUT, size, "a text of over 1,000,000 characters")
            yield text

    def _range(self, *args: int) -> range:
        numbers = range(*args)
        at_most(MAX_OUTPUT, len(numbers), ROUNDS)
        return numbers

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        check_operation(self.budget, operator, left, right)
        self.budget.spend(1)
        return self.budget.made(super().call_binop(context, operator, left, right))

    def getattr(self, obj: Any, attribute: str) -> Any:
        self.budget.spend(_ITEM)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        self.budget.spend(_ITEM)
        return super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        __self.budget.spend(_CALL)
        method = getattr(__obj, "__wrapped__", __obj)  # the sandbox wraps `format`
        owner, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
        if isinstance(owner, (str, bytes, int, float, list, tuple, dict)):
            check_made(__self.budget, name, owner, (*args, *kwargs.values()))
        if isinstance(__obj, LoopContext):  # a loop inside itself: `loop(...)`
            args = tuple(map(__self.budget.rounds, args))
        __self.depth += 1
        try:
            if __self.depth > MAX_CALLS:
                message = f"macros that call each other over {MAX_CALLS} deep"
                raise LimitError(message, "does one call itself without end?")
            return __self.budget.made(super().call(__context, __obj, *args, **kwargs))
        finally:
            __self.depth -= 1

    def _metered(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The filter with its work paid; marks such as pass_context are kept."""
        offset = 1 if hasattr(function, "jinja_pass_arg") else 0

        @wraps(function)
        def metered(*args: Any, **kwargs: Any) -> Any:
            value, rest = args[offset], (*args[offset + 1 :], *kwargs.values())
            if name == "join" and isinstance(value, Iterator):
                value = list(value)
                args = (*args[:offset], value, *args[offset + 1 :])
            self.budget.spend(_FILTER)
            check_made(self.budget, name, value, rest)
            return self.budget.made(function(*args, **kwargs))

        return metered

    # from text to code ------------------------------------------------------------------------

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        for loop in source.find_all(nodes.For):
            loop.iter = _through(_ROUNDS, loop.iter, nodes.Const(_size(loop.body)))
        for macro in list(source.find_all(_MACROS)):
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


def _size(body: Iterable[nodes.Node]) -> int:
    """How much is done when this is run once."""
    return sum(1 for each in body for _ in each.find_all(nodes.Node))


def _through(name: str, node: nodes.Node, *more: nodes.Expr) -> nodes.Expr:
    assert isinstance(node, nodes.Expr)
    return nodes.Filter(node, name, list(more), [], None, None, lineno=node.lineno)
