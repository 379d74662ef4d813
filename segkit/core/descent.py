"""What became of segments from one fit to the next, told by the customers whom they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

MAJORITY = 0.5  # a segment goes where more than this share of its customers go

Kind = Literal["kept", "split", "merged", "new", "retired"]


@dataclass(frozen=True)
class Descent:
    """``id`` came from the segments ``of``; one that is retired went into them instead.

    Kept: it has its id from before. Merged: most customers of two or more earlier segments
    are in it, whether or not it kept the id of one. Split: it has a new id, and most of its
    customers come from one earlier segment. New: neither.
    """

    id: str
    kind: Kind
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class BucketDescent:
    """As of a segment, but a name does not follow the customers: it can have moved."""

    id: str
    kind: Kind | Literal["moved"]
    of: tuple[str, ...] = ()


def descents(
    before: Sequence[str], after: Sequence[str], shared: Mapping[tuple[str, str], float]
) -> tuple[Descent, ...]:
    """Return the descent of each segment of ``after``, then those of ``before`` that are retired.

    ``before``, ``after``: the ids of the segments, in their order.
    ``shared``: customers by (id before, id after), also of the unassigned.

    Exactly half is no majority, so that no customer speaks for two segments: a segment that
    falls into equal halves goes to neither, and its halves are split from it.

    >>> descents("AB", "AC", {("A", "A"): 6, ("A", "C"): 3, ("B", "C"): 1})
    (Descent(id='A', kind='kept', of=('A',)), Descent(id='C', kind='split', of=('A',)), \
Descent(id='B', kind='retired', of=('C',)))
    """
    went = {
        old: _most({new: shared.get((old, new), 0) for new in after}, shared, old, 0)
        for old in before
    }
    came = {
        new: _most({old: shared.get((old, new), 0) for old in before}, shared, new, 1)
        for new in after
    }
    found = []
    for new in after:
        from_ = tuple(old for old in before if went[old] == new)
        origin = came[new]
        if len(from_) > 1:
            found.append(Descent(new, "merged", from_))
        elif new in before:
            found.append(Descent(new, "kept", (new,)))
        elif origin is not None:
            found.append(Descent(new, "split", (origin,)))
        else:
            found.append(Descent(new, "new"))
    gone = (old for old in before if old not in after)
    return (*found, *(Descent(old, "retired", _into(went[old])) for old in gone))


def bucket_descents(
    before: Sequence[str], after: Sequence[str], shared: Mapping[tuple[str, str], float]
) -> tuple[BucketDescent, ...]:
    """Return the descent of buckets, whose names do not follow the customers.

    One is kept if most of its customers from before are in it, and they are most of it now;
    else it has moved, to where the bucket ``of`` was, if most of its customers come from one.

    >>> shared = {("1", "1"): 9, ("2", "2"): 2, ("2", "3"): 7, ("3", "3"): 1}
    >>> [(each.id, each.kind, each.of) for each in bucket_descents("123", "123", shared)]
    [('1', 'kept', ('1',)), ('2', 'moved', ('2',)), ('3', 'moved', ('2',))]
    """
    found = []
    for each in descents(before, after, shared):
        bucket = BucketDescent(each.id, each.kind, each.of)
        if each.id in before and each.id in after:
            came = _most({old: shared.get((old, each.id), 0) for old in before}, shared, each.id, 1)
            went = _most({new: shared.get((each.id, new), 0) for new in after}, shared, each.id, 0)
            is_kept = came == went == each.id
            bucket = BucketDescent(each.id, "kept" if is_kept else "moved", _into(came))
        found.append(bucket)
    return tuple(found)


def _into(new: str | None) -> tuple[str, ...]:
    return () if new is None else (new,)


def _most(
    counts: Mapping[str, float], shared: Mapping[tuple[str, str], float], id_: str, side: int
) -> str | None:
    """The segment that has the majority of the customers of ``id_``, if one has."""
    everybody = sum(n for pair, n in shared.items() if pair[side] == id_)
    return next((other for other, n in counts.items() if n > MAJORITY * everybody), None)
