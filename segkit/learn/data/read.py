"""The data of a fit: checked, sampled, and with its features chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.columns import Column
from segkit.core.fact_english import sentences
from segkit.core.facts import Fact
from segkit.core.fit import Fit
from segkit.core.tree import columns as columns_of_tree
from segkit.errors import DataError, Label, Problem
from segkit.files.names import code_by_name
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.choose_features import (
    Candidate,
    Chosen,
    candidates,
    choose_features,
    log_scale,
    with_words,
)
from segkit.learn.data.column_roles import Role, role
from segkit.learn.data.coreset import Axis
from segkit.learn.data.data_problems import (
    few_without_own,
    find_problems,
    find_type_problems,
    label_problems,
    level_problems,
    own_problems,
)
from segkit.learn.data.data_warnings import find_warnings
from segkit.learn.data.levels import LevelSummary, is_category, summarise_levels
from segkit.learn.data.own_columns import OwnColumns, find_own, own_nobody, with_guessed
from segkit.learn.data.summary import (
    Sample,
    Scan,
    Summary,
    axis_of,
    read_sample,
    scan,
    summarise,
)
from segkit.learn.data.text_columns import TextColumn, look_at_texts, why_not
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import NO_LEVELS
from segkit.project.nodes import Feature, Segmentation


@dataclass(frozen=True, eq=False)
class Data:
    """``features`` are all declared or chosen ones; ``used`` those that customers differ in.

    ``sample`` also has the columns that the previous fit's tree asks for, and the
    given labels where there are some.
    """

    segmentation: Segmentation
    features: tuple[Feature, ...]
    used: tuple[Feature, ...]
    columns: tuple[Column, ...]  # of the features
    summaries: tuple[Summary | LevelSummary, ...]  # of the features
    labels: LevelSummary | None  # of the clusters that are given
    sample: Sample
    own: OwnColumns
    assumptions: tuple[Fact, ...]
    warnings: tuple[Fact, ...]

    def values(self, features: Sequence[Feature]) -> Floats:
        places = [self.sample.columns.index(feature.column) for feature in features]
        return self.sample.X[:, places]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def levels(self, feature: Feature) -> tuple[str, ...] | None:
        """The levels of a category; None for a number."""
        return self.sample.levels.get(feature.column)


def read_data(
    segmentation: Segmentation,
    everyone: AllRows,
    previous: Fit | None,
    chosen: Chosen | None = None,
) -> Data:
    """Return the data of a fit.

    ``chosen``: features where none are declared; chosen here without it.

    Raises DataError with all problems that the data has, not the first only.
    """
    checked = _checked(segmentation, everyone, chosen)
    features, by_level = checked.features, checked.by_level
    sample = _sample(segmentation, everyone, checked, previous)
    summaries = tuple(
        by_level[f.column]
        if f in checked.categories
        else summarise(checked.counted.counts(f.column), sample.column(f.column), sample.weight)
        for f in features
    )
    with_own, guessed = with_guessed(segmentation, everyone, features)
    own = find_own(with_own, everyone, features, summaries, checked.counted)
    if own.columns and (problem := few_without_own(with_own, own.rows, own.columns)):
        raise DataError(problem)
    used = tuple(f for f, s in zip(features, summaries, strict=True) if not s.is_constant)
    if not used:
        names = [f.column for f in features]
        raise DataError(_all_alike(segmentation, "column", "add features to the model", names))
    words = {feature.column: with_words(feature) for feature in features}
    columns = tuple(everyone.by_name[f.column] for f in features)
    return Data(
        segmentation=segmentation,
        features=tuple(words[f.column] for f in features),
        used=tuple(words[f.column] for f in used),
        columns=columns,
        summaries=summaries,
        labels=_of_labels(segmentation, by_level),
        sample=sample,
        own=own,
        assumptions=(*(fact for fact in checked.said if fact.code != "own"), *guessed),
        warnings=(
            *find_warnings(features, columns, summaries, sample, with_own),
            *own_nobody(with_own, features, own),
        ),
    )


@dataclass(frozen=True)
class _Checked:
    """Features over all rows, without a problem. ``by_level`` also has the given labels."""

    features: tuple[Feature, ...]
    categories: tuple[Feature, ...]
    counted: Scan
    by_level: dict[str, LevelSummary]
    said: tuple[Fact, ...]  # why these features


def _checked(segmentation: Segmentation, everyone: AllRows, chosen: Chosen | None) -> _Checked:
    """Raise DataError with all that is wrong over all rows."""
    engine, relation, by_name = everyone.engine, everyone.relation, everyone.by_name
    problems = list(find_type_problems(segmentation, everyone.columns, engine.dialect))
    if segmentation.key not in by_name:
        raise DataError(problems)
    if segmentation.features:
        chosen = _of_right_type(segmentation.features, problems), ()
    features, said = chosen or choose(segmentation, everyone)
    if not segmentation.features:
        problems += own_problems(segmentation, features)
    categories = tuple(f for f in features if is_category(f, by_name[f.column]))
    numbers = [f for f in features if f not in categories]
    names = [[f.column for f in some] for some in (numbers, categories)]
    counted = scan(engine, relation, segmentation.key, *names)
    problems += find_problems(counted, segmentation, numbers)
    by_level = {f.column: summarise_levels(engine, relation, f.column) for f in categories}
    for feature in categories if counted.rows else ():
        summary = by_level[feature.column]
        problems += level_problems(feature, summary, segmentation, engine.dialect)
    labels = segmentation.labels
    if labels is not None and labels.column in by_name and counted.rows:
        by_level[labels.column] = summarise_levels(engine, relation, labels.column)
        problems += label_problems(segmentation, labels, by_level[labels.column])
    if problems:
        raise DataError(problems)
    return _Checked(features, categories, counted, by_level, said)


def _of_labels(
    segmentation: Segmentation, by_level: Mapping[str, LevelSummary]
) -> LevelSummary | None:
    return by_level[segmentation.labels.column] if segmentation.labels else None


def _of_right_type(features: Sequence[Feature], problems: Iterable[Problem]) -> tuple[Feature, ...]:
    wrong = {label.place for problem in problems for label in problem.labels}
    return tuple(feature for feature in features if feature.place not in wrong)


def _sample(
    segmentation: Segmentation, everyone: AllRows, checked: _Checked, previous: Fit | None
) -> Sample:
    """Customers with the features, the labels, and what the previous fit's tree asks for."""
    levels = {name: found.levels for name, found in checked.by_level.items()}
    asked = columns_of_tree(previous.tree) if previous else ()
    needed = dict.fromkeys((*(f.column for f in checked.features), *levels, *asked))
    wanted = [everyone.by_name[c] for c in needed if c in everyone.by_name]
    levels |= _levels_of(previous, [c.name for c in wanted if c.name not in levels])
    wanted = [column for column in wanted if column.name in levels or column.type.is_numeric]
    numbers = [f for f in checked.features if f not in checked.categories]
    axes = [axis_of(checked.counted.counts(f.column), f) for f in numbers]
    return sample_of(segmentation, everyone, wanted, levels, axes)


def _levels_of(previous: Fit | None, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Levels of categories that only the previous fit knows."""
    known = {f.column: f.levels for f in previous.features if f.is_category} if previous else {}
    return {name: known[name] for name in columns if name in known}


def sample_of(
    segmentation: Segmentation,
    everyone: AllRows,
    columns: Sequence[Column],
    levels: Mapping[str, tuple[str, ...]] = NO_LEVELS,
    axes: Sequence[Axis] = (),
) -> Sample:
    """Return the sample that the seed of the segmentation draws; see ``read_sample``."""
    # hashed with the key, so that no generator's own hash is met by chance
    salt = f"segkit:{segmentation.clusters.seed}"
    engine, relation, key = everyone.engine, everyone.relation, everyone.by_name[segmentation.key]
    return read_sample(engine, relation, key, columns, levels=levels, axes=axes, salt=salt)


def take_numbers(segmentation: Segmentation, everyone: AllRows) -> Chosen:
    """Return all numbers with their scales, of a relation that was made to be learned from.

    Raises DataError: SK313 if customers differ in none of them.
    """
    numbers = [c for c in candidates(segmentation, everyone.columns) if c.type.is_numeric]
    names = [column.name for column in numbers]
    counted = scan(everyone.engine, everyone.relation, segmentation.key, names)
    sample = sample_of(segmentation, everyone, numbers)
    summaries = {
        name: summarise(counted.counts(name), sample.column(name), sample.weight) for name in names
    }
    found = [Candidate(c, summaries[c.name], sample.column(c.name)) for c in numbers]
    chosen = [candidate for candidate in found if not candidate.summary.is_constant]
    if not chosen:
        raise DataError(_all_alike(segmentation, "number", "look at the orders", names))
    said = [Fact("chosen", candidate.name) for candidate in chosen]
    said += [Fact("out_constant", c.name) for c in found if c not in chosen]
    said += [log_scale(c.name, summaries[c.name]) for c in chosen if c.wants_log]
    return tuple(with_words(c.feature(segmentation.place)) for c in chosen), tuple(said)


def choose(segmentation: Segmentation, everyone: AllRows) -> Chosen:
    """Return features with their scales, of a relation that nobody has described; and why.

    Raises DataError: SK301 if there are no rows, SK313 if there is nothing to learn from.
    """
    engine, relation, columns = everyone.engine, everyone.relation, everyone.columns
    free = candidates(segmentation, columns)
    numbers = [column for column in free if column.type.is_numeric]
    counted = scan(engine, relation, segmentation.key, [column.name for column in numbers])
    if counted.rows == 0:
        raise DataError(find_problems(counted, segmentation, ()))
    texts = look_at_texts(engine, relation, [c for c in free if not c.type.is_numeric])
    roles = _roles(free, counted, texts)
    possible = [c for c in free if roles[c.name] in ("number", "category")]
    found, weight = _candidates(segmentation, everyone, possible, roles, counted)
    reasons = {c.name: _reason(c, roles[c.name], texts) for c in free if c not in possible}
    chosen, said = choose_features(found, weight, reasons, segmentation.place)
    if not chosen:
        raise DataError(_nothing_left(segmentation, counted.rows, said))
    return chosen, said


def _roles(
    columns: Sequence[Column], counted: Scan, texts: Sequence[TextColumn]
) -> dict[str, Role | None]:
    distinct = {counts.column: counts.distinct for counts in counted.columns}
    distinct |= {text.column: text.levels for text in texts}
    return {c.name: role(c.name, c.type.kind, distinct.get(c.name, 0)) for c in columns}


def _candidates(
    segmentation: Segmentation,
    everyone: AllRows,
    columns: Sequence[Column],
    roles: Mapping[str, Role | None],
    counted: Scan,
) -> tuple[list[Candidate], Floats]:
    """The columns with their summaries and their values in the sample, and its weights."""
    categories = [column.name for column in columns if roles[column.name] == "category"]
    by_level = {
        name: summarise_levels(everyone.engine, everyone.relation, name) for name in categories
    }
    levels = {name: found.levels for name, found in by_level.items()}
    sample = sample_of(segmentation, everyone, columns, levels)
    found: list[Candidate] = []
    for column in columns:
        values = sample.column(column.name)
        summary: Summary | LevelSummary | None = by_level.get(column.name)
        if summary is None:
            summary = summarise(counted.counts(column.name), values, sample.weight)
        found.append(Candidate(column, summary, values))
    return found, sample.weight


def _reason(column: Column, role: Role | None, texts: Sequence[TextColumn]) -> Fact:
    """Why a column is not even looked at."""
    if role == "outcome":
        return Fact("out_outcome", column.name)
    if role == "code":
        return Fact("out_by_name", column.name, value=code_by_name(column.name))
    return why_not(column, texts)


def _nothing_left(segmentation: Segmentation, rows: int, left_out: Sequence[Fact]) -> Problem:
    """None of the columns can be learned from: what is wrong with each."""
    name = segmentation.relation
    message = f"{name} has no column that tells customers apart"
    if rows == 1:
        message = f"{name} has one row, and segments are of several customers"
    why = "".join(f"{sentence}; " for sentence in sentences(left_out))
    help_ = f"{why}add columns in which customers differ"
    return Problem("SK313", message, (Label(segmentation.place),), help_)


def _all_alike(
    segmentation: Segmentation, what: str, advice: str, looked_at: Iterable[str]
) -> Problem:
    message = f"{segmentation.relation} has no {what} in which customers differ"
    help_ = f"{advice}; looked at: {', '.join(looked_at) or 'nothing'}"
    return Problem("SK313", message, (Label(segmentation.place),), help_)
