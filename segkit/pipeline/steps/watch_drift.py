"""Whether the customers have changed: the same rules on the data of today and of the fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from segkit.core.columns import Column
from segkit.core.drift_result import Drift, DriftSettings, Value
from segkit.core.tree import columns as tree_columns
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier, relation
from segkit.engines.base import Publisher
from segkit.monitor.build_log import logged_builds
from segkit.monitor.changes import STEPS
from segkit.monitor.drift.assess import assess
from segkit.monitor.drift.drift_tables import (
    BASE_COLUMNS,
    SOME,
    Baseline,
    drift_table,
    earlier_builds,
    read_baseline,
    some_of,
    write_baseline,
    write_drift,
)
from segkit.monitor.drift.paired_sums import Relations
from segkit.monitor.group_sums import number_sql
from segkit.monitor.history_key import as_kept
from segkit.monitor.nearest_center import with_nearest_centers
from segkit.pipeline.steps.other_times import OtherTimes
from segkit.publish.stored.accepted import accepted_moment
from segkit.publish.views.compiled import segments_select

_NOW = "segkit_now"
_AGREES, _NEAREST = "segkit_agrees", "segkit_nearest"


@dataclass(frozen=True)
class Watch:
    """What drift is looked for in."""

    engine: Publisher
    times: OtherTimes

    def look(self, moment: datetime, *, has_steps: bool) -> Drift | None:
        """Compare today with the baseline, and write it down; the first build is the baseline.

        ``has_steps``: ``STEPS`` has everybody's way since the last build.
        """
        subject = self.times.subject
        name, fit = subject.node.name, subject.fit
        drift_table(self.engine, name)
        dialect = self.engine.dialect
        kept = self.engine.columns(relation(f"{name}_history", None, dialect))[0]
        base = read_baseline(self.engine, name, kept.type)
        if not has_steps or base is None or not self._is_of(base, moment):
            with self.engine.hold(_NOW, self._now_sql(kept)):
                write_baseline(self.engine, name, _NOW, kept, moment, fit.version)
            return None
        some = some_of(self.engine, name, base, kept)
        with self.engine.hold(_NOW, self._now_sql(kept, some)):
            drift = self._assess(base, moment, kept if some else None)
        write_drift(self.engine, name, moment, drift)
        return drift

    def _is_of(self, base: Baseline, moment: datetime) -> bool:
        """Whether it is a baseline of this fit, of before this build, and of a level accepted."""
        project, fit = self.times.project, self.times.subject.fit
        accepted = accepted_moment(project.fits_directory, fit.name)
        is_level = accepted is None or base.as_of > accepted
        return is_level and base.fit_version == fit.version and base.as_of < moment

    def _assess(self, base: Baseline, moment: datetime, kept: Column | None) -> Drift:
        """``kept``: the key's column in the history, where but some are looked at closely."""
        subject, engine = self.times.subject, self.engine
        day = self.times.day or moment.date()
        base_day = self.times.day_of(engine, base.as_of) or base.as_of.date()
        aged = self.times.aged_since(base_day)
        relations = Relations(
            _NOW,
            base.table,
            f"(SELECT *, id AS key FROM {STEPS}) AS moves",
            None if aged is None else f"({aged}) AS segkit_aged",
            _AGREES if _AGREES in base.columns and self._has_clusters() else None,
            f"(SELECT * FROM {base.table} WHERE {SOME})" if kept else None,
            f"({self._now_sql(kept, agrees=False)})" if kept else None,
        )
        settings = subject.node.drift
        return assess(
            engine,
            relations,
            [value for value in self._features() if value.name in base.columns],
            [Value(c.name) for c in self._metrics() if c.name in base.columns],
            as_of=day,
            base_as_of=base_day,
            earlier=earlier_builds(engine, subject.node.name, self._since(base), moment),
            settings=DriftSettings(settings.false_alarms, settings.period),
        )

    def _since(self, base: Baseline) -> datetime:
        """From when on builds tell what is usual: by the same rules, and the level accepted."""
        engine, fit = self.engine, self.times.subject.fit
        first = base.as_of
        for build in reversed(logged_builds(engine, fit.name)):
            if build.fit_version != fit.version:
                break
            first = min(first, build.as_of)
        accepted = accepted_moment(self.times.project.fits_directory, fit.name)
        return max(first, accepted or first)

    def _features(self) -> list[Value]:
        """Features as they are followed; one whose name the tables need themselves is not."""
        subject = self.times.subject
        read = {*tree_columns(subject.fit.tree)}
        known = {f.column: f for f in subject.fit.baseline.features} if subject.fit.baseline else {}
        return [
            Value(
                feature.column,
                feature.is_category,
                tuple(feature.levels),
                known[feature.column].edges if feature.column in known else (),
                rules=feature.column in read,
            )
            for feature in subject.fit.features
            if feature.column.lower() not in {*BASE_COLUMNS, _AGREES}
        ]

    def _metrics(self) -> list[Column]:
        """Metrics but those of a later period: of today's customers it is yet to come."""
        subject = self.times.subject
        taken = {*BASE_COLUMNS, _AGREES, *(value.name.lower() for value in self._features())}
        names = [metric.column for metric in subject.node.metrics if not metric.is_later]
        known = [name for name in names if name in subject.by_name and name.lower() not in taken]
        return [subject.by_name[name] for name in known]

    def _now_sql(self, kept: Column, some: str | None = None, *, agrees: bool = True) -> str:
        """SELECT of the key, the segment, and features and metrics as they are reckoned with.

        ``kept`` is the key's column in the history, ``some`` a SELECT of the ids that are asked
        for.
        """
        subject, dialect = self.times.subject, self.times.subject.dialect
        node, by_name = subject.node, subject.by_name
        features = self._features()
        passed = [value.name for value in features] + [c.name for c in self._metrics()]
        categories = {value.name for value in features if value.is_category}
        items = {
            name: as_text(identifier(name, dialect), dialect)
            if name in categories
            else number_sql(identifier(name, dialect), by_name[name], dialect)
            for name in passed
        }
        listed = [f"{sql} AS {identifier(name, dialect)}" for name, sql in items.items()]
        rows = segments_select(subject, {"segment": subject.fit.case()}, passed)
        own = as_kept(identifier(node.key, dialect), by_name[node.key].type, kept.type, dialect)
        if some is not None:
            rows = f"SELECT * FROM (\n{rows}\n) AS segkit_all WHERE {own} IN ({some})"
        if agrees and self._has_clusters():
            fit = subject.fit
            centers = {_NEAREST: fit.clusters.centers}
            rows, _ = with_nearest_centers(rows, fit.features, centers, items, dialect)
            codes = " ".join(f"WHEN {at} THEN {s.code}" for at, s in enumerate(fit.learned, 1))
            nearest = f"CASE {_NEAREST} {codes} END"
            listed.append(f"CASE WHEN segment_order = {nearest} THEN 1 ELSE 0 END AS {_AGREES}")
        key = f"{own} AS {identifier('key', dialect)}"
        return f"SELECT {', '.join([key, 'segment_id', *listed])} FROM (\n{rows}\n) AS segkit_rows"

    def _has_clusters(self) -> bool:
        """Whether a customer's cluster can be held against the segment that the rules name."""
        fit = self.times.subject.fit
        centers = len(fit.clusters.centers)
        if fit.own or fit.clusters.labels or centers != len(fit.segments) or centers < 2:
            return False
        return len(self._features()) == len(fit.features)
