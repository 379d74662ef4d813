"""A customer's bucket from 0 to 9,999 by a salt: the same number in every engine.

It is the first 8 digits of the MD5 of ``salt:id`` in UTF-8, as a whole number, modulo
10,000. No engine's own hash would be another's.
"""

from __future__ import annotations

from segkit.core.columns import Kind
from segkit.dialects.spelling import cast, literal
from segkit.dialects.table import Dialect
from segkit.errors import CompileError, Problem

BUCKETS = 10_000
_CONV = "CAST(conv(substr(md5(concat({0}, {1})), 1, 8), 16, 10) AS {2}) % 10000"
# {0} is the salt with its separator, {1} the id as a text
_BUCKETS = {
    "duckdb": "CAST('0x' || substr(md5({0} || {1}), 1, 8) AS UBIGINT) % 10000",
    # BIT(32) to INTEGER would be negative; and a database may not be in UTF-8
    "postgres": "CAST(CAST('x' || substr(md5(convert_to({0} || {1}, 'UTF8')), 1, 8) AS BIT(32))"
    " AS BIGINT) % 10000",
    "mysql": "CAST(conv(substr(md5(convert(concat({0}, {1}) USING utf8mb4)), 1, 8), 16, 10)"
    " AS UNSIGNED) % 10000",
    "spark": _CONV.format("{0}", "{1}", "BIGINT"),
    "databricks": _CONV.format("{0}", "{1}", "BIGINT"),
    # MD5 gives bytes here, and the first of four is the last of a number
    "clickhouse": "reinterpretAsUInt32(reverse(substring(MD5(concat({0}, {1})), 1, 4))) % 10000",
    "snowflake": "MOD(TO_NUMBER(SUBSTR(MD5({0} || {1}), 1, 8), 'XXXXXXXX'), 10000)",
    "bigquery": "MOD(CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5({0} || {1})), 1, 8)) AS INT64), 10000)",
    "redshift": "MOD(STRTOL(SUBSTRING(MD5({0} || {1}), 1, 8), 16), 10000)",
    "trino": "from_base(substr(to_hex(md5(to_utf8({0} || {1}))), 1, 8), 16) % 10000",
}


def bucket_sql(salt: str, id_sql: str, dialect: Dialect) -> str:
    """SQL of the bucket of an id, which has to be a whole number or a text.

    Raises CompileError: SK803 for a dialect that has no MD5, or no number of its digits.
    """
    template = _BUCKETS.get(dialect.name)
    if template is None:
        message = f"{dialect.title} has no MD5 that could be made a number of"
        hint = f"customers are assigned where segkit builds; dialects: {', '.join(_BUCKETS)}"
        raise CompileError(Problem("SK803", message, help=hint))
    return template.format(literal(f"{salt}:", dialect), cast(id_sql, Kind.TEXT, dialect))
