"""Of very many customers those whom a page draws: told by their keys, the same in every engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from segkit.core.columns import Kind
from segkit.dialects.key_sample import in_sample
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifiers
from segkit.engines.base import Reader
from segkit.publish.subject import FittedSubject
from segkit.survey.everybody import columns_read

AT_MOST = 1.25  # times as many as all others do, stands one for in a small segment
MOST = 100_000  # about: a median of so many is that of all to the second digit
_NAME = "segkit_drawn"
# An MD5 of each key costs more than all the rest of a page. Of keys that end in a digit as often
# as serial numbers do (one in 10) or UUIDs (one in 16) that digit tells nothing of the customer:
# only those with one of them get an MD5. Other keys all do.
_DIGIT, _AS_OFTEN, _CLOSE = "7", (10, 16), 0.02


@contextmanager
def hold_sample(engine: Reader, subject: FittedSubject, rows: int) -> Iterator[str]:
    """While the block runs, the SQL that is returned has about ``MOST`` of so many customers.

    All where there are no more.
    """
    share, key = MOST / max(rows, 1), subject.by_name[subject.node.key]
    if share >= 1:
        yield subject.rows
        return
    columns = [subject.node.key, *(column.name for column in columns_read(subject))]
    columns += [metric.column for metric in subject.node.metrics]
    listed = identifiers([*dict.fromkeys(columns)], engine.dialect)
    some = f"SELECT {listed} FROM {subject.rows} WHERE "
    dialect, first = engine.dialect, _AS_OFTEN[0]
    if key.type.kind is not Kind.INTEGER and share * first < 1:
        ends = f"{as_text(subject.key, dialect)} LIKE '%{_DIGIT}'"
        chosen = in_sample(subject.key, key, share * first, dialect)
        with engine.hold(_NAME, f"{some}{ends} AND {chosen}"):
            (found,) = engine.query(f"SELECT count(*) FROM {_NAME}")[0]
            if any(abs(found * n / (MOST * first) - 1) < _CLOSE for n in _AS_OFTEN):
                yield _NAME
                return
    with engine.hold(_NAME, f"{some}{in_sample(subject.key, key, share, dialect)}"):
        yield _NAME
