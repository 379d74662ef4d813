from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import ConfigError


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        yield scratch


def load(engine: DuckDBEngine, path: Path, content: str | bytes) -> tuple[int, list[str]]:
    """Number of rows, and the columns as ``name TYPE``."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = engine.load_file(path, "t").rows
    return rows, [f"{column.name} {column.type.sql}" for column in engine.columns("t")]


def values(engine: DuckDBEngine) -> list[tuple[object, ...]]:
    return engine.query("SELECT * FROM t")


@pytest.mark.parametrize(
    ("column", "type_"),
    [
        (["1", "2"], "BIGINT"),
        (["-1", "0", " 7 "], "BIGINT"),
        (["1", "", " "], "BIGINT"),
        (["9223372036854775807"], "BIGINT"),
        (["9223372036854775808"], "VARCHAR"),
        (["1.5", "2"], "DOUBLE"),
        ([".5", "-0.5", "1e-05", "2.", "1E5"], "DOUBLE"),
        (["1.5", "inf", "nan"], "DOUBLE"),
        (["1e999"], "VARCHAR"),
        (["1.5", "1234567890123456"], "VARCHAR"),
        (["1.5", "123456789012345"], "DOUBLE"),
        (["0001", "0002"], "VARCHAR"),
        (["10", "0002"], "VARCHAR"),
        (["1.5", "-02"], "VARCHAR"),
        (["+1", "2"], "VARCHAR"),
        (["+1.5", "2"], "VARCHAR"),
        (["0", "1"], "BIGINT"),
        (["0.5", "0"], "DOUBLE"),
        (["true", "False"], "BOOLEAN"),
        (["2024-01-31", ""], "DATE"),
        (["2024-02-31"], "VARCHAR"),
        (["31/01/2024", "01/02/2024"], "DATE"),
        (["2024-01-31", "2024-01-31 10:00:00"], "TIMESTAMP"),
        (["2024-01-31T10:00:00Z", "2024-01-31T10:00"], "TIMESTAMP"),
        (["2024-01-31T10:00:00Z", "2024-01-31T10:00:00+02:00"], "TIMESTAMP"),
        (["", ""], "VARCHAR"),
        (["1_000"], "VARCHAR"),
        (["# 1", "2"], "VARCHAR"),
        (["1"] * 5000 + ["x"], "BIGINT"),  # said, and missing
        ([str(n) for n in range(5000)] + ["x1"], "VARCHAR"),  # each of its own: ids
        (["0x10"], "VARCHAR"),
    ],
)
def test_types(engine: DuckDBEngine, tmp_path: Path, column: list[str], type_: str) -> None:
    text = "id,c\n" + "".join(f"{n},{value}\n" for n, value in enumerate(column))
    assert load(engine, tmp_path / "t.csv", text) == (len(column), ["id BIGINT", f"c {type_}"])
    if type_ == "VARCHAR":
        assert [row[1] for row in values(engine)] == [value or None for value in column]


@pytest.mark.parametrize(
    "text",
    [
        "id,a\n0001,x\n0002,y\n",
        "id,a\n0001,x\n0002,y",
        "id,a\r\n0001,x\r\n0002,y\r\n",
        "id,a\r0001,x\r0002,y\r",
        "\ufeffid,a\r\n0001,x\r\n0002,y\r\n",
        '\ufeff"id","a"\n"0001","x"\n"0002","y"\n',
        "id,a\r\n0001,x\n0002,y\r\n",
        "id,a\n0001,x\r\n0002,y\n",
        "id;a\n0001;x\n0002;y\n",
        "id\ta\n0001\tx\n0002\ty\n",
        "id|a\n0001|x\n0002|y\n",
        " id , a \n0001,x\n0002,y\n",
        "id,a\n\n0001,x\n\n0002,y\n\n",
    ],
)
def test_shapes_of_files(engine: DuckDBEngine, tmp_path: Path, text: str) -> None:
    assert load(engine, tmp_path / "t.csv", text) == (2, ["id VARCHAR", "a VARCHAR"])
    assert values(engine) == [("0001", "x"), ("0002", "y")]


def test_names_and_quoted_values(engine: DuckDBEngine, tmp_path: Path) -> None:
    names = ["Annual Income (k$)", "[x]", 'say ""hi""', "😀", "select", "Ünïcode", "a,b"]
    header = ",".join(f'"{name}"' for name in names)
    rows, columns = load(engine, tmp_path / "t.csv", f'{header}\n1,2,3,4,5,"a\nb","say ""x"", y"\n')
    assert rows == 1
    assert [c.rpartition(" ")[0] for c in columns] == [n.replace('""', '"') for n in names]
    assert values(engine) == [(1, 2, 3, 4, 5, "a\nb", 'say "x", y')]


def test_only_a_header(engine: DuckDBEngine, tmp_path: Path) -> None:
    assert load(engine, tmp_path / "t.csv", "id,a\n") == (0, ["id VARCHAR", "a VARCHAR"])


def test_paths_are_no_patterns(engine: DuckDBEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    assert load(engine, tmp_path / "[a]*?'.csv", "id\n7\n")[0] == 1
    assert values(engine) == [(7,)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "t.csv: the file is empty"),
        ("\n \n", "the file is empty"),
        ("id,ID\n1,2\n", "stand twice: id, ID"),
        ("id,a,b,a\n1,2,3,4\n", "stand twice: a"),
        ('id,"a\x02b"\n1,2\n', "a control character in the column name 'a\\x02b'"),
        ("id,a\n1,2\n3\n4,5\n", "line 3: 1 value, but the header has 2"),
        ("id,a\n1,2\n3,4,5\n", "line 3: 3 values, but the header has 2"),
        ('id,a\n"x\ny",2\n3,4,5\n', "line 4: 3 values"),
        ('id,a\n1,"x\n2,3\n', "a quote that is never closed"),
        ('id,a\n1,"x"y\n', "line 2: "),
        ("id,a\n1,é\n3,".encode() + b"\xff\n", "line 3: not UTF-8: the byte 0xff"),
        (b"id,a\n1,\xc3", "not UTF-8"),
        (b"id,a\n1,2\n3,\x00\n", "line 3: a NUL character"),
        (b"id,a\n1,\x002\n", "a NUL character"),
    ],
)
def test_what_cannot_be_loaded(
    engine: DuckDBEngine, tmp_path: Path, content: str | bytes, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(engine, tmp_path / "t.csv", content)
    assert caught.value.problems[0].code == "SK106"
    assert words in caught.value.problems[0].message
    assert not engine.exists("main", "t")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("id,a\n1,Größe\n".encode("utf-16"), "Größe"),
        (b"\xfe\xff" + "id,a\n1,Größe\n".encode("utf-16-be"), "Größe"),
        ("id,a\n1,Größe\n2,Maß\n".encode("windows-1252"), "Größe"),
        ("id,a\n1,Łódź\n2,Kraków\n3,Gdańsk, Żary\n".encode("cp1250").replace(b", ", b" "), "Łódź"),
    ],
)
def test_other_encodings(engine: DuckDBEngine, tmp_path: Path, content: bytes, value: str) -> None:
    load(engine, tmp_path / "t.csv", content)
    assert values(engine)[0] == (1, value)


_FIELD = st.text(alphabet="ab01.,;\"'\n\r #-+é😀", max_size=6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(_FIELD, _FIELD), max_size=6), st.sampled_from([",", ";", "\t", "|"]))
def test_text_comes_back_as_it_was(
    engine: DuckDBEngine, tmp_path: Path, rows: list[tuple[str, str]], delimiter: str
) -> None:
    """Or is refused: never changed, and never fewer rows."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [("k", "v"), *rows, ("end", "end")]  # the last row keeps both columns text
    path = tmp_path / "t.csv"
    path.write_bytes("".join(f"{cell(a)}{delimiter}{cell(b)}\n" for a, b in lines).encode())
    engine.execute("DROP TABLE IF EXISTS t")
    try:
        engine.load_file(path, "t")
    except ConfigError:
        assert any("\r" in field or "\n" in field for row in rows for field in row)
        return
    assert values(engine) == [(a or None, b or None) for a, b in lines[1:]]


def test_parquet(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    made = duckdb.sql("SELECT '0001' AS id, 1::FLOAT AS x, [1] AS l, {'a': 1} AS s")
    made.write_parquet(str(path))
    assert engine.load_file(path, '"main"."t"').rows == 1
    assert [c.type.sql for c in engine.columns("t")][:3] == ["VARCHAR", "FLOAT", "INTEGER[]"]


def test_parquet_with_names_that_fold_to_one(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    duckdb.sql("SELECT {'qqq': 1} AS s, 1 AS qqq, 2 AS zzz").write_parquet(str(path))
    assert engine.load_file(path, "fine").rows == 1
    path.write_bytes(path.read_bytes().replace(b"zzz", b"QQQ"))  # DuckDB would not write it
    with pytest.raises(ConfigError, match="stand twice: qqq, QQQ"):
        engine.load_file(path, "t")


def test_no_parquet_no_file_no_suffix(engine: DuckDBEngine, tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("PAR1 nothing")
    (tmp_path / "t.xlsx").write_text("x")
    (tmp_path / "d.csv").mkdir()
    for name in ("t.parquet", "t.xlsx", "missing.csv", "d.csv"):
        with pytest.raises(ConfigError, match=rf"SK106.*{name}"):
            engine.load_file(tmp_path / name, "t")
