"""What an import made, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.results import Imported, ImportedColumn

_WAYS = {"edges": "by edges", "bands": "by bands", "rules": "by rules"}


def render_import(made: Imported) -> str:
    """Return the lines that stand beside the YAML: remarks, the proof, the next step."""
    lines = list(made.notes)
    listed = ", ".join(f"{c.name} ({c.buckets} {_WAYS[c.way]})" for c in made.columns)
    lines.append(f"{made.name}: {listed}")
    lines.append(_proof(made))
    if made.saved is not None:
        lines.append(f"created {made.saved.as_posix()}\nNext: segkit build -s {made.name}")
    return "\n".join(lines)


def _proof(made: Imported) -> str:
    """What was compared; nothing is called equal if a part of it is not proved."""
    proved = [column for column in made.columns if column.is_proved]
    doubtful = [column.name for column in made.columns if not column.is_proved]
    if not doubtful and made.is_where_proved:
        return f"Equal to the CASE on {_compared(made, proved)}."
    names = [*doubtful, *([] if made.is_where_proved else ["which rows there are"])]
    text = (
        f"Not proved: {', '.join(names)}. Said above is what may mean something else in "
        f"{made.dialect}; here it is what DuckDB makes of it."
    )
    if proved:
        listed = ", ".join(column.name for column in proved)
        text += f"\nProved: {listed}, on {_compared(made, proved)}."
    return text


def _compared(made: Imported, columns: Sequence[ImportedColumn]) -> str:
    cases = sum(column.probes for column in columns)
    rows = "" if made.rows is None else f" and on {made.rows:,} rows of {made.relation}"
    odd = sum(column.odd for column in columns)
    are = "is" if odd == 1 else "are"
    but = f"; {odd} with NaN or infinity {are} not, as said above" if odd else ""
    return f"{cases:,} edge case{'s' * (cases != 1)}{rows}{but}"
