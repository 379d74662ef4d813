"""The data of a fit: checked, sampled, and with its features chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segkit.core.columns import Column
from segkit.core.fit import Fit
from segkit.core.tree import columns as columns_of_tree
from segkit.engines.base import Engine
from segkit.errors import DataError, Label, Problem
from segkit.learn.check import find_problems, find_type_problems, find_warnings
from segkit.learn.features import candidates, choose_features, with_words
from segkit.learn.numbers import Floats
from segkit.learn.summary import Sample, Scan, Summary, read_sample, scan, summarise
from segkit.project.nodes import Feature, Segmentation


@dataclass(frozen=True, eq=False)
class Data:
    """``features`` are all declared or chosen ones; ``used`` those that customers differ in.

    ``sample`` also has the columns that the previous fit's tree asks for.
    """

    features: tuple[Feature, ...]
    used: tuple[Feature, ...]
    columns: tuple[Column, ...]  # of the features
    summaries: tuple[Summary, ...]  # of the features
    sample: Sample
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]

    def values(self, features: Sequence[Feature]) -> Floats:
        places = [self.sample.columns.index(feature.column) for feature in features]
        return self.sample.X[:, places]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def read_data(
    segmentation: Segmentation,
    engine: Engine,
    relation: str,
    columns: Sequence[Column],
    previous: Fit | None,
) -> Data:
    """Return the data of a fit.

    Raises
    ------
    DataError
        With all problems that the data has, not the first only.
    """
    by_name = {column.name: column for column in columns}
    problems = list(find_type_problems(segmentation, columns))
    if segmentation.key not in by_name:
        problems.append(_no_key(segmentation, by_name))
        raise DataError(problems)
    features = segmentation.features
    said: tuple[str, ...] = ()
    if not features:
        features, said = _choose(segmentation, engine, relation, columns)
    features = tuple(
        f for f in features if f.column in by_name and by_name[f.column].type.is_numeric
    )
    counted = _scan(segmentation, engine, relation, [f.column for f in features])
    problems += find_problems(counted, segmentation, features)
    if problems:
        raise DataError(problems)

    asked = columns_of_tree(previous.tree) if previous else ()
    needed = dict.fromkeys((*(f.column for f in features), *asked))
    wanted = [by_name[c] for c in needed if c in by_name and by_name[c].type.is_numeric]
    sample = read_sample(engine, relation, segmentation.key, wanted, salt=salt(segmentation))
    summaries = tuple(
        summarise(counted.counts(f.column), sample.column(f.column)) for f in features
    )
    used = tuple(f for f, s in zip(features, summaries, strict=True) if not s.is_constant)
    if not used:
        raise DataError(_nothing_left(segmentation, [f.column for f in features]))
    words = {feature.column: with_words(feature) for feature in features}
    return Data(
        features=tuple(words[f.column] for f in features),
        used=tuple(words[f.column] for f in used),
        columns=tuple(by_name[f.column] for f in features),
        summaries=summaries,
        sample=sample,
        assumptions=said,
        warnings=find_warnings(features, summaries, sample, segmentation.clusters.k),
    )


def salt(segmentation: Segmentation) -> str:
    """What is hashed with the key, so that no generator's own hash is met by chance."""
    return f"segkit:{segmentation.clusters.seed}"


def _choose(
    segmentation: Segmentation, engine: Engine, relation: str, columns: Sequence[Column]
) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    possible = candidates(segmentation, columns)
    counted = _scan(segmentation, engine, relation, [column.name for column in possible])
    if counted.rows == 0:
        raise DataError(find_problems(counted, segmentation, ()))
    sample = read_sample(engine, relation, segmentation.key, possible, salt=salt(segmentation))
    summaries = [summarise(counted.counts(c.name), sample.column(c.name)) for c in possible]
    chosen, said = choose_features(segmentation, possible, summaries)
    if not chosen:
        raise DataError(_nothing_left(segmentation, [column.name for column in columns]))
    return chosen, said


def _scan(
    segmentation: Segmentation, engine: Engine, relation: str, columns: Sequence[str]
) -> Scan:
    return scan(engine, relation, segmentation.key, columns, columns)


def _no_key(segmentation: Segmentation, columns: Iterable[str]) -> Problem:
    return Problem(
        "SK104",
        f"key `{segmentation.key}` is not in {segmentation.relation}",
        labels=(Label(segmentation.key_place),),
        help=f"{segmentation.relation} has: {', '.join(columns)}",
    )


def _nothing_left(segmentation: Segmentation, columns: Sequence[str]) -> Problem:
    return Problem(
        "SK313",
        f"{segmentation.relation} has no numeric column in which customers differ",
        labels=(Label(segmentation.place),),
        help=f"add features to the model; looked at: {', '.join(columns)}",
    )
