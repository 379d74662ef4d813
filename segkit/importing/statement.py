"""Which expressions a file has, and what they read: one SELECT, or a bare CASE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import Token, TokenType, exp

from segkit.errors import Place
from segkit.importing.sql_file import SqlFile, parse

_CLAUSES = {
    "group": "GROUP BY",
    "having": "HAVING",
    "qualify": "QUALIFY",
    "limit": "LIMIT",
    "offset": "OFFSET",
}
_OPEN = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
_CLOSE = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)
_ONE_SELECT = "keep one SELECT in the file, or one CASE ... END"


@dataclass(frozen=True)
class Item:
    """One expression of the SELECT. ``sql`` is it as written, None where that is not sure."""

    node: exp.Expr
    alias: str | None
    sql: str | None
    place: Place


@dataclass(frozen=True)
class Statement:
    """What is read of a file.

    ``relation`` is None where nothing says it; ``aliases`` are what columns may be
    qualified by; ``left_out`` are clauses that say nothing of a row's bucket.
    """

    items: tuple[Item, ...]
    relation: str | None
    relation_place: Place | None
    aliases: tuple[str, ...]
    where: exp.Expr | None
    left_out: tuple[str, ...]
    view_name: str | None = None
    why_no_relation: str = ""


def read_statement(file: SqlFile) -> Statement:
    """Return the SELECT or the bare CASE; raises ConfigError (SK216) for anything else."""
    trees = parse(file)
    if not trees:
        raise file.refusal("there is no SQL in this file", None, _ONE_SELECT)
    if len(trees) > 1:
        semicolon = next(t for t in file.tokens if t.token_type is TokenType.SEMICOLON)
        after = next((t for t in file.tokens if t.start > semicolon.end), semicolon)
        place = file.place(after.start, after.end + 1 - after.start)
        message = f"this file has {len(trees)} statements: the second begins here"
        raise file.refusal(message, place, _ONE_SELECT)
    tree, view_name = trees[0], None
    if isinstance(tree, exp.Create) and isinstance(tree.expression, exp.Query):
        view_name = tree.this.find(exp.Table).name if tree.this.find(exp.Table) else None
        tree = tree.expression
    while isinstance(tree, exp.Subquery):
        tree = tree.this
    if isinstance(tree, exp.Select):
        return _of_select(file, tree, view_name)
    if isinstance(tree, exp.Query | exp.DDL | exp.DML | exp.Command) or not tree.find(
        exp.Case, exp.If, exp.DecodeCase
    ):
        what = "a UNION" if isinstance(tree, exp.SetOperation) else tree.key.upper()
        message = f"this is {what}, neither a SELECT nor a CASE"
        raise file.refusal(message, None, _ONE_SELECT)
    tokens = [t for t in file.tokens if t.token_type is not TokenType.SEMICOLON]
    item = _item(file, tree, tokens)
    return Statement((item,), None, None, _only_qualifier(tree), None, ())


def _only_qualifier(tree: exp.Expr) -> tuple[str, ...]:
    """Of a CASE without a FROM: what all its columns are qualified by, if that is one thing."""
    tables = {column.table for column in tree.find_all(exp.Column)}
    return tuple(tables - {""}) if len(tables) == 1 else ()


def _of_select(file: SqlFile, select: exp.Select, view_name: str | None) -> Statement:
    queries = _queries(select)
    while _is_star(select) and _from_name(select) in queries:  # dbt: select * from final
        select = queries.pop(_from_name(select))  # inside, the name is that of a table
    left_out: list[str] = []
    while not _chooses(select) and (inner := _inner(select, queries)) is not None:
        # a report on a query that has the CASE
        select, left_out = inner, ["the query around it"]
        queries |= _queries(select)
    left_out += [word for key, word in _CLAUSES.items() if select.args.get(key)]
    where = select.args.get("where")
    base, joined = _source(select), bool(select.args.get("joins") or select.args.get("laterals"))
    aliases = [base.alias_or_name] if isinstance(base, exp.Table | exp.Subquery) else []
    if joined:
        left_out.append("JOIN")
        aliases += [join.this.alias_or_name for join in select.args.get("joins") or ()]
    relation, why = _relation(file, base, queries, joined=joined)
    return Statement(
        items=tuple(map(partial(_item, file), select.expressions, _split(file, select))),
        relation=relation,
        relation_place=file.place_of(base) if base is not None else None,
        aliases=tuple(aliases),
        where=where.this if isinstance(where, exp.Where) else None,
        left_out=tuple(left_out),
        view_name=view_name,
        why_no_relation=why,
    )


def _relation(
    file: SqlFile, base: exp.Expr | None, queries: dict[str, exp.Select], *, joined: bool
) -> tuple[str | None, str]:
    """What a plain FROM reads, in the end, or why that is not one relation."""
    table, why = base, ""
    if isinstance(base, exp.Table) and base.alias_column_names:
        why = "it gives the columns names of its own"
    if joined:
        why = "it joins several relations"
    while isinstance(table, exp.Table) and not table.db and table.name in queries:
        inner = queries.pop(table.name)
        if not _is_import(inner):
            why = f"it reads `{table.name}`, a step of its own"
            break
        table = _source(inner)
    if base is not None and not isinstance(table, exp.Table):
        why = "it reads a query of its own"
    if why or not isinstance(table, exp.Table):
        return None, why
    parts = [file.named.get(part.name, part.name) for part in table.parts]
    return ".".join(parts[-2:]), why


def _chooses(select: exp.Select) -> bool:
    return any(item.find(exp.Case, exp.If) for item in select.expressions)


def _inner(select: exp.Select, queries: dict[str, exp.Select]) -> exp.Select | None:
    """The query that a SELECT reads, if that has a CASE."""
    source = _source(select)
    inner = queries.pop(_from_name(select), None)
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Select):
        inner = source.this
    return inner if inner is not None and inner.find(exp.Case, exp.If) else None


def _queries(select: exp.Select) -> dict[str, exp.Select]:
    """The steps of a WITH, by name."""
    return {cte.alias: cte.this for cte in select.ctes if isinstance(cte.this, exp.Select)}


def _source(select: exp.Select) -> exp.Expr | None:
    found = select.args.get("from_") or select.args.get("from")
    return found.this if isinstance(found, exp.From) else None


def _from_name(select: exp.Select) -> str:
    source = _source(select)
    return source.name if isinstance(source, exp.Table) and not source.db else ""


def _is_star(select: exp.Select) -> bool:
    only = len(select.expressions) == 1 and isinstance(select.expressions[0], exp.Star)
    return only and not select.args.get("joins") and not select.args.get("where")


def _is_import(select: exp.Select) -> bool:
    """``SELECT * FROM relation`` and nothing else, or plain columns of it."""
    plain = all(isinstance(item, exp.Star | exp.Column) for item in select.expressions)
    others = ("joins", "where", "distinct", "order", *_CLAUSES)
    return plain and not any(select.args.get(key) for key in others)


def _item(file: SqlFile, node: exp.Expr, tokens: Sequence[Token]) -> Item:
    alias = node.alias if isinstance(node, exp.Alias) else None
    bare = node.this if isinstance(node, exp.Alias) else node
    if alias is not None and tokens and tokens[-1].text == alias:
        tokens = tokens[:-1]
        if tokens and tokens[-1].token_type is TokenType.ALIAS:
            tokens = tokens[:-1]
    sql = place = None
    if tokens:
        text = file.text[tokens[0].start : tokens[-1].end + 1]
        sql = text if file.reads_as(text, bare) else None
        place = file.place(tokens[0].start, tokens[0].end + 1 - tokens[0].start)
    return Item(bare, alias, sql, place or file.place_of(node))


def _split(file: SqlFile, select: exp.Select) -> list[list[Token]]:
    """The tokens of each item of the SELECT list; each without any where they are not found."""
    nothing: list[list[Token]] = [[] for _ in select.expressions]
    spans = filter(None, map(file.span, select.expressions))
    first = min((start for start, _ in spans), default=-1)
    opening = [
        i
        for i, token in enumerate(file.tokens)
        if token.token_type is TokenType.SELECT and token.start < first
    ]
    if not opening:
        return nothing
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in file.tokens[opening[-1] + 1 :]:
        kind = token.token_type
        if depth == 0 and kind in (TokenType.FROM, TokenType.SEMICOLON):
            break
        depth += (kind in _OPEN) - (kind in _CLOSE)
        if depth < 0:
            break
        if depth == 0 and kind is TokenType.COMMA:
            parts.append([])
        elif parts[-1] or kind is not TokenType.DISTINCT:
            parts[-1].append(token)
    parts = [part for part in parts if part]
    return parts if len(parts) == len(select.expressions) else nothing
