"""What a change may speak of: the rules, their features and segments, in a person's words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from segkit.core.fit import FittedFeature
from segkit.core.labels import number_text
from segkit.core.tree import Below, OneOf, Split, Test, Tree, leaves, splits

OPERATOR = re.compile(r"<=|>=|<|>|=|\bin\b", re.IGNORECASE)


@dataclass(frozen=True)
class Rulebook:
    """The rules and their words.

    ``codes``: segment id -> code.
    ``integers``: columns of whole numbers.
    ``names``: segment id -> its names: the fit's, and a given one.
    ``own``: segment id -> the column, of segments that are of those without a value there.
    """

    tree: Tree
    features: tuple[FittedFeature, ...]
    codes: Mapping[str, int]
    integers: frozenset[str] = frozenset()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)

    def feature(self, column: str) -> FittedFeature:
        return next(feature for feature in self.features if feature.column == column)

    def segment(self, said: str) -> str | None:
        """The id of the segment that a person calls so: by its id, its name, or both."""
        said = _folded(said)
        for id_ in self.codes:
            if said == id_.lower():
                return id_
        called = [
            id_
            for id_, names in self.names.items()
            if said
            in {text for name in names for text in (_folded(name), _folded(f"{id_} {name}"))}
        ]
        return called[0] if len(called) == 1 else None

    def segments(self) -> str:
        """All segments, for a person who named none of them."""
        called = {id_: names[-1] for id_, names in self.names.items()}
        return ", ".join(f"{i} ({called[i]})" if i in called else i for i in self.codes)

    def normal(self, column: str, test: Test) -> Test:
        """The test as it is compared with others: whole numbers up to 41 are those below 42."""
        if not isinstance(test, Below) or column not in self.integers:
            return test
        if test.inclusive:
            return Below(test.cut.to_integral_value(ROUND_FLOOR) + 1)
        return Below(test.cut.to_integral_value(ROUND_CEILING))

    def cuts(self, within: str | None = None) -> dict[str, None]:
        """Each cut as a change would name it, in the order of the tree.

        ``within``: only those that lead to this segment.
        """
        return {spoken(split.column, split.test): None for split in self.cut_splits(within)}

    def has(self, column: str, test: Test) -> bool:
        return self.cut(column, test) in {self.cut(s.column, s.test) for s in self.cut_splits()}

    def cut(self, column: str, test: Test) -> tuple[str, Test]:
        """What is equal for tests that are one cut."""
        return column, self.normal(column, test)

    def examples(self) -> str:
        """What can be said, with a cut of these rules."""
        split = next(iter(self.cut_splits()), None)
        if split is None:
            return '"age < 42 -> A" puts customers into A'
        cut = spoken(split.column, split.test)
        ids = {code: id_ for id_, code in self.codes.items()}
        there = next(ids[leaf.code] for leaf in leaves(split) if leaf.code in ids)
        said = [
            f"{quoted(f'{cut} -> remove')} takes it out",
            f"{quoted(f'{cut} -> {there}')} puts them into {there}",
        ]
        if isinstance(split.test, Below):
            near = number_text(_near(split.test.cut))
            said.insert(0, f"{quoted(f'{cut} -> {near}')} moves a cut")
            only = quoted(f"in {there}: {cut} -> {near}")
            said.append(f"{only} moves it only where it leads to {there}")
        return ", ".join(said)

    def cut_splits(self, within: str | None = None) -> list[Split]:
        """The splits that a person sees as cuts: not those that ask whether a value is known."""
        code = None if within is None else self.codes[within]
        return [
            split
            for split in splits(self.tree)
            if isinstance(split.test, Below | OneOf)
            and (code is None or code in {leaf.code for leaf in leaves(split)})
        ]


def spoken(column: str, test: Test) -> str:
    """The condition that a test asks, as a change names it: ``age < 42``."""
    if isinstance(test, OneOf):
        return f"{shown(column)} in ({', '.join(test.levels)})"
    assert isinstance(test, Below)
    sign = "<=" if test.inclusive else "<"
    return f"{shown(column)} {sign} {number_text(test.cut)}"


def shown(column: str) -> str:
    """The column as a change can name it: in quotes where it holds an operator."""
    return f'"{column}"' if OPERATOR.search(column) else column


def quoted(text: str) -> str:
    """As people write it for a shell, unless that would read something in it."""
    return shlex.quote(text) if set(text) & set('"$`\\!') else f'"{text}"'


def _folded(name: str) -> str:
    return " ".join(name.lower().split())


def _near(cut: Decimal) -> Decimal:
    """The next rounder number below: 390 of 392, 41 of 42."""
    step = Decimal(1).scaleb(cut.adjusted() - 1)
    if cut == cut.to_integral_value():
        step = max(step, Decimal(1))
    below = (cut / step).to_integral_value(ROUND_FLOOR) * step
    return below if below != cut else cut - step
