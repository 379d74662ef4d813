"""Words that a dialect does not take for a name as they stand: they are quoted."""

# What DuckDB does not take for a column or a relation everywhere: duckdb_keywords(), all
# categories but unreserved, and a few more.
_DUCKDB = """
all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint
binary bit boolean both by case cast char character check coalesce collate collation column
columns concurrently constraint create cross current_role date dec decimal default deferrable desc
describe distinct do else end except exists extract false fetch float for foreign freeze from full
generated glob group grouping grouping_id groups having ilike in index initially inner inout int
integer intersect interval into is isnull join key lambda lateral leading left like limit map
national natural nchar none not notnull null nullif numeric offset on only or order out outer
overlaps overlay pivot pivot_longer pivot_wider placing position positional precision primary
qualify rank real references returning right row rows select semi session_user setof show similar
smallint some struct substring summarize symmetric table tablesample then time timestamp to
trailing treat trim true try_cast tuple union unique unpack unpivot user using values varchar
variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest
xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""

# Everywhere but in Snowflake quotes change nothing for a name in lower case, so that one list does.
# Of the engines that we run: every keyword of any of them that fails, or means something else, as
# the bare name of a column (2026-11-24). Of the others: the reserved words of their manuals.
_ELSEWHERE = """
_armscii8 _ascii _big5 _binary _cp1250 _cp1251 _cp1256 _cp1257 _cp850 _cp852 _cp866 _cp932 _dec8
_eucjpms _euckr _gb2312 _gbk _geostd8 _greek _hebrew _hp8 _keybcs2 _koi8r _koi8u _latin1 _latin2
_latin5 _latin7 _macce _macroman _sjis _swe7 _tis620 _ucs2 _ujis _utf16 _utf16le _utf32 _utf8
_utf8mb3 _utf8mb4 accessible add aes128 aes256 all allowoverwrite alter analyse analyze and any
array as asc asensitive assert_rows_modified asymmetric at authorization autoincrement az64 backup
before begin between bigint binary blanksasnull blob both break browse bulk by bytedict bzip2 call
cascade case cast change char character check checkpoint close clustered coalesce collate
collation column commit compute concurrently condition constraint contains containstable continue
convert create credentials cross cube current current_catalog current_date current_path
current_role current_schema current_time current_timestamp current_user current_user_id cursor
database databases day_hour day_microsecond day_minute day_second dbcc deallocate dec decimal
declare default deferrable define deflate defrag delayed delete delete_domain_id delta delta32k
deny desc describe deterministic disable disk distinct distinctrow distributed div do
do_domain_ids double drop dual dump each else elseif emptyasnull enable enclosed encode encrypt
encryption end enum errlvl escape escaped except exclude exec execute exists exit explain explicit
external extract false fetch file fillfactor float float4 float8 following for force foreign
freetext freetexttable freeze from full fulltext function globaldict256 globaldict64k goto grant
group grouping groups gzip hash having high_priority holdlock hour_microsecond hour_minute
hour_second identity identity_insert identitycol if ignore ignore_domain_ids ilike in index inf
infile infinity initially inner inout insensitive insert int int1 int2 int3 int4 int8 integer
intersect interval into is isnull iterate join json_array json_exists json_object json_query
json_table json_value key keys kill lateral leading leave left like limit linear lineno lines
listagg load localtime localtimestamp lock long longblob longtext lookup loop low_priority lun
luns lzo lzop master_demote_to_replica master_demote_to_slave master_ssl_verify_server_cert match
maxvalue mediumblob mediumint mediumtext merge middleint minus minute_microsecond minute_second
mod modifies mostly16 mostly32 mostly8 nan national natural new no no_write_to_binlog nocheck
nonclustered normalize not nothing notnull null nullif nulls numeric of off offline offset offsets
oid old on only open opendatasource openquery openrowset openxml optimize option optionally or
order out outer outfile over overlaps page_checksum parallel parse_vcol_expr partition percent
permissions pivot placing plan portion preceding precision prepare primary print proc procedure
proto public purge qualify raise raiserror range raw read read_write readratio reads readtext real
reconfigure recover recursive ref_system_id references regexp rejectlog release rename repeat
replace replication require resignal resort respect restore restrict return returning revert
revoke right rlike rollback rollup row_number rowcount rowguidcol rows rule save schema schemas
second_microsecond securityaudit select semantickeyphrasetable sensitive separator session_user
set setuser show shutdown signal similar skip smallint snapshot some spatial specific sql
sql_big_result sql_buffer_result sql_cache sql_calc_found_rows sql_no_cache sql_small_result
sqlexception sqlstate sqlwarning ssl starting statistics stats_auto_recalc stats_persistent
stats_sample_pages straight_join struct symmetric sysdate system system_user table tablesample tag
tdes terminated text255 text32k textsize then timestamp tinyblob tinyint tinytext to top trailing
tran transaction treat trigger trim true truncate truncatecolumns try_convert tsequal uescape
unbounded undo union unique unlock unnest unpivot unsigned update updatetext usage use user using
utc_date utc_time utc_timestamp values varbinary varchar varcharacter variadic varying verbose
view waitfor wallet when where while window with within without write writetext xor year_month
zerofill
"""

# Where names fold to upper case, quotes turn a name into another one: only what Snowflake
# reserves is quoted. docs.snowflake.com/en/sql-reference/reserved-keywords
_SNOWFLAKE = """
account all alter and any as between by case cast check column connect connection constraint
create cross current current_date current_time current_timestamp current_user database delete
distinct drop else exists false following for from full grant group gscluster having ilike in
increment inner insert intersect into is issue join lateral left like localtime localtimestamp
minus natural not null of on or order organization qualify regexp revoke right rlike row rows
sample schema select set some start table tablesample then to trigger true try_cast union unique
update using values view when whenever where with
"""

DUCKDB_WORDS = frozenset(_DUCKDB.split())
WORDS_ELSEWHERE = frozenset(_ELSEWHERE.split())
SNOWFLAKE_WORDS = frozenset(_SNOWFLAKE.split())
